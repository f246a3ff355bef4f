// Package secret keeps passwords and keys out of logs, errors and JSON.
package secret

import "log/slog"

// String is a text that prints as *** wherever it is printed by accident.
type String struct{ value string }

// New wraps s.
func New(s string) String { return String{s} }

// Reveal returns the text itself, for the one place that sends it.
func (s String) Reveal() string { return s.value }

// IsSet reports whether there is a text.
func (s String) IsSet() bool { return s.value != "" }

// String hides the text from fmt.
func (s String) String() string {
	if s.value == "" {
		return ""
	}
	return "***"
}

// GoString hides the text from %#v.
func (s String) GoString() string { return s.String() }

// LogValue hides the text from slog.
func (s String) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the text from JSON.
func (s String) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the text as it is.
func (s *String) UnmarshalText(b []byte) error {
	s.value = string(b)
	return nil
}
