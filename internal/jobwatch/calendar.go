package jobwatch

import (
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

const (
	// unconfirmedFor is how long an order is kept without its confirmation.
	unconfirmedFor = 48 * time.Hour
	// inForceMonths is how long a watch is in force at a time.
	inForceMonths = 3
	// warnedBefore is how long before its end a watch's subscriber is told.
	warnedBefore = 7 * 24 * time.Hour
	// morning is the hour at which daily and weekly mails are made.
	morning = 8
	// closingSoon is how long before a posting closes a morning's mail is still
	// in time.
	closingSoon = 12 * time.Hour
)

// endOf returns the end of a watch that begins at from: the same time of day in
// Helsinki after three calendar months. A day that the month lacks is its last.
func endOf(from time.Time) time.Time {
	return i18n.AddMonths(from, inForceMonths).UTC()
}

// nextMorning is the first morning after now.
func nextMorning(now time.Time) time.Time {
	y, m, d := now.In(i18n.Helsinki).Date()
	at := time.Date(y, m, d, morning, 0, 0, 0, i18n.Helsinki)
	if !at.After(now) {
		at = time.Date(y, m, d+1, morning, 0, 0, 0, i18n.Helsinki)
	}
	return at.UTC()
}

// nextRegular is when the next regular mail after now is due; it is zero for
// AtOnce, which has none.
func nextRegular(r Rhythm, weekday time.Weekday, now time.Time) time.Time {
	switch r {
	case AtOnce:
		return time.Time{}
	case Weekly:
		at := nextMorning(now)
		for at.In(i18n.Helsinki).Weekday() != weekday {
			at = nextMorning(at)
		}
		return at
	case Daily:
	}
	return nextMorning(now)
}

// inTime is when a posting that closes at expires, before the next regular
// mail, is to be told of: next morning if that is in time, else now.
func inTime(now, expires time.Time) time.Time {
	if at := nextMorning(now); !at.After(expires.Add(-closingSoon)) {
		return at
	}
	return now
}

// dayOf is the first moment of the day of t in Helsinki.
func dayOf(t time.Time) time.Time {
	y, m, d := t.In(i18n.Helsinki).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, i18n.Helsinki).UTC()
}
