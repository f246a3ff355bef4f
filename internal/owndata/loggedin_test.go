package owndata_test

import (
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/owndata"
)

// TestNobodyIsWarnedAfterALogIn although the mail server has been away since
// before.
func TestNobodyIsWarnedAfterALogIn(t *testing.T) {
	t.Parallel()

	w := newWarned(t)
	w.people.OnLogIn(owndata.LoggedIn)
	w.at(w.ends.Add(-time.Hour))
	waiting := func() int {
		t.Helper()
		var n int
		if err := w.db.QueryRow(t.Context(), `SELECT count(*) FROM mail_outbox WHERE kind = 'account_ends' AND status = 'waiting' AND address <> ''`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	logIn := func(code string) {
		t.Helper()
		if _, _, err := w.people.LogIn(t.Context(), identitytest.Identified(t, w.db, code), identity.KindPerson, i18n.Finnish, ""); err != nil {
			t.Fatal(err)
		}
	}
	w.expire(t)
	logIn("010594Y9021")
	logIn("010594Y9021")
	if n := waiting(); n != 1 {
		t.Fatalf("%d mails wait before the log-in", n)
	}
	logIn("010594Y9032")
	if n := waiting(); n != 0 {
		t.Errorf("%d mails wait for somebody who has logged in", n)
	}
}
