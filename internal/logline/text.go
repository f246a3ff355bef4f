package logline

import (
	"encoding/json"
	"fmt"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Text is what err says, without the values that other people's code puts into
// the texts of errors.
func Text(err error) string {
	if err == nil {
		return ""
	}
	text := encoding.ReplaceAllString(told(err), "unable to encode a value into")
	return Hide(quoted.ReplaceAllStringFunc(text, func(q string) string {
		if name.MatchString(q) {
			return q
		}
		return `"…"`
	}))
}

var (
	// encoding is how the driver tells of a parameter that it cannot send, the
	// parameter included.
	encoding = regexp.MustCompile(`(?s)unable to encode .* into`)
	// quoted is what Go's packages say when they tell of an answer that they do not
	// understand.
	quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	name   = regexp.MustCompile(`^"[a-z][a-z0-9_.-]*"$`)
)

// told is err's text with the texts of those errors in it replaced that are known
// to hold values.
func told(err error) string {
	text, known := err.Error(), replacements(err)
	slices.SortFunc(known, func(a, b replacement) int { return len(b.was) - len(a.was) })
	for _, r := range known {
		text = strings.ReplaceAll(text, r.was, r.is)
	}
	return text
}

type replacement struct{ was, is string }

func replacements(err error) []replacement {
	if err == nil {
		return nil
	}
	if is, ok := careful(err); ok {
		return []replacement{{err.Error(), is}}
	}
	switch e := err.(type) { //nolint:errorlint // looks at each error of the tree by itself
	case interface{ Unwrap() error }:
		return replacements(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all []replacement
		for _, inner := range e.Unwrap() {
			all = append(all, replacements(inner)...)
		}
		return all
	}
	return nil
}

// careful tells of err itself where its own text would hold values.
func careful(err error) (text string, ok bool) {
	switch e := err.(type) { //nolint:errorlint // looks at each error of the tree by itself
	case *pgconn.PgError:
		return database(e), true
	case *url.Error:
		return e.Op + " " + origin(e.URL) + ": " + told(e.Err), true
	case *textproto.Error:
		return fmt.Sprintf("reply %d", e.Code), true
	case *strconv.NumError:
		return "strconv." + e.Func + ": " + e.Err.Error(), true
	case *time.ParseError:
		return "not a time like " + e.Layout, true
	case *json.UnmarshalTypeError:
		return fmt.Sprintf("json: field %s takes %s", e.Field, e.Type), true
	}
	return "", false
}

// ours are classes of faults that lie in a statement or in the server, whose
// messages name tables and settings. The messages of others quote values.
const ours = "08 0A 25 40 42 53 54 55 57 58"

func database(e *pgconn.PgError) string {
	said := []string{e.Severity}
	if len(e.Code) == 5 && strings.Contains(ours, e.Code[:2]) {
		said[0] += ": " + e.Message
	}
	said = append(said, e.TableName, e.ColumnName, e.ConstraintName, "(SQLSTATE "+e.Code+")")
	return strings.Join(slices.DeleteFunc(said, func(s string) bool { return s == "" }), " ")
}

// origin is the part of an address that tells whom was asked, not what.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "an address"
	}
	return u.Scheme + "://" + u.Host
}
