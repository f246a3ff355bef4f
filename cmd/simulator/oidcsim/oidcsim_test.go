package oidcsim_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"tyomarkkinatori.fi/portal/cmd/simulator/oidcsim"
	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

const (
	callback  = "https://portal.example/callback"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)

// stage is a simulator and a client that may do wrong.
type stage struct {
	sim    *oidcsim.Simulator
	url    string
	key    jose.JSONWebKey
	keys   []byte // its public ones
	client *http.Client
}

func newStage(t *testing.T) *stage {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	key := jose.JSONWebKey{Key: private, KeyID: "sig", Use: "sig", Algorithm: "RS256"}
	enc := jose.JSONWebKey{Key: &private.PublicKey, KeyID: "enc", Use: "enc"}
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public(), enc}})
	if err != nil {
		t.Fatal(err)
	}
	sim := oidcsim.New(oidcsim.Options{Client: oidcsim.Client{ID: "portal", RedirectURLs: []string{callback}, Keys: keys}})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return &stage{sim, server.URL, key, keys, &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (s *stage) sign(t *testing.T, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: s.key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize() //nolint:misspell // the library's name
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// request is a good authorization request; change spoils it.
func (s *stage) request(t *testing.T, jti string, change func(map[string]any)) string {
	t.Helper()
	claims := map[string]any{
		"iss": "portal", "aud": s.url, "client_id": "portal", "response_type": "code", "scope": "openid", "redirect_uri": callback,
		"acr_values": "http://ftn.ficora.fi/2017/loa2 http://ftn.ficora.fi/2017/loa3", "ui_locales": "sv fi", "ftn_spname": "Työmarkkinatori",
		"state": strings.Repeat("s", 43), "nonce": strings.Repeat("n", 43), "code_challenge": challenge, "code_challenge_method": "S256",
		"exp": time.Now().Add(10 * time.Minute).Unix(), "jti": jti,
	}
	if change != nil {
		change(claims)
	}
	return s.url + "/op/authorize?" + url.Values{"client_id": {"portal"}, "request": {s.sign(t, claims)}}.Encode()
}

// reply is an answer that has been read.
type reply struct {
	status int
	back   *url.URL
	text   string
}

func (s *stage) get(t *testing.T, address string) reply {
	t.Helper()
	return s.do(t, http.MethodGet, address, "")
}

func (s *stage) post(t *testing.T, path string, form url.Values) reply {
	t.Helper()
	return s.do(t, http.MethodPost, s.url+path, form.Encode())
}

func (s *stage) do(t *testing.T, method, address, body string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	back, err := res.Location()
	if err != nil {
		back = &url.URL{}
	}
	return reply{res.StatusCode, back, string(b)}
}

var transaction = regexp.MustCompile(`name="transaction" value="([^"]+)"`)

func TestPickerSpeaksTheLanguageThatWasAskedFor(t *testing.T) {
	t.Parallel()

	s := newStage(t)
	answer := s.get(t, s.request(t, "1", nil))
	page := answer.text
	if answer.status != http.StatusOK || !strings.Contains(page, `<html lang="sv">`) || !strings.Contains(page, "Välj person") ||
		!strings.Contains(page, "Työmarkkinatori") || !strings.Contains(page, "O&#39;Neill") || strings.Count(page, "<h1>") != 1 {
		t.Errorf("%d: %s", answer.status, page)
	}
	id := transaction.FindStringSubmatch(page)[1]
	for lang, words := range map[string]string{"fi": "Valitse henkilö", "en": "Choose a person"} {
		if page := s.get(t, s.url+"/op/pick?lang="+lang+"&transaction="+id).text; !strings.Contains(page, words) {
			t.Errorf("%s: %s", lang, page)
		}
	}
}

func TestPickerStaysShortInACrowd(t *testing.T) {
	t.Parallel()

	s := newStage(t)
	s.sim = oidcsim.New(oidcsim.Options{People: world.Crowd(20_000), Client: oidcsim.Client{ID: "portal", RedirectURLs: []string{callback}, Keys: s.keys}})
	server := httptest.NewServer(s.sim)
	t.Cleanup(server.Close)
	s.url = server.URL
	if page := s.get(t, s.request(t, "one", nil)).text; len(page) > 20_000 || strings.Count(page, `name="person"`) != 60 {
		t.Errorf("the page lists %d people in %d bytes", strings.Count(page, `name="person"`), len(page))
	}
	if got := s.get(t, s.request(t, "two", nil)+"&login_hint=crowd-19999"); got.back == nil || got.back.Query().Get("code") == "" {
		t.Errorf("one of the crowd is not let in: %d", got.status)
	}
}

func TestPersonsArePickedTypedAndCancelled(t *testing.T) {
	t.Parallel()

	s := newStage(t)
	for jti, form := range map[string]url.Values{
		"picked": {"person": {"aino"}, "acr": {"http://ftn.ficora.fi/2017/loa3"}},
		"typed":  {"first_names": {"Oma"}, "family_name": {"Henkilö"}, "code": {"010594Y9021"}},
		"cancel": {"cancel": {"1"}},
	} {
		page := s.get(t, s.request(t, jti, nil)).text
		form.Set("transaction", transaction.FindStringSubmatch(page)[1])
		back := s.post(t, "/op/choose", form).back
		q := back.Query()
		if !strings.HasPrefix(back.String(), callback+"?") || q.Get("state") != strings.Repeat("s", 43) || q.Get("iss") != s.url ||
			q.Has("code") == (jti == "cancel") || (q.Get("error") == "access_denied") != (jti == "cancel") {
			t.Errorf("%s: %s", jti, back)
		}
		if s.post(t, "/op/choose", form).status != http.StatusGone {
			t.Errorf("%s: the second choice was taken", jti)
		}
	}
}

func TestClientIsHeldToTheProfile(t *testing.T) {
	t.Parallel()

	s := newStage(t)
	set := func(name string, value any) func(map[string]any) { return func(c map[string]any) { c[name] = value } }
	addresses := map[string]string{
		"redirect":  s.request(t, "a", set("redirect_uri", callback+"/")),
		"long life": s.request(t, "b", set("exp", time.Now().Add(time.Hour).Unix())),
		"expired":   s.request(t, "c", set("exp", time.Now().Add(-2*time.Minute).Unix())),
		"aud":       s.request(t, "d", set("aud", "https://other.example")),
		"no PKCE":   s.request(t, "e", set("code_challenge_method", "plain")),
		"no jti":    s.request(t, "", nil),
		"nonce":     s.request(t, "f", set("nonce", "short")),
		"long name": s.request(t, "g", set("ftn_spname", strings.Repeat("ä", 41))),
		"more":      s.request(t, "h", nil) + "&state=x",
		"unsigned":  s.url + "/op/authorize?client_id=portal&response_type=code",
		"client":    strings.Replace(s.request(t, "i", nil), "client_id=portal", "client_id=other", 1),
	}
	for name, address := range addresses {
		if got := s.get(t, address); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
	}
	twice := s.request(t, "twice", nil)
	if s.get(t, twice).status != http.StatusOK {
		t.Error("a good request was refused")
	}
	if s.get(t, twice).status != http.StatusBadRequest {
		t.Error("a request was taken twice")
	}
	if n := len(s.sim.Faults()); n != len(addresses)+1 {
		t.Errorf("%d faults are told: %v", n, s.sim.Faults())
	}
}

func TestTokenEndpointAsksForEverything(t *testing.T) {
	t.Parallel()

	s := newStage(t)
	assertion := func(jti string, change func(map[string]any)) string {
		claims := map[string]any{"iss": "portal", "sub": "portal", "aud": s.url + "/op/token", "exp": time.Now().Add(5 * time.Minute).Unix(), "jti": jti}
		if change != nil {
			change(claims)
		}
		return s.sign(t, claims)
	}
	attempt := func(name string, change func(url.Values)) int {
		back := s.get(t, s.request(t, name, nil)+"&login_hint=crowd-3").back
		form := url.Values{
			"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {callback}, "client_id": {"portal"},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion(name, nil)}, "code_verifier": {verifier},
		}
		change(form)
		return s.post(t, "/op/token", form).status
	}
	if status := attempt("good", func(url.Values) {}); status != http.StatusOK {
		t.Fatalf("a good client got %d: %v", status, s.sim.Faults())
	}
	for name, change := range map[string]func(url.Values){
		"verifier":     func(f url.Values) { f.Set("code_verifier", strings.Repeat("v", 43)) },
		"no verifier":  func(f url.Values) { f.Del("code_verifier") },
		"redirect":     func(f url.Values) { f.Set("redirect_uri", "https://other.example") },
		"no assertion": func(f url.Values) { f.Del("client_assertion") },
		"repeated":     func(f url.Values) { f.Set("client_assertion", assertion("good", nil)) },
		"assertion aud": func(f url.Values) {
			f.Set("client_assertion", assertion("x", func(c map[string]any) { c["aud"] = s.url }))
		},
		"assertion sub": func(f url.Values) {
			f.Set("client_assertion", assertion("y", func(c map[string]any) { c["sub"] = "other" }))
		},
		"assertion life": func(f url.Values) {
			f.Set("client_assertion", assertion("z", func(c map[string]any) { c["exp"] = time.Now().Add(time.Hour).Unix() }))
		},
		"grant type":       func(f url.Values) { f.Set("grant_type", "client_credentials") },
		"somebody's  code": func(f url.Values) { f.Set("code", "guess") },
	} {
		if status := attempt(name, change); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func TestControls(t *testing.T) {
	t.Parallel()

	s := newStage(t)
	for path, want := range map[string]int{
		"mode?mode=nonce-invalid&times=2": 200, "mode?mode=no-such-mode": 400, "mode": 200, "auto?person=aino": 200, "auto?person=nobody-at-all": 400,
		"delay?most=10ms": 200, "delay?most=1h": 400, "double?on=true": 200, "clock?offset=-90s": 200, "clock?offset=soon": 400, "rotate": 200, "withdraw": 200,
		"logout?person=aino": 400, "reset": 200,
	} {
		if got := s.post(t, "/control/"+path, nil); got.status != want {
			t.Errorf("%s: %d %s", path, got.status, got.text)
		}
	}
	for _, path := range []string{"/", "/control/state", "/.well-known/openid-configuration", "/op/jwks", "/op/signed-jwks"} {
		if got := s.get(t, s.url+path); got.status != http.StatusOK {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if s.sim.SetMode("no-such-mode", 1) || len(oidcsim.Modes()) < 100 || len(oidcsim.LogOutModes()) < 10 {
		t.Error("the modes are not right")
	}
}

func TestLogOutMessagesAreSent(t *testing.T) {
	t.Parallel()

	got := make(chan string, 1)
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.PostFormValue("logout_token")
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(portal.Close)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{key: jose.JSONWebKey{Key: private, KeyID: "sig", Use: "sig"}, client: http.DefaultClient}
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{s.key.Public()}})
	if err != nil {
		t.Fatal(err)
	}
	s.sim = oidcsim.New(oidcsim.Options{Client: oidcsim.Client{ID: "portal", RedirectURLs: []string{portal.URL}, Keys: keys, LogOutURL: portal.URL}})
	server := httptest.NewServer(s.sim)
	t.Cleanup(server.Close)
	s.url = server.URL
	s.client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	s.get(t, s.request(t, "1", func(c map[string]any) { c["redirect_uri"] = portal.URL })+"&login_hint=aino")
	status, err := s.sim.SendLogOut(t.Context(), "aino", "")
	if err != nil || status != http.StatusNoContent || strings.Count(<-got, ".") != 2 {
		t.Errorf("%d, %v", status, err)
	}
}
