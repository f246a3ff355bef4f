package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/web"
	"tyomarkkinatori.fi/portal/web/edge"
)

// serve runs p on a real connection and returns its address.
func (p *portal) serve(change func(*http.Server)) string {
	p.tb.Helper()
	server := httptest.NewUnstartedServer(p.handler)
	server.Config = web.Server(p.handler, logtest.New(p.tb))
	change(server.Config)
	server.Start()
	p.tb.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// send writes head and body as a browser does: all of it before it reads.
func send(t *testing.T, addr, body string, length int) (status int, page string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "POST /fi/palaute HTTP/1.1\r\nHost: portal.example\r\nSec-Fetch-Site: same-origin\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", length, body)
	if err != nil {
		t.Fatalf("while sending: %v", err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestBodyOverTheLimitGetsAPage(t *testing.T) {
	t.Parallel()

	addr := newPortal(t).serve(func(*http.Server) {})
	body := "message=" + strings.Repeat("x", 6<<20)
	status, page := send(t, addr, body, len(body))
	if status != http.StatusRequestEntityTooLarge || !strings.Contains(page, "<h1>Lähetit liian paljon kerralla</h1>") {
		t.Errorf("got %d %.200s", status, page)
	}
}

func TestSlowBodyGetsAPage(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	addr := p.serve(func(s *http.Server) { s.ReadTimeout = 300 * time.Millisecond })
	status, page := send(t, addr, "message=x", 100)
	if status != http.StatusRequestTimeout || !strings.Contains(page, "<h1>Lähetys kesti liian kauan</h1>") {
		t.Errorf("got %d %.200s", status, page)
	}
}

func TestFormLimitCountsOnlyWhatIsTaken(t *testing.T) {
	t.Parallel()

	p := newPortal(t, func(d *web.Deps) { d.Limits = limits(func(l *edge.Limits) { l.FormsPerMinute = 2 }) })
	for _, path := range []string{"/fi/palaute", "/sv/respons"} {
		for range 5 {
			if w := p.post(path, url.Values{edge.TokenField: p.filled()[edge.TokenField]}); w.Code != http.StatusUnprocessableEntity {
				t.Fatalf("%s: a form with mistakes: got %d", path, w.Code)
			}
		}
		if w := p.post(path, p.filled()); w.Code != http.StatusSeeOther {
			t.Errorf("%s: after mistakes: got %d", path, w.Code)
		}
	}
	form := p.filled()
	w := p.post("/sv/respons", form)
	page := parse(t, w)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "60" {
		t.Errorf("over the limit: got %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	if body := page.Body(); !strings.Contains(body, form.Get("message")) || !strings.Contains(body, "Din text finns kvar: vänta en minut") {
		t.Errorf("the text is lost:\n%s", body)
	}
	for _, fault := range page.Faults("sv") {
		t.Error(fault)
	}
	if n := p.countFeedback(); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}
