package e2e_test

import (
	"context"
	"os"
	"path/filepath"
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
func (s *site) number(t *testing.T, query string) int64 {
	t.Helper()
	conn, err := s.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context())) //nolint:errcheck // nothing to do about it in a test
	var n int64
	if err := conn.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func (s *site) openPostings(t *testing.T) int {
	t.Helper()
	return int(s.number(t, `SELECT count(*) FROM job_posting WHERE status = 'open'`))
}

// dictionary finds the Finnish dictionary that cmd/dev named, or Debian's.
func dictionary(t *testing.T) string {
	t.Helper()
	candidates := []string{
		os.Getenv("VOIKKO_DICTIONARY"),
		"/usr/lib/voikko/5/mor-standard/mor.vfst",
		"../../.dev/root/usr/lib/voikko/5/mor-standard/mor.vfst",
	}
	for _, path := range candidates {
		if _, err := os.Stat(path); path != "" && err == nil {
			abs, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			return abs
		}
	}
	t.Fatalf("no Finnish dictionary in %s: run make test, or install Debian's voikko-fi", strings.Join(candidates[1:], ", "))
	return ""
}

// eventually waits until ok, or fails the test after a minute.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waited a minute in vain: %s", what)
}

// crashDatabase kills a server process of Postgres the hard way: the server then
// ends every session and recovers from its log, as after a crash of its own. It
// returns once the server takes connections again.
func (s *site) crashDatabase(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(int(s.number(t, `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() LIMIT 1`)), syscall.SIGKILL); err != nil {
		t.Fatalf("kill a Postgres process: %v", err)
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		conn, err := s.connect(t.Context())
		if err != nil {
			continue
		}
		err = conn.Ping(t.Context())
		_ = conn.Close(t.Context())
		if err == nil {
			return
		}
	}
	t.Fatal("Postgres does not come back")
}
