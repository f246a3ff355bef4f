package tefeed_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/gateway/tefeed"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// only answers each kind of P67 call with its own lines.
func only(te *teSystem, snapshot, modified, published, archived []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		te.mu.Lock()
		filter := te.filters[len(te.filters)-1]
		te.mu.Unlock()
		answer := snapshot
		switch {
		case filter["archived"] != nil:
			answer = archived
		case filter["modified"] != nil:
			answer = modified
		case filter["published"] != nil:
			answer = published
		}
		lines(answer...)(w, r)
	}
}

func TestP67SnapshotThenChanges(t *testing.T) {
	t.Parallel()

	te := newTESystem(t, lines(p67Line("a", 60, "Leipuri"), p67Line("b", 50, "Kokki"), p67Line("c", 70, "Tarjoilija")))
	h := newHarness(t, te, tefeed.KindP67, nil)

	got := h.sync(t)
	want := tefeed.Report{Outcome: tefeed.OutcomeRead, Snapshot: true, Records: 3, Stored: jobposting.Report{New: 3}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("first run (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]map[string]any{{"onlyStatus": "PUBLISHED"}}, te.asked()); diff != "" {
		t.Errorf("first filters (-want +got):\n%s", diff)
	}

	h.now = pgtest.Now.Add(10 * time.Minute)
	te.answers(only(te, nil,
		[]string{p67Line("b", 50, "Kokki"), p67Line("a", -5, "Kondiittori")},
		[]string{p67Line("d", 2000, "Myyjä")},
		[]string{strings.Replace(p67Line("c", -6, ""), `"created"`, `"archived":"2026-03-02T09:36:00.000000","created"`, 1)}))
	got = h.sync(t)
	want = tefeed.Report{
		Outcome: tefeed.OutcomeRead, Records: 4, Closed: 1,
		Stored: jobposting.Report{New: 1, Changed: 1, Unchanged: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("second run (-want +got):\n%s", diff)
	}
	since := map[string]any{"from": "2026-03-02T08:35:00.000000", "to": "2026-03-02T09:40:00.000000"}
	wantFilters := []map[string]any{
		{"onlyStatus": "PUBLISHED", "modified": since},
		{"onlyStatus": "PUBLISHED", "published": since},
		{"onlyStatus": "ARCHIVED", "archived": since},
	}
	if diff := cmp.Diff(wantFilters, te.asked()); diff != "" {
		t.Errorf("second filters (-want +got):\n%s", diff)
	}
	if got, want := h.titles(t, jobposting.StatusOpen), "a Kondiittori, b Kokki, d Myyjä"; got != want {
		t.Errorf("open = %q, want %q", got, want)
	}
	if got, want := h.state(t).Watermark, pgtest.Now.Add(6*time.Minute); !got.Equal(want) {
		t.Errorf("watermark = %s, want %s", got, want)
	}
}

func TestP67DailySnapshotClosesWhatIsGone(t *testing.T) {
	t.Parallel()

	te := newTESystem(t, lines(p67Line("a", 60, "Leipuri"), p67Line("b", 50, "Kokki")))
	h := newHarness(t, te, tefeed.KindP67, nil)
	h.sync(t)

	h.now = h.now.Add(24 * time.Hour)
	te.answers(only(te, []string{p67Line("b", 50, "Kokki")}, nil, nil, nil))
	if got := h.sync(t); !got.Snapshot || got.Closed != 1 || got.Stored.Unchanged != 1 {
		t.Errorf("daily run = %+v, want a snapshot that closes one", got)
	}
	if got, want := h.titles(t, jobposting.StatusClosed), "a Leipuri"; got != want {
		t.Errorf("closed = %q, want %q", got, want)
	}
}

func TestAnEmptySnapshotIsDoubtedOnce(t *testing.T) {
	t.Parallel()

	var all []string
	for i := range 120 {
		all = append(all, p67Line(strconv.Itoa(i), i+1, "Leipuri"))
	}
	te := newTESystem(t, lines(all...))
	h := newHarness(t, te, tefeed.KindP67, func(c *tefeed.Config) { c.SnapshotEvery = time.Minute })
	h.sync(t)

	te.answers(lines())
	h.now = h.now.Add(time.Minute)
	if got := h.sync(t); got.Outcome != tefeed.OutcomeDoubted || got.Closed != 0 {
		t.Errorf("first empty snapshot = %+v, want it doubted", got)
	}
	h.now = h.now.Add(time.Second)
	if got := h.sync(t); got.Outcome != tefeed.OutcomeRead || !got.Snapshot || got.Closed != 120 {
		t.Errorf("second empty snapshot = %+v, want it believed", got)
	}
}

func TestP67BadRecordsAreSetAside(t *testing.T) {
	t.Parallel()

	good := p67Line("good", 60, "Leipuri")
	te := newTESystem(t, lines(
		good,
		strings.Replace(p67Line("untitled", 1, "x"), `{"fi":"x"}`, `{"fi":" ","sv":null}`, 1),
		strings.Replace(p67Line("", 1, "x"), `"externalId":"",`, "", 1),
		strings.Replace(p67Line("typed", 1, "x"), `"openPositions":1`, `"openPositions":{"n":1}`, 1),
		strings.Replace(p67Line("dated", 1, "x"), `2026-06-30T20:59:00.000000`, `30.6.2026`, 1),
		strings.Replace(p67Line("never", 1, "x"), `2026-02-02T06:00:00.000000`, `9999-12-31T00:00:00`, 1),
		strings.Replace(p67Line("deep", 1, "x"), `["091"]`, strings.Repeat("[", 40)+strings.Repeat("]", 40), 1),
		strings.Replace(p67Line("endless", 1, "Ikuinen"), `2026-06-30T20:59:00.000000`, `9999-12-31T23:59:59`, 1),
		strings.Replace(p67Line("long", 1, "x"), "Leivotaan.", strings.Repeat("y", 10<<20), 1),
		`"a text"`,
		p67Line("last", 55, "Kokki"),
	))
	h := newHarness(t, te, tefeed.KindP67, nil)

	got := h.sync(t)
	want := tefeed.Report{
		Outcome: tefeed.OutcomeRead, Snapshot: true, Records: 11, Rejected: 8,
		Stored: jobposting.Report{New: 3},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("run (-want +got):\n%s", diff)
	}
	wantRejects := "dated: bad_date expires, deep: too_deep, line 10: wrong_type string, line 3: no_id, long: too_long, " +
		"never: bad_date published, typed: wrong_type openPositions, untitled: no_title"
	if got := h.rejects(t); got != wantRejects {
		t.Errorf("rejects = %q,\n want %q", got, wantRejects)
	}
	if n := strings.Count(h.log.String(), "\n"); n != 1 || !strings.Contains(h.log.String(), `"rejected":8`) {
		t.Errorf("log = %q, want one line that counts 8 rejected records", h.log)
	}

	te.answers(lines(p67Line("typed", 1, "Myyjä")))
	h.now = h.now.Add(time.Minute)
	h.sync(t)
	if strings.Contains(h.rejects(t), "typed") {
		t.Errorf("rejects = %q, want the mended record gone", h.rejects(t))
	}
}

// TestP67Failures checks that whatever goes wrong is told, keeps what came
// before, moves no watermark and is made good by the next run.
func TestP67Failures(t *testing.T) {
	t.Parallel()

	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
		}
	}
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   tefeed.Outcome
		text   string
		stored string
		retry  time.Duration
	}{
		{"no valid key", status(http.StatusUnauthorized), tefeed.OutcomeUnauthorised, "does not accept the key", "", 0},
		{"out of order", status(http.StatusInternalServerError), tefeed.OutcomeServerError, "out of order", "", 0},
		{"in maintenance", status(http.StatusServiceUnavailable, "Retry-After", "90"), tefeed.OutcomeServerError, "out of order", "", 90 * time.Second},
		{"too many calls", status(http.StatusTooManyRequests, "Retry-After", "300"), tefeed.OutcomeThrottled, "less often", "", 300 * time.Second},
		{
			"too many calls until a date", status(http.StatusTooManyRequests, "Retry-After", pgtest.Now.Add(time.Hour).Format(http.TimeFormat)),
			tefeed.OutcomeThrottled, "less often", "", time.Hour,
		},
		{"bad filter", status(http.StatusBadRequest), tefeed.OutcomeRefused, "refuses", "", 0},
		{"redirection", status(http.StatusFound, "Location", "http://example.invalid/"), tefeed.OutcomeRedirected, "not followed", "", 0},
		{"web page", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte("<html>Huoltokatko</html>"))
		}, tefeed.OutcomeBadAnswer, "web page", "", 0},
		{"no JSON at all", lines("Huoltokatko"), tefeed.OutcomeBadAnswer, "no JSON", "", 0},
		{"hang before the answer", func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}, tefeed.OutcomeStalled, "does not answer", "", 0},
		{"hang in the answer", func(w http.ResponseWriter, r *http.Request) {
			lines(p67Line("a", 60, "Leipuri"))(w, r)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, tefeed.OutcomeStalled, "stopped coming", "a Leipuri", 0},
		{"answer cut off", func(w http.ResponseWriter, r *http.Request) {
			lines(p67Line("a", 60, "Leipuri"))(w, r)
			_, _ = w.Write([]byte(`{"metadata":{"exter`))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, tefeed.OutcomeTruncated, "cut off", "a Leipuri", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			te := newTESystem(t, tt.answer)
			h := newHarness(t, te, tefeed.KindP67, func(c *tefeed.Config) {
				if tt.want == tefeed.OutcomeStalled {
					c.StallTimeout = 2 * time.Second
				}
			})
			got, err := h.feed.Sync(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error = %v, want one with %q", err, tt.text)
			}
			if got.Outcome != tt.want || !strings.Contains(h.log.String(), `"outcome":"`+string(tt.want)+`"`) {
				t.Errorf("outcome = %q, log = %q, want %q in both", got.Outcome, h.log, tt.want)
			}
			if got := h.titles(t, jobposting.StatusOpen); got != tt.stored {
				t.Errorf("stored = %q, want %q", got, tt.stored)
			}
			s := h.state(t)
			if !s.Watermark.IsZero() || s.Failures != 1 || s.Outcome != string(tt.want) {
				t.Errorf("state = %+v, want no watermark and one failure", s)
			}
			if tt.retry != 0 {
				if want := pgtest.Now.Add(tt.retry); !s.RetryAt.Equal(want) {
					t.Errorf("next call at %s, want %s", s.RetryAt, want)
				}
				te.asked()
				if got := h.sync(t); got.Outcome != tefeed.OutcomeWaiting || len(te.asked()) != 0 {
					t.Errorf("run before its time = %+v, want it to wait", got)
				}
				h.now = h.now.Add(tt.retry)
			}

			te.answers(lines(p67Line("a", 60, "Leipuri"), p67Line("b", 50, "Kokki")))
			if got := h.sync(t); got.Outcome != tefeed.OutcomeRead {
				t.Errorf("next run = %+v", got)
			}
			if got, want := h.titles(t, jobposting.StatusOpen), "a Leipuri, b Kokki"; got != want {
				t.Errorf("stored in the end = %q, want %q", got, want)
			}
			if n := len(h.changes(t)); n != 2 {
				t.Errorf("changes = %d, want 2", n)
			}
			if s := h.state(t); !s.Watermark.Equal(pgtest.Now.Add(-50*time.Minute)) || s.Failures != 0 {
				t.Errorf("state in the end = %+v", s)
			}
		})
	}
}

