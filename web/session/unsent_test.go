package session_test

import (
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/web/session"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// long is what somebody wrote for an hour: letters of every kind, line breaks,
// and what looks like markup.
func long() string {
	const piece = "\r\nÄyrämö & O'Neill <b>\"tekstiä\"</b> 100 % + 1 = ?\t€ 😀"
	return strings.Repeat(piece, 40_000/len([]rune(piece))+1)
}

func TestAFormSentAfterTheSessionEndedIsNotLost(t *testing.T) {
	t.Parallel()

	text := long()
	tests := map[string]struct {
		page string
		end  func(p *sessiontest.Portal, b *sessiontest.Browser)
		in   func(b *sessiontest.Browser)
	}{
		"the session has expired": {
			"/fi/henkilo",
			func(p *sessiontest.Portal, _ *sessiontest.Browser) { p.Pass(31 * time.Minute) },
			func(b *sessiontest.Browser) { b.LogInAs(aino) },
		},
		"the cookie is gone": {
			"/fi/henkilo",
			func(_ *sessiontest.Portal, b *sessiontest.Browser) { clear(b.Cookies) },
			func(b *sessiontest.Browser) { b.LogInAs(aino) },
		},
		"the form lay open for two days": {
			"/fi/henkilo",
			func(p *sessiontest.Portal, b *sessiontest.Browser) { p.Pass(48 * time.Hour); clear(b.Cookies) },
			func(b *sessiontest.Browser) { b.LogInAs(aino) },
		},
		"the organisation has to be chosen again": {
			"/fi/edustaja",
			func(p *sessiontest.Portal, _ *sessiontest.Browser) { p.Pass(9 * time.Hour) },
			func(b *sessiontest.Browser) { b.LogInAs(aino); b.Act("9000000-3", "Koivutyö Oy") },
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p, s := serve(t)
			b := p.Browser()
			tt.in(b)
			b.Get(tt.page)
			form := probeForm(t, b.Last, text)
			form["monta"] = []string{"yksi", "kaksi"}
			form.Set("laheta", "tarkista")
			tt.end(p, b)

			a := b.Send(tt.page+"?vaihe=2", form)
			to, err := url.Parse(a.Location())
			if err != nil || a.Code != http.StatusSeeOther || to.Path != "/fi/kirjaudu" || to.Query().Get("kept") != "1" {
				t.Fatalf("got %d to %q\n%s", a.Code, a.Location(), a.Page.Body())
			}
			if a = b.Follow(); !strings.Contains(a.Page.Body(), "Kirjoittamasi on tallessa.") {
				t.Errorf("the sign-in page does not say that the form is kept:\n%s", a.Page.Body())
			}
			back := to.Query().Get("return")

			tt.in(b)
			a = b.Get(back)
			if a.Code != http.StatusOK || !strings.Contains(a.Page.Body(), "Lomaketta ei ole vielä lähetetty") {
				t.Fatalf("the kept form: got %d\n%.500s", a.Code, a.Page.Body())
			}
			for _, fault := range a.Page.Faults("fi") {
				t.Error(fault)
			}
			if front := b.Get("/fi/asiointi"); !strings.Contains(front.Page.Body(), "Sinulla on lomake, jota ei ole lähetetty") || !strings.Contains(front.Body.String(), back) {
				t.Error("the own front page does not tell of the form")
			}
			b.Get(back)
			if a := b.Post(tt.page+"?vaihe=2", nil); a.Code != http.StatusSeeOther || len(s.taken) != 1 {
				t.Fatalf("sent again: got %d, taken %d\n%.500s", a.Code, len(s.taken), a.Page.Body())
			}
			got := maps.Clone(s.taken[0])
			if got.Get("text") != text || len(got["monta"]) != 2 || got.Get("laheta") != "tarkista" {
				t.Errorf("%d of %d characters came, with %v %q", len(got.Get("text")), len(text), got["monta"], got.Get("laheta"))
			}
			if a := b.Get(back); a.Code != http.StatusNotFound {
				t.Errorf("the form that was sent still waits: %d", a.Code)
			}
		})
	}
}

