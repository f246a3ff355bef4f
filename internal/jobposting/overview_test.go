package jobposting_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// The weeks are those of Finland, also over the end of summer time on 26 October
// and over the turn of the year.
func TestWeeks(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	postings := jobposting.NewPostings(db)
	var batch []jobposting.Incoming
	for i, at := range []time.Time{
		time.Date(2025, time.October, 19, 20, 59, 59, 0, time.UTC), // the week before the first
		time.Date(2025, time.October, 19, 21, 0, 0, 0, time.UTC),   // 43
		time.Date(2025, time.October, 26, 21, 59, 59, 0, time.UTC), // 43
		time.Date(2025, time.October, 26, 22, 0, 0, 0, time.UTC),   // 44
		time.Date(2025, time.December, 28, 22, 0, 0, 0, time.UTC),  // 1
		time.Date(2026, time.January, 4, 21, 59, 0, 0, time.UTC),   // 1
		pgtest.Now.Add(-time.Minute),                               // 10
		pgtest.Now.Add(-2 * time.Minute),                           // 10, closed below
	} {
		in := incoming(strconv.Itoa(i))
		in.PublishedAt = at
		batch = append(batch, in)
	}
	receive(t, postings, batch...)
	if _, err := postings.Close(t.Context(), audit.System("feed"), jobposting.SourceTE, []string{"7"}, jobposting.ClosedArchived); err != nil {
		t.Fatal(err)
	}

	got, err := jobposting.Weeks(t.Context(), db, pgtest.Now, 20)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]jobposting.Week, 20)
	for i := range want {
		want[i].Number = 43 + i
		if i >= 10 {
			want[i].Number = i - 9
		}
	}
	want[0].Published, want[1].Published, want[10].Published, want[19].Published = 2, 1, 2, 1
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("weeks (-want +got):\n%s", diff)
	}
}
