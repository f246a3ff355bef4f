package session_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/web/session"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// bypasses are ways in which return addresses have led elsewhere, at us or at
// others.
func bypasses() []string {
	return []string{
		"", " ", "/", "//", "///", "////", "//evil.example", "///evil.example", "////evil.example/%2e%2e",
		"https://evil.example", "http://evil.example/fi/avoin", "HTTPS://evil.example", "https:evil.example", "https:/evil.example",
		"https:///evil.example", "http:/\\evil.example", "https:\\\\evil.example", "\\\\evil.example", "\\/evil.example", "/\\evil.example",
		"/\\/evil.example", "\\/\\/evil.example", "/\\\\evil.example", "/fi\\..\\..\\evil.example", "/fi/avoin\\@evil.example",
		"//evil.example/fi/avoin", "//evil.example\\@portal.example", "//portal.example@evil.example/fi/avoin",
		"https://portal.example@evil.example", "https://portal.example.evil.example/fi/avoin", "https://evil.example#portal.example/fi/avoin",
		"//portal.example:443/fi/avoin", "https://portal.example/fi/avoin", "portal.example/fi/avoin", "@evil.example", "/@evil.example",
		"/%2fevil.example", "/%2f%2fevil.example", "%2f%2fevil.example", "/%5cevil.example", "/%5c%5cevil.example", "/fi/%2e%2e/%2fevil.example",
		"/fi/..//evil.example", "/fi/../..//evil.example", "/fi/../avoin", "/fi/./avoin", "/fi//avoin", "/fi/avoin/", "/fi/avoin//evil.example",
		"/fi/avoin/../../evil.example", "/fi/%61voin", "/%66i/avoin", "/.//evil.example", "/..//evil.example", "./fi/avoin", "../fi/avoin", "fi/avoin",
		"/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "/fi/avoin\r\nSet-Cookie: a=b", "/fi/avoin%0d%0aSet-Cookie:%20a=b", "\t//evil.example",
		"\x00//evil.example", "/fi/avoin\x00", "/fi/avoin\x7f", "/\x0b/evil.example", "/ /evil.example", " /fi/avoin", "/fi/avoin ", "\u00a0//evil.example",
		"/\u2028/evil.example", "/\ufeff/evil.example", "/\u200b/evil.example", "／／evil.example", "/／evil.example", "//evil。example", "/fi/avoin\u2215..\u2215evil",
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "/javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "ftp://evil.example",
		"mailto:a@evil.example", "?return=//evil.example", "#//evil.example", "/fi/avoin#//evil.example", "/fi/avoin#x", ";//evil.example", "/;@evil.example",
		"/fi/avoin;.evil.example", "/fi/avoin;jsessionid=1", ".evil.example", "/.evil.example", "/fi.evil.example", "/fi@evil.example", "/fi:80@evil.example", "/fi/avoin:80",
		"//[::1]/", "//0x7f.1/", "//2130706433/", "//evil.example:80", "//evil.example:443\\@portal.example", "//google.com%E3%80%82evil.example", "/<script>", "/fi/avoin?text=<script>",
		"/fi/avoin?text=\"x", "/fi/avoin?text=%", "/fi/avoin?text=%zz", "/fi/avoin?text=%00", "/fi/avoin?text=%0d%0a", "/fi/avoin?text=%ff", "/fi/avoin?a=b;c=d",
		"/fi/avoin?text=\\evil", "/fi/avoin?//evil.example", "/fi/avoin?text='", "/fi/avoin?x=(1)", "/fi/avoin?a=https://evil.example",
		"/fi/ei-sellaista", "/en/avoin", "/static/site.css", "/signin/callback?code=x", "/signin/logout", "/signin/keys", "/favicon.ico", "/health/ready", "/FI/avoin", "/fi/AVOIN",
		"/fi/kirjaudu", "/sv/logga-in", "/fi/kirjaudu?return=/fi/kirjaudu", "/fi/virkailija/kirjaudu", "/fi/kirjauduttu-ulos", "/fi/kirjaudu-ulos", "/fi/asiointi/istunnot/paata",
		"/fi/\u0061\u0301voin", "/fi/ävoin", "/fi/..", "/fi/...", "/fi/.", "/..", "/.", "/fi/avoin/..", "/fi/" + strings.Repeat("a", 5000), "/fi/avoin?text=" + strings.Repeat("a", 2000),
	}
}

