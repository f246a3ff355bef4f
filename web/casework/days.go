package casework

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

// writeDay writes a day as people here do: 1.12.2026.
func writeDay(t time.Time) string {
	y, m, d := t.In(i18n.Helsinki).Date()
	return fmt.Sprintf("%d.%d.%d", d, m, y)
}

var (
	finnishDay = regexp.MustCompile(`^([0-9]{1,2})\.\s*([0-9]{1,2})\.\s*([0-9]{4})$`)
	isoDay     = regexp.MustCompile(`^([0-9]{4})-([0-9]{2})-([0-9]{2})$`)
)

// readDay reads a day as people here write it, or as machines do. It returns the
// zero time for anything else.
func readDay(s string) time.Time {
	s = strings.TrimSpace(s)
	var year, month, day string
	if m := finnishDay.FindStringSubmatch(s); m != nil {
		day, month, year = m[1], m[2], m[3]
	} else if m := isoDay.FindStringSubmatch(s); m != nil {
		year, month, day = m[1], m[2], m[3]
	} else {
		return time.Time{}
	}
	y, _ := strconv.Atoi(year)  // digits
	m, _ := strconv.Atoi(month) // digits
	d, _ := strconv.Atoi(day)   // digits
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, i18n.Helsinki)
	if t.Day() != d || int(t.Month()) != m {
		return time.Time{}
	}
	return t
}