func TestP67Unreachable(t *testing.T) {
	t.Parallel()

	te := newTESystem(t, lines())
	te.Close()
	h := newHarness(t, te, tefeed.KindP67, nil)

	got, err := h.feed.Sync(t.Context())
	if got.Outcome != tefeed.OutcomeUnreachable || err == nil || strings.Contains(err.Error(), "the-key") {
		t.Errorf("Sync = %+v, %v; want unreachable", got, err)
	}
}

func TestP67BrokenLineHoldsTheWatermark(t *testing.T) {
	t.Parallel()

	te := newTESystem(t, lines(p67Line("a", 60, "Leipuri"), p67Line("b", 50, "Kokki")))
	h := newHarness(t, te, tefeed.KindP67, func(c *tefeed.Config) { c.SnapshotEvery = time.Minute })
	h.sync(t)

	h.now = h.now.Add(time.Minute)
	te.answers(only(te, []string{p67Line("c", 10, "Myyjä"), `{"metadata":{"externalId":`, p67Line("d", 5, "Siivooja")}, nil, nil, nil))
	got := h.sync(t)
	if got.Outcome != tefeed.OutcomePartly || got.Damaged != 1 || got.Stored.New != 2 || got.Closed != 0 {
		t.Errorf("run = %+v, want two new ones, one damaged and none closed", got)
	}
	if s := h.state(t); !s.Watermark.Equal(pgtest.Now.Add(-50 * time.Minute)) {
		t.Errorf("watermark = %s, want it where it was", s.Watermark)
	}
	te.answers(only(te, []string{p67Line("b", 50, "Kokki"), p67Line("c", 10, "Myyjä"), p67Line("d", 5, "Siivooja")}, nil, nil, nil))
	if got := h.sync(t); got.Outcome != tefeed.OutcomeRead || got.Closed != 1 {
		t.Errorf("next run = %+v, want it whole and a closed", got)
	}
}

