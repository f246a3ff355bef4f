package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/web"
	"tyomarkkinatori.fi/portal/web/edge"
)

func TestSecurityHeadersOnEveryAnswer(t *testing.T) {
	t.Parallel()

	p := newPortal(t, func(d *web.Deps) { d.Limits = limits(func(l *edge.Limits) { l.FormsPerMinute = 1 }) })
	first := p.get("/fi/tietosuoja")
	p.post("/fi/palaute", p.filled())
	answers := map[int]*httptest.ResponseRecorder{
		http.StatusOK:                          first,
		http.StatusNotModified:                 p.get("/fi/tietosuoja", "If-None-Match", first.Header().Get("Etag")),
		http.StatusSeeOther:                    p.get("/"),
		http.StatusBadRequest:                  p.get("/fi/tyopaikat?" + strings.Repeat("a=1&", 101)),
		http.StatusForbidden:                   p.post("/fi/palaute", nil, "Sec-Fetch-Site", "cross-site"),
		http.StatusNotFound:                    p.get("/no-such-page"),
		http.StatusMethodNotAllowed:            p.post("/fi/tietosuoja", nil),
		http.StatusGone:                        p.get("/probe/gone"),
		http.StatusRequestEntityTooLarge:       p.post("/fi/palaute", url.Values{"message": {strings.Repeat("x", 300<<10)}}),
		http.StatusRequestURITooLong:           p.get("/" + strings.Repeat("x", 5000)),
		http.StatusMisdirectedRequest:          p.do(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/fi", nil)),
		http.StatusTooManyRequests:             p.post("/fi/palaute", p.filled()),
		http.StatusRequestHeaderFieldsTooLarge: p.get("/fi", "Accept-Language", strings.Repeat("fi,", 5000)),
		http.StatusInternalServerError:         p.get("/probe/panic"),
		http.StatusServiceUnavailable:          p.get("/probe/busy"),
	}
	want := map[string]string{
		"Strict-Transport-Security":    "max-age=63072000; includeSubDomains",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "same-origin",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
	}
	for status, w := range answers {
		if w.Code != status {
			t.Errorf("got %d, want %d", w.Code, status)
		}
		for name, value := range want {
			if got := w.Header().Get(name); got != value {
				t.Errorf("%d: %s is %q, want %q", status, name, got, value)
			}
		}
		csp := w.Header().Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "require-trusted-types-for 'script'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("%d: the policy %q lacks %s", status, csp, part)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("%d: the policy %q allows unsafe things", status, csp)
		}
		if w.Header().Get("X-Request-Id") == "" || w.Header().Get("Permissions-Policy") == "" {
			t.Errorf("%d: no request ID or no permissions policy", status)
		}
		if w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%d: sets a cookie", status)
		}
		if status >= 400 && !strings.Contains(w.Body.String(), "<h1>") {
			t.Errorf("%d: answers without a page", status)
		}
	}
}

func TestHTTPHasNoHSTS(t *testing.T) {
	t.Parallel()

	p := newPortal(t, func(d *web.Deps) { d.PublicURL = &url.URL{Scheme: "http", Host: "portal.example"} })

	if got := p.get("/fi").Header().Get("Strict-Transport-Security"); got != "" {
		t.Errorf("got %q over plain HTTP", got)
	}
}

func limits(change func(*edge.Limits)) *edge.Limits {
	l := edge.DefaultLimits(2)
	change(&l)
	return &l
}

