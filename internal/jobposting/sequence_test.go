package jobposting_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// TestSequence lets eight writers meet on the same postings while a reader
// follows: it must see every place once and in order, although it never looks
// back.
func TestSequence(t *testing.T) {
	t.Parallel()

	const writers, rounds = 8, 12
	db := pgtest.New(t)
	postings := jobposting.NewPostings(db)
	// Rolled-back transactions must leave no gap either.
	postings.OnChange = func(_ context.Context, _ *postgres.Tx, changed []jobposting.Posting) error {
		if changed[0].Content.Positions == 7 {
			return context.DeadlineExceeded
		}
		return nil
	}

	var followed []int64
	done := make(chan struct{})
	var follower sync.WaitGroup
	follower.Go(func() {
		for last, final := int64(0), false; ; {
			list, err := jobposting.ChangesAfter(t.Context(), db, last, 1000)
			if err != nil {
				t.Errorf("follow: %v", err)
				return
			}
			for _, c := range list {
				followed = append(followed, c.Seq)
				last = c.Seq
			}
			if final && len(list) == 0 {
				return
			}
			select {
			case <-done:
				final = true
			default:
			}
		}
	})

	var stored jobposting.Report
	var closed int
	var mu sync.Mutex
	var group errgroup.Group
	for w := range writers {
		group.Go(func() error {
			for round := range rounds {
				var batch []jobposting.Incoming
				for i := range 20 {
					// Neighbouring writers share half of their postings.
					in := incoming(fmt.Sprintf("p%03d", w*10+(19-i)))
					in.Content.Positions = 10 + w*rounds + round
					batch = append(batch, in)
				}
				if round%5 == 4 {
					for i := range batch {
						batch[i].Content.Positions = 7
					}
				}
				r, err := postings.Receive(t.Context(), feed(), jobposting.SourceTE, batch)
				if err != nil && round%5 != 4 {
					return err
				}
				n := 0
				if round%3 == 2 {
					n, err = postings.Close(t.Context(), feed(), jobposting.SourceTE,
						[]string{fmt.Sprintf("p%03d", w*10), fmt.Sprintf("p%03d", w*10+15)}, jobposting.ClosedArchived)
					if err != nil {
						return err
					}
				}
				mu.Lock()
				stored.Add(r)
				closed += n
				mu.Unlock()
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	close(done)
	follower.Wait()

	want := make([]int64, stored.Changes()+closed)
	for i := range want {
		want[i] = int64(i + 1)
	}
	if !slices.Equal(followed, want) {
		t.Errorf("followed %d places, want 1 to %d without a gap: %v", len(followed), len(want), followed)
	}
	last, err := jobposting.LastSeq(t.Context(), db)
	if err != nil || last != int64(len(want)) {
		t.Errorf("LastSeq = %d, %v; want %d", last, err, len(want))
	}
}

func TestTransitions(t *testing.T) {
	t.Parallel()

	const none = jobposting.Status("")
	all := []jobposting.Status{none, jobposting.StatusScheduled, jobposting.StatusOpen, jobposting.StatusClosed}
	refused := map[[2]jobposting.Status]bool{
		{jobposting.StatusClosed, jobposting.StatusClosed}: true,
	}
	for _, from := range all {
		for _, to := range all {
			want := to != none && !refused[[2]jobposting.Status{from, to}]
			if got := from.CanBecome(to); got != want {
				t.Errorf("from %q to %q: %t, want %t", from, to, got, want)
			}
		}
	}
}

// TestTransitionsByArrival walks a posting from each status to each by what its
// source sends, and checks the kind of change that followers see.
func TestTransitionsByArrival(t *testing.T) {
	t.Parallel()

	// arrive makes a posting that stands at that status when it arrives.
	arrive := func(status jobposting.Status, title string) jobposting.Incoming {
		in := incoming("a")
		in.Content.Title = jobposting.Localised{"fi": title}
		switch status {
		case jobposting.StatusScheduled:
			in.PublishedAt = pgtest.Now.Add(time.Hour)
		case jobposting.StatusClosed:
			in.ExpiresAt = pgtest.Now.Add(-time.Hour)
		case jobposting.StatusOpen:
		}
		return in
	}
	const scheduled, open, closed = jobposting.StatusScheduled, jobposting.StatusOpen, jobposting.StatusClosed
	tests := []struct {
		from, to jobposting.Status
		want     jobposting.Kind
	}{
		{"", scheduled, jobposting.KindScheduled},
		{"", open, jobposting.KindPublished},
		{"", closed, jobposting.KindClosed},
		{scheduled, scheduled, jobposting.KindScheduled},
		{scheduled, open, jobposting.KindPublished},
		{scheduled, closed, jobposting.KindClosed},
		{open, scheduled, jobposting.KindScheduled},
		{open, open, jobposting.KindChanged},
		{open, closed, jobposting.KindClosed},
		{closed, scheduled, jobposting.KindScheduled},
		{closed, open, jobposting.KindPublished},
		{closed, closed, ""},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s to %s", tt.from, tt.to), func(t *testing.T) {
			t.Parallel()

			db := pgtest.New(t)
			postings := jobposting.NewPostings(db)
			before := 0
			if tt.from != "" {
				receive(t, postings, arrive(tt.from, "Ennen"))
				before = 1
			}
			receive(t, postings, arrive(tt.to, "Jälkeen"))

			if got := theA(t, db).Status; got != tt.to {
				t.Errorf("status = %q, want %q", got, tt.to)
			}
			list := changes(t, db)[before:]
			var got jobposting.Kind
			if len(list) > 0 {
				got = list[0].Kind
			}
			if got != tt.want || len(list) > 1 {
				t.Errorf("changes = %v, want one of kind %q", list, tt.want)
			}
		})
	}
}
