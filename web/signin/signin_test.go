package signin_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/session"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// Invented people of the identification service's test material.
const (
	aino  = "010594Y9032"
	other = "020594X903P"
)

const (
	sessionCookie = "__Host-session"
	signinCookie  = "__Host-signin"
)

// begin starts a log-in from page and returns the state that the provider got.
func begin(t *testing.T, b *sessiontest.Browser, page string) string {
	t.Helper()
	b.Get(page)
	action, _, _ := strings.Cut(page, "?")
	a := b.Post(action, nil)
	to, err := url.Parse(a.Location())
	if a.Code != http.StatusSeeOther || err != nil || !strings.HasPrefix(a.Location(), sessiontest.ProviderOrigin+"/authorize?") {
		t.Fatalf("start: got %d to %q\n%s", a.Code, a.Location(), a.Page.Body())
	}
	return to.Query().Get("state")
}

func callback(state, code string) string {
	return paths.SignInCallback + "?" + url.Values{"state": {state}, "code": {code}}.Encode()
}

func counts(t *testing.T, p *sessiontest.Portal) (sessions, people, refusals int) {
	t.Helper()
	err := p.DB.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM session WHERE ended_at IS NULL), (SELECT count(*) FROM person),
		(SELECT count(*) FROM audit_event WHERE action = 'signin.refused')`).Scan(&sessions, &people, &refusals)
	if err != nil {
		t.Fatal(err)
	}
	return sessions, people, refusals
}

func TestLogIn(t *testing.T) { //nolint:tparallel // each step goes on from the one before
	t.Parallel()

	p := sessiontest.New(t).Serve()
	b := p.Browser()
	if a := b.Get("/sv/arenden"); a.Code != http.StatusSeeOther || a.Location() != "/sv/logga-in?return=%2Fsv%2Farenden" {
		t.Fatalf("own front page: got %d to %q", a.Code, a.Location())
	}
	state := begin(t, b, b.Last.Location())
	if begun := p.Provider.Begun(); len(begun) != 1 || begun[0].Lang != "sv" || begun[0].Fresh {
		t.Errorf("begun with %+v", begun)
	}
	before := b.Cookies[signinCookie]
	a := b.Get(callback(state, p.Provider.Will(p.Person(aino, "Aino", "Äyrämö"))))
	if a.Code != http.StatusSeeOther || a.Location() != "/sv/arenden" {
		t.Fatalf("callback: got %d to %q\n%s", a.Code, a.Location(), a.Page.Body())
	}
	if got := a.Header().Get("Referrer-Policy"); got != "no-referrer" {
		t.Errorf("Referrer-Policy %q", got)
	}
	if before == "" || len(b.Cookies[sessionCookie]) != 43 {
		t.Errorf("cookies %v", b.Cookies)
	}
	for _, c := range a.Result().Header["Set-Cookie"] {
		if !strings.Contains(c, "Path=/; HttpOnly; Secure; SameSite=Lax") || len(c) > 200 || strings.Contains(c, "Domain") {
			t.Errorf("cookie %s", c)
		}
	}
	a = b.Follow()
	if a.Code != http.StatusOK || a.Header().Get("Cache-Control") != "no-store" || !strings.Contains(a.Page.Body(), "Du är inloggad som Aino Äyrämö") {
		t.Errorf("front: got %d\n%s", a.Code, a.Page.Body())
	}
	for _, fault := range a.Page.Faults("sv") {
		t.Error(fault)
	}

	t.Run("reload of the finished callback says already logged in", func(t *testing.T) {
		a := b.Get(callback(state, "used"))
		if a.Code != http.StatusOK || !strings.Contains(a.Page.Body(), "Du är redan inloggad") {
			t.Errorf("got %d\n%s", a.Code, a.Page.Body())
		}
		if _, _, refusals := counts(t, p); refusals != 0 {
			t.Errorf("%d refusals", refusals)
		}
	})
}

func TestCallbackIsRefused(t *testing.T) {
	t.Parallel()

	tests := map[string]func(t *testing.T, p *sessiontest.Portal, b *sessiontest.Browser, state, code string) *sessiontest.Answer{
		"without a cookie": func(_ *testing.T, p *sessiontest.Portal, _ *sessiontest.Browser, state, code string) *sessiontest.Answer {
			return p.Browser().Get(callback(state, code))
		},
		"with the cookie of another browser: log-in forced on a victim": func(t *testing.T, p *sessiontest.Portal, _ *sessiontest.Browser, state, code string) *sessiontest.Answer {
			t.Helper()
			victim := p.Browser()
			begin(t, victim, "/fi/kirjaudu")
			return victim.Get(callback(state, code))
		},
		"used before": func(_ *testing.T, p *sessiontest.Portal, b *sessiontest.Browser, state, _ string) *sessiontest.Answer {
			b.Get(paths.SignInCallback + "?error=access_denied&state=" + state)
			return b.Get(callback(state, p.Provider.Will(p.Person(aino, "Aino", "Äyrämö"))))
		},
		"after ten minutes": func(_ *testing.T, p *sessiontest.Portal, b *sessiontest.Browser, state, code string) *sessiontest.Answer {
			p.Pass(10 * time.Minute)
			return b.Get(callback(state, code))
		},
		"with a state of nobody's": func(_ *testing.T, _ *sessiontest.Portal, b *sessiontest.Browser, _, code string) *sessiontest.Answer {
			return b.Get(callback("c29tZXRoaW5n", code))
		},
		"without a state": func(_ *testing.T, _ *sessiontest.Portal, b *sessiontest.Browser, _, code string) *sessiontest.Answer {
			return b.Get(paths.SignInCallback + "?code=" + code)
		},
		"without anything": func(_ *testing.T, _ *sessiontest.Portal, b *sessiontest.Browser, _, _ string) *sessiontest.Answer {
			return b.Get(paths.SignInCallback)
		},
		"with an answer that the gateway does not believe": func(_ *testing.T, p *sessiontest.Portal, b *sessiontest.Browser, state, code string) *sessiontest.Answer {
			p.Provider.Fail(&identity.RefusedError{Reason: "nonce"})
			return b.Get(callback(state, code))
		},
	}
	for name, visit := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := sessiontest.New(t).Serve()
			b := p.Browser()
			state := begin(t, b, "/fi/kirjaudu?return=/fi/asiointi/istunnot")
			code := p.Provider.Will(p.Person(aino, "Aino", "Äyrämö"))
			a := visit(t, p, b, state, code)
			if a.Code != http.StatusBadRequest || a.Header().Get("Set-Cookie") != "" {
				t.Errorf("got %d, cookie %q", a.Code, a.Header().Get("Set-Cookie"))
			}
			for _, fault := range a.Page.Faults("fi") {
				t.Error(fault)
			}
			again := false
			for _, link := range a.Page.Links() {
				again = again || strings.HasPrefix(link, "/fi/kirjaudu")
			}
			if !again || strings.Contains(a.Page.Body(), code) {
				t.Errorf("the page does not lead to a new log-in:\n%s", a.Page.Body())
			}
			if sessions, people, refusals := counts(t, p); sessions != 0 || people != 0 || refusals != 1 {
				t.Errorf("%d sessions, %d people, %d refusals, want 0, 0, 1", sessions, people, refusals)
			}
			p.Provider.Fail(nil)
			state = begin(t, b, "/fi/kirjaudu")
			if a := b.Get(callback(state, p.Provider.Will(p.Person(aino, "Aino", "Äyrämö")))); a.Code != http.StatusSeeOther {
				t.Errorf("a new log-in: got %d\n%s", a.Code, a.Page.Body())
			}
		})
	}
}

func TestTwoTabsOfOneBrowserBothLogIn(t *testing.T) {
	t.Parallel()

	p := sessiontest.New(t).Serve()
	b := p.Browser()
	one, two := begin(t, b, "/fi/kirjaudu"), begin(t, b, "/fi/kirjaudu?return=/fi/asiointi/istunnot")
	for state, want := range map[string]string{one: "/fi/asiointi", two: "/fi/asiointi/istunnot"} {
		if a := b.Get(callback(state, p.Provider.Will(p.Person(aino, "Aino", "Äyrämö")))); a.Location() != want {
			t.Errorf("got %d to %q, want %q", a.Code, a.Location(), want)
		}
	}
	if sessions, people, _ := counts(t, p); sessions != 1 || people != 1 {
		t.Errorf("%d sessions of %d people", sessions, people)
	}
}

func TestCallbackOpenedTwiceAtOnceLogsInOnce(t *testing.T) {
	t.Parallel()

	p := sessiontest.New(t).Serve()
	b := p.Browser()
	state := begin(t, b, "/fi/kirjaudu")
	address := callback(state, p.Provider.Will(p.Person(aino, "Aino", "Äyrämö")))
	const n = 20
	got := make(chan int, n)
	for range n {
		one := p.Browser()
		one.Cookies[signinCookie] = b.Cookies[signinCookie]
		go func() { got <- one.Get(address).Code }()
	}
	in := 0
	for range n {
		if <-got == http.StatusSeeOther {
			in++
		}
	}
	if sessions, _, _ := counts(t, p); in != 1 || sessions != 1 {
		t.Errorf("%d let in, %d sessions, want 1", in, sessions)
	}
}

func TestCancelAndOutage(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		visit  func(t *testing.T, p *sessiontest.Portal, b *sessiontest.Browser) *sessiontest.Answer
		status int
		title  string
	}{
		"the person cancels": {func(t *testing.T, _ *sessiontest.Portal, b *sessiontest.Browser) *sessiontest.Answer {
			t.Helper()
			state := begin(t, b, "/sv/logga-in?return=/sv/arenden/sessioner")
			b.Header.Set("Accept-Language", "fi")
			return b.Get(paths.SignInCallback + "?error=access_denied&error_description=%3Cscript%3E&state=" + state)
		}, http.StatusOK, "Inloggningen avbröts"},
		"the provider is away when the log-in starts": {func(_ *testing.T, p *sessiontest.Portal, b *sessiontest.Browser) *sessiontest.Answer {
			p.Provider.Fail(identity.ErrUnavailable)
			b.Get("/sv/logga-in?return=/sv/arenden/sessioner")
			return b.Post("/sv/logga-in", nil)
		}, http.StatusServiceUnavailable, "Det går inte att identifiera sig just nu"},
		"the provider is away when the person comes back": {func(t *testing.T, p *sessiontest.Portal, b *sessiontest.Browser) *sessiontest.Answer {
			t.Helper()
			state := begin(t, b, "/sv/logga-in?return=/sv/arenden/sessioner")
			p.Provider.Fail(identity.ErrUnavailable)
			return b.Get(callback(state, "x"))
		}, http.StatusServiceUnavailable, "Det går inte att identifiera sig just nu"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := sessiontest.New(t).Serve()
			a := tt.visit(t, p, p.Browser())
			if a.Code != tt.status || !strings.Contains(a.Page.Body(), tt.title) || strings.Contains(a.Body.String(), "<script>") {
				t.Errorf("got %d\n%s", a.Code, a.Page.Body())
			}
			for _, fault := range a.Page.Faults("sv") {
				t.Error(fault)
			}
			if !strings.Contains(a.Body.String(), "/sv/logga-in?return=%2Fsv%2Farenden%2Fsessioner") {
				t.Error("the page does not lead back to where the person was")
			}
			if sessions, people, refusals := counts(t, p); sessions+people+refusals != 0 {
				t.Errorf("%d sessions, %d people, %d refusals", sessions, people, refusals)
			}
		})
	}
}

func TestASlowProviderIsCutOff(t *testing.T) {
	t.Parallel()

	p := sessiontest.New(t)
	p.Limits.OutsideTimeout = 200 * time.Millisecond
	p.Serve()
	p.Provider.Hang(time.Minute)
	start := time.Now()
	b := p.Browser()
	b.Get("/fi/kirjaudu")
	if a := b.Post("/fi/kirjaudu", nil); a.Code != http.StatusServiceUnavailable || !strings.Contains(a.Page.Body(), "Tunnistaminen ei juuri nyt onnistu") {
		t.Errorf("got %d\n%s", a.Code, a.Page.Body())
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestStaffLogIn(t *testing.T) {
	t.Parallel()

	p := sessiontest.New(t).Serve()
	b := p.Browser()
	state := begin(t, b, "/fi/virkailija/kirjaudu")
	a := b.Get(callback(state, p.Provider.Will(p.Person(aino, "Aino", "Äyrämö"))))
	if a.Code != http.StatusForbidden || !strings.Contains(a.Page.Body(), "Sinulla ei ole pääsyä") || b.Cookies[sessionCookie] != "" {
		t.Errorf("nobody in the register: got %d\n%s", a.Code, a.Page.Body())
	}
	if sessions, people, _ := counts(t, p); sessions+people != 0 {
		t.Errorf("%d sessions, %d people", sessions, people)
	}
	b.LogInStaff(identity.GroupApplications)
	if a := b.Get("/fi/virkailija/istunnot"); a.Code != http.StatusOK {
		t.Errorf("an officer's own page: got %d", a.Code)
	}
	if a := b.Get("/fi/asiointi"); a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Location(), "/fi/kirjaudu?") {
		t.Errorf("a person's page: got %d to %q", a.Code, a.Location())
	}
}

func TestLogOut(t *testing.T) { //nolint:tparallel // each step goes on from the one before
	t.Parallel()

	p := sessiontest.New(t).Serve()
	b := p.Browser()
	b.LogInAs(aino)
	token := b.Cookies[sessionCookie]
	b.Get("/fi/asiointi")
	a := b.Post("/fi/kirjaudu-ulos", nil)
	if a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Location(), sessiontest.ProviderOrigin+"/logout?") || a.Header().Get("Clear-Site-Data") != `"cache"` {
		t.Errorf("got %d to %q", a.Code, a.Location())
	}
	b.Header.Set("Accept-Language", "sv")
	back, _ := url.Parse(a.Location())
	for query, want := range map[string]string{
		url.Values{"state": {back.Query().Get("state")}}.Encode(): "/fi/kirjauduttu-ulos",
		"":                         "/sv/utloggad",
		"state=%2F%2Fevil.example": "/sv/utloggad",
	} {
		if a := b.Get(paths.SignInOut + "?" + query); a.Location() != want {
			t.Errorf("back from the provider with %q: to %q, want %q", query, a.Location(), want)
		}
	}
	if _, ok := b.Cookies[sessionCookie]; ok {
		t.Error("the cookie is still there")
	}
	b.Cookies[sessionCookie] = token
	if a := b.Get("/fi/asiointi"); a.Code != http.StatusSeeOther {
		t.Errorf("the old cookie opens the page: %d", a.Code)
	}

	t.Run("with the provider away says so", func(t *testing.T) { //nolint:paralleltest // it goes on from the step before
		b.LogInAs(aino)
		p.Provider.GoAway()
		b.Get("/fi/asiointi")
		b.Post("/fi/kirjaudu-ulos", nil)
		if a := b.Follow(); !strings.Contains(a.Page.Body(), "Tunnistuspalvelu ei vastannut") || !strings.Contains(a.Page.Body(), "Olet kirjautunut ulos") {
			t.Errorf("got %d\n%s", a.Code, a.Page.Body())
		}
		if sessions, _, _ := counts(t, p); sessions != 0 {
			t.Errorf("%d sessions", sessions)
		}
	})
	t.Run("by a forged form does nothing", func(t *testing.T) { //nolint:paralleltest // it goes on from the step before
		b.LogInAs(aino)
		if a := b.Send("/fi/kirjaudu-ulos", url.Values{"form_token": {"x"}}); a.Code != http.StatusForbidden {
			t.Errorf("got %d", a.Code)
		}
		if a := b.Get("/fi/asiointi"); a.Code != http.StatusOK {
			t.Errorf("logged out: %d", a.Code)
		}
	})
	t.Run("by a message of the provider ends every session", func(t *testing.T) { //nolint:paralleltest // it goes on from the step before
		for name, token := range map[string]string{"": "", "known": p.Person(aino, "", "x").Subject} {
			a := p.Browser()
			a.Header.Del("Sec-Fetch-Site")
			got := a.Send(paths.SignInLogOut, url.Values{"logout_token": {token}})
			if want := map[bool]int{true: http.StatusBadRequest, false: http.StatusOK}[token == ""]; got.Code != want {
				t.Errorf("%q: got %d, want %d", name, got.Code, want)
			}
		}
		if sessions, _, refusals := counts(t, p); sessions != 0 || refusals != 1 {
			t.Errorf("%d sessions, %d refusals", sessions, refusals)
		}
	})
}

func TestOwnSessions(t *testing.T) {
	t.Parallel()

	p := sessiontest.New(t).Serve()
	one, two, stranger := p.Browser(), p.Browser(), p.Browser()
	first := one.LogInAs(aino)
	two.LogInAs(aino)
	stranger.LogInAs(other)
	a := two.Get("/fi/asiointi/istunnot")
	if n := strings.Count(a.Page.Body(), "Kirjauduttu "); n != 2 {
		t.Errorf("%d sessions shown\n%s", n, a.Page.Body())
	}
	for _, fault := range a.Page.Faults("fi") {
		t.Error(fault)
	}
	id := url.Values{"session": {strconv.FormatInt(first.ID, 10)}}
	stranger.Get("/fi/asiointi")

	if a := stranger.Send("/fi/asiointi/istunnot/paata", url.Values{"session": id["session"], "form_token": {"x"}}); a.Code != http.StatusForbidden {
		t.Errorf("a stranger: got %d", a.Code)
	}
	if a := two.Post("/fi/asiointi/istunnot/paata", id); a.Code != http.StatusSeeOther {
		t.Errorf("end: got %d", a.Code)
	}
	if a := one.Get("/fi/asiointi"); a.Code != http.StatusSeeOther {
		t.Errorf("the ended session still opens pages: %d", a.Code)
	}
	if a := two.Get("/fi/asiointi"); a.Code != http.StatusOK {
		t.Errorf("the own session ended too: %d", a.Code)
	}
	if !strings.Contains(two.Last.Body.String(), session.OwnerField) {
		t.Error("no owner in the forms")
	}
}

func TestFrontOffersTheDeskToPartnersAlone(t *testing.T) {
	t.Parallel()

	p := sessiontest.New(t)
	p.SignIn.Desk, p.SignIn.Apply = paths.Desk, paths.Join
	first := ""
	p.Manager.PartnerGate = func(context.Context, identity.Session) (string, error) { return first, nil }
	p.Serve()
	b := p.Browser()
	b.LogInAs("010594Y9032")
	offers := func(what, page string, want bool) {
		t.Helper()
		if links := b.Get(paths.OwnFront.Fi).Page.Links(); slices.Contains(links, page) != want {
			t.Errorf("%s: %s is offered: %v, want %v", what, page, !want, want)
		}
	}
	offers("nobody acted for", paths.Join.Fi, true)
	offers("nobody acted for", paths.Desk.Fi, false)
	b.Act("9000000-3", "Koivutyö Oy")
	offers("a partner", paths.Desk.Fi, true)
	offers("a partner", paths.Join.Fi, false)
	first = "/fi/lahteminen/1"
	offers("one that has left", paths.Desk.Fi, false)
	offers("one that has left", paths.Join.Fi, true)
}