func TestNobodyElseSeesAKeptForm(t *testing.T) { //nolint:tparallel // each step goes on from the one before
	t.Parallel()

	p, s := serve(t)
	b := p.Browser()
	b.LogInAs(aino)
	b.Get("/fi/henkilo")
	form := probeForm(t, b.Last, "canary-5c1f")
	clear(b.Cookies)
	to, _ := url.Parse(b.Send("/fi/henkilo", form).Location())
	back := to.Query().Get("return")

	b.LogInAs(other)
	for _, page := range []string{back, "/fi/asiointi", "/fi/henkilo"} {
		a := b.Get(page)
		if strings.Contains(a.Body.String(), "canary-5c1f") || page == "/fi/asiointi" && strings.Contains(a.Body.String(), back) {
			t.Errorf("%s shows the other person's form", page)
		}
		if page == back && (a.Code != http.StatusNotFound || len(a.Page.Faults("fi")) > 0) {
			t.Errorf("got %d", a.Code)
		}
	}
	fields := probeForm(t, b.Get("/fi/henkilo"), "")
	fields.Del(session.OwnerField)
	b.Get("/fi/henkilo")
	officer := p.Browser()
	officer.LogInStaff(identity.GroupMain)
	if a := officer.Get(strings.Replace(back, "/fi/asiointi", "/fi/virkailija", 1)); a.Code != http.StatusNotFound {
		t.Errorf("an officer: got %d", a.Code)
	}

	t.Run("nor sends it in their own name", func(t *testing.T) { //nolint:paralleltest // it goes on from the step before
		a := b.Send("/fi/henkilo", form)
		if a.Code != http.StatusForbidden || !strings.Contains(a.Page.Body(), "Lomakkeen täytti joku muu") || len(s.taken) != 0 {
			t.Errorf("got %d, taken %d\n%s", a.Code, len(s.taken), a.Page.Body())
		}
		b.LogInAs(aino)
		if a := b.Get("/fi/asiointi"); !strings.Contains(a.Page.Body(), "Sinulla on 2 lomaketta, joita ei ole lähetetty") {
			t.Errorf("it does not wait for who filled it in:\n%s", a.Page.Body())
		}
	})
	t.Run("and it is thrown away when not wanted", func(t *testing.T) { //nolint:paralleltest // it goes on from the step before
		b.Get(back)
		if a := b.Post(back+"/poista", nil); a.Code != http.StatusSeeOther {
			t.Errorf("got %d", a.Code)
		}
		if a := b.Get(back); a.Code != http.StatusNotFound {
			t.Errorf("still there: %d", a.Code)
		}
	})
	t.Run("and it goes after a week", func(t *testing.T) { //nolint:paralleltest // it goes on from the step before
		p.Pass(7 * 24 * time.Hour)
		n, err := p.Forms.Purges()[0].Run(t.Context(), keeping.Rule{Period: keeping.Period{Hours: 168}}, 100)
		var left int
		if err2 := p.DB.QueryRow(t.Context(), `SELECT count(*) FROM parked_form`).Scan(&left); err != nil || err2 != nil || n != 1 || left != 0 {
			t.Errorf("purged %d, left %d: %v %v", n, left, err, err2)
		}
	})
}

func TestKeptFormsAreNotReadableInTheDatabase(t *testing.T) {
	t.Parallel()

	p, _ := serve(t)
	b := p.Browser()
	b.LogInAs(aino)
	b.Get("/fi/henkilo")
	form := probeForm(t, b.Last, "canary-5c1f")
	token := b.Cookies[cookie]
	p.Pass(time.Hour)
	b.Send("/fi/henkilo", form)
	var found bool
	err := p.DB.QueryRow(t.Context(), `SELECT position('canary'::bytea IN content) > 0 OR content::text LIKE '%' || $1 || '%' FROM parked_form`, token).Scan(&found)
	if err != nil || found {
		t.Errorf("found %t: %v", found, err)
	}
	if strings.Contains(p.Log.String(), "canary") {
		t.Error("the log holds what was written")
	}
}

func TestFormsOfNobodyAreNotKept(t *testing.T) {
	t.Parallel()

	p, _ := serve(t)
	b := p.Browser()
	for name, form := range map[string]url.Values{
		"without an owner":   {"text": {"a"}},
		"with one made up":   {"text": {"a"}, session.OwnerField: {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}},
		"with one cut short": {"text": {"a"}, session.OwnerField: {"AAAA"}},
	} {
		a := b.Send("/fi/henkilo", form)
		if a.Code != http.StatusSeeOther || !strings.Contains(a.Location(), "lost=1") {
			t.Errorf("%s: got %d to %q", name, a.Code, a.Location())
		}
		if a := b.Follow(); !strings.Contains(a.Page.Body(), "Lomaketta ei lähetetty") {
			t.Errorf("%s: the page does not say so", name)
		}
	}
	var n int
	if err := p.DB.QueryRow(t.Context(), `SELECT count(*) FROM parked_form`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d forms kept: %v", n, err)
	}
}

