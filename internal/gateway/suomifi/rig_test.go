package suomifi_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/oidcsim"
	"tyomarkkinatori.fi/portal/internal/gateway/suomifi"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/secret"
)

const callback = "https://portal.example/signin/callback"

// clock is a clock that stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

var start = time.Date(2026, time.October, 25, 0, 59, 30, 0, time.UTC)

// privateKeys are made once: it takes long.
var privateKeys = sync.OnceValue(func() string {
	keys, err := suomifi.GenerateKeys(start.Add(-time.Hour))
	if err != nil {
		panic(err)
	}
	return keys
})

// rig is a provider that is simulated, and a portal's way to it.
type rig struct {
	sim      *oidcsim.Simulator
	server   *httptest.Server
	provider *suomifi.Provider
	clock    *clock
	browser  *http.Client
}

// setup may change what both sides start with.
type setup struct {
	cfg suomifi.Config
	sim oidcsim.Options
}

func newRig(t *testing.T, changes ...func(*setup)) *rig {
	t.Helper()
	r := &rig{clock: &clock{at: start}}
	s := setup{cfg: suomifi.FTN()}
	s.cfg.ClientID, s.cfg.RedirectURL = "portal", callback
	s.cfg.LogOutRedirectURL = "https://portal.example/signin/logged-out"
	s.cfg.Keys = secret.New(privateKeys())
	s.cfg.PlainHTTP, s.cfg.UserInfo = true, true
	s.cfg.Within = time.Minute // a test does not depend on how busy the machine is
	s.cfg.ServiceName = "Työmarkkinatori"
	s.sim.Clock = r.clock.now
	s.sim.Client = oidcsim.Client{ID: "portal", RedirectURLs: []string{callback}, LogOutRedirectURLs: []string{s.cfg.LogOutRedirectURL}}
	var handler http.Handler
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { handler.ServeHTTP(w, req) }))
	s.cfg.Issuer = r.server.URL
	for _, change := range changes {
		change(&s)
	}
	r.sim = oidcsim.New(s.sim)
	handler = r.sim
	t.Cleanup(func() {
		r.server.CloseClientConnections()
		r.server.Close()
	})
	provider, err := suomifi.New(s.cfg, r.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	r.provider = provider
	if s.sim.Client.KeysURL == "" {
		r.sim.SetClientKeys(provider.Keys())
	}
	r.browser = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return r
}

func (r *rig) begin(t *testing.T, o identity.SignInOptions) identity.SignIn {
	t.Helper()
	in, err := r.provider.Begin(t.Context(), o)
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	return in
}

// identify goes to the provider as a person and returns the answer that the
// browser is sent back with.
func (r *rig) identify(t *testing.T, in identity.SignIn, person string) url.Values {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, in.URL+"&login_hint="+person, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := r.browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	target, err := res.Location()
	if err != nil {
		t.Fatalf("the provider answered %d: %v", res.StatusCode, r.sim.Faults())
	}
	return target.Query()
}

// logIn goes all the way.
func (r *rig) logIn(t *testing.T, person string) (identity.Identified, error) {
	t.Helper()
	in, err := r.provider.Begin(t.Context(), identity.SignInOptions{Lang: i18n.Lang("sv")})
	if err != nil {
		return identity.Identified{}, err
	}
	return r.provider.Finish(t.Context(), in, r.identify(t, in, person))
}

// mustLogIn expects to be logged in as somebody with a code.
func (r *rig) mustLogIn(t *testing.T, person, code string) identity.Identified {
	t.Helper()
	who, err := r.logIn(t, person)
	if err != nil || who.Code.Reveal() != code {
		t.Fatalf("logged in as %+v, %v; faults: %v", who, err, r.sim.Faults())
	}
	return who
}