func TestReturnAddressesStayHome(t *testing.T) {
	t.Parallel()

	p, _ := serve(t)
	all := bypasses()
	if len(all) < 140 {
		t.Fatalf("%d addresses", len(all))
	}
	for _, address := range all {
		if got := p.Manager.Return(address); got != "" {
			t.Errorf("%q is taken as %q", address, got)
		}
	}
	for _, address := range []string{
		"/fi/avoin", "/sv/avoin", "/fi/henkilo", "/fi/avoin?text=a", "/fi/avoin?text=%C3%A4&vaihe=2", "/fi/asiointi", "/fi/asiointi/istunnot",
		"/fi/asiointi/lahettamatta/ABC234", "/fi/virkailija/sisalto", "/fi/avoin?a=b+c", "/fi/avoin?a=%2F%2Fevil.example",
	} {
		if got := p.Manager.Return(address); got != address {
			t.Errorf("%q of our own is taken as %q", address, got)
		}
	}
}

// TestBypassesEndAtHome sends every address through the whole log-in.
func TestBypassesEndAtHome(t *testing.T) {
	t.Parallel()

	p, _ := serve(t)
	p.Limits.PagesPerMinute = 0
	p.Serve(&pages{})
	b := p.Browser()
	for _, address := range bypasses() {
		clear(b.Cookies)
		query := url.Values{session.ReturnField: {address}}.Encode()
		if a := b.Get("/fi/kirjaudu?" + query); a.Code != http.StatusOK || strings.Contains(a.Body.String(), "evil.example\"") && !strings.Contains(a.Body.String(), "/sv/logga-in?return=") {
			t.Errorf("%q: got %d", address, a.Code)
		}
		a := b.Post("/fi/kirjaudu", url.Values{session.ReturnField: {address}})
		if a.Code == http.StatusBadRequest { // NUL, or no UTF-8
			continue
		}
		state, err := url.Parse(a.Location())
		if err != nil || !strings.HasPrefix(a.Location(), sessiontest.ProviderOrigin+"/authorize?") {
			t.Fatalf("%q: got %d to %q", address, a.Code, a.Location())
		}
		a = b.Get("/signin/callback?" + url.Values{"state": {state.Query().Get("state")}, "code": {p.Provider.Will(p.Person(aino, "Aino", "Korhonen"))}}.Encode())
		if a.Location() != "/fi/asiointi" {
			t.Errorf("%q: got %d to %q", address, a.Code, a.Location())
		}
	}
}

func FuzzReturn(f *testing.F) {
	for _, address := range bypasses() {
		f.Add(address)
	}
	f.Add("/fi/avoin?text=%C3%A4")
	router := chi.NewRouter()
	page := func(http.ResponseWriter, *http.Request) {}
	router.Get("/fi/avoin", page)
	router.Get("/sv/{id}", page)
	router.Get("/fi/*", page)
	m := &session.Manager{}
	m.Returns(router)
	home, err := url.Parse(sessiontest.Origin)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, address string) {
		got := m.Return(address)
		if got == "" {
			return
		}
		u, err := home.Parse(got)
		if err != nil || u.Scheme != "https" || u.Host != home.Host || u.User != nil || u.Fragment != "" || u.RequestURI() != got {
			t.Errorf("%q leads to %v: %v", address, u, err)
		}
		if strings.ContainsAny(got, "\\\r\n\t\x00 ") || strings.Contains(got, "//") {
			t.Errorf("%q is taken as %q", address, got)
		}
	})
}
