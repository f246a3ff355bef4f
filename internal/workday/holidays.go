package workday

import (
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

// Holiday is a day on which offices are closed, be it a public holiday or one of
// the two eves that are kept like one.
type Holiday struct {
	// On is the midnight in Helsinki that begins the day.
	On time.Time
	// MessageID names it in the catalogues.
	MessageID string
}

// Holidays lists the holidays of a year in their order.
func Holidays(year int) []Holiday {
	easter := easterOf(year)
	midsummer := saturdayFrom(date{year, time.June, 20})
	all := []struct {
		on date
		id string
	}{
		{date{year, time.January, 1}, "workday.new_year"},
		{date{year, time.January, 6}, "workday.epiphany"},
		{easter.add(-2), "workday.good_friday"},
		{easter, "workday.easter_sunday"},
		{easter.add(1), "workday.easter_monday"},
		{date{year, time.May, 1}, "workday.may_day"},
		{easter.add(39), "workday.ascension_day"},
		{easter.add(49), "workday.whit_sunday"},
		{midsummer.add(-1), "workday.midsummer_eve"},
		{midsummer, "workday.midsummer_day"},
		{saturdayFrom(date{year, time.October, 31}), "workday.all_saints_day"},
		{date{year, time.December, 6}, "workday.independence_day"},
		{date{year, time.December, 24}, "workday.christmas_eve"},
		{date{year, time.December, 25}, "workday.christmas_day"},
		{date{year, time.December, 26}, "workday.boxing_day"},
	}
	holidays := make([]Holiday, len(all))
	for i, h := range all {
		holidays[i] = Holiday{On: h.on.in(i18n.Helsinki), MessageID: h.id}
	}
	// Ascension Day may fall on May Day.
	slices.SortStableFunc(holidays, func(a, b Holiday) int { return a.On.Compare(b.On) })
	return holidays
}

// HolidayOn returns the holiday on the day of t, if it is one.
func HolidayOn(t time.Time) (Holiday, bool) {
	day := dateOf(t)
	for _, h := range Holidays(day.year) {
		if dateOf(h.On) == day {
			return h, true
		}
	}
	return Holiday{}, false
}

// easterOf returns Easter Sunday by the Gregorian computus of Meeus, Jones and
// Butcher.
func easterOf(year int) date {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 19*l) / 433
	n := h + l - 7*m
	month := (n + 90) / 25
	return date{year, time.Month(month), (n + 33*month + 19) % 32}
}

// saturdayFrom returns the first Saturday on or after d.
func saturdayFrom(d date) date {
	return d.add(int(time.Saturday - d.Weekday()))
}
