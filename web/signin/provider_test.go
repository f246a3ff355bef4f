package signin_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/oidcsim"
	"tyomarkkinatori.fi/portal/internal/gateway/suomifi"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/secret"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// privateKeys are made once: it takes long.
var privateKeys = sync.OnceValues(func() (string, error) {
	return suomifi.GenerateKeys(pgtest.Now.Add(-time.Hour))
})

// identification is a portal whose people are identified by the real adapter
// at a simulated provider.
type identification struct {
	*sessiontest.Portal

	sim      *oidcsim.Simulator
	provider *suomifi.Provider
	// server is the portal on a connection, for the provider's messages.
	server *httptest.Server
}

func withProvider(t *testing.T) *identification {
	t.Helper()
	p := &identification{Portal: sessiontest.New(t)}
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = strings.TrimPrefix(sessiontest.Origin, "https://")
		p.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(p.server.Close)
	cfg := suomifi.FTN()
	keys, err := privateKeys()
	if err != nil {
		t.Fatal(err)
	}
	cfg.ClientID, cfg.Keys, cfg.PlainHTTP = "portal", secret.New(keys), true
	cfg.RedirectURL, cfg.LogOutRedirectURL = sessiontest.Origin+paths.SignInCallback, sessiontest.Origin+paths.SignInOut
	p.sim = oidcsim.New(oidcsim.Options{Clock: p.Now, Client: oidcsim.Client{
		ID: "portal", RedirectURLs: []string{cfg.RedirectURL}, LogOutRedirectURLs: []string{cfg.LogOutRedirectURL},
		KeysURL: p.server.URL + paths.SignInKeys, LogOutURL: p.server.URL + paths.SignInLogOut,
	}})
	sim := httptest.NewServer(p.sim)
	t.Cleanup(func() {
		sim.CloseClientConnections()
		sim.Close()
	})
	cfg.Issuer = sim.URL
	if p.provider, err = suomifi.New(cfg, p.Now); err != nil {
		t.Fatal(err)
	}
	p.SignIn.Provider = p.provider
	p.Serve()
	return p
}

