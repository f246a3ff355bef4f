package keeping

import (
	"fmt"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

// Period is how long something is kept: months and days of the calendar in
// Helsinki, then hours. The zero Period says that the rule alone does not tell.
type Period struct{ Months, Days, Hours int }

// IsZero tells whether p has no length.
func (p Period) IsZero() bool { return p == Period{} }

// String writes p as in ISO 8601: P12M, P180D, PT48H.
func (p Period) String() string {
	var b strings.Builder
	b.WriteByte('P')
	if p.Months != 0 {
		fmt.Fprintf(&b, "%dM", p.Months)
	}
	if p.Days != 0 {
		fmt.Fprintf(&b, "%dD", p.Days)
	}
	if p.Hours != 0 {
		fmt.Fprintf(&b, "T%dH", p.Hours)
	}
	return b.String()
}

// End is the moment at which what began at from is due. A day that the month
// lacks is its last one. A time of day that a change of clocks leaves out or
// repeats is the later of its two readings, so that nothing goes too early.
// keeping_end in the database says the same.
func (p Period) End(from time.Time) time.Time {
	return p.add(from, 1).Add(time.Duration(p.Hours) * time.Hour)
}

// Latest is a moment such that nothing that began after it is due at now, at
// most four days beyond the exact one: an index finds the rows before it, and
// keeping_end chooses among them.
func (p Period) Latest(now time.Time) time.Time {
	before := p.add(now.Add(-time.Duration(p.Hours)*time.Hour), -1)
	if p.Months == 0 && p.Days == 0 {
		return before
	}
	return before.AddDate(0, 0, 4)
}

// add moves from by p's months and days, forwards or backwards.
func (p Period) add(from time.Time, sign int) time.Time {
	if p.Months == 0 && p.Days == 0 {
		return from.UTC()
	}
	at := from.In(i18n.Helsinki)
	// A wall clock is counted in UTC, where every day has 24 hours.
	wall := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
	moved := wall.AddDate(0, sign*p.Months, 0)
	if p.Months != 0 && moved.Day() != wall.Day() {
		moved = moved.AddDate(0, 0, -moved.Day())
	}
	return instant(moved.AddDate(0, 0, sign*p.Days))
}

// instant is when the clocks of Helsinki show wall.
func instant(wall time.Time) time.Time {
	_, a := wall.Add(-24 * time.Hour).In(i18n.Helsinki).Zone()
	_, b := wall.Add(24 * time.Hour).In(i18n.Helsinki).Zone()
	later := wall.Add(-time.Duration(min(a, b)) * time.Second)
	earlier := wall.Add(-time.Duration(max(a, b)) * time.Second)
	if !shows(later, wall) && shows(earlier, wall) {
		return earlier
	}
	return later
}

// shows tells whether the clocks of Helsinki show wall at t.
func shows(t, wall time.Time) bool {
	local := t.In(i18n.Helsinki)
	return local.Hour() == wall.Hour() && local.Minute() == wall.Minute() && local.Day() == wall.Day()
}
