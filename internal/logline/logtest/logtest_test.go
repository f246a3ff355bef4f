package logtest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/logline/logtest"
)

// witness is a test that notes its failures.
type witness struct {
	testing.TB

	failures []string
	last     func()
}

func (w *witness) Helper()          {}
func (w *witness) Cleanup(f func()) { w.last = f }
func (w *witness) Errorf(format string, args ...any) {
	w.failures = append(w.failures, fmt.Sprintf(format, args...))
}

func TestNewFailsATest(t *testing.T) {
	t.Parallel()

	w := &witness{TB: t}
	var out bytes.Buffer
	log := logtest.New(w, &out)
	log.InfoContext(t.Context(), "request", "status", 200, "route", "/fi/tyopaikat/{id}")
	log.ErrorContext(t.Context(), "task failed", "kind", "mail.send", "error", fmt.Errorf("send: %w", context.Canceled))
	if len(w.failures) > 0 || strings.Count(out.String(), "\n") != 2 {
		t.Errorf("good lines: %q, the log is %q", w.failures, out.String())
	}
	for name, bad := range map[string]func(){
		"an e-mail address": func() { log.InfoContext(t.Context(), "mail goes", "kind", "to aino@posti.example") },
		"an error":          func() { log.InfoContext(t.Context(), "failed", "error", errors.New("no 131052-308T")) },
		"a field":           func() { log.InfoContext(t.Context(), "mail goes", "to", "Aino") },
		"a message":         func() { log.InfoContext(t.Context(), "aino@posti.example was here") },
	} {
		w.failures = nil
		bad()
		if len(w.failures) != 1 {
			t.Errorf("%s: failures %q, want one", name, w.failures)
		}
	}
	w.failures = nil
	w.last()
	log.InfoContext(t.Context(), "late", "to", "Aino")
	if len(w.failures) > 0 {
		t.Errorf("after its end the test is told of %q", w.failures)
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()

	const good = `{"time":"2026-11-22T08:20:28.123Z","level":"INFO","msg":"request","request_id":"0123456789abcdef","ip":"127.0.0.1","method":"GET","route":"/fi/tyopaikat/{id}","status":200,"bytes":1,"us":9}`
	for _, tt := range []struct{ name, line, want string }{
		{"a good line", good, ""},
		{"a person's name", `{"msg":"Aino Korhonen"}`, "a name"},
		{"a name in a route", strings.Replace(good, "{id}", "Aino Korhonen", 1), "a name"},
		{"a query", strings.Replace(good, "{id}", "x?q=y", 1), "a query string"},
		{"a name in place of an address", strings.Replace(good, "127.0.0.1", "Aino Korhonen", 1), "a name"},
		{"a good line of another second", strings.Replace(good, "28.123Z", "29.001Z", 1), ""},
		{"a line that is broken up", `{"time":"x","msg":"a"b"}`, "no JSON"},
		{"what follows a line break in JSON", `{"error":"first\n131052-308T"}`, "an identity code"},
		{"what follows two escapes", `{"error":"{\"text\":\"x\\n131052-308T\"}"}`, "an identity code"},
		{"a panic of Go", "panic: no aino@posti.example", "an e-mail address"},
		{"a line that is cut off", good[:40] + "aino@posti.example", "an e-mail address"},
	} {
		faults, lines, err := logtest.Search(strings.NewReader(good+"\n"+tt.line), logtest.Word{What: "a name", Text: "Aino Korhonen"})
		if err != nil || lines != 2 {
			t.Errorf("%s: %d lines, %v", tt.name, lines, err)
		}
		switch {
		case tt.want == "" && len(faults) > 0, tt.want != "" && (len(faults) != 1 || !strings.HasPrefix(faults[0], "line 2: "+tt.want)):
			t.Errorf("%s: %q, want %q", tt.name, faults, tt.want)
		case strings.Contains(strings.Join(faults, ""), "aino@"), strings.Contains(strings.Join(faults, ""), "Aino"), strings.Contains(strings.Join(faults, ""), "308T"):
			t.Errorf("%s: the fault itself tells: %q", tt.name, faults)
		}
	}
}

// own are the few that make a log in another way, with the reason.
var own = map[string]string{
	"cmd/portal/app.go":                        "lists routes and does nothing",
	"cmd/portal/run.go":                        "is where the portal's log begins",
	"internal/identity/code_test.go":           "shows that a code hides itself in any log",
	"internal/logline/logline.go":              "is the log",
	"internal/logline/logline_test.go":         "tries the log",
	"internal/logline/logtest/logtest.go":      "watches the log",
	"internal/search/searchbench/load_test.go": "measures",
	"internal/task/frozen_test.go":             "a process of its own has no test to fail",
	"internal/task/task.go":                    "the queue's own words are not ours",
	"web/bench_test.go":                        "measures",
	"web/web.go":                               "net/http takes a log of another kind",
}

// TestEveryLogIsWatched looks for logs that nobody would look into: those of tests
// are made by New, and that of the portal by package logline.
func TestEveryLogIsWatched(t *testing.T) {
	t.Parallel()

	makes := regexp.MustCompile(`slog\.(?:New\w*|Default|SetDefault|(?:Debug|Info|Warn|Error|Log)(?:Context|Attrs)?)\(|slog\.DiscardHandler|logline\.(?:New|Only)\(|\blog\.(?:Print|Fatal|Panic|New)\w*\(`)
	root, files, excused := os.DirFS("../../.."), 0, 0
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"node_modules", "testdata", "bin"}, d.Name())):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		files++
		src, err := fs.ReadFile(root, name)
		switch found := makes.Find(src); {
		case found != nil && own[name] != "":
			excused++
		case found != nil:
			t.Errorf("%s makes a log of its own with %s: take logtest.New in tests, and in the portal the one that is handed in", name, found)
		}
		return err
	})
	if err != nil || files < 100 || excused != len(own) {
		t.Fatalf("%d files, %d of %d excuses used, %v", files, excused, len(own), err)
	}
}
