package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// connect opens a connection to the portal's database, for looking behind the
// pages.
func (s *site) connect(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, s.database)
}

// number returns the one number that a query finds.
func (s *site) number(tb testing.TB, query string) int64 {
	tb.Helper()
	conn, err := s.connect(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(tb.Context())) //nolint:errcheck // nothing to do about it in a test
	var n int64
	if err := conn.QueryRow(tb.Context(), query).Scan(&n); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
	return n
}

func (s *site) openPostings(tb testing.TB) int {
	tb.Helper()
	return int(s.number(tb, `SELECT count(*) FROM job_posting WHERE status = 'open'`))
}

// dictionary finds the Finnish dictionary that cmd/dev named, or Debian's.
func dictionary(tb testing.TB) string {
	tb.Helper()
	candidates := []string{
		os.Getenv("VOIKKO_DICTIONARY"),
		"/usr/lib/voikko/5/mor-standard/mor.vfst",
		"../../.dev/root/usr/lib/voikko/5/mor-standard/mor.vfst",
	}
	for _, path := range candidates {
		if _, err := os.Stat(path); path != "" && err == nil {
			abs, err := filepath.Abs(path)
			if err != nil {
				tb.Fatal(err)
			}
			return abs
		}
	}
	tb.Fatalf("no Finnish dictionary in %s: run make test, or install Debian's voikko-fi", strings.Join(candidates[1:], ", "))
	return ""
}

// eventually waits until ok, or fails the test after a minute.
func eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	tb.Fatalf("waited a minute in vain: %s", what)
}

// crashDatabase ends Postgres at once, without a word to anybody, as a crash
// does; make drill starts it anew. It returns once Postgres has recovered and
// takes connections again.
func (s *site) crashDatabase(tb testing.TB) {
	tb.Helper()
	file := os.Getenv("TEST_POSTGRES_PIDFILE")
	if file == "" {
		tb.Fatal("nobody would start Postgres anew: run make drill")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		tb.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		tb.Fatalf("end Postgres: %v", err)
	}
	for deadline := time.Now().Add(30 * time.Second); syscall.Kill(pid, 0) == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatal("Postgres does not end")
		}
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		conn, err := s.connect(tb.Context())
		if err != nil {
			continue
		}
		err = conn.Ping(tb.Context())
		_ = conn.Close(tb.Context())
		if err == nil {
			return
		}
	}
	tb.Fatal("Postgres does not come back")
}
