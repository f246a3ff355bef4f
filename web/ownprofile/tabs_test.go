package ownprofile_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/paths"
)

func TestSecondTabLosesNothing(t *testing.T) {
	t.Parallel()

	for _, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			p := open(t)
			v := p.visitor(t, lang, aino)
			s := profile.SectionSkills
			v.write(s, url.Values{"name": {"Alku"}})
			id := p.entries(s)[0].ID
			form := v.form(s, id)
			tab := v.see(form)
			v.send(form, url.Values{"name": {"Ensimmäinen"}}, v.section(s)+"?done=saved")

			v.Last = tab
			v.check(v.Post(form, url.Values{"name": {"Toinen"}, "description": {"Pitkä teksti"}}), http.StatusConflict, "Ensimmäinen", "Toinen", "Pitkä teksti")
			if got := p.entries(s)[0].Values.Get("name"); got != "Ensimmäinen" {
				t.Errorf("the second tab won unasked: %q", got)
			}
			v.send(form, nil, v.section(s)+"?done=saved")
			if got := p.entries(s)[0].Values; got.Get("name") != "Toinen" || got.Get("description") != "Pitkä teksti" {
				t.Errorf("chosen: %v", got)
			}

			tab = v.see(form)
			remove := v.path(paths.ProfileRemove(string(s)), number(id))
			v.see(remove)
			v.send(remove, nil, v.section(s)+"?done=removed")
			v.Last = tab
			v.check(v.Post(form, url.Values{"name": {"Kolmas"}}), http.StatusGone, "Kolmas")
			v.send(v.form(s, 0), nil, v.section(s)+"?done=saved")
			if got := p.entries(s); len(got) != 1 || got[0].Values.Get("name") != "Kolmas" {
				t.Errorf("after all: %v", got)
			}
		})
	}
}

func TestKeepingWhatIsThere(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, i18n.Finnish, aino)
	form := v.section(profile.SectionPresentation)
	tab := v.see(form)
	v.write(profile.SectionPresentation, url.Values{"text": {"Ensin"}})
	v.Last = tab
	v.check(v.Post(form, url.Values{"text": {"Sitten"}}), http.StatusConflict)
	v.send(form, url.Values{"go": {"discard"}}, form)
	if a := v.see(form); value(a, "text") != "Ensin" {
		t.Errorf("the page holds %q", value(a, "text"))
	}
}

// draft sends what the page's script sends.
func (v visitor) draft(path string, form url.Values) (text, mark string, stop bool) {
	v.t.Helper()
	page := v.Last
	form.Set("go", "draft")
	a := v.Post(path, form)
	v.Last = page
	var answer struct {
		Draft, Text string
		Stop        bool
	}
	if err := json.Unmarshal(a.Body.Bytes(), &answer); err != nil || a.Code != http.StatusOK {
		v.t.Fatalf("%d: %v", a.Code, err)
	}
	return answer.Text, answer.Draft, answer.Stop
}

func TestDraftsOfTheScript(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, i18n.Swedish, aino)
	form := v.form(profile.SectionSkills, 0)
	v.see(form)
	text, mark, stop := v.draft(form, url.Values{"name": {"Halv"}})
	if text != "Utkastet har sparats." || mark == "" || stop {
		t.Errorf("answer = %q, %q, %t", text, mark, stop)
	}
	if text, _, stop = v.draft(form, url.Values{"name": {"Andra fönstret"}}); stop != true || !strings.Contains(text, "annat fönster") {
		t.Errorf("another window: %q, %t", text, stop)
	}
	if _, again, _ := v.draft(form, url.Values{"name": {"Halvfärdig"}, "draft": {mark}}); again == mark || again == "" {
		t.Errorf("gone on with: %q", again)
	}
	if text, _, _ = v.draft(form, url.Values{"name": {"kod " + eino}, "draft": {mark}}); !strings.Contains(text, "personbeteckning") {
		t.Errorf("a code: %q", text)
	}
	v.see(v.path(paths.Profile), "Påbörjade texter")
	a := v.see(form, "Du fortsätter på ett utkast")
	if value(a, "name") != "Halvfärdig" {
		t.Errorf("the page holds %q", value(a, "name"))
	}
	v.send(form, url.Values{"go": {"discard"}}, form)
	if a = v.see(form); value(a, "name") != "" {
		t.Errorf("discarded, the page holds %q", value(a, "name"))
	}
	if a := p.Browser().Send(form, url.Values{"go": {"draft"}, "name": {"x"}}); a.Code == http.StatusOK {
		t.Error("a draft of nobody")
	}
}

// TestFormThatWasSentTooLate waits for its sender through a log-in.
func TestFormThatWasSentTooLate(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, i18n.Finnish, aino)
	form := v.form(profile.SectionSkills, 0)
	v.see(form)
	p.Pass(31 * time.Minute)
	a := v.Post(form, url.Values{"name": {"Myöhässä"}})
	if a.Code != http.StatusSeeOther || len(p.entries(profile.SectionSkills)) != 0 {
		t.Fatalf("%d to %q", a.Code, a.Location())
	}
	v.LogInAs(aino)
	var id string
	if err := p.DB.QueryRow(t.Context(), `SELECT id FROM parked_form`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	v.see(v.path(paths.Unsent, id))
	v.send(form, nil, v.section(profile.SectionSkills)+"?done=saved")
}

func TestOldForm(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, i18n.Finnish, aino)
	form := v.form(profile.SectionSkills, 0)
	a := v.check(v.Send(form, url.Values{"name": {"Talteen"}}), http.StatusForbidden, "auki liian kauan")
	if value(a, "name") != "Talteen" {
		t.Error("the text is lost")
	}
	for _, path := range []string{v.section(profile.SectionSkills), v.path(paths.Eures)} {
		v.check(v.Send(path, url.Values{"go": {"up"}, "entry": {"1"}}), http.StatusForbidden)
	}
}

func TestOccupationsAreChosen(t *testing.T) {
	t.Parallel()

	for lang, word := range map[i18n.Lang]string{i18n.Finnish: "sairaanhoi", i18n.Swedish: "sjuksköt"} {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			p := open(t)
			v := p.visitor(t, lang, aino)
			s := profile.SectionSkills
			v.see(v.form(s, 0))
			v.send(v.form(s, 0), url.Values{"name": {word}, "go": {"search"}}, v.form(s, 0)+"?find=1")
			a := v.Last
			var codes []string
			for _, n := range a.Page.Elements("input") {
				if htmltest.Attr(n, "name") == "occupation" && htmltest.Attr(n, "value") != "" {
					codes = append(codes, htmltest.Attr(n, "value"))
				}
			}
			if len(codes) == 0 || strings.Contains(v.Last.Page.Body(), "?q=") {
				t.Fatalf("no occupations for %q:\n%s", word, a.Page.Body())
			}
			v.send(v.form(s, 0), url.Values{"name": {word}, "occupation": {codes[0]}}, v.section(s)+"?done=saved")
			e := p.entries(s)[0]
			if e.Values.Get("occupation") != codes[0] {
				t.Errorf("kept %v", e.Values)
			}
			v.see(v.form(s, e.ID))
			v.send(v.form(s, e.ID), url.Values{"name": {word + "x"}, "occupation": {""}}, v.section(s)+"?done=saved")
			if got := p.entries(s)[0].Values.Get("occupation"); got != "" {
				t.Errorf("free words have the occupation %s", got)
			}
		})
	}
}
