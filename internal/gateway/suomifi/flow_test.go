package suomifi_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/gateway/suomifi"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/secret"
)

func containsAny(s string, parts ...string) bool {
	for _, part := range parts {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}

func TestEverybodyOfTheWorldIsIdentified(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	for _, p := range world.Default().People {
		who, err := r.logIn(t, p.Key)
		if err != nil {
			t.Errorf("%s: %v", p.Key, err)
			continue
		}
		municipality := p.Municipality
		if p.NonDisclosure {
			municipality = ""
		}
		if who.Code.Reveal() != p.Code || who.ForeignID != p.ForeignID || who.FirstNames != p.FirstNames || who.CallName != p.CallName ||
			who.FamilyName != p.FamilyName || who.Municipality != municipality || who.NonDisclosure != p.NonDisclosure ||
			who.BirthDate.Format(time.DateOnly) != p.BirthDate || who.Level != identity.LevelSubstantial || !who.At.Equal(start) ||
			who.Subject == "" || who.ProviderSession == "" || who.IDToken != "" {
			t.Errorf("%s: %+v", p.Key, who)
		}
	}
	if faults := r.sim.Faults(); len(faults) > 0 {
		t.Error(faults)
	}
}

func TestBeginTellsNothingButTheSignedRequest(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	in := r.begin(t, identity.SignInOptions{Lang: "sv", Fresh: true})
	u, err := url.Parse(in.URL)
	if err != nil {
		t.Fatal(err)
	}
	if q := u.Query(); len(q) != 2 || q.Get("client_id") != "portal" || strings.Count(q.Get("request"), ".") != 2 {
		t.Errorf("the address holds %v", q)
	}
	var request map[string]any
	if err := json.Unmarshal(payload(t, []byte(u.Query().Get("request"))), &request); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"iss": "portal", "client_id": "portal", "aud": r.server.URL, "redirect_uri": callback, "response_type": "code", "scope": "openid",
		"acr_values": "http://ftn.ficora.fi/2017/loa2 http://ftn.ficora.fi/2017/loa3", "ui_locales": "sv", "ftn_spname": "Työmarkkinatori",
		"prompt": "login", "max_age": 0.0, "state": in.State, "nonce": in.Nonce, "code_challenge_method": "S256",
		"iat": float64(start.Unix()), "exp": float64(start.Add(10 * time.Minute).Unix()),
	} {
		if request[name] != want {
			t.Errorf("%s is %v, not %v", name, request[name], want)
		}
	}
	if len(in.State) != 43 || len(in.Nonce) != 43 || len(in.Verifier) < 43 || !in.Fresh {
		t.Errorf("%+v", in)
	}
	again := r.begin(t, identity.SignInOptions{})
	if again.State == in.State || again.Nonce == in.Nonce || again.Verifier == in.Verifier {
		t.Error("something was used twice")
	}
}

func TestCodesAndAnswersAreGoodOnce(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	in := r.begin(t, identity.SignInOptions{})
	answer := r.identify(t, in, "aino")
	if _, err := r.provider.Finish(t.Context(), in, answer); err != nil {
		t.Fatal(err)
	}
	if _, err := r.provider.Finish(t.Context(), in, answer); outcome(err) != "code" {
		t.Errorf("the second time: %v", err)
	}
}

func TestAnswersOfAnotherBrowserAreRefused(t *testing.T) {
	t.Parallel()

	for name, pkce := range map[string]bool{"by PKCE": true, "by nonce": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t, func(s *setup) { s.cfg.PKCE, s.sim.Client.PlainRequests = pkce, !pkce })
			mine, theirs := r.begin(t, identity.SignInOptions{}), r.begin(t, identity.SignInOptions{})
			answer := r.identify(t, theirs, "twin")
			if _, err := r.provider.Finish(t.Context(), mine, answer); outcome(err) != "state" {
				t.Errorf("with their state: %v", err)
			}
			answer.Set("state", mine.State)
			want := "nonce"
			if pkce {
				want = "token_request"
			}
			if _, err := r.provider.Finish(t.Context(), mine, answer); outcome(err) != want {
				t.Errorf("with my state and their code: %v", err)
			}
		})
	}
}