// identify goes from the portal to the provider as person and returns the
// callback's path, or "" when the provider leads nowhere.
func (p *identification) identify(t *testing.T, b *sessiontest.Browser, page, person string) string {
	t.Helper()
	b.Get(page)
	action, _, _ := strings.Cut(page, "?")
	a := b.Post(action, nil)
	if a.Code != http.StatusSeeOther {
		return ""
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.Location()+"&login_hint="+person, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	back, ok := strings.CutPrefix(answer.Header.Get("Location"), sessiontest.Origin)
	if !ok {
		t.Fatalf("the provider answers %d to %q: %v", answer.StatusCode, answer.Header.Get("Location"), p.sim.Faults())
	}
	return back
}

func TestLogInAtTheProvider(t *testing.T) { //nolint:tparallel // each step goes on from the one before
	t.Parallel()

	p := withProvider(t)
	b := p.Browser()
	a := b.Get(p.identify(t, b, "/sv/logga-in?return=/sv/arenden/sessioner", "ayramo"))
	if a.Location() != "/sv/arenden/sessioner" {
		t.Fatalf("got %d to %q\n%s", a.Code, a.Location(), a.Page.Body())
	}
	if a := b.Follow(); a.Code != http.StatusOK || !strings.Contains(a.Page.Body(), "Åsa Äyrämö") {
		t.Errorf("got %d\n%s", a.Code, a.Page.Body())
	}
	if faults := p.sim.Faults(); len(faults) > 0 {
		t.Errorf("the provider finds fault: %v", faults)
	}

	t.Run("its log-out message ends the session", func(t *testing.T) { //nolint:paralleltest // it goes on from the step before
		for _, mode := range []string{"alg-none", "wrong-aud", "with-nonce", "other-sid"} {
			if status, err := p.sim.SendLogOut(t.Context(), "ayramo", mode); err != nil || status != http.StatusBadRequest && mode != "other-sid" {
				t.Errorf("%s: got %d, %v", mode, status, err)
			}
			if a := b.Get("/sv/arenden"); a.Code != http.StatusOK {
				t.Fatalf("%s ended the session", mode)
			}
		}
		if status, err := p.sim.SendLogOut(t.Context(), "ayramo", ""); err != nil || status != http.StatusOK {
			t.Errorf("got %d, %v", status, err)
		}
		if a := b.Get("/sv/arenden"); a.Code != http.StatusSeeOther {
			t.Errorf("the session lives: %d", a.Code)
		}
	})
	t.Run("logging out leads there and back", func(t *testing.T) { //nolint:paralleltest // it goes on from the step before
		b.Get(p.identify(t, b, "/sv/logga-in", "ayramo"))
		b.Get("/sv/arenden")
		a := b.Post("/sv/logga-ut", nil)
		if strings.HasPrefix(a.Location(), "/") || strings.Contains(a.Location(), "id_token_hint") {
			t.Errorf("to %q", a.Location())
		}
		b.Get("/sv/arenden")
		if b.Last.Code != http.StatusSeeOther {
			t.Error("still logged in")
		}
	})
	t.Run("or stays when it is down", func(t *testing.T) { //nolint:paralleltest // it goes on from the step before
		b.Get(p.identify(t, b, "/sv/logga-in", "ayramo"))
		p.sim.SetMode("logout-down", 0)
		b.Get("/sv/arenden")
		if b.Post("/sv/logga-ut", nil); !strings.Contains(b.Follow().Page.Body(), "Identifieringstjänsten svarade inte.") {
			t.Errorf("got %d\n%s", b.Last.Code, b.Last.Page.Body())
		}
	})
}

// TestWhateverTheProviderDoes holds every way in which the provider can be
// wrong to its outcome for the person: logged in and nothing recorded, or told
// in words, with no session and no person, and with one line when refused.
func TestWhateverTheProviderDoes(t *testing.T) {
	t.Parallel()

	p := withProvider(t)
	refusals := 0
	for i, mode := range oidcsim.Modes() {
		p.sim.SetMode(mode, 0)
		b := p.Browser()
		start := time.Now()
		back := p.identify(t, b, "/fi/kirjaudu", "aino")
		if back != "" {
			b.Get(back)
		}
		a := b.Last
		took := time.Since(start)
		p.sim.SetMode("", 0)
		p.Pass(6 * time.Minute) // the provider's keys may be fetched again
		p.Exec(`DELETE FROM session`)
		sessions, people, refused := counts(t, p.Portal)
		if took > 7*time.Second {
			t.Errorf("%s took %s", mode, took)
		}
		switch a.Code {
		case http.StatusSeeOther:
			p.Exec(`DELETE FROM person`)
		case http.StatusBadRequest:
			refusals++
			if len(a.Page.Faults("fi")) > 0 || !strings.Contains(a.Page.Body(), "Aloita kirjautuminen alusta.") {
				t.Errorf("%s: %v\n%s", mode, a.Page.Faults("fi"), a.Page.Body())
			}
		case http.StatusOK, http.StatusServiceUnavailable:
			if len(a.Page.Faults("fi")) > 0 || !strings.Contains(a.Page.Body(), "Kirjaudu sisään") {
				t.Errorf("%s: %v\n%s", mode, a.Page.Faults("fi"), a.Page.Body())
			}
		default:
			t.Errorf("%s: got %d\n%s", mode, a.Code, a.Page.Body())
		}
		if a.Code != http.StatusSeeOther && (sessions != 0 || people != 0 || b.Cookies[sessionCookie] != "") {
			t.Errorf("%s: %d sessions, %d people", mode, sessions, people)
		}
		if refused != refusals {
			t.Errorf("%s: %d refusals recorded, want %d", mode, refused, refusals)
			refusals = refused
		}
		t.Logf("%2d %-30s %d", i, mode, a.Code)
	}
	if refusals < 25 {
		t.Errorf("%d refusals", refusals)
	}
}
