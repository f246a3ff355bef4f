package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/feedback"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/internal/notice"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/retention"
	"tyomarkkinatori.fi/portal/locales"
	"tyomarkkinatori.fi/portal/web"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/health"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/site"
	"tyomarkkinatori.fi/portal/web/ui"
)

const origin = "https://portal.example"

// portal is the whole edge over a database of its own.
type portal struct {
	tb      testing.TB
	db      *postgres.DB
	handler http.Handler
	routes  []route.Route
	notices *notice.Board
	version atomic.Uint64
	// rendered counts how often a probe page was made.
	rendered atomic.Int64
	// hold makes probe pages wait until it is closed.
	hold   chan struct{}
	ready  atomic.Bool
	log    *lines
	tokens edge.Tokens
	now    atomic.Pointer[time.Time]
}

// lines is a log that a test can read.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func newPortal(tb testing.TB, change ...func(*web.Deps)) *portal {
	tb.Helper()
	catalogue, err := i18n.Load(locales.FS)
	if err != nil {
		tb.Fatal(err)
	}
	p := &portal{tb: tb, db: pgtest.New(tb), log: &lines{}}
	p.ready.Store(true)
	p.setNow(pgtest.Now)
	p.db.Now = func() time.Time { return *p.now.Load() }
	p.notices = notice.NewBoard(p.db)
	p.tokens = edge.Tokens{Key: bytes.Repeat([]byte("k"), 32), Now: p.db.Now}
	public, err := url.Parse(origin)
	if err != nil {
		tb.Fatal(err)
	}
	d := web.Deps{
		PublicURL: public,
		Catalogue: catalogue,
		Log:       logtest.New(tb, p.log),
		Now:       p.db.Now,
		Version:   p.version.Load,
		Notices:   p.notices,
		Ready: []health.Check{{Name: "test", Func: func(context.Context) error {
			if !p.ready.Load() {
				return errors.New("planted fault")
			}
			return nil
		}}},
		Development: true,
		Site:        site.Pages{Overview: overview{}, Feedback: feedback.New(p.db), Tokens: p.tokens, Kept: retention.New(p.db, nil).InForce},
		Sections:    []web.Section{probes{p}},
	}
	for _, f := range change {
		f(&d)
	}
	p.handler, p.routes = web.New(d)
	return p
}

func (p *portal) setNow(t time.Time) { p.now.Store(&t) }

// probes are pages that behave badly in ways that real ones must not.
type probes struct{ *portal }

func (p probes) Routes(m *route.Mux) {
	kept := route.Class{Audience: route.Public, CSRF: route.Safe, Cache: route.CacheData, Rate: route.RatePage}
	search := kept
	search.Rate = route.RateSearch
	none := kept
	none.Cache = route.CacheNone
	m.Page(http.MethodGet, paths.JobSearch, search, p.count)
	m.Page(http.MethodGet, paths.JobPosting, kept, p.count)
	m.Page(http.MethodGet, paths.JobFeed, kept, p.count)
	m.Page(http.MethodGet, paths.JobDeadlines, kept, p.count)
	m.Handle(http.MethodGet, "/probe/fresh", none, p.count)
	m.Handle(http.MethodGet, "/probe/{fault}", none, p.fail)
	m.Handle(http.MethodGet, "/probe/kept/{fault}", kept, p.fail)
}

func (p probes) count(w http.ResponseWriter, r *http.Request) error {
	p.rendered.Add(1)
	if p.hold != nil {
		<-p.hold
	}
	return respond.Page(w, r, http.StatusOK, site.ErrorPage(r.Context(), http.StatusNotFound))
}

func (p probes) fail(_ http.ResponseWriter, r *http.Request) error {
	p.rendered.Add(1)
	name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	switch name {
	case "panic":
		panic("planted for canary")
	case "deadline":
		return context.DeadlineExceeded
	}
	return map[string]error{
		"missing":   fault.ErrNotFound,
		"forbidden": fault.ErrForbidden,
		"conflict":  fault.ErrConflict,
		"gone":      fault.ErrGone,
		"invalid":   &fault.InvalidError{},
		"busy":      &fault.BusyError{RetryAfter: 1500 * time.Millisecond},
		"bug":       errors.New("planted fault with canary-91f3"),
	}[name]
}

type overview struct{}

func (overview) Overview(ctx context.Context) (site.Overview, error) {
	card := ui.Card{Href: paths.Job(i18n.LangOf(ctx), 7), Title: ui.Plain("Sairaanhoitaja"), New: true}
	return site.Overview{
		Open: 1234, Positions: 2000, Summer: 12, Flexible: 34,
		Trades:     []site.Tally{{Code: "2", Name: "Erityisasiantuntijat", Count: 10}},
		Regions:    []site.Tally{{Code: "01", Name: "Uusimaa", Count: 20}},
		Weeks:      []site.Tally{{Name: "46", Count: 3}, {Name: "47", Count: 5}},
		Newest:     []ui.Card{card},
		Closing:    []ui.Card{card},
		SummerJobs: []ui.Card{card},
	}, nil
}

// request makes a request as a browser would send it.
func request(tb testing.TB, method, target string, body io.Reader) *http.Request {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), method, target, body)
	r.Host = "portal.example"
	return r
}

func (p *portal) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w
}

func (p *portal) get(target string, header ...string) *httptest.ResponseRecorder {
	p.tb.Helper()
	r := request(p.tb, http.MethodGet, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return p.do(r)
}

func (p *portal) post(target string, form url.Values, header ...string) *httptest.ResponseRecorder {
	p.tb.Helper()
	r := request(p.tb, http.MethodPost, target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i+1 < len(header); i += 2 {
		if header[i+1] == "" {
			r.Header.Del(header[i])
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	return p.do(r)
}

func parse(tb testing.TB, w *httptest.ResponseRecorder) *htmltest.Page {
	tb.Helper()
	return htmltest.Parse(tb, bytes.NewReader(w.Body.Bytes()))
}
