package terms

import (
	"context"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

// reportingMonths is the notice that a condition to report takes, and maxYears
// how far ahead a version can be published.
const (
	reportingMonths = 3
	maxYears        = 2
)

// Earliest returns the first day on which a version of kind that is published
// now may take effect.
func (t *Terms) Earliest(ctx context.Context, kind Kind, reporting bool) (time.Time, error) {
	latest, err := selectLatest(ctx, t.db, kind)
	if err != nil {
		return time.Time{}, err
	}
	return t.earliest(t.db.Now(), latest, reporting), nil
}

// earliest takes the newest version, whose own day of effect a condition to
// report needs not wait beyond: it has been told already.
func (t *Terms) earliest(now time.Time, latest Version, reporting bool) time.Time {
	if latest.Number == 0 {
		return today(now)
	}
	usual := today(now).AddDate(0, 0, t.NoticeDays)
	if !reporting {
		return usual
	}
	first := afterMonths(now, reportingMonths)
	if latest.Reporting && latest.EffectiveOn.Before(first) {
		first = latest.EffectiveOn
	}
	if first.Before(usual) {
		return usual
	}
	return first
}

// afterMonths returns the first day that begins at least n months after now, by
// the calendar of Helsinki. A period that would end on a day that the month
// lacks ends with the month.
func afterMonths(now time.Time, n int) time.Time {
	y, m, d := now.In(i18n.Helsinki).Date()
	last := time.Date(y, m+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC)
	end := time.Date(y, m+time.Month(n), d, 0, 0, 0, 0, time.UTC)
	if end.After(last) {
		end = last
	}
	return end.AddDate(0, 0, 1)
}
