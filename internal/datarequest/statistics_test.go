package datarequest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tyomarkkinatori.fi/portal/internal/datarequest"
)

// TestNoFigureTellsOfFewerThanFive draws tables and changes what is not shown:
// whatever it is, the figures stay the same, so nobody can learn it from them.
func TestNoFigureTellsOfFewerThanFive(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(1, 5).Draw(t, "columns")
		cells := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 12), columns, columns), 1, 6).Draw(t, "cells")
		other := make([][]int, len(cells))
		for i, row := range cells {
			other[i] = slices.Clone(row)
			for j, n := range row {
				if n < datarequest.Fewest {
					other[i][j] = rapid.IntRange(0, datarequest.Fewest-1).Draw(t, "hidden")
				}
			}
		}
		shown := datarequest.Suppress(cells)
		if diff := cmp.Diff(shown, datarequest.Suppress(other)); diff != "" {
			t.Errorf("the figures tell of what is hidden: %s", diff)
		}
		all := append(slices.Concat(shown.Rows...), slices.Concat(shown.RowTotals, shown.ColumnTotals, []datarequest.Figure{shown.Total})...)
		for _, f := range all {
			if f.Shown == (f.N < datarequest.Fewest) {
				t.Errorf("shown %+v", f)
			}
		}
	})
}

func TestStatisticsAreOfQuartersThatAreOver(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	settle := func(k datarequest.Kind, outcome datarequest.Outcome, times int) {
		for range times {
			o.check(o.settle(o.taken(k), outcome))
		}
	}
	o.now = time.Date(2026, 9, 30, 20, 59, 0, 0, time.UTC) // a minute before October
	settle(datarequest.Inspection, datarequest.Granted, 6)
	settle(datarequest.Correction, datarequest.Refused, 4)
	o.now = o.now.Add(2 * time.Minute)
	settle(datarequest.Correction, datarequest.Refused, 7)

	all, err := o.requests.Statistics(t.Context())
	o.check(err)
	third := all[0]
	if len(all) != 8 || third.Year != 2026 || third.Number != 3 {
		t.Fatalf("quarters %+v", all)
	}
	if got, want := third.Rows[0][datarequest.ResultGranted], (datarequest.Figure{N: 6, Shown: true}); got != want {
		t.Errorf("inspections %+v", got)
	}
	if third.Rows[1][datarequest.ResultRefused].Shown || third.Total.Shown {
		t.Errorf("four refusals are told: %+v", third)
	}
	o.now = time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	all, err = o.requests.Statistics(t.Context())
	o.check(err)
	if got := all[0].Rows[1][datarequest.ResultRefused]; all[0].Number != 4 || got.N != 7 {
		t.Errorf("the fourth quarter %+v", all[0])
	}
}
