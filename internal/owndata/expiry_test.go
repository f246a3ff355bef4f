package owndata_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// clock moves the time of a world.
func (w *world) at(now time.Time) { w.db.Now = func() time.Time { return now } }

func helsinki(tb testing.TB, s string) time.Time {
	tb.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", s, i18n.Helsinki)
	if err != nil {
		tb.Fatal(err)
	}
	return at
}

// TestAccountsExpire moves the clock to a second before the end and to the end.
func TestAccountsExpire(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct{ name, used, ends string }{
		{"a year", "2025-06-10 12:30:15", "2026-06-10 12:30:15"},
		{"29 February", "2024-02-29 09:00:00", "2025-02-28 09:00:00"},
		{"into summer time", "2025-03-29 23:59:59", "2026-03-29 23:59:59"},
		{"an hour that is left out", "2025-03-29 03:30:00", "2026-03-29 04:30:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			w := newWorld(t)
			w.at(helsinki(t, tt.used))
			id := identitytest.Person(t, w.db, "010594Y9032")
			ends := helsinki(t, tt.ends)
			purge := w.Purges()[0]
			for _, step := range []struct {
				at   time.Time
				want int
			}{{ends.Add(-time.Second), 0}, {ends, 1}, {ends.Add(24 * time.Hour), 0}} {
				w.at(step.at)
				var due int
				err := w.db.InReadTx(t.Context(), func(tx *postgres.Tx) error {
					var err error
					due, err = purge.Due(t.Context(), tx, rule("account"))
					return err
				})
				if err != nil || due != step.want {
					t.Errorf("at %v due %d, want %d: %v", step.at, due, step.want, err)
				}
				n, err := purge.Run(t.Context(), rule("account"), 100)
				if err != nil || n != step.want {
					t.Errorf("at %v gone %d, want %d: %v", step.at, n, step.want, err)
				}
			}
			if _, err := w.people.ByID(t.Context(), id); err == nil {
				t.Error("the person is still there")
			}
		})
	}
}

// TestLogInKeepsTheAccount logs in on the day before, and at the very second.
func TestLogInKeepsTheAccount(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	began := helsinki(t, "2025-06-10 12:30:15")
	w.at(began)
	id := identitytest.Person(t, w.db, "010594Y9032")
	for range 2 {
		for _, late := range []time.Duration{-24 * time.Hour, 0} {
			ends := rule("account").Period.End(began)
			w.at(ends.Add(late))
			if got := identitytest.Person(t, w.db, "010594Y9032"); got != id {
				t.Fatalf("the log-in %v before the end made a new person", late)
			}
			began = ends.Add(late)
			if n, err := w.Purges()[0].Run(t.Context(), rule("account"), 100); n != 0 || err != nil {
				t.Fatalf("%d accounts went: %v", n, err)
			}
		}
	}
	// At the very second and at the same time: either the log-in keeps the account
	// or it makes a new one, and never is there half of one.
	for n := range 20 {
		code := identitytest.Code(t, n)
		w.at(began)
		identitytest.Person(t, w.db, code.Reveal())
		w.at(rule("account").Period.End(began))
		var wg sync.WaitGroup
		var s identity.Session
		wg.Go(func() { _, s = identitytest.LogIn(t, w.db, code.Reveal()) })
		wg.Go(func() {
			if _, err := w.Purges()[0].Run(t.Context(), rule("account"), 100); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if _, err := w.people.ByID(t.Context(), s.PersonID); err != nil {
			t.Errorf("whoever has logged in is gone: %v", err)
		}
		began = rule("account").Period.End(began)
	}
}

// TestOfficersStay keeps the accounts of those who are in a group of staff.
func TestOfficersStay(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	_, officer := identitytest.Officer(t, w.db, identity.GroupContent)
	w.at(w.db.Now().AddDate(3, 0, 0))
	if _, err := w.Purges()[0].Run(t.Context(), rule("account"), 100); err != nil {
		t.Fatal(err)
	}
	if _, err := w.people.ByID(t.Context(), officer.PersonID); err != nil {
		t.Errorf("the officer is gone: %v", err)
	}
}

// TestWarnings are sent once for each of the days, and begin anew with a log-in.
func TestWarnings(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	began := helsinki(t, "2025-06-10 12:30:15")
	w.at(began)
	id := identitytest.Person(t, w.db, "010594Y9032")
	silent := identitytest.Person(t, w.db, "010594Y9021")
	_, s := identitytest.LogIn(t, w.db, "010594Y9032")
	if err := w.people.SetContact(t.Context(), s.Actor(), id, "aino@example.com", ""); err != nil {
		t.Fatal(err)
	}
	ends := rule("account").Period.End(began)
	mails := func() (n int) {
		t.Helper()
		for range 3 { // as the engine does, until there is nothing
			if _, err := w.Purges()[0].Warn(t.Context(), rule("account"), 100); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.db.QueryRow(t.Context(), `SELECT count(*) FROM mail_outbox WHERE person_id = $1 AND kind = 'account_ends'`, id).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, step := range []struct {
		before time.Duration
		want   int
	}{
		{30*24*time.Hour + time.Second, 0},
		{30 * 24 * time.Hour, 1},
		{20 * 24 * time.Hour, 1},
		{7*24*time.Hour + time.Second, 1},
		{7 * 24 * time.Hour, 2},
		{time.Hour, 2},
	} {
		w.at(ends.Add(-step.before))
		if got := mails(); got != step.want {
			t.Errorf("%v before the end: %d mails, want %d", step.before, got, step.want)
		}
	}
	// A log-in on the last day, and a portal that slept over the first warning.
	w.at(ends.Add(-time.Minute))
	identitytest.Person(t, w.db, "010594Y9032")
	ends = rule("account").Period.End(ends.Add(-time.Minute))
	w.at(ends.Add(-3 * 24 * time.Hour))
	if got := mails(); got != 3 {
		t.Errorf("after a log-in and a long sleep: %d mails, want 3", got)
	}
	var n int
	if err := w.db.QueryRow(t.Context(), `SELECT count(*) FROM mail_outbox WHERE person_id = $1`, silent).Scan(&n); err != nil || n > 0 {
		t.Errorf("%d mails to somebody who has told no address: %v", n, err)
	}
	var data string
	if err := w.db.QueryRow(t.Context(), `SELECT data::text FROM mail_outbox WHERE person_id = $1 ORDER BY id DESC LIMIT 1`, id).Scan(&data); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf(`{"date": %q, "days": "7"}`, ends.UTC().Format(time.RFC3339)); data != want {
		t.Errorf("the mail tells %s, want %s", data, want)
	}
}
