package keeping_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

func TestEnd(t *testing.T) {
	t.Parallel()

	at := func(y int, m time.Month, d, hour, minute int) time.Time {
		return time.Date(y, m, d, hour, minute, 0, 0, i18n.Helsinki)
	}
	for _, tt := range []struct {
		name   string
		period keeping.Period
		from   time.Time
		want   time.Time
	}{
		{"a leap day after a year", keeping.Period{Months: 12}, at(2028, 2, 29, 12, 0), at(2029, 2, 28, 12, 0)},
		{"to a leap day", keeping.Period{Months: 12}, at(2027, 2, 28, 12, 0), at(2028, 2, 28, 12, 0)},
		{"the last of a long month", keeping.Period{Months: 3}, at(2026, 8, 31, 9, 0), at(2026, 11, 30, 9, 0)},
		{"summer time to winter time", keeping.Period{Months: 6}, at(2026, 6, 15, 9, 0), at(2026, 12, 15, 9, 0)},
		{"days across a change of clocks", keeping.Period{Days: 1}, at(2026, 3, 28, 12, 0), at(2026, 3, 29, 12, 0)},
		{"hours across a change of clocks", keeping.Period{Hours: 24}, at(2026, 3, 28, 12, 0), at(2026, 3, 29, 13, 0)},
		{"a time of day that never is", keeping.Period{Days: 1}, at(2026, 3, 28, 3, 30), at(2026, 3, 29, 4, 30)},
		{"a time of day that is twice", keeping.Period{Days: 1}, at(2026, 10, 24, 3, 30), time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)},
		{"nothing at all", keeping.Period{}, at(2026, 10, 25, 3, 30), at(2026, 10, 25, 3, 30)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			if got := tt.period.End(tt.from); !got.Equal(tt.want) {
				t.Errorf("End = %v, want %v", got.In(i18n.Helsinki), tt.want)
			}
		})
	}
}

// TestEndInTheDatabase holds Period to what keeping_end says, at any time and
// close to changes of clocks and month ends above all.
func TestEndInTheDatabase(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	rapid.Check(t, func(r *rapid.T) {
		from := time.Date(rapid.IntRange(2000, 2060).Draw(r, "year"), time.Month(rapid.IntRange(1, 12).Draw(r, "month")),
			rapid.IntRange(20, 33).Draw(r, "day"), rapid.IntRange(0, 23).Draw(r, "hour"), rapid.IntRange(0, 59).Draw(r, "minute"), 0, 0, time.UTC)
		p := keeping.Period{
			Months: rapid.IntRange(0, 70).Draw(r, "months"), Days: rapid.IntRange(0, 400).Draw(r, "days"), Hours: rapid.IntRange(0, 800).Draw(r, "hours"),
		}
		var want time.Time
		if err := db.QueryRow(t.Context(), `SELECT keeping_end($1, $2, $3, $4)`, from, p.Months, p.Days, p.Hours).Scan(&want); err != nil {
			t.Fatal(err)
		}
		got := p.End(from)
		if !got.Equal(want) {
			r.Fatalf("%v from %v: End = %v, the database says %v", p, from, got, want)
		}
		if latest := p.Latest(got); from.After(latest) {
			r.Fatalf("%v: what began at %v is due at %v, but Latest is %v", p, from, got, latest)
		}
	})
}