func TestAFormStaysWithItsOrganisation(t *testing.T) {
	t.Parallel()

	p, s := serve(t)
	for name, leave := range map[string]func(b *sessiontest.Browser){
		"another organisation was chosen meanwhile": func(b *sessiontest.Browser) { b.Act("9000001-1", "Toinen Oy") },
		"the session has ended":                     func(b *sessiontest.Browser) { clear(b.Cookies) },
	} {
		taken := len(s.taken)
		b := p.Browser()
		b.LogInAs(aino)
		b.Act("9000000-3", "Koivutyö Oy")
		form := probeForm(t, b.Get("/fi/edustaja"), name)
		leave(b)
		a := b.Send("/fi/edustaja", form)
		to, err := url.Parse(a.Location())
		if err != nil || a.Code != http.StatusSeeOther || len(s.taken) != taken {
			t.Fatalf("%s: got %d to %q, taken %d", name, a.Code, a.Location(), len(s.taken)-taken)
		}
		waits := to.Path
		if back := to.Query().Get("return"); back != "" {
			waits = back
			b.LogInAs(aino)
		}
		a = b.Get(waits)
		if body := a.Page.Body(); !strings.Contains(body, "Valitse Koivutyö Oy") || strings.Contains(body, "Jatka ja lähetä lomake") {
			t.Errorf("%s: the page does not ask for the organisation first:\n%s", name, body)
		}
		if links := a.Page.Links(); !slices.Contains(links, "/fi/valitse?return="+url.QueryEscape(waits)) {
			t.Errorf("%s: no way to choose it: %q", name, links)
		}
		b.Act("9000000-3", "Koivutyö Oy")
		b.Get(waits)
		if a := b.Post("/fi/edustaja", nil); a.Code != http.StatusSeeOther || len(s.taken) != taken+1 {
			t.Errorf("%s: sent at last: %d, taken %d", name, a.Code, len(s.taken)-taken)
		}
	}
}

func TestOnePersonsFormsAreBounded(t *testing.T) {
	t.Parallel()

	p, _ := serve(t)
	b := p.Browser()
	b.LogInAs(aino)
	b.Get("/fi/henkilo")
	form := probeForm(t, b.Last, "x")
	clear(b.Cookies)
	for range 25 {
		p.Pass(time.Second)
		b.Send("/fi/henkilo", form)
	}
	var n int
	if err := p.DB.QueryRow(t.Context(), `SELECT count(*) FROM parked_form`).Scan(&n); err != nil || n != 20 {
		t.Errorf("%d forms kept: %v", n, err)
	}
}

func TestFilesAreTakenUpToTheLimitAndNotKept(t *testing.T) {
	t.Parallel()

	p, s := serve(t)
	b := p.Browser()
	b.LogInAs(aino)
	if a := b.PostFile("/fi/liite", url.Values{"text": {"mukana"}}, "file", "a.pdf", make([]byte, 5<<20)); a.Code != http.StatusSeeOther || len(s.taken) != 1 {
		t.Errorf("5 MiB: got %d, taken %d", a.Code, len(s.taken))
	}
	b.Get("/fi/liite")
	if a := b.PostFile("/fi/liite", nil, "file", "a.pdf", make([]byte, 6<<20)); a.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("over 6 MiB: got %d", a.Code)
	}
	b.Get("/fi/henkilo")
	if a := b.PostFile("/fi/henkilo", nil, "file", "a.pdf", make([]byte, 1<<20)); a.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("1 MiB to a page without files: got %d", a.Code)
	}
	b.Get("/fi/liite")
	p.Pass(time.Hour)
	if a := b.PostFile("/fi/liite", nil, "file", "a.pdf", make([]byte, 5<<20)); a.Code != http.StatusSeeOther || !strings.Contains(a.Location(), "lost=1") {
		t.Errorf("after the session: got %d to %q", a.Code, a.Location())
	}
	if len(s.taken) != 1 {
		t.Errorf("taken %d", len(s.taken))
	}
}

func TestAFileOnASlowLineArrives(t *testing.T) {
	t.Parallel()

	p, s := serve(t)
	b := p.Browser()
	b.LogInAs(aino)
	token := probeForm(t, b.Get("/fi/liite"), "").Get("form_token")
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = strings.TrimPrefix(sessiontest.Origin, "https://")
		p.Handler.ServeHTTP(w, r)
	}))
	server.Config.ReadTimeout = 300 * time.Millisecond
	server.Start()
	t.Cleanup(server.Close)

	send := func(path string) int {
		body, pipe := io.Pipe()
		form := multipart.NewWriter(pipe)
		go func() {
			_ = form.WriteField("form_token", token)
			for range 5 {
				_ = form.WriteField("text", "hitaasti")
				time.Sleep(150 * time.Millisecond)
			}
			_ = pipe.CloseWithError(form.Close())
		}()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(&http.Cookie{Name: cookie, Value: b.Cookies[cookie]})
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return 0
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	if status := send("/fi/liite"); status != http.StatusSeeOther || len(s.taken) != 1 {
		t.Errorf("got %d, taken %d", status, len(s.taken))
	}
	if status := send("/fi/henkilo"); status == http.StatusSeeOther || len(s.taken) != 1 {
		t.Errorf("a page without files: got %d, taken %d", status, len(s.taken))
	}
}

