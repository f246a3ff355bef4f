package ownprofile_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// buttons are the values of the page's buttons called go.
func buttons(a *sessiontest.Answer) []string {
	var all []string
	for _, n := range a.Page.Elements("button") {
		if htmltest.Attr(n, "name") == "go" {
			all = append(all, htmltest.Attr(n, "value"))
		}
	}
	return all
}

// firstFacts is the text of the page's first list of facts.
func firstFacts(a *sessiontest.Answer) string {
	lists := a.Page.Elements("dl")
	if len(lists) == 0 {
		return ""
	}
	var all []string
	for d := range lists[0].Descendants() {
		if d.Type == html.TextNode {
			all = append(all, strings.TrimSpace(d.Data))
		}
	}
	return strings.Join(all, " ")
}

// TestEures publishes and takes back with one press of a button each.
func TestEures(t *testing.T) {
	t.Parallel()

	for _, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			p := open(t)
			v := p.visitor(t, lang, aino)
			page := v.path(paths.Eures)
			if a := v.see(page); len(buttons(a)) != 0 {
				t.Errorf("an empty profile has the buttons %v", buttons(a))
			}
			v.check(v.Get(page), http.StatusOK, map[i18n.Lang]string{i18n.Finnish: "Asuinmaa puuttuu.", i18n.Swedish: "Bosättningsland saknas."}[lang])
			for _, s := range []profile.Section{profile.SectionResidence, profile.SectionEures, profile.SectionContact, profile.SectionWork} {
				v.write(s, answers()[s])
			}
			a := v.see(page)
			preview := firstFacts(a)
			if got := buttons(a); !slices.Equal(got, []string{"publish"}) {
				t.Errorf("buttons = %v", got)
			}
			if p.count(`SELECT count(*) FROM eures_publication`) != 0 {
				t.Error("published without a choice")
			}
			v.send(page, url.Values{"go": {"publish"}}, page+"?done=published")
			a = v.Last
			if got := firstFacts(a); got != preview {
				t.Errorf("others see %q, the preview was %q", got, preview)
			}
			for _, secret := range []string{"aino@", "Esimerkki", "Korhonen"} {
				if strings.Contains(preview, secret) {
					t.Errorf("others see %q", secret)
				}
			}
			if got := buttons(a); !slices.Equal(got, []string{"withdraw"}) {
				t.Errorf("buttons = %v", got)
			}
			v.send(page, url.Values{"go": {"withdraw"}}, page+"?done=withdrawn")
			if all, err := p.profiles.Published(t.Context(), 0, 10); err != nil || len(all) != 0 {
				t.Errorf("others still see %v, %v", all, err)
			}
			v.see(page, map[i18n.Lang]string{i18n.Finnish: "Mitä versiossa 1 näkyi", i18n.Swedish: "Vad som visades i version 1"}[lang])
		})
	}
}

func TestEuresChangedInAnotherTab(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, i18n.Finnish, aino)
	page := v.path(paths.Eures)
	for _, s := range []profile.Section{profile.SectionResidence, profile.SectionEures} {
		v.write(s, answers()[s])
	}
	tab := v.see(page)
	v.see(v.section(profile.SectionResidence))
	v.send(v.section(profile.SectionResidence), url.Values{"country": {"SE"}}, v.path(paths.Profile)+"?done=saved")
	v.Last = tab
	v.check(v.Post(page, url.Values{"go": {"publish"}}), http.StatusConflict, "Mitään ei julkaistu", "Ruotsi")
	v.send(page, url.Values{"go": {"publish"}}, page+"?done=published")
	v.see(v.section(profile.SectionResidence))
	v.send(v.section(profile.SectionResidence), url.Values{"country": {"FI"}}, v.path(paths.Profile)+"?done=saved")
	if a := v.see(page, "Tämän muut näkevät, jos julkaiset"); !slices.Equal(buttons(a), []string{"withdraw", "publish"}) {
		t.Errorf("buttons = %v", buttons(a))
	}
	if got := p.count(`SELECT count(*) FROM eures_publication WHERE country = 'SE' AND withdrawn_at IS NULL`); got != 1 {
		t.Error("a change was published without a choice")
	}
}

// offered counts the options of selects that have the name and are not chosen.
func offered(a *sessiontest.Answer, name string) int {
	n := 0
	for _, o := range a.Page.Elements("option") {
		if strings.Contains(htmltest.Text(o), name) && !htmltest.Has(o, "selected") {
			n++
		}
	}
	return n
}

// TestProtectionOrder looks for where somebody under an order lives.
func TestProtectionOrder(t *testing.T) {
	t.Parallel()

	for _, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			p := open(t)
			p.disclosing = true
			v := p.visitor(t, lang, aino)
			for _, s := range profile.AllSections() {
				form := answers()[s]
				if s == profile.SectionResidence {
					form.Set("country", "NR")
				}
				if s == profile.SectionContact {
					form.Set("phone", "+358 50 765 4321")
				}
				v.write(s, form)
			}
			v.see(v.path(paths.Eures))
			v.send(v.path(paths.Eures), url.Values{"go": {"publish"}}, v.path(paths.Eures)+"?done=published")
			p.Exec(`UPDATE person SET non_disclosure = true, country = '', municipality = ''`)
			pages := []string{v.path(paths.Profile), v.path(paths.Eures)}
			for _, s := range profile.AllSections() {
				if s != profile.SectionResidence {
					pages = append(pages, v.section(s))
				}
			}
			for _, page := range pages {
				a := v.see(page)
				if n := strings.Count(a.Page.Body(), "Nauru") - offered(a, "Nauru"); n != 0 || strings.Contains(a.Body.String(), "765 4321") {
					t.Errorf("%s tells the country %d times, or the number", page, n)
				}
			}
			contact := v.see(v.section(profile.SectionContact))
			if has(contact, "phone") {
				t.Error("the telephone number is asked for")
			}
			if a := v.Get(v.section(profile.SectionResidence)); a.Code != http.StatusNotFound {
				t.Errorf("residence: %d", a.Code)
			}
		})
	}
}

// TestEmployerIsAskedForOnlyWithConsent holds nationality and military service
// back until data may go to employers.
func TestEmployerIsAskedForOnlyWithConsent(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, i18n.Finnish, aino)
	s := profile.SectionEmployer
	a := v.see(v.section(s), "Et ole antanut suostumusta")
	if has(a, "military_service") {
		t.Error("asked without a consent")
	}
	if a := v.Send(v.section(s), url.Values{"military_service": {"done"}}); a.Code == http.StatusOK || p.count(`SELECT count(*) FROM profile`) != 0 {
		t.Errorf("taken without a consent: %d", a.Code)
	}
	p.disclosing = true
	v.see(v.section(s), "Miksi kysymme tätä?")
	v.write(s, answers()[s])
	v.see(v.section(s))
	p.disclosing = false
	v.send(v.section(s), url.Values{"military_service": {"done"}}, v.section(s))
	if got := p.entries(s)[0].Values.Get("military_service"); got != "exempt" {
		t.Errorf("taken without a consent: %s", got)
	}
}
