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
					due, err = purge.Due(t.Context(), tx, accountRule())
					return err
				})
				if err != nil || due != step.want {
					t.Errorf("at %v due %d, want %d: %v", step.at, due, step.want, err)
				}
				n, err := purge.Run(t.Context(), accountRule(), 100)
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
			ends := accountRule().Period.End(began)
			w.at(ends.Add(late))
			if got := identitytest.Person(t, w.db, "010594Y9032"); got != id {
				t.Fatalf("the log-in %v before the end made a new person", late)
			}
			began = ends.Add(late)
			if n, err := w.Purges()[0].Run(t.Context(), accountRule(), 100); n != 0 || err != nil {
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
		w.at(accountRule().Period.End(began))
		var wg sync.WaitGroup
		var s identity.Session
		wg.Go(func() { _, s = identitytest.LogIn(t, w.db, code.Reveal()) })
		wg.Go(func() {
			if _, err := w.Purges()[0].Run(t.Context(), accountRule(), 100); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if _, err := w.people.ByID(t.Context(), s.PersonID); err != nil {
			t.Errorf("whoever has logged in is gone: %v", err)
		}
		began = accountRule().Period.End(began)
	}
}

// TestOfficersStay keeps the accounts of those who are in a group of staff.
func TestOfficersStay(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	_, officer := identitytest.Officer(t, w.db, identity.GroupContent)
	w.at(w.db.Now().AddDate(3, 0, 0))
	if _, err := w.Purges()[0].Run(t.Context(), accountRule(), 100); err != nil {
		t.Fatal(err)
	}
	if _, err := w.people.ByID(t.Context(), officer.PersonID); err != nil {
		t.Errorf("the officer is gone: %v", err)
	}
}

// warned is a person with an address whose year ends at ends.
type warned struct {
	*world

	id    identity.PersonID
	began time.Time
	ends  time.Time
}

func newWarned(t *testing.T) *warned {
	t.Helper()
	w := &warned{world: newWorld(t), began: helsinki(t, "2025-06-10 12:30:15")}
	w.at(w.began)
	_, s := identitytest.LogIn(t, w.db, "010594Y9032")
	w.id, w.ends = s.PersonID, accountRule().Period.End(w.began)
	if err := w.people.SetContact(t.Context(), s.Actor(), w.id, "aino@example.com", ""); err != nil {
		t.Fatal(err)
	}
	return w
}

// expire does what the engine does, and counts the mails that there are.
func (w *warned) expire(t *testing.T) (n int) {
	t.Helper()
	purge := w.Purges()[0]
	for range 3 {
		if _, err := purge.Warn(t.Context(), accountRule(), 100); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := purge.Run(t.Context(), accountRule(), 100); err != nil {
		t.Fatal(err)
	}
	if err := w.db.QueryRow(t.Context(), `SELECT count(*) FROM mail_outbox WHERE kind = 'account_ends'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (w *warned) isThere(t *testing.T) bool {
	t.Helper()
	_, err := w.people.ByID(t.Context(), w.id)
	return err == nil
}

// TestWarnings are sent once for each of the days, and only to an address.
func TestWarnings(t *testing.T) {
	t.Parallel()

	w := newWarned(t)
	identitytest.Person(t, w.db, "010594Y9021")
	const day = 24 * time.Hour
	for _, step := range []struct {
		before time.Duration
		want   int
	}{{30*day + time.Second, 0}, {30 * day, 1}, {20 * day, 1}, {7*day + time.Second, 1}, {7 * day, 2}, {time.Second, 2}} {
		w.at(w.ends.Add(-step.before))
		if got := w.expire(t); got != step.want || !w.isThere(t) {
			t.Errorf("%v before the end: %d mails, want %d; the account is there: %t", step.before, got, step.want, w.isThere(t))
		}
	}
	w.at(w.ends)
	if w.expire(t); w.isThere(t) {
		t.Error("the account has not gone at the end")
	}
}

// TestWarningsBeginAnew after a log-in on the last day.
func TestWarningsBeginAnew(t *testing.T) {
	t.Parallel()

	w := newWarned(t)
	w.at(w.ends.Add(-time.Minute))
	w.expire(t)
	identitytest.Person(t, w.db, "010594Y9032")
	ends := accountRule().Period.End(w.ends.Add(-time.Minute))
	w.at(ends.AddDate(0, 0, -30))
	if got := w.expire(t); got != 2 {
		t.Errorf("%d mails, want another one a year later", got)
	}
	var data string
	if err := w.db.QueryRow(t.Context(), `SELECT data::text FROM mail_outbox ORDER BY id DESC LIMIT 1`).Scan(&data); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf(`{"date": %q, "days": "30"}`, ends.UTC().Format(time.RFC3339)); data != want {
		t.Errorf("the mail tells %s, want %s", data, want)
	}
}

// TestNobodyGoesUnwarned, however late the portal wakes up.
func TestNobodyGoesUnwarned(t *testing.T) {
	t.Parallel()

	w := newWarned(t)
	late := w.ends.Add(48 * time.Hour)
	for _, step := range []struct {
		after time.Duration
		there bool
	}{{0, true}, {7*24*time.Hour - time.Second, true}, {7 * 24 * time.Hour, false}} {
		w.at(late.Add(step.after))
		if w.expire(t); w.isThere(t) != step.there {
			t.Errorf("%v after the late warning: the account is there: %t", step.after, w.isThere(t))
		}
	}
}
