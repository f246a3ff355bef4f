package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
)

// Values are what the fields of an entry hold, by name. In a draft they are as
// they were typed.
type Values map[string][]string

// Get returns the first value of a field, "" for none.
func (v Values) Get(name string) string {
	if len(v[name]) == 0 {
		return ""
	}
	return v[name][0]
}

// Mark tells two sets of values apart. What was shown is known by it when a form
// comes back. Nothing has the mark "".
func (v Values) Mark() string {
	if len(v) == 0 {
		return ""
	}
	b, err := json.Marshal(v) // keys sorted
	if err != nil {
		panic(err) // plain values only
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// Tidy is v with the fields of s alone, as they are kept: without space around
// texts, empty values and codes twice, and with dates and places as codes where
// they can be read.
func (s Section) Tidy(v Values) Values {
	tidy := Values{}
	for _, f := range s.Fields() {
		var list []string
		for _, value := range f.split(v[f.Name]) {
			if value = f.tidy(value); value != "" && !slices.Contains(list, value) {
				list = append(list, value)
			}
			if f.Kind == Places && len(list) > f.Most {
				break // too many already, however many more there are
			}
		}
		if len(list) > 0 {
			tidy[f.Name] = list
		}
	}
	return tidy
}

// split parts the names of places, which come as one text.
func (f Field) split(values []string) []string {
	if f.Kind != Places {
		return values
	}
	return strings.FieldsFunc(strings.Join(values, ","), func(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == '\r' })
}

func (f Field) tidy(value string) string {
	value = strings.TrimSpace(strings.ReplaceAll(value, "\r\n", "\n"))
	switch f.Kind {
	case Line, Email, Phone:
		return strings.Join(strings.Fields(value), " ")
	case Month:
		return readMonth(value)
	case Date:
		return readDate(value)
	case Places:
		return readPlace(value)
	case Text, Code, Choice, Codes, Boxes, Tick, Occupation:
	}
	return value
}

var (
	monthPattern = regexp.MustCompile(`^(0?[1-9]|1[0-2])\s*[./]\s*([0-9]{4})$`)
	datePattern  = regexp.MustCompile(`^([0-9]{1,2})\.\s*([0-9]{1,2})\.\s*([0-9]{4})$`)
)

// readMonth writes 8.2021 and 8/2021 as 2021-08 and leaves everything else.
func readMonth(s string) string {
	m := monthPattern.FindStringSubmatch(s)
	if m == nil {
		return s
	}
	return m[2] + "-" + twoDigits(m[1])
}

// readDate writes 1.12.2026 as 2026-12-01 and leaves everything else.
func readDate(s string) string {
	m := datePattern.FindStringSubmatch(s)
	if m == nil {
		return s
	}
	return m[3] + "-" + twoDigits(m[2]) + "-" + twoDigits(m[1])
}

func twoDigits(s string) string { return strings.Repeat("0", 2-len(s)) + s }

// ParseMonth reads a kept month: 2021-08, or 2021 for a year alone.
func ParseMonth(s string) (at time.Time, yearOnly, ok bool) {
	if at, err := time.Parse("2006-01", s); err == nil {
		return at, false, true
	}
	at, err := time.Parse("2006", s)
	return at, true, err == nil
}

// Clean is v without the characters that do things to a text unseen: controls,
// and marks that turn its direction. The fields that held some are told, for
// their writer to look at them again.
func (s Section) Clean(v Values) (Values, []fault.FieldError) {
	clean := Values{}
	var errs []fault.FieldError
	for _, f := range s.Fields() {
		cleaned := false
		for _, value := range v[f.Name] {
			left := i18n.Visible(value)
			cleaned = cleaned || left != value
			clean[f.Name] = append(clean[f.Name], left)
		}
		if cleaned {
			errs = append(errs, fault.FieldError{Field: f.ID(), MessageID: "profile.invalid.cleaned"})
		}
	}
	return clean, errs
}
