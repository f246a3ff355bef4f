package jobposting_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// modelled is what a plain model remembers of a posting.
type modelled struct {
	incoming jobposting.Incoming
	status   jobposting.Status
	reason   jobposting.CloseReason
	revision int
	changes  int
}

// history plays random histories on the store and on a plain model of it, side
// by side.
type history struct {
	now   time.Time
	model map[string]*modelled
}

func (h *history) receive(in jobposting.Incoming) {
	to := jobposting.StatusOpen
	switch {
	case !in.ExpiresAt.IsZero() && !in.ExpiresAt.After(h.now):
		to = jobposting.StatusClosed
	case in.PublishedAt.After(h.now):
		to = jobposting.StatusScheduled
	}
	m := h.model[in.ExternalID]
	if m == nil {
		m = &modelled{status: to, revision: 1, changes: 1}
		h.model[in.ExternalID] = m
	} else {
		same := m.incoming.Content.Title["fi"] == in.Content.Title["fi"] &&
			m.incoming.ExpiresAt.Equal(in.ExpiresAt)
		if m.status == jobposting.StatusClosed && to == jobposting.StatusClosed ||
			m.status != jobposting.StatusClosed && same && m.incoming.PublishedAt.Equal(in.PublishedAt) {
			return
		}
		if !same {
			m.revision++
		}
		m.status = to
		m.changes++
	}
	m.incoming, m.reason = in, ""
	if to == jobposting.StatusClosed {
		m.reason = jobposting.ClosedExpired
	}
}

func (h *history) close(id string) {
	if m := h.model[id]; m != nil && m.status != jobposting.StatusClosed {
		m.status, m.reason = jobposting.StatusClosed, jobposting.ClosedArchived
		m.changes++
	}
}

func (h *history) sweep() {
	for _, m := range h.model {
		expired := !m.incoming.ExpiresAt.IsZero() && !m.incoming.ExpiresAt.After(h.now)
		switch {
		case m.status != jobposting.StatusClosed && expired:
			m.status, m.reason = jobposting.StatusClosed, jobposting.ClosedExpired
			m.changes++
		case m.status == jobposting.StatusScheduled && !m.incoming.PublishedAt.After(h.now):
			m.status = jobposting.StatusOpen
			m.changes++
		}
	}
}

// TestMain keeps the histories few: each takes a hundred transactions.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := flag.Set("rapid.checks", "25"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func TestHistory(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	h := &history{}
	db.Now = func() time.Time { return h.now }
	postings := jobposting.NewPostings(db)
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		source := jobposting.Source(fmt.Sprintf("run %d", runs))
		h.now, h.model = pgtest.Now, map[string]*modelled{}
		id := rapid.SampledFrom([]string{"a", "b", "c"})
		hours := func(label string, from, to int) time.Duration {
			return time.Duration(rapid.IntRange(from, to).Draw(rt, label)) * time.Hour
		}
		check := func(err error) {
			if err != nil {
				rt.Fatal(err)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"publish": func(rt *rapid.T) {
				var batch []jobposting.Incoming
				for range rapid.IntRange(1, 3).Draw(rt, "size") {
					in := incoming(id.Draw(rt, "id"))
					in.Content.Title = jobposting.Localised{"fi": rapid.SampledFrom([]string{"Kokki", "Leipuri"}).Draw(rt, "title")}
					in.PublishedAt = pgtest.Now.Add(hours("published", -2, 6))
					in.ExpiresAt = pgtest.Now.Add(hours("expires", -1, 12))
					if rapid.Bool().Draw(rt, "endless") {
						in.ExpiresAt = time.Time{}
					}
					batch = append(batch, in)
				}
				_, err := postings.Receive(t.Context(), feed(), source, batch)
				check(err)
				// The last of several records about one posting counts.
				last := map[string]jobposting.Incoming{}
				for _, in := range batch {
					last[in.ExternalID] = in
				}
				for _, in := range last {
					h.receive(in)
				}
			},
			"archive": func(rt *rapid.T) {
				x := id.Draw(rt, "id")
				_, err := postings.Close(t.Context(), feed(), source, []string{x}, jobposting.ClosedArchived)
				check(err)
				h.close(x)
			},
			"time passes": func(rt *rapid.T) {
				h.now = h.now.Add(hours("wait", 1, 5))
				_, err := postings.Sweep(t.Context(), feed())
				check(err)
				h.sweep()
			},
			"": func(rt *rapid.T) {
				rows, err := db.Query(t.Context(), `SELECT external_id, status, close_reason, revision, content->'title'->>'fi', people IS NOT NULL,
					(SELECT count(*) FROM posting_change AS c WHERE c.posting_id = p.id)
					FROM job_posting AS p WHERE source = $1`, source)
				check(err)
				defer rows.Close()
				n := 0
				for rows.Next() {
					n++
					var x, title string
					var got modelled
					var people bool
					check(rows.Scan(&x, &got.status, &got.reason, &got.revision, &title, &people, &got.changes))
					want := h.model[x]
					if want == nil || got.status != want.status || got.reason != want.reason || got.revision != want.revision ||
						got.changes != want.changes || title != want.incoming.Content.Title["fi"] ||
						people == (want.status == jobposting.StatusClosed) {
						rt.Fatalf("posting %s = %+v, %q, people %t; want %+v", x, got, title, people, want)
					}
				}
				check(rows.Err())
				if n != len(h.model) {
					rt.Fatalf("%d postings, want %d", n, len(h.model))
				}
			},
		})
	})
	var gap bool
	err := db.QueryRow(t.Context(), `SELECT count(*) <> max(seq) OR max(seq) <> (SELECT last FROM change_sequence) FROM posting_change`).Scan(&gap)
	if err != nil || gap {
		t.Errorf("the sequence has a gap: %t, %v", gap, err)
	}
}
