// Package fault classifies errors by what can be done about them.
//
// An error that carries no fault is a bug or an outage: it is logged once, at
// the edge, and the user sees only that something went wrong.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Errors that a caller can act on. Wrap them with %w.
var (
	// ErrNotFound means that there is no such thing, or none that the caller
	// may know of.
	ErrNotFound = errors.New("not found")
	// ErrForbidden means that the caller is known and may not do this.
	ErrForbidden = errors.New("forbidden")
	// ErrConflict means that somebody else changed the thing meanwhile.
	ErrConflict = errors.New("conflict")
	// ErrGone means that the thing was here and has been taken away.
	ErrGone = errors.New("gone")
)

// A FieldError says what is wrong with one input field. MessageID names a
// message in the catalogues and Data fills its placeholders; the domain never
// holds text shown to people.
type FieldError struct {
	Field     string
	MessageID string
	Data      map[string]any
}

// InvalidError reports every field of an input that breaks a rule, in the
// order in which the fields are asked for.
type InvalidError struct{ Fields []FieldError }

// Error names the fields but never their values.
func (e *InvalidError) Error() string {
	names := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		names[i] = f.Field
	}
	return fmt.Sprintf("invalid input: %q", names)
}

// BusyError means that the service refuses work now to stay quick for others;
// the same request may succeed after RetryAfter.
type BusyError struct{ RetryAfter time.Duration }

// Error says only that the service is busy.
func (e *BusyError) Error() string { return "busy" }

// Checker collects field errors. Its zero value is ready to use.
type Checker struct{ fields []FieldError }

// Check records messageID against field unless ok.
func (c *Checker) Check(ok bool, field, messageID string) {
	if !ok {
		c.Add(FieldError{Field: field, MessageID: messageID})
	}
}

// Add records an error that was found otherwise.
func (c *Checker) Add(e FieldError) { c.fields = append(c.fields, e) }

// Err returns an *InvalidError, or nil if every check passed.
func (c *Checker) Err() error {
	if len(c.fields) == 0 {
		return nil
	}
	return &InvalidError{c.fields}
}
