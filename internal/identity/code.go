package identity

import (
	"errors"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Code is a Finnish personal identity code (henkilötunnus), checked. It prints
// as *** wherever it is printed by accident; the mark of the century is part of
// it: 010594Y9032 and 010594-9032 are two persons.
type Code struct{ value string }

// ErrCode means that a text is no identity code.
var ErrCode = errors.New("no identity code")

var codePattern = regexp.MustCompile(`^[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y]$`)

const checkCharacters = "0123456789ABCDEFHJKLMNPRSTUVWXY"

// ParseCode reads an identity code; letters may be small and space around it
// does not count.
func ParseCode(s string) (Code, error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if !codePattern.MatchString(s) {
		return Code{}, ErrCode
	}
	c := Code{s}
	n, err := strconv.Atoi(s[:6] + s[7:10])
	if err != nil || c.BirthDate().IsZero() || n%1000 < 2 || s[10] != checkCharacters[n%len(checkCharacters)] {
		return Code{}, ErrCode
	}
	return c, nil
}

// BirthDate is the day of birth that the code tells.
func (c Code) BirthDate() time.Time {
	if c.value == "" {
		return time.Time{}
	}
	century := "19"
	switch mark := c.value[6]; {
	case mark == '+':
		century = "18"
	case mark >= 'A' && mark <= 'F':
		century = "20"
	}
	t, err := time.Parse("02012006", c.value[:4]+century+c.value[4:6])
	if err != nil {
		return time.Time{}
	}
	return t
}

// Masked is the code with its end hidden, such as 010594Y••••; it is "" for no
// code.
func (c Code) Masked() string {
	if c.value == "" {
		return ""
	}
	return c.value[:7] + "••••"
}

// IsSet reports whether there is a code.
func (c Code) IsSet() bool { return c.value != "" }

// Reveal returns the code itself, for the few places that need it.
func (c Code) Reveal() string { return c.value }

// String hides the code from fmt.
func (c Code) String() string {
	if c.value == "" {
		return ""
	}
	return "***"
}

// GoString hides the code from %#v.
func (c Code) GoString() string { return c.String() }

// LogValue hides the code from slog.
func (c Code) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText hides the code from JSON.
func (c Code) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
