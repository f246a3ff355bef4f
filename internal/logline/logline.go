// Package logline writes the portal's log: one JSON object a line, of fields
// that are known, and nothing in it that people have told. What tells of people
// is found by [Find], here as a last resort and in tests as a fault.
package logline

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"runtime"
	"slices"
)

// Hidden stands in the log where something was kept out of it. It is there for
// what nobody has foreseen, so that a test takes it for a fault.
const Hidden = "***"

const panicKey = "panic"

// fields are the keys that a line may have. One that is not here is hidden: add
// it once it is clear that it never tells of a person.
//
//nolint:gochecknoglobals // a constant list
var fields = []string{
	slog.TimeKey, slog.LevelKey, slog.MessageKey,
	// of a request
	"request_id", "ip", "method", "route", "status", "bytes", "us", "error", panicKey, "stack",
	// of the portal and what it does by itself
	"kind", "check", "address", "dictionary", "documents", "postings", "restored", "erased", "mails_withdrawn", "settings",
	// of calls of other systems
	"call", "fault", "duration",
	// of a run of the feed
	"outcome", "snapshot", "records", "rejected", "damaged", "new", "changed", "reopened", "expired", "unchanged", "closed",
}

// New returns a log that writes to w.
func New(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: clean}))
}

// Only is New for a process that has no other log: what packages of others say by
// themselves is dropped, since they quote answers that they did not expect.
func Only(w io.Writer) *slog.Logger {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // package log's too
	return New(w)
}

func clean(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 || !slices.Contains(fields, a.Key) {
		a.Value = slog.StringValue(Hidden)
		return a
	}
	if a.Key == panicKey {
		a.Value = slog.StringValue(Panic(a.Value.Any()))
		return a
	}
	if k := a.Value.Kind(); k == slog.KindString {
		a.Value = slog.StringValue(words(a.Key, a.Value.String()))
	} else if k == slog.KindAny {
		a.Value = slog.AnyValue(plain(a.Value.Any()))
	}
	return a
}

// words lets texts through where whole sentences of ours stand, and elsewhere what
// is written as names in programs are, not as those of people.
func words(key, text string) string {
	if slices.Contains(sentences, key) || machine.MatchString(text) {
		return Hide(text)
	}
	return Hidden
}

//nolint:gochecknoglobals // a constant list
var sentences = []string{slog.MessageKey, "error", "stack"}

var machine = regexp.MustCompile(`^[a-z0-9_.,:/{}*-]*$|^[A-Z]*$`)

// plain is what of a value may stand in the log.
func plain(value any) any {
	switch v := value.(type) {
	case slog.Level, nil:
		return v
	case error:
		return Text(v)
	}
	return Hidden
}

// Panic is what may be said of a value that somebody has panicked with. Anything
// may be in it; the stack says where it happened.
func Panic(value any) string {
	if err, ok := value.(runtime.Error); ok {
		return Hide(err.Error())
	}
	return fmt.Sprintf("%T", value)
}