func TestBounds(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	many := func(r *http.Request) {
		for i := range 40 {
			r.Header.Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 500))
		}
	}
	tests := []struct {
		name, method, target string
		change               func(*http.Request)
		want                 int
	}{
		{"long path", http.MethodGet, "/" + strings.Repeat("x", 2049), nil, http.StatusRequestURITooLong},
		{"long query", http.MethodGet, "/fi/tyopaikat?q=" + strings.Repeat("x", 10_000), nil, http.StatusBadRequest},
		{"long query that fits", http.MethodGet, "/fi/tyopaikat?q=" + strings.Repeat("x", 8000), nil, http.StatusOK},
		{"10,000 keys", http.MethodGet, "/fi/tyopaikat?" + strings.Repeat("a&", 10_000), nil, http.StatusBadRequest},
		{"100 keys", http.MethodGet, "/fi/tyopaikat?" + strings.Repeat("a=&", 99) + "a=", nil, http.StatusOK},
		{"101 keys", http.MethodGet, "/fi/tyopaikat?" + strings.Repeat("a=&", 100) + "a=", nil, http.StatusBadRequest},
		{"15 KB Accept-Language", http.MethodGet, "/fi", header("Accept-Language", strings.Repeat("fi;q=0.1,", 1700)), http.StatusRequestHeaderFieldsTooLarge},
		{"many headers", http.MethodGet, "/fi", many, http.StatusRequestHeaderFieldsTooLarge},
		{"TRACE", http.MethodTrace, "/fi", nil, http.StatusMethodNotAllowed},
		{"CONNECT", http.MethodConnect, "/fi", nil, http.StatusMethodNotAllowed},
		{"PUT", http.MethodPut, "/fi", nil, http.StatusMethodNotAllowed},
		{"unknown method", "BREW", "/fi", nil, http.StatusMethodNotAllowed},
		{"POST to a page without a form", http.MethodPost, "/fi", header("Sec-Fetch-Site", "same-origin"), http.StatusMethodNotAllowed},
		{"suffix", http.MethodGet, "/fi/tietosuoja/x.css", nil, http.StatusNotFound},
		{"parameter suffix", http.MethodGet, "/fi/tietosuoja;a.js", nil, http.StatusNotFound},
		{"encoded line break", http.MethodGet, "/fi/tietosuoja%0a.css", nil, http.StatusNotFound},
		{"two slashes", http.MethodGet, "//fi", nil, http.StatusNotFound},
		{"dots", http.MethodGet, "/static/../web.go", nil, http.StatusNotFound},
		{"a repository", http.MethodGet, "/.git/config", nil, http.StatusNotFound},
		{"profiling", http.MethodGet, "/debug/pprof/", nil, http.StatusNotFound},
		{"a folder of static files", http.MethodGet, "/static/", nil, http.StatusNotFound},
	}
	for _, tt := range tests {
		r := request(t, tt.method, tt.target, nil)
		if tt.change != nil {
			tt.change(r)
		}
		w := p.do(r)
		if w.Code != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, w.Code, tt.want)
		}
		if tt.want == http.StatusMethodNotAllowed && w.Header().Get("Allow") == "" {
			t.Errorf("%s: does not tell what is allowed", tt.name)
		}
	}
}

