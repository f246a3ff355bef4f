package e2e_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/logline/logtest"
)

// Every portal of this run, whether it serves or carries out one command, writes
// into a file of one folder, and in the end all are searched for what must not be
// in a log. The simulator's output is not: it plays the systems of others, which
// know people by their identity codes, and runs nowhere but here.
var logs = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "e2e-logs-") })

// newLog makes a log for a portal. It outlives the test, which may share the
// portal with others.
func newLog(tb testing.TB) *os.File {
	tb.Helper()
	dir, err := logs()
	if err != nil {
		tb.Fatal(err)
	}
	f, err := os.CreateTemp(dir, "portal-*.log")
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// words are texts that no log may hold, and what they are.
type words struct {
	mu    sync.Mutex
	known map[string]string
}

// private is what this run's portals were told, and what they gave to one
// visitor only.
var private = &words{known: peopleOfTheWorld()}

func peopleOfTheWorld() map[string]string {
	all := map[string]string{}
	for _, p := range world.Default().People {
		all[p.Name()], all[p.FamilyName], all[p.FirstNames], all[p.Code], all[p.ForeignID] = "a name", "a name", "a name", "an identity code", "an identity code"
	}
	for text := range all {
		if len(text) < 5 {
			delete(all, text)
		}
	}
	return all
}

func (w *words) note(what, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known[text] = what
}

// typed notes what somebody has written, so far as it is no choice among our own
// words.
func (w *words) typed(fields url.Values) {
	for name, values := range fields {
		for _, text := range values {
			line, _, _ := strings.Cut(text, "\n")
			if line = strings.TrimSpace(line); len(line) >= 8 && len(line) <= 400 && strings.ContainsFunc(line, func(r rune) bool {
				return r == ' ' || r == '@' || r > unicode.MaxASCII
			}) {
				w.note("what was typed into "+name, line)
			}
		}
	}
}

var formToken = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

// answered notes what opens doors.
func (w *words) answered(a *answer) {
	for _, c := range a.cookies {
		if len(c.Value) >= 8 {
			w.note("the cookie "+c.Name, c.Value)
		}
	}
	for _, m := range formToken.FindAllStringSubmatch(a.body, -1) {
		w.note("the token of a form", m[1])
	}
}

func (w *words) all() []logtest.Word {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]logtest.Word, 0, len(w.known))
	for text, what := range w.known {
		all = append(all, logtest.Word{What: what, Text: text})
	}
	return all
}

// TestCommandsRepeatNothing gives the portal's commands what belongs elsewhere.
func TestCommandsRepeatNothing(t *testing.T) {
	t.Parallel()

	s := theJourneys(t)
	const code = "131052-308T"
	try := func(env []string, args ...string) {
		t.Helper()
		cmd := s.command(t, "portal", args...)
		cmd.Env = append(slices.Clone(s.env), env...)
		out, err := cmd.CombinedOutput()
		if err == nil || len(out) == 0 {
			t.Errorf("portal %s: %v, %q", args, err, out)
		}
		if strings.Contains(string(out), "308T") || strings.Contains(string(out), "kanarialintu") {
			t.Errorf("portal %s says %s", args, out)
		}
	}
	for _, args := range [][]string{
		{code},
		{"serve", code},
		{"serve", "-" + code},
		{"work", code},
		{"work", "-run", code},
		{"migrate", code},
		{"config", code},
		{"routes", code},
		{"audit", code},
		{"keys", code},
		{"keys", "rotate", code},
		{"reference", code},
		{"reference", "esco", "/nowhere/" + code + "_fi.csv"},
		{"health", code},
	} {
		try(nil, args...)
	}
	for _, env := range []string{
		"MAIN_USERS=131052-308U-308T", "PERSON_KEYS=kanarialintu", "SUOMIFI_KEYS=kanarialintu", "FORM_KEY=kanarialintu", "SMTP_PASSWORD=kanarialintu",
		"DATABASE_URL=postgres://portal:kanarialintu@127.0.0.1:1/x?sslmode=disable", "DATABASE_URL=kanarialintu",
	} {
		try([]string{env}, "serve")
	}
}

func searchLog(name string, words []logtest.Word) (faults []string, lines int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = f.Close() }()
	return logtest.Search(f, words...)
}

// logsTellNothing searches the logs of the whole run, and that of Postgres where
// make test has started it, and deletes those of the portals when nothing is in
// them.
func logsTellNothing() bool {
	dir, err := logs()
	if err != nil {
		return true // nothing was logged
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if log := os.Getenv("TEST_POSTGRES_LOG"); log != "" {
		names = append(names, log)
	}
	words, lines, faults := private.all(), 0, []string(nil)
	for _, name := range names {
		found, n, failed := searchLog(name, words)
		lines += n
		for _, fault := range found {
			faults = append(faults, name+" holds "+fault)
		}
		if failed != nil {
			err = failed
		}
	}
	fmt.Printf("%d lines of %d logs searched for %d texts\n", lines, len(names), len(words))
	if err != nil || len(faults) > 0 {
		fmt.Printf("FAIL: %d faults of logs in %s, %v\n", len(faults), dir, err)
		for fault := range slices.Values(faults[:min(len(faults), 40)]) {
			fmt.Println(fault)
		}
		return false
	}
	_ = os.RemoveAll(dir)
	return true
}
