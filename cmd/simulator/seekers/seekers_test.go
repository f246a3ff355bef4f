package seekers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/seekers"
)

// portal is as much of one as job seekers use: it shows postings, takes orders,
// mails a link for each, and has a page for what was confirmed.
type portal struct {
	mu        sync.Mutex
	mails     map[string]string
	confirmed map[string]bool
	orders    int
	url       string
}

func (p *portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	switch {
	case strings.HasSuffix(r.URL.Path, ".atom"):
		fmt.Fprint(w, `<os:totalResults xmlns:os="x">98</os:totalResults>`)
	case strings.HasPrefix(r.URL.Path, "/confirm/") && r.Method == http.MethodPost && r.FormValue("act") == "confirm":
		p.confirmed[key] = true
		http.Redirect(w, r, "/own/"+key, http.StatusSeeOther)
	case strings.HasPrefix(r.URL.Path, "/own/"):
		if !p.confirmed[key] {
			http.NotFound(w, r)
		}
	case r.Method == http.MethodPost:
		if r.FormValue("form_token") != "t" || r.FormValue("terms") != "yes" || r.FormValue("q") == "" {
			http.Error(w, "wrong", http.StatusUnprocessableEntity)
			return
		}
		p.orders++
		p.mails[r.FormValue("email")] = fmt.Sprintf("Avaa linkki:\n%s/confirm/%d\n", p.url, p.orders)
		http.Redirect(w, r, "/ordered", http.StatusSeeOther)
	default:
		fmt.Fprintf(w, `<form action=%q method="post"><input type="hidden" name="form_token" value="t"><input name="q" value=%q></form>`,
			r.URL.Path, r.URL.Query().Get("q"))
	}
}

func TestSettleOrdersOnce(t *testing.T) {
	t.Parallel()

	p := &portal{mails: map[string]string{}, confirmed: map[string]bool{}}
	server := httptest.NewServer(p)
	defer server.Close()
	p.url = server.URL
	published := 0
	town := seekers.Seekers{
		Portal: server.URL, File: filepath.Join(t.TempDir(), "watches.json"), Pause: time.Millisecond,
		Open: func() int { return 100 }, Publish: func(int) { published++ },
		Mails: func(to string) []string {
			p.mu.Lock()
			defer p.mu.Unlock()
			return []string{p.mails[to]}
		},
	}
	first, err := town.Settle(t.Context())
	if err != nil || len(first) == 0 || p.orders != len(first) || len(p.confirmed) != len(first) || published != 1 {
		t.Fatalf("%d watches, %d orders, %d confirmed, published %d times: %v", len(first), p.orders, len(p.confirmed), published, err)
	}
	second, err := town.Settle(t.Context())
	if err != nil || p.orders != len(first) || len(second) != len(first) || published != 1 {
		t.Errorf("again: %d watches, %d orders, published %d times: %v", len(second), p.orders, published, err)
	}
	p.confirmed = map[string]bool{} // another database
	if _, err := town.Settle(t.Context()); err != nil || p.orders != 2*len(first) || published != 2 {
		t.Errorf("on another database: %d orders, published %d times: %v", p.orders, published, err)
	}
}