func TestBodyLimitHoldsWithoutALength(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	body := "form_token=" + p.tokens.Issue("feedback", "") + "&message=" + strings.Repeat("x", 300<<10)
	r := request(t, http.MethodPost, "/fi/palaute", io.MultiReader(strings.NewReader(body)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")

	if w := p.do(r); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d, want 413", w.Code)
	}
}

func TestHost(t *testing.T) {
	t.Parallel()

	production := newPortal(t, func(d *web.Deps) { d.Development = false })
	development := newPortal(t)

	tests := []struct {
		host, path              string
		production, development int
	}{
		{"portal.example", "/fi", 200, 200},
		{"PORTAL.example:443", "/fi", 200, 200},
		{"evil.example", "/fi", 421, 421},
		{"portal.example.evil.example", "/fi", 421, 421},
		{"", "/fi", 421, 421},
		{"127.0.0.1:8080", "/fi", 421, 200},
		{"localhost:8080", "/fi", 421, 200},
		{"[::1]:8080", "/fi", 421, 200},
		{"10.0.0.7:8080", "/health/live", 200, 200},
		{"10.0.0.7:8080", "/fi", 421, 421},
	}
	for _, tt := range tests {
		for p, want := range map[*portal]int{production: tt.production, development: tt.development} {
			r := request(t, http.MethodGet, tt.path, nil)
			r.Host = tt.host
			r.Header.Set("X-Forwarded-Host", "portal.example")
			if w := p.do(r); w.Code != want {
				t.Errorf("%s%s: got %d, want %d", tt.host, tt.path, w.Code, want)
			}
		}
	}
}

func TestDevelopmentPageIsNotInProduction(t *testing.T) {
	t.Parallel()

	p := newPortal(t, func(d *web.Deps) { d.Development = false })

	if w := p.get("/dev/components"); w.Code != http.StatusNotFound {
		t.Errorf("got %d, want 404", w.Code)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()

	p := newPortal(t, func(d *web.Deps) {
		d.Limits = limits(func(l *edge.Limits) { l.PagesPerMinute = 5 })
		d.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	})
	ask := func(peer, forwarded string) int {
		r := request(t, http.MethodGet, "/probe/fresh", nil)
		r.RemoteAddr = peer
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		return p.do(r).Code
	}
	spend := func(peer, forwarded string) {
		for range 5 {
			if got := ask(peer, forwarded); got != http.StatusOK {
				t.Fatalf("%s for %q: got %d within the limit", peer, forwarded, got)
			}
		}
	}

	spend("192.0.2.1:1000", "")
	spend("[2001:db8:1:2::1]:1000", "")
	spend("10.0.0.1:1000", "203.0.113.5")
	tests := []struct {
		name, peer, forwarded string
		want                  int
	}{
		{"the same address from another port", "192.0.2.1:2000", "", 429},
		{"a forged address", "192.0.2.1:1000", "198.51.100.1", 429},
		{"another address", "192.0.2.2:1000", "", 200},
		{"another address of the same /64", "[2001:db8:1:2:ffff::9]:1000", "", 429},
		{"another /64", "[2001:db8:1:3::1]:1000", "", 200},
		{"through the proxy, with a forged first hop", "10.0.0.1:1000", "198.51.100.7, 203.0.113.5", 429},
		{"through two proxies", "10.0.0.1:1000", "203.0.113.5, 10.0.0.2", 429},
		{"another reader behind the proxy", "10.0.0.1:1000", "203.0.113.6", 200},
	}
	for _, tt := range tests {
		if got := ask(tt.peer, tt.forwarded); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
	r := request(t, http.MethodGet, "/probe/fresh", nil)
	r.RemoteAddr = "192.0.2.1:1000"
	if w := p.do(r); w.Header().Get("Retry-After") != "60" {
		t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
	}
	r = request(t, http.MethodGet, "/fi", nil)
	r.RemoteAddr = "192.0.2.2:1000"
	p.do(r)
	r.RemoteAddr = "192.0.2.1:1000"
	if w := p.do(r); w.Code != http.StatusOK {
		t.Errorf("a page from memory: got %d", w.Code)
	}
}

func TestOverloadRefusesAtOnceAndSearchFirst(t *testing.T) {
	t.Parallel()

	p := newPortal(t, func(d *web.Deps) {
		d.Limits = limits(func(l *edge.Limits) { l.Searches, l.Pages, l.SearchesPerMinute, l.PagesPerMinute = 2, 8, 0, 0 })
	})
	page := p.get("/fi/tietosuoja")
	p.hold = make(chan struct{})
	var wg sync.WaitGroup
	for i := range 2 {
		wg.Go(func() { p.get(fmt.Sprintf("/fi/tyopaikat?q=slow-%d", i)) })
	}
	for p.rendered.Load() < 2 {
		time.Sleep(time.Millisecond)
	}

	start := time.Now()
	w := p.get("/fi/tyopaikat?q=one-too-many")
	if took := time.Since(start); w.Code != http.StatusServiceUnavailable || took > time.Second {
		t.Errorf("search: got %d after %v", w.Code, took)
	}
	if got := w.Header().Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After is %q", got)
	}
	for _, path := range []string{"/fi/palaute", "/health/live", "/health/ready", "/fi/tietosuoja"} {
		if w := p.get(path); w.Code != http.StatusOK {
			t.Errorf("%s: got %d while searches are refused", path, w.Code)
		}
	}
	if w := p.get("/fi/tyopaikat?q=unseen", "If-None-Match", page.Header().Get("Etag")); w.Code != http.StatusNotModified {
		t.Errorf("an unchanged page: got %d while searches are refused", w.Code)
	}
	close(p.hold)
	wg.Wait()
	if w := p.get("/fi/tyopaikat?q=after"); w.Code != http.StatusOK {
		t.Errorf("afterwards: got %d", w.Code)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	if w := p.get("/health/ready"); w.Code != http.StatusOK || w.Body.String() != "ready\n" {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
	p.ready.Store(false)
	w := p.get("/health/ready")
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "planted") {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
	if w := p.get("/health/live"); w.Code != http.StatusOK {
		t.Errorf("alive: got %d", w.Code)
	}
	if !strings.Contains(p.log.String(), "planted fault") {
		t.Error("the log does not tell why")
	}
}

func TestLogHoldsLittle(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	r := request(t, http.MethodGet, "/fi/tyopaikat/canary-path?q=canary-query", nil)
	for name, value := range map[string]string{
		"Referer": "https://canary-referer.example/", "User-Agent": "canary-agent", "Cookie": "a=canary-cookie",
		"X-Forwarded-For": "canary-address", "Accept-Language": "canary-language", "X-Request-Id": "canary-id",
	} {
		r.Header.Set(name, value)
	}
	w := p.do(r)
	p.post("/fi/palaute?canary-query=1", url.Values{"message": {"canary-message"}, "email": {"canary@example.com"}})
	p.get("/canary-path%0d%0aFAKE")
	p.get("/probe/panic?canary")
	p.do(request(t, "CANARY", "/fi/tyopaikat", nil))

	log := p.log.String()
	if strings.Contains(strings.ToLower(log), "canary") {
		t.Errorf("the log holds what a reader has sent:\n%s", log)
	}
	for _, want := range []string{w.Header().Get("X-Request-Id"), `"route":"/fi/tyopaikat/{id}"`, `"status":200`, `"ip":"192.0.2.1"`, `"msg":"panic"`, `"panic":"string"`, `"method":"OTHER"`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	if n := strings.Count(log, "\n"); n != 6 {
		t.Errorf("%d lines for 5 requests and a panic", n)
	}
}
