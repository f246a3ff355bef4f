package i18n

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ShortDate writes the day of t in Helsinki as it is written into a form, in
// either language: "1.12.2026".
func ShortDate(t time.Time) string {
	y, m, d := t.In(Helsinki).Date()
	return fmt.Sprintf("%d.%d.%d", d, m, y)
}

var (
	finnishDay = regexp.MustCompile(`^([0-9]{1,2})\.\s*([0-9]{1,2})\.\s*([0-9]{4})$`)
	isoDay     = regexp.MustCompile(`^([0-9]{4})-([0-9]{2})-([0-9]{2})$`)
)

// ParseDate reads a day as people here write it, or as machines do, and returns
// its beginning in Helsinki; the zero time for anything else.
func ParseDate(s string) time.Time {
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
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, Helsinki)
	if t.Day() != d || int(t.Month()) != m {
		return time.Time{}
	}
	return t
}
