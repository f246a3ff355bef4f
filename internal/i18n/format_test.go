package i18n_test

import (
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

func TestTimesOfDay(t *testing.T) {
	t.Parallel()

	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, time.November, day, hour, minute, 0, 0, i18n.Helsinki)
	}
	for _, test := range []struct {
		at             time.Time
		fi, sv         string
		untilFi, until string
	}{
		{at(23, 15, 0), "ma 23.11.2026 klo\u00a015.00", "må 23.11.2026 kl.\u00a015.00", "ma 23.11.2026 klo\u00a015.00", "må 23.11.2026 kl.\u00a015.00"},
		{at(24, 0, 0), "ti 24.11.2026 klo\u00a00.00", "ti 24.11.2026 kl.\u00a00.00", "ma 23.11.2026 klo\u00a024", "må 23.11.2026 kl.\u00a024"},
		{at(24, 0, 1), "ti 24.11.2026 klo\u00a00.01", "ti 24.11.2026 kl.\u00a00.01", "ti 24.11.2026 klo\u00a00.01", "ti 24.11.2026 kl.\u00a00.01"},
		{at(23, 23, 59), "ma 23.11.2026 klo\u00a023.59", "må 23.11.2026 kl.\u00a023.59", "ma 23.11.2026 klo\u00a023.59", "må 23.11.2026 kl.\u00a023.59"},
	} {
		fi := i18n.With(t.Context(), nil, i18n.Finnish)
		sv := i18n.With(t.Context(), nil, i18n.Swedish)
		if got := i18n.DateTime(fi, test.at.UTC()); got != test.fi {
			t.Errorf("got %q, want %q", got, test.fi)
		}
		if got := i18n.DateTime(sv, test.at.UTC()); got != test.sv {
			t.Errorf("got %q, want %q", got, test.sv)
		}
		if got := i18n.UntilDateTime(fi, test.at.UTC()); got != test.untilFi {
			t.Errorf("got %q, want %q", got, test.untilFi)
		}
		if got := i18n.UntilDateTime(sv, test.at.UTC()); got != test.until {
			t.Errorf("got %q, want %q", got, test.until)
		}
	}
}

func TestDaysUntilEnd(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, time.November, 23, 9, 0, 0, 0, i18n.Helsinki)
	for hours, want := range map[int]int{14: 0, 15: 0, 16: 1, 39: 1, 40: 2, -9: -1, -8: 0} {
		if got := i18n.DaysUntilEnd(now, now.Add(time.Duration(hours)*time.Hour)); got != want {
			t.Errorf("in %d hours: got %d, want %d", hours, got, want)
		}
	}
}
