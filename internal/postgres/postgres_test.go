package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/migrations"
)

func TestInTx(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	db.Now = func() time.Time { return pgtest.Now.Add(1999 * time.Nanosecond).In(time.FixedZone("", 7200)) }
	write := func(tx *postgres.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE change_sequence SET last = last + 1`)
		return err
	}
	last := func() (n int) {
		t.Helper()
		if err := db.QueryRow(t.Context(), `SELECT last FROM change_sequence`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}

	err := db.InTx(t.Context(), func(tx *postgres.Tx) error {
		if want := pgtest.Now.Add(time.Microsecond); tx.Now != want {
			t.Errorf("Now = %v, want %v: what Postgres keeps of it, in UTC", tx.Now, want)
		}
		return write(tx)
	})
	if err != nil || last() != 1 {
		t.Errorf("after a commit: %d, %v", last(), err)
	}
	failed := errors.New("failed")
	err = db.InTx(t.Context(), func(tx *postgres.Tx) error { return errors.Join(write(tx), failed) })
	if !errors.Is(err, failed) || last() != 1 {
		t.Errorf("after a failure: %d, %v", last(), err)
	}
	if err := db.InReadTx(t.Context(), write); err == nil || last() != 1 {
		t.Errorf("a reading transaction wrote: %d, %v", last(), err)
	}
}

func TestMigrateIsHarmlessAgain(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	done := make(chan error, 3)
	for range cap(done) {
		go func() {
			n, err := postgres.Migrate(t.Context(), db, migrations.FS)
			if n != 0 {
				t.Errorf("migrations that ran again = %d", n)
			}
			done <- err
		}()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestIsUnavailable(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	_, wrong := db.Exec(t.Context(), `SELECT nothing`)
	_, ended := db.Exec(t.Context(), `SELECT pg_terminate_backend(pg_backend_pid())`)
	away, err := postgres.Open(t.Context(), "postgres://u:p@127.0.0.1:1/none", time.Now, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer away.Close()
	for _, tt := range []struct {
		name string
		err  error
		want bool
	}{
		{"a wrong statement", wrong, false},
		{"a session that was ended", ended, true},
		{"no server", away.Check(t.Context()), true},
		{"a page that gave up", context.Canceled, false},
	} {
		if got := postgres.IsUnavailable(tt.err); got != tt.want {
			t.Errorf("%s: IsUnavailable(%v) = %t, want %t", tt.name, tt.err, got, tt.want)
		}
	}
	_, err = postgres.Open(t.Context(), "postgres://u:hunter2@h:xx/n", time.Now, postgres.Options{})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a bad address: %v", err)
	}
}
