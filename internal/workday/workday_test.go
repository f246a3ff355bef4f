package workday_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/workday"
)

func at(year int, month time.Month, day, hour int) time.Time {
	return time.Date(year, month, day, hour, 0, 0, 0, i18n.Helsinki)
}

func TestHolidaysOfSomeYears(t *testing.T) {
	t.Parallel()

	// Easter Sundays, Midsummer Days and All Saints' Days of the almanac.
	for year, want := range map[int][3]string{
		2024: {"31.3.", "22.6.", "2.11."},
		2025: {"20.4.", "21.6.", "1.11."},
		2026: {"5.4.", "20.6.", "31.10."},
		2027: {"28.3.", "26.6.", "6.11."},
		2028: {"16.4.", "24.6.", "4.11."},
		2038: {"25.4.", "26.6.", "6.11."},
		2285: {"22.3.", "20.6.", "31.10."},
	} {
		var got [3]string
		for _, h := range workday.Holidays(year) {
			switch h.MessageID {
			case "workday.easter_sunday":
				got[0] = h.On.Format("2.1.")
			case "workday.midsummer_day":
				got[1] = h.On.Format("2.1.")
			case "workday.all_saints_day":
				got[2] = h.On.Format("2.1.")
			}
		}
		if got != want {
			t.Errorf("%d: got %v, want %v", year, got, want)
		}
	}
}

func TestHolidays2026InOrder(t *testing.T) {
	t.Parallel()

	want := []string{
		"1.1.", "6.1.", "3.4.", "5.4.", "6.4.", "1.5.", "14.5.", "24.5.",
		"19.6.", "20.6.", "31.10.", "6.12.", "24.12.", "25.12.", "26.12.",
	}
	all := workday.Holidays(2026)
	if len(all) != len(want) {
		t.Fatalf("got %d holidays", len(all))
	}
	for i, h := range all {
		if got := h.On.Format("2.1."); got != want[i] {
			t.Errorf("%s: got %s, want %s", h.MessageID, got, want[i])
		}
	}
}

func TestDue(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		name string
		from time.Time
		days int
		want time.Time
	}{
		{"a plain week", at(2026, time.March, 2, 9), 5, at(2026, time.March, 10, 0)},
		{"arrived on a Saturday", at(2026, time.March, 7, 23), 1, at(2026, time.March, 10, 0)},
		{"over Easter", at(2026, time.April, 2, 15), 5, at(2026, time.April, 14, 0)},
		{"over the night without three o'clock", at(2026, time.March, 27, 12), 2, at(2026, time.April, 1, 0)},
		{"over the night with three o'clock twice", at(2026, time.October, 23, 12), 1, at(2026, time.October, 27, 0)},
		{"over Christmas and New Year", at(2026, time.December, 23, 12), 5, at(2027, time.January, 5, 0)},
		{"the last minute of a day", time.Date(2026, time.March, 2, 21, 59, 0, 0, time.UTC), 1, at(2026, time.March, 4, 0)},
		{"the first minute of the next", time.Date(2026, time.March, 2, 22, 0, 0, 0, time.UTC), 1, at(2026, time.March, 5, 0)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			if got := workday.Due(test.from, test.days); !got.Equal(test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestCountingFitsAdding(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		from := time.Unix(rapid.Int64Range(1_600_000_000, 2_500_000_000).Draw(t, "from"), 0)
		n := rapid.IntRange(0, 60).Draw(t, "days")
		to := workday.Add(from, n)
		if got := workday.Between(from, to); got != n {
			t.Fatalf("%d working days after %v is %v, but there are %d between", n, from, to, got)
		}
		if n > 0 && !workday.Is(to) {
			t.Fatalf("%v is no working day", to)
		}
		if local := to.In(i18n.Helsinki); local.Hour() != 0 || local.Minute() != 0 {
			t.Fatalf("%v is no midnight", local)
		}
	})
}