func TestManyAtOnceAreNotCrossed(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.sim.SetDelay(20 * time.Millisecond)
	people := world.Crowd(200)
	var wg sync.WaitGroup
	for _, p := range people {
		wg.Go(func() {
			who, err := r.logIn(t, p.Key)
			if err != nil || who.Code.Reveal() != p.Code || who.FirstNames != p.FirstNames {
				t.Errorf("%s became %+v: %v", p.Key, who, err)
			}
		})
	}
	wg.Wait()
	calls := r.sim.Calls()
	if calls["/.well-known/openid-configuration"] != 1 || calls["/op/jwks"] != 1 {
		t.Errorf("the provider was asked too often: %v", calls)
	}
}

func TestEverySwitchMayBeOff(t *testing.T) {
	t.Parallel()

	r := newRig(t, func(s *setup) {
		s.cfg.Discovery, s.cfg.PKCE, s.cfg.SignedRequest, s.cfg.PrivateKeyJWT, s.cfg.Encrypted, s.cfg.UserInfo = false, false, false, false, false, false
		s.cfg.ClientSecret = secret.New("secret of the client")
		s.cfg.Endpoints = suomifi.Endpoints{Authorization: s.cfg.Issuer + "/op/authorize?tenant=1", Token: s.cfg.Issuer + "/op/token", Keys: s.cfg.Issuer + "/op/jwks"}
		s.cfg.IssuerInAnswer = true
		s.cfg.ServiceName = ""
		s.sim.Client.PlainRequests, s.sim.Client.PlainTokens, s.sim.Client.Secret = true, true, "secret of the client"
		s.sim.ClaimNames = map[string]string{
			"code": "personal_identity_code", "first_names": "given_name", "family_name": "family_name", "call_name": "", "birth_date": "birthdate",
		}
		if err := s.cfg.Claims.Set([]string{"code=personal_identity_code", "first_names = given_name", "family_name=family_name", "call_name=", "birth_date=birthdate"}); err != nil {
			t.Error(err)
		}
	})
	who := r.mustLogIn(t, "aino", "010594Y9032")
	if who.FirstNames != "Aino Maria" || who.FamilyName != "Korhonen" || who.CallName != "" {
		t.Errorf("%+v", who)
	}
	if r.sim.Calls()["/.well-known/openid-configuration"] != 0 || r.provider.LogOutURL("", "s", "fi") != "" {
		t.Error("what is off was used")
	}
}

func TestUserInfoTellsWhatTheTokenDoesNot(t *testing.T) {
	t.Parallel()

	r := newRig(t, func(s *setup) { s.sim.InUserInfo = true })
	if who := r.mustLogIn(t, "oneill", "030594W903B"); who.FamilyName != "O'Neill" {
		t.Errorf("%+v", who)
	}
}

func TestNamesAreMadeFitForALine(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.sim.SetMode("names-hostile", 1)
	who := r.mustLogIn(t, "aino", "010594Y9032")
	if len([]rune(who.FamilyName)) > 200 || containsAny(who.FamilyName, "\r", "\n", "\u202e") || !strings.HasPrefix(who.FamilyName, "<b>X</b> Set-Cookie") {
		t.Errorf("%q", who.FamilyName)
	}
	r.sim.SetMode("names-joined", 1)
	if who := r.mustLogIn(t, "aino", "010594Y9032"); who.FamilyName != "Korhonen" || who.FirstNames != "Aino Maria" {
		t.Errorf("%+v", who)
	}
}

func TestProviderDown(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.mustLogIn(t, "aino", "010594Y9032")
	r.server.Close()
	in := r.begin(t, identity.SignInOptions{}) // the metadata are known
	if _, err := r.provider.Finish(t.Context(), in, url.Values{"state": {in.State}, "iss": {r.server.URL}, "code": {"c"}}); !errors.Is(err, identity.ErrUnavailable) {
		t.Error(err)
	}
	r.clock.move(2 * time.Hour)
	if _, err := r.provider.Begin(t.Context(), identity.SignInOptions{}); err != nil {
		t.Errorf("metadata of two hours: %v", err)
	}
	r.clock.move(23 * time.Hour)
	if _, err := r.provider.Begin(t.Context(), identity.SignInOptions{}); !errors.Is(err, identity.ErrUnavailable) {
		t.Errorf("metadata of a day: %v", err)
	}
}

