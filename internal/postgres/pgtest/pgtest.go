// Package pgtest gives each test a migrated database of its own.
package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/migrations"
)

// Now is the time in a test database until the test moves it.
//
//nolint:gochecknoglobals // a constant that needs a call
var Now = time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)

//nolint:gochecknoglobals // once in each test binary
var template = sync.OnceValues(func() (string, error) { return makeTemplate(context.Background()) })

// New returns a database cloned from a template that holds the current schema.
// It is dropped when the test passes and kept, with its name logged, when the
// test fails.
func New(tb testing.TB) *postgres.DB {
	tb.Helper()
	db, _ := NewWithURL(tb)
	return db
}

// NewWithURL is New for a test that starts a process of its own, which needs
// the address of the database.
func NewWithURL(tb testing.TB) (*postgres.DB, string) {
	tb.Helper()
	ctx := context.Background()
	tmpl, err := template()
	if err != nil {
		tb.Fatalf("test database: %v", err)
	}
	name := "test_" + strings.ToLower(rand.Text()[:12])
	admin(tb, "CREATE DATABASE "+name+" TEMPLATE "+tmpl)
	url := address(name)
	db, err := postgres.Open(ctx, url, func() time.Time { return Now }, postgres.Options{MaxConns: 6})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		db.Close()
		if tb.Failed() {
			tb.Logf("kept the database %s", name)
			return
		}
		admin(tb, "DROP DATABASE "+name+" WITH (FORCE)")
	})
	return db, url
}

func admin(tb testing.TB, query string) {
	tb.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, address("postgres"))
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, query); err != nil {
		tb.Fatal(err)
	}
}

// makeTemplate migrates the template once for each set of migrations, across
// every test binary that go test runs at the same time.
func makeTemplate(ctx context.Context) (string, error) {
	if os.Getenv("TEST_DATABASE_URL") == "" {
		return "", errors.New("no database to test on: run make test, or set TEST_DATABASE_URL to a Postgres whose databases may come and go")
	}
	name, err := templateName()
	if err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, address("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx) // which also gives the lock back
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", name); err != nil {
		return "", err
	}
	var ready bool
	err = conn.QueryRow(ctx, "SELECT coalesce((SELECT datistemplate FROM pg_database WHERE datname = $1), false)", name).Scan(&ready)
	if err != nil || ready {
		return name, err
	}
	for _, q := range []string{"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name} {
		if _, err := conn.Exec(ctx, q); err != nil {
			return "", err
		}
	}
	db, err := postgres.Open(ctx, address(name), time.Now, postgres.Options{})
	if err != nil {
		return "", err
	}
	_, err = postgres.Migrate(ctx, db, migrations.FS)
	db.Close()
	if err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+name+" IS_TEMPLATE true")
	return name, err
}

func templateName() (string, error) {
	sum := sha256.New()
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return "", err
	}
	for _, name := range names {
		b, err := migrations.FS.ReadFile(name)
		if err != nil {
			return "", err
		}
		_, _ = fmt.Fprintf(sum, "%s\n%s\n", name, b)
	}
	return fmt.Sprintf("template_%x", sum.Sum(nil)[:6]), nil
}

func address(database string) string {
	return strings.TrimSuffix(os.Getenv("TEST_DATABASE_URL"), "/") + "/" + database
}
