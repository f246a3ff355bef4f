package edge_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/locales"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/site"
)

// outage is an edge around one page that waits for a database.
type outage struct {
	handler http.Handler
	// hung is a database that does not answer.
	hung  atomic.Bool
	asked atomic.Int64
}

func newOutage(tb testing.TB) *outage {
	tb.Helper()
	catalogue, err := i18n.Load(locales.FS)
	if err != nil {
		tb.Fatal(err)
	}
	o := &outage{}
	limits := edge.DefaultLimits(2)
	limits.PagesPerMinute, limits.SearchesPerMinute = 0, 0
	e := edge.New(edge.Config{
		PublicURL: &url.URL{Scheme: "https", Host: "portal.example"}, Catalogue: catalogue,
		Log: logtest.New(tb), Now: time.Now, Limits: limits,
		Version:     func() uint64 { return 1 },
		SiteVersion: func(context.Context) uint64 { return 1 },
		ErrorPage:   site.ErrorPage,
	})
	r := chi.NewRouter()
	m := &route.Mux{Router: r, Edge: e.Respond(), Catalogue: catalogue, Guard: e.Guard}
	data := route.Class{Audience: route.Public, CSRF: route.Safe, Cache: route.CacheData, Rate: route.RatePage}
	m.Handle(http.MethodGet, "/fi/{page}", data, func(w http.ResponseWriter, r *http.Request) error {
		o.asked.Add(1)
		if o.hung.Load() {
			<-r.Context().Done()
			return r.Context().Err()
		}
		return respond.Page(w, r, http.StatusOK, templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, "page")
			return err
		}))
	})
	o.handler = r
	return o
}

// get returns the answer and how long it took.
func (o *outage) get(tb testing.TB, path string) (*httptest.ResponseRecorder, time.Duration) {
	tb.Helper()
	start := time.Now()
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, httptest.NewRequestWithContext(tb.Context(), http.MethodGet, path, nil))
	return w, time.Since(start)
}

func TestOutageIsToldWithAPage(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		o := newOutage(t)
		o.hung.Store(true)
		w, took := o.get(t, "/fi/1")
		if w.Code != http.StatusServiceUnavailable || took != 3*time.Second || w.Header().Get("Retry-After") == "" {
			t.Errorf("got %d after %v, Retry-After %q", w.Code, took, w.Header().Get("Retry-After"))
		}
		if !strings.Contains(w.Body.String(), "<h1>Palvelu on nyt ruuhkainen tai tauolla</h1>") {
			t.Errorf("no page but %q", w.Body)
		}
	})
}

func TestOutageRefusesAtOnceSaveForProbes(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		o := newOutage(t)
		o.hung.Store(true)
		o.get(t, "/fi/1")
		asked := o.asked.Load()

		var wg sync.WaitGroup
		var probes atomic.Int64
		for i := range 40 {
			wg.Go(func() {
				// Half of them ask for the page that the probe is making.
				w, took := o.get(t, "/fi/"+string(rune('a'+i%2*i)))
				switch {
				case w.Code != http.StatusServiceUnavailable:
					t.Errorf("got %d during the outage", w.Code)
				case took == time.Second:
					probes.Add(1)
				case took != 0:
					t.Errorf("a refusal took %v", took)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		if probes.Load() != 1 || o.asked.Load() != asked+1 {
			t.Errorf("%d probes and %d questions to the database, want one", probes.Load(), o.asked.Load()-asked)
		}

		o.hung.Store(false)
		if w, _ := o.get(t, "/fi/1"); w.Code != http.StatusOK {
			t.Errorf("the first probe after the outage: got %d", w.Code)
		}
		for range 40 {
			wg.Go(func() {
				if w, took := o.get(t, "/fi/2"); w.Code != http.StatusOK || took != 0 {
					t.Errorf("after the outage: got %d after %v", w.Code, took)
				}
			})
		}
		wg.Wait()
	})
}