func TestFormTokens(t *testing.T) {
	t.Parallel()

	p, s := serve(t)
	one, two := p.Browser(), p.Browser()
	one.LogInAs(aino)
	two.LogInAs(other)
	good := probeForm(t, one.Get("/fi/henkilo"), "a")
	foreign := probeForm(t, two.Get("/fi/henkilo"), "a")
	foreign.Del(session.OwnerField)
	without := maps.Clone(good)
	without.Del("form_token")
	for name, form := range map[string]url.Values{"another person's": foreign, "none": without, "of another form": {"form_token": {p.Manager.Tokens.Issue("other", "")}}} {
		if a := one.Send("/fi/henkilo", form); a.Code != http.StatusForbidden {
			t.Errorf("%s: got %d", name, a.Code)
		}
	}
	for _, header := range []map[string]string{
		{},
		{"Sec-Fetch-Site": "cross-site"},
		{"Sec-Fetch-Site": "same-site"},
		{"Origin": "null"},
		{"Origin": "https://portal.example:8443"},
		{"Origin": "https://evil.portal.example"},
	} {
		one.Header = http.Header{}
		for name, v := range header {
			one.Header.Set(name, v)
		}
		if a := one.Send("/fi/henkilo", good); a.Code != http.StatusForbidden {
			t.Errorf("%v: got %d", header, a.Code)
		}
	}
	if len(s.taken) != 0 {
		t.Fatalf("taken %d", len(s.taken))
	}
	one.Header = http.Header{"Sec-Fetch-Site": {"same-origin"}}
	one.LogInAs(aino)
	one.Send("/fi/henkilo", good)
	one.Send("/fi/henkilo", good)
	for id, n := range s.ids {
		if n != 2 || id == "" {
			t.Errorf("a form sent twice has the IDs %v", s.ids)
		}
	}
	if len(s.ids) != 1 {
		t.Errorf("IDs %v", s.ids)
	}
}

func TestRefusalsLeadBack(t *testing.T) {
	t.Parallel()

	p, _ := serve(t)
	b := p.Browser()
	b.LogInAs(aino)
	form := probeForm(t, b.Get("/fi/henkilo"), "teksti")
	form.Del("form_token")
	b.Header = http.Header{"Sec-Fetch-Site": {"same-origin"}, "Referer": {sessiontest.Origin + "/fi/henkilo?vaihe=2"}}
	a := b.Send("/fi/henkilo", form)
	if links := a.Page.Links(); a.Code != http.StatusForbidden || !slices.Contains(links, "/fi/henkilo?vaihe=2") || !slices.Contains(links, "/fi/asiointi") {
		t.Errorf("%d, links %q", a.Code, links)
	}
	b.Header.Set("Referer", "https://evil.example/fi/henkilo")
	if a := b.Send("/fi/henkilo", form); strings.Contains(a.Page.Body(), "Palaa lomakkeelle") || strings.Contains(a.Body.String(), "evil.example") {
		t.Error("the way back leads to another site")
	}
}

// TestNoIdentityCodeIsKept leaves out of a form that waits what is nothing but a
// code: it is typed again.
func TestNoIdentityCodeIsKept(t *testing.T) {
	t.Parallel()

	p, s := serve(t)
	b := p.Browser()
	b.LogInAs(aino)
	b.Get("/fi/henkilo")
	form := probeForm(t, b.Last, "Hei")
	form["tunnus"] = []string{" 020594x903p ", "muuta"}
	clear(b.Cookies)
	to, _ := url.Parse(b.Send("/fi/henkilo", form).Location())
	b.LogInAs(aino)
	if a := b.Get(to.Query().Get("return")); a.Code != http.StatusOK || strings.Contains(strings.ToUpper(a.Body.String()), "020594X903P") {
		t.Errorf("the form that waits shows the code: %d", a.Code)
	}
	b.Post("/fi/henkilo", nil)
	if len(s.taken) != 1 || s.taken[0].Get("text") != "Hei" || !slices.Equal(s.taken[0]["tunnus"], []string{"muuta"}) {
		t.Errorf("sent on: %v", s.taken)
	}
}
