package session_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

func TestPublicPagesDoWithoutTheDatabase(t *testing.T) {
	t.Parallel()

	p, _ := serve(t)
	b := p.Browser()
	b.LogInAs(aino)
	p.DB.Close()
	if a := p.Browser().Get("/fi/muistista"); a.Code != http.StatusOK {
		t.Errorf("without a cookie: got %d", a.Code)
	}
	for range 3 {
		if a := b.Get("/fi/muistista"); a.Code != http.StatusOK || strings.Contains(a.Page.Body(), "Aino") {
			t.Errorf("with a cookie: got %d", a.Code)
		}
		if a := b.Get("/fi/avoin"); a.Code != http.StatusOK {
			t.Errorf("a public page that is not kept: got %d", a.Code)
		}
		if a := b.Get("/fi/henkilo"); a.Code < http.StatusInternalServerError {
			t.Errorf("a page with a session: got %d", a.Code)
		}
	}
}

func TestAnonymousReadersCostNoQuery(t *testing.T) {
	t.Parallel()

	p, _ := serve(t)
	b := p.Browser()
	before := p.DB.Stat().AcquireCount()
	for _, page := range []string{"/fi/muistista", "/fi/avoin", "/fi/henkilo", "/fi/kirjaudu", "/fi/kirjauduttu-ulos", "/signin/keys"} {
		b.Get(page)
		if b.Last.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie", page)
		}
	}
	if csp := b.Last.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' "+sessiontest.ProviderOrigin+";") {
		t.Errorf("forms may not lead to the provider: %s", csp)
	}
	b.Cookies[cookie] = "not-a-token"
	b.Get("/fi/muistista")
	if after := p.DB.Stat().AcquireCount(); after != before {
		t.Errorf("%d queries", after-before)
	}
}

func TestHangingLogInsHoldUpNobody(t *testing.T) {
	t.Parallel()

	p := sessiontest.New(t)
	p.Limits.Pages, p.Limits.Outside, p.Limits.OutsideTimeout = 2, 50, 3*time.Second
	s := &pages{}
	p.Serve(s)
	p.Provider.Hang(time.Minute)
	reader := p.Browser()
	hung := make(chan struct{})
	for range 50 {
		b := p.Browser()
		b.Get("/fi/kirjaudu")
		go func() {
			b.Post("/fi/kirjaudu", nil)
			hung <- struct{}{}
		}()
	}
	time.Sleep(300 * time.Millisecond)
	start := time.Now()
	for range 20 {
		if a := reader.Get("/fi/avoin"); a.Code != http.StatusOK {
			t.Fatalf("got %d", a.Code)
		}
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("20 pages took %s", took)
	}
	one := p.Browser()
	one.Get("/fi/kirjaudu")
	if a := one.Post("/fi/kirjaudu", nil); a.Code != http.StatusServiceUnavailable {
		t.Errorf("one more log-in than there is room for: got %d", a.Code)
	}
	for range 50 {
		<-hung
	}
}
