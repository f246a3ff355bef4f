package tefeed_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/gateway/tefeed"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlState = `
SELECT string_agg(format('%s %s %s %s %s %s', external_id, status, close_reason, revision, content->'title'->>'fi', people IS NOT NULL),
                  E'\n' ORDER BY external_id)
  FROM job_posting`

const sqlChanges = `
SELECT string_agg(format('%s %s %s %s', p.external_id, c.kind, c.revision, c.material), E'\n' ORDER BY p.external_id, c.seq)
  FROM posting_change AS c
  JOIN job_posting AS p ON p.id = c.posting_id`

// followed writes something with each change, as the search index does.
func followed(h *harness) {
	h.postings.OnChange = func(ctx context.Context, tx *postgres.Tx, changed []jobposting.Posting) error {
		for _, p := range changed {
			_, err := tx.Exec(ctx, `INSERT INTO search_document (posting_id, analyser, document) VALUES ($1, '', $2)
				ON CONFLICT (posting_id) DO UPDATE SET document = excluded.document`, p.ID, []byte(p.Status))
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// TestKilledConnections ends the database's sessions at random moments while
// the feed runs, again and again, and expects what an undisturbed run leaves.
func TestKilledConnections(t *testing.T) {
	t.Parallel()

	const size = 1200
	var first, second []string
	for i := range size {
		first = append(first, p67Line(fmt.Sprintf("%05d", i), 60, "Leipuri"))
		switch {
		case i%5 == 1:
			second = append(second, p67Line(fmt.Sprintf("%05d", i), 30, "Kokki"))
		case i%7 != 2:
			second = append(second, first[i])
		}
	}
	var states, histories [2]string
	for try, disturbed := range []bool{false, true} {
		te := newTESystem(t, lines(first...))
		h := newHarness(t, te, tefeed.KindP67, func(c *tefeed.Config) { c.SnapshotEvery = time.Nanosecond })
		followed(h)
		for _, snapshot := range [][]string{first, second} {
			te.answers(only(te, snapshot, nil, nil, nil))
			h.now = h.now.Add(time.Minute)
			kills := 0
			if disturbed {
				kills = 12
			}
			runDisturbed(t, h, kills)
			// The run that counts is the one after the last kill.
			h.sync(t)
		}

		var holes bool
		if err := h.db.QueryRow(t.Context(), `SELECT (SELECT count(*) <> max(seq) OR max(seq) <> (SELECT last FROM change_sequence) FROM posting_change)
			OR EXISTS (SELECT FROM job_posting AS p LEFT JOIN search_document AS d ON d.posting_id = p.id
			            WHERE convert_from(d.document, 'UTF8') IS DISTINCT FROM p.status)`).Scan(&holes); err != nil || holes {
			t.Errorf("disturbed %t: the sequence has holes or a change was followed only in part (%v)", disturbed, err)
		}
		if err := h.db.QueryRow(t.Context(), sqlState).Scan(&states[try]); err != nil {
			t.Fatal(err)
		}
		if err := h.db.QueryRow(t.Context(), sqlChanges).Scan(&histories[try]); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(states[0], states[1]); diff != "" {
		t.Errorf("postings (-undisturbed +disturbed):\n%s", diff)
	}
	if diff := cmp.Diff(histories[0], histories[1]); diff != "" {
		t.Errorf("changes (-undisturbed +disturbed):\n%s", diff)
	}
}

// runDisturbed runs the feed until its sessions have been ended so many times.
func runDisturbed(tb testing.TB, h *harness, kills int) {
	tb.Helper()
	var killer sync.WaitGroup
	stop := make(chan struct{})
	killer.Go(func() {
		defer close(stop)
		for done := 0; done < kills; {
			time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
			var ended int
			// The killer's own session may be among those ended.
			err := h.db.QueryRow(tb.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`).Scan(&ended)
			if err == nil && ended > 0 {
				done++
			}
		}
	})
	failed := 0
	for {
		select {
		case <-stop:
			killer.Wait()
			if kills > 0 && failed == 0 {
				tb.Error("no run was disturbed")
			}
			// A connection that was killed in the pool fails the next call.
			for h.db.Ping(tb.Context()) != nil {
			}
			return
		default:
			if _, err := h.feed.Sync(tb.Context()); err != nil {
				failed++
			}
		}
	}
}
