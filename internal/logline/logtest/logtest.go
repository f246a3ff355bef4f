// Package logtest watches what tests make the portal log. A line that tells of a
// person fails the test, or the run of the whole suite.
package logtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"tyomarkkinatori.fi/portal/internal/logline"
)

// New returns a log as the portal's own, which fails tb over what must not be in
// it. Its lines also go to also.
func New(tb testing.TB, also ...io.Writer) *slog.Logger {
	tb.Helper()
	w := &watch{out: io.MultiWriter(also...), tb: tb}
	tb.Cleanup(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.tb = nil // whoever logs now is late
	})
	return logline.New(w)
}

// watch is a log that is looked at while it is written.
type watch struct {
	mu  sync.Mutex
	out io.Writer
	tb  testing.TB
}

// Write takes one line.
func (w *watch) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tb != nil {
		for _, fault := range Faults(string(line)) {
			w.tb.Errorf("the log holds %s", fault)
		}
	}
	return w.out.Write(line)
}

// Faults says what is wrong with a line of a log, and shows the line without it.
// Words are further texts that it must not hold, each with what it is.
func Faults(line string, words ...Word) []string {
	text := unescape.Replace(strings.TrimSpace(line))
	var all []string
	if strings.Contains(text, logline.Hidden) {
		all = append(all, "what had to be kept out of it, or a field that package logline does not know")
	}
	for _, f := range logline.Find(text) {
		if !slices.Contains(all, f.What) {
			all = append(all, f.What)
		}
	}
	shown := text
	for _, w := range words {
		if strings.Contains(text, w.Text) {
			all = append(all, w.What)
			shown = strings.ReplaceAll(shown, w.Text, logline.Hidden)
		}
	}
	for i, what := range all {
		all[i] = fmt.Sprintf("%s: %.600s", what, logline.Hide(shown))
	}
	return all
}

// unescape takes back what stands in JSON for signs that end words.
//
//nolint:gochecknoglobals // a constant table
var unescape = strings.NewReplacer(`\\n`, " ", `\\r`, " ", `\\t`, " ", `\n`, " ", `\r`, " ", `\t`, " ", `\"`, `"`, `\u0026`, "&")

// Word is a text that must not be in a log.
type Word struct{ What, Text string }

// settled are fields whose form alone shows that they tell of nobody. They differ
// from line to line where nothing else does.
var settled = regexp.MustCompile(`"time":"[0-9TZ:.+-]+"|"request_id":"[0-9a-f-]{16,36}"|"ip":"[0-9a-f.:]*"|"(?:status|bytes|us|duration)":\d+|\(\w+, request [0-9a-f-]{36}\)`)

// Search reads a log and returns the faults of its lines, each with its number.
// What differs in settled fields only is looked at once.
func Search(log io.Reader, words ...Word) (faults []string, lines int, err error) {
	seen := map[string]bool{}
	s := bufio.NewScanner(log)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		lines++
		line := settled.ReplaceAllString(s.Text(), "")
		if seen[line] {
			continue
		}
		seen[line] = true
		for _, fault := range Faults(line, words...) {
			faults = append(faults, fmt.Sprintf("line %d: %s", lines, fault))
		}
		if s := s.Bytes(); bytes.HasPrefix(s, []byte(`{"time":`)) && bytes.HasSuffix(s, []byte("}")) && !json.Valid(s) {
			faults = append(faults, fmt.Sprintf("line %d: no JSON", lines))
		}
	}
	return faults, lines, s.Err()
}
