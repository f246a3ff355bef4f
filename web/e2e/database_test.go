package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
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
	defer conn.Close(context.WithoutCancel(tb.Context()))
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

// text returns the one text that a query finds.
func (s *site) text(tb testing.TB, query string) string {
	tb.Helper()
	conn, err := s.connect(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(tb.Context()))
	var text string
	if err := conn.QueryRow(tb.Context(), query).Scan(&text); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
	return text
}
