package provision_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/cmd/dev/internal/provision"
)

// kit works in a folder of its own, with the given variables only.
func kit(t *testing.T, vars map[string]string) *provision.Kit {
	t.Helper()
	return &provision.Kit{
		Checkout: t.TempDir(), System: t.TempDir(), State: filepath.Join(t.TempDir(), "it's here"), Env: os.Environ(),
		Getenv: func(name string) string { return vars[name] }, Out: io.Discard,
	}
}

// program writes a shell script.
func program(t *testing.T, path, script string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestPostgresTakesTheNamedFolder(t *testing.T) {
	t.Parallel()

	bin := t.TempDir()
	program(t, filepath.Join(bin, "postgres"), "")
	program(t, filepath.Join(bin, "initdb"), `echo "initdb (PostgreSQL) 42.1 (somewhere 1)"`)

	got, major, err := kit(t, map[string]string{"PG_BINDIR": bin}).Postgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	if got.Path != bin || major != 42 {
		t.Errorf("Postgres = %s, %d, want %s, 42", got.Path, major, bin)
	}
}

func TestPostgresRefusesANamedFolderWithoutOne(t *testing.T) {
	t.Parallel()

	old := t.TempDir()
	program(t, filepath.Join(old, "postgres"), "")
	program(t, filepath.Join(old, "initdb"), `echo "initdb (PostgreSQL) 9.6"`)
	for _, bin := range []string{t.TempDir(), old} {
		if got, _, err := kit(t, map[string]string{"PG_BINDIR": bin}).Postgres(t.Context()); err == nil {
			t.Errorf("Postgres = %v, want an error", got)
		}
	}
}

func TestChromiumIsTriedAndWrapped(t *testing.T) {
	t.Parallel()

	browser := filepath.Join(t.TempDir(), "browser")
	tries := filepath.Join(t.TempDir(), "tries")
	program(t, browser, `echo try >> '`+tries+`'
case "$*" in
  *dump-dom*--no-sandbox* | *--no-sandbox*dump-dom*) echo '<p>it runs</p>' ;;
  *dump-dom*) echo 'no usable sandbox' >&2; exit 1 ;;
  *) echo "$@" ;;
esac`)
	k := kit(t, map[string]string{"CHROMIUM": browser})

	script, err := k.Chromium(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	if want := "exec '" + browser + "' --disable-dev-shm-usage --no-sandbox \"$@\"\n"; !strings.HasSuffix(string(content), want) {
		t.Errorf("script = %q, want its end to be %q", content, want)
	}

	before, err := os.ReadFile(tries)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Chromium(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(tries)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Errorf("a browser that was tried is tried again:\n%s", diff)
	}
}

func TestChromiumRefusesABrowserThatRendersNothing(t *testing.T) {
	t.Parallel()

	browser := filepath.Join(t.TempDir(), "browser")
	program(t, browser, "exit 0")

	if script, err := kit(t, map[string]string{"CHROMIUM": browser}).Chromium(t.Context()); err == nil {
		t.Errorf("Chromium = %s, want an error", script)
	}
}

func TestDictionaryIsFound(t *testing.T) {
	t.Parallel()

	k := kit(t, nil)
	want := filepath.Join(k.System, "usr/lib/voikko/5/mor-standard/mor.vfst")
	program(t, want, "")

	got, err := k.Dictionary(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	if got != want {
		t.Errorf("Dictionary = %s, want %s", got, want)
	}
}