func TestProviderSilentAtTheStart(t *testing.T) {
	t.Parallel()

	block := make(chan struct{})
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		select {
		case <-block:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() {
		close(block)
		server.Close()
	})
	r := newRig(t, func(s *setup) { s.cfg.Issuer, s.cfg.Within = server.URL, time.Second })
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := r.provider.Begin(t.Context(), identity.SignInOptions{}); !errors.Is(err, identity.ErrUnavailable) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	// The clock stands still, so that nobody asks again.
	if _, err := r.provider.Begin(t.Context(), identity.SignInOptions{}); !errors.Is(err, identity.ErrUnavailable) || calls.Load() != 1 {
		t.Errorf("%d calls: %v", calls.Load(), err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]func(*suomifi.Config){
		"plain http":       func(c *suomifi.Config) { c.PlainHTTP = false },
		"no levels":        func(c *suomifi.Config) { c.ACR = nil },
		"odd level":        func(c *suomifi.Config) { c.ACR = []string{"loa1=weak"} },
		"RSA1_5":           func(c *suomifi.Config) { c.KeyAlgorithms = []string{"RSA1_5"} },
		"HS256":            func(c *suomifi.Config) { c.SignatureAlgorithms = []string{"HS256"} },
		"none":             func(c *suomifi.Config) { c.SignatureAlgorithms = []string{"none"} },
		"no keys":          func(c *suomifi.Config) { c.Keys = secret.New("{}") },
		"long name":        func(c *suomifi.Config) { c.ServiceName = strings.Repeat("ä", 41) },
		"no endpoints":     func(c *suomifi.Config) { c.Discovery = false },
		"no secret":        func(c *suomifi.Config) { c.PrivateKeyJWT = false },
		"no trusted keys":  func(c *suomifi.Config) { c.TrustedKeys = `{"keys":[]}` },
		"odd redirect":     func(c *suomifi.Config) { c.RedirectURL = "javascript:alert(1)" },
		"no time":          func(c *suomifi.Config) { c.Within = 0 },
		"no scope":         func(c *suomifi.Config) { c.Scopes = []string{"profile"} },
		"nothing about us": func(c *suomifi.Config) { c.ClientID, c.Issuer = "", "" },
	} {
		c := suomifi.FTN()
		c.Issuer, c.ClientID, c.RedirectURL, c.PlainHTTP, c.Keys = "http://op.example", "portal", callback, true, secret.New(privateKeys())
		if _, err := suomifi.New(c, func() time.Time { return start }); err != nil {
			t.Fatal(err)
		}
		change(&c)
		if _, err := suomifi.New(c, func() time.Time { return start }); err == nil {
			t.Errorf("%s: accepted", name)
		} else if containsAny(err.Error(), `"d"`, "oct") {
			t.Errorf("%s: the error tells of keys: %v", name, err)
		}
	}
	var claims suomifi.Claims
	if claims.Set([]string{"nick=name"}) == nil || claims.Set([]string{"code"}) == nil {
		t.Error("an unknown claim was taken")
	}
}

func TestPublishedKeysAreNotPrivate(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	signed, err := r.provider.SignedKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	statement, err := r.provider.EntityStatement()
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"plain": r.provider.Keys(), "signed": payload(t, signed), "statement": payload(t, statement)} {
		var set struct {
			Keys []map[string]any `json:"keys"`
			JWKS struct {
				Keys []map[string]any `json:"keys"`
			} `json:"jwks"`
		}
		if err := json.Unmarshal(b, &set); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		keys := append(set.Keys, set.JWKS.Keys...)
		if want := map[string]int{"plain": 2, "signed": 2, "statement": 1}[name]; len(keys) != want {
			t.Errorf("%s: %d keys", name, len(keys))
		}
		for _, key := range keys {
			for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
				if _, ok := key[private]; ok {
					t.Errorf("%s tells %s", name, private)
				}
			}
			if key["kid"] == "" || key["use"] == "" || key["kty"] != "RSA" {
				t.Errorf("%s: %v", name, key)
			}
		}
	}
}
