// Package workday counts working days in Finland. A day is a day of the
// calendar of Helsinki, whatever the clocks do in it.
package workday

import (
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

// Is tells whether offices work on the day of t.
func Is(t time.Time) bool {
	day := dateOf(t)
	if wd := day.Weekday(); wd == time.Saturday || wd == time.Sunday {
		return false
	}
	_, off := HolidayOn(day.in(i18n.Helsinki))
	return !off
}

// Add returns the midnight that begins the nth working day after the day of t;
// for n of 0 the day of t itself, working or not.
func Add(t time.Time, n int) time.Time {
	day := dateOf(t)
	for n > 0 {
		day = day.next()
		if Is(day.in(i18n.Helsinki)) {
			n--
		}
	}
	return day.in(i18n.Helsinki)
}

// Due returns the moment at which days working days after t are over: the end
// of the last of them.
func Due(t time.Time, days int) time.Time {
	return dateOf(Add(t, days)).next().in(i18n.Helsinki)
}

// Between counts the working days after the day of from up to the day of to,
// which is not before it; 0 when both are the same day.
func Between(from, to time.Time) int {
	n := 0
	last := dateOf(to)
	for day := dateOf(from); day.before(last); {
		day = day.next()
		if Is(day.in(i18n.Helsinki)) {
			n++
		}
	}
	return n
}

// date is a day of the calendar, without a clock.
type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(t time.Time) date {
	y, m, d := t.In(i18n.Helsinki).Date()
	return date{y, m, d}
}

// in is the midnight that begins d in l. Clocks change at three in the morning
// here, so that it is always there and there once.
func (d date) in(l *time.Location) time.Time {
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, l)
}

func (d date) add(days int) date {
	y, m, day := time.Date(d.year, d.month, d.day+days, 0, 0, 0, 0, time.UTC).Date()
	return date{y, m, day}
}

func (d date) next() date { return d.add(1) }

func (d date) before(other date) bool { return d.in(time.UTC).Before(other.in(time.UTC)) }

// Weekday is the day of the week of d.
func (d date) Weekday() time.Weekday { return d.in(time.UTC).Weekday() }