func TestP67RateLimitEndsTheRun(t *testing.T) {
	t.Parallel()

	te := newTESystem(t, lines(p67Line("a", 60, "Leipuri")))
	h := newHarness(t, te, tefeed.KindP67, nil)
	h.sync(t)
	te.asked()

	te.answers(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("RateLimit-Remaining", "0")
		w.Header().Set("RateLimit-Reset", "600")
		lines(p67Line("b", 30, "Kokki"))(w, r)
	})
	got, err := h.feed.Sync(t.Context())
	if err == nil || got.Outcome != tefeed.OutcomeThrottled || len(te.asked()) != 1 {
		t.Errorf("Sync = %+v, %v; want one call and no more", got, err)
	}
	s := h.state(t)
	if want := pgtest.Now.Add(10 * time.Minute); !s.RetryAt.Equal(want) || !s.Watermark.Equal(pgtest.Now.Add(-time.Hour)) {
		t.Errorf("state = %+v, want the next call at %s and the old watermark", s, want)
	}
}

func TestP67KeyAndDuplicates(t *testing.T) {
	t.Parallel()

	te := newTESystem(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("KIPA-Subscription-Key"); got != "the-key" {
			t.Errorf("key = %q", got)
		}
		if got := r.Header.Get("Accept"); got != "application/x-ndjson" {
			t.Errorf("Accept = %q", got)
		}
		lines(p67Line("a", 60, "Leipuri"), p67Line("a", 40, "Kokki"))(w, r)
	})
	h := newHarness(t, te, tefeed.KindP67, nil)
	h.sync(t)
	if got, want := h.titles(t, jobposting.StatusOpen), "a Kokki"; got != want {
		t.Errorf("open = %q, want %q: the last of two counts", got, want)
	}
	if strings.Contains(h.log.String(), "the-key") {
		t.Errorf("the log holds the key: %s", h.log)
	}
}

// TestP67DuplicateFarApart sends a posting changed and then, a thousand records
// later, as it was: what was known before the run must not hide the latter.
func TestP67DuplicateFarApart(t *testing.T) {
	t.Parallel()

	all := []string{p67Line("a", 60, "Leipuri")}
	for i := range 1200 {
		all = append(all, p67Line(fmt.Sprintf("%04d", i), 60, "Myyjä"))
	}
	te := newTESystem(t, lines(all...))
	h := newHarness(t, te, tefeed.KindP67, func(c *tefeed.Config) { c.SnapshotEvery = time.Minute })
	h.sync(t)

	h.now = h.now.Add(time.Minute)
	te.answers(only(te, append([]string{p67Line("a", 50, "Kokki")}, append(all[1:], all[0])...), nil, nil, nil))
	h.sync(t)
	if got := h.posting(t, "a").Content.Title["fi"]; got != "Leipuri" {
		t.Errorf("title = %q, want that of the last record", got)
	}
}
