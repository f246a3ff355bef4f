package tefeed_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/gateway/tefeed"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// teSystem is a small TE system whose answers a test decides on.
type teSystem struct {
	*httptest.Server

	mu      sync.Mutex
	answer  http.HandlerFunc
	filters []map[string]any
}

// newTESystem starts a TE system that gives answer to every call.
func newTESystem(tb testing.TB, answer http.HandlerFunc) *teSystem {
	tb.Helper()
	te := &teSystem{answer: answer}
	te.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		te.mu.Lock()
		answer := te.answer
		if r.Method == http.MethodPost && r.Header.Get("Content-Type") == "application/json" {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				tb.Errorf("read the filter: %v", err)
			}
			var filter map[string]any
			if err := json.Unmarshal(body, &filter); err != nil {
				tb.Errorf("filter %s: %v", body, err)
			}
			te.filters = append(te.filters, filter)
		}
		te.mu.Unlock()
		answer(w, r)
	}))
	tb.Cleanup(te.Close)
	return te
}

func (te *teSystem) answers(h http.HandlerFunc) {
	te.mu.Lock()
	defer te.mu.Unlock()
	te.answer = h
}

// asked returns and forgets the filters that were sent.
func (te *teSystem) asked() []map[string]any {
	te.mu.Lock()
	defer te.mu.Unlock()
	filters := te.filters
	te.filters = nil
	return filters
}

// lines answers with NDJSON.
func lines(lines ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-ndjson")
		_, _ = io.WriteString(w, strings.Join(lines, "\n")+"\n")
	}
}

// p67Line returns a posting modified so many minutes before the test's now.
func p67Line(id string, minutesAgo int, title string) string {
	at := pgtest.Now.Add(-time.Duration(minutesAgo) * time.Minute).Format("2006-01-02T15:04:05.000000")
	return fmt.Sprintf(`{"languages":["fi"],"descriptionsContentType":"plain",`+
		`"metadata":{"externalId":%q,"created":"2026-02-01T06:00:00.000000","lastModified":%q},`+
		`"owner":{"employerType":"01","businessId":"7654321-7","company":{"fi":"Leipomo Oy"}},`+
		`"position":{"title":{"fi":%q},"jobDescription":{"fi":"Leivotaan."},"workTime":"01"},`+
		`"location":{"municipalities":["091"]},`+
		`"application":{"published":"2026-02-02T06:00:00.000000","expires":"2026-06-30T20:59:00.000000","openPositions":1},`+
		`"contacts":[{"firstName":"Veikko","lastName":"Malli","email":"veikko@example.invalid"}]}`, id, at, title)
}

type harness struct {
	db       *postgres.DB
	postings *jobposting.Postings
	feed     *tefeed.Feed
	log      *strings.Builder
	now      time.Time
}

// newHarness returns a feed over an empty database; change, if any, changes its
// configuration.
func newHarness(tb testing.TB, te *teSystem, kind tefeed.Kind, change func(*tefeed.Config)) *harness {
	tb.Helper()
	h := &harness{log: &strings.Builder{}, now: pgtest.Now}
	h.db = pgtest.New(tb)
	h.db.Now = func() time.Time { return h.now }
	h.postings = jobposting.NewPostings(h.db)
	cfg := tefeed.Config{
		Kind: kind, URL: te.URL + "/postings", Key: secret.New("the-key"), PageSize: 100,
		ConnectTimeout: 10 * time.Second, StallTimeout: 30 * time.Second,
	}
	if change != nil {
		change(&cfg)
	}
	feed, err := tefeed.New(cfg, h.postings, h.db.Now, logtest.New(tb, h.log))
	if err != nil {
		tb.Fatal(err)
	}
	h.feed = feed
	return h
}

func (h *harness) sync(tb testing.TB) tefeed.Report {
	tb.Helper()
	r, err := h.feed.Sync(tb.Context())
	if err != nil {
		tb.Fatalf("Sync: %v", err)
	}
	return r
}

func (h *harness) state(tb testing.TB) jobposting.FeedState {
	tb.Helper()
	s, err := h.postings.FeedState(tb.Context(), jobposting.SourceTE)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// titles lists the postings of a status as "id title", by ID.
func (h *harness) titles(tb testing.TB, status jobposting.Status) string {
	tb.Helper()
	var list string
	err := h.db.QueryRow(tb.Context(), `SELECT coalesce(string_agg(external_id || ' ' || (content->'title'->>'fi'), ', ' ORDER BY external_id), '')
		FROM job_posting WHERE status = $1`, status).Scan(&list)
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func (h *harness) changes(tb testing.TB) []jobposting.Change {
	tb.Helper()
	list, err := jobposting.ChangesAfter(tb.Context(), h.db, 0, 1_000_000)
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func (h *harness) rejects(tb testing.TB) string {
	tb.Helper()
	var list string
	err := h.db.QueryRow(tb.Context(),
		`SELECT coalesce(string_agg(external_id || ': ' || reason, ', ' ORDER BY external_id), '') FROM feed_reject`).Scan(&list)
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func feedActor() audit.Ref { return audit.System("feed") }
