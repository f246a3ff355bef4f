package postgres_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
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

// TestGrant tries what the portal's role may and may not do.
func TestGrant(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	role := "app_" + rand.Text()
	for _, statement := range []string{`CREATE ROLE "` + role + `"`, `GRANT "` + role + `" TO current_user`} {
		if _, err := db.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		for _, statement := range []string{`DROP OWNED BY "` + role + `"`, `DROP ROLE "` + role + `"`} {
			if _, err := db.Exec(context.Background(), statement); err != nil {
				t.Error(err)
			}
		}
	})
	if err := postgres.Grant(t.Context(), db, role); err != nil {
		t.Fatal(err)
	}
	asApp := func(statement string) error {
		return db.InTx(t.Context(), func(tx *postgres.Tx) error {
			if _, err := tx.Exec(t.Context(), `SET LOCAL ROLE "`+role+`"`); err != nil {
				return err
			}
			_, err := tx.Exec(t.Context(), statement)
			return err
		})
	}
	for _, statement := range []string{
		`INSERT INTO audit_event (occurred_at, actor_kind, actor_id, action, subject_kind, subject_id, detail) VALUES ('2026-01-01', 'system', 'test', 'grant.tried', 'none', '', '{}')`,
		`SELECT count(*) FROM audit_event`,
		`INSERT INTO feed_state (source) VALUES ('x')`,
		`DELETE FROM feed_state`,
	} {
		if err := asApp(statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	for _, statement := range []string{
		`UPDATE audit_event SET action = 'a.b'`, `DELETE FROM audit_event`, `TRUNCATE audit_event`,
		`ALTER TABLE audit_event DISABLE TRIGGER ALL`, `UPDATE audit_head SET hash = ''`, `DROP TABLE feed_state`,
		`CREATE TABLE extra (id int)`,
	} {
		if err := asApp(statement); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: %v, want no right", statement, err)
		}
	}
}

// TestTelling sets what the server logs as an operator would, for one database.
func TestTelling(t *testing.T) {
	t.Parallel()

	_, url := pgtest.NewWithURL(t)
	telling := func(settings ...string) []string {
		t.Helper()
		db, err := postgres.Open(t.Context(), url, time.Now, postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for _, setting := range settings {
			if _, err := db.Exec(t.Context(), `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET `+setting+`', current_database()); END $$`); err != nil {
				t.Fatal(err)
			}
		}
		db.Reset() // a session keeps the settings that it began with
		names, err := db.Telling(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	for _, tt := range []struct {
		settings []string
		want     string
	}{
		{[]string{"log_min_messages = warning", "log_parameter_max_length = -1"}, "[log_min_messages log_parameter_max_length]"},
		{[]string{"log_min_messages = log"}, "[log_parameter_max_length]"},
		{[]string{"log_parameter_max_length = 0"}, "[]"},
		{[]string{"log_min_messages = error"}, "[log_min_messages]"},
	} {
		if got := fmt.Sprint(telling(tt.settings...)); got != tt.want {
			t.Errorf("after %s: %s, want %s", tt.settings, got, tt.want)
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
