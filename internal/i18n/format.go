package i18n

import (
	"context"
	"fmt"
	"strconv"
	"time"
	_ "time/tzdata" // the container has no zone files
)

// Helsinki is the zone in which people read times.
//
//nolint:gochecknoglobals // a constant that needs a call
var Helsinki = func() *time.Location {
	l, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		panic(err)
	}
	return l
}()

var weekdays = map[Lang][7]string{ //nolint:gochecknoglobals // a constant table
	Finnish: {"su", "ma", "ti", "ke", "to", "pe", "la"},
	Swedish: {"sö", "må", "ti", "on", "to", "fr", "lö"},
}

// Date writes the day of t in Helsinki: "ma 1.12.2026", "må 1.12.2026".
func Date(ctx context.Context, t time.Time) string {
	t = t.In(Helsinki)
	return fmt.Sprintf("%s %d.%d.%d", weekdays[LangOf(ctx)][t.Weekday()], t.Day(), t.Month(), t.Year())
}

// Clock writes the time of day of t in Helsinki: "klo 16.00", "kl. 16.00". The
// space in it does not break.
func Clock(ctx context.Context, t time.Time) string {
	t = t.In(Helsinki)
	return fmt.Sprintf("%s%d.%02d", clockWord(ctx), t.Hour(), t.Minute())
}

func clockWord(ctx context.Context) string {
	if LangOf(ctx) == Swedish {
		return "kl.\u00a0"
	}
	return "klo\u00a0"
}

// DateTime writes day and time: "ma 1.12.2026 klo 16.00".
func DateTime(ctx context.Context, t time.Time) string { return Date(ctx, t) + " " + Clock(ctx, t) }

// UntilClock is Clock for the end of something: midnight is the end of the day
// before, "klo 24".
func UntilClock(ctx context.Context, t time.Time) string {
	if isMidnight(t) {
		return clockWord(ctx) + "24"
	}
	return Clock(ctx, t)
}

// UntilDateTime is DateTime for the end of something: "ma 30.11.2026 klo 24".
func UntilDateTime(ctx context.Context, t time.Time) string {
	return Date(ctx, lastDay(t)) + " " + UntilClock(ctx, t)
}

func isMidnight(t time.Time) bool {
	t = t.In(Helsinki)
	return t.Hour() == 0 && t.Minute() == 0
}

// lastDay is a moment of the day that something ends on which ends at t.
func lastDay(t time.Time) time.Time {
	if isMidnight(t) {
		return t.Add(-time.Minute)
	}
	return t
}

// Number writes n with a narrow no-break space between thousands.
func Number(n int) string {
	s := strconv.Itoa(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// DaysUntil counts the midnights in Helsinki between now and t: 0 today, 1
// tomorrow, negative in the past.
func DaysUntil(now, t time.Time) int {
	return int(midnight(t).Sub(midnight(now)) / (24 * time.Hour))
}

// DaysUntilEnd is DaysUntil for the end of something: midnight counts to the day
// before.
func DaysUntilEnd(now, t time.Time) int { return DaysUntil(now, lastDay(t)) }

// AddMonths returns t after n months of the calendar in Helsinki, before it when
// n is negative, at the same time of day. A day that the month lacks is its last
// one.
func AddMonths(t time.Time, n int) time.Time {
	local := t.In(Helsinki)
	then := local.AddDate(0, n, 0)
	if then.Day() != local.Day() {
		then = then.AddDate(0, 0, -then.Day())
	}
	return then
}

// midnight counts in UTC, where every day has 24 hours.
func midnight(t time.Time) time.Time {
	y, m, d := t.In(Helsinki).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
