package entry_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/secret"
)

func login(state string) entry.Login {
	return entry.Login{
		SignIn: identity.SignIn{State: state, Nonce: "nonce", Verifier: "verifier", Fresh: true},
		Kind:   identity.KindStaff, Language: "sv", Return: "/sv/arenden",
	}
}

func reason(err error) string {
	if refused, ok := errors.AsType[*identity.RefusedError](err); ok {
		return refused.Reason
	}
	return ""
}

func TestLogins(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	now := pgtest.Now
	db.Now = func() time.Time { return now }
	logins := entry.NewLogins(db, identitytest.Keyring(t))
	for _, state := range []string{"one", "two", "three"} {
		if err := logins.Begin(t.Context(), login(state), "browser"); err != nil {
			t.Fatal(err)
		}
	}

	if _, err := logins.Take(t.Context(), "one", "other"); reason(err) != entry.ReasonBrowser {
		t.Errorf("another browser: %v", err)
	}
	if _, err := logins.Take(t.Context(), "none", "browser"); reason(err) != entry.ReasonUnknown {
		t.Errorf("no such state: %v", err)
	}
	got, err := logins.Take(t.Context(), "one", "browser")
	if diff := cmp.Diff(login("one"), got); diff != "" || err != nil {
		t.Errorf("taken: %s %v", diff, err)
	}
	again, err := logins.Take(t.Context(), "one", "browser")
	if reason(err) != entry.ReasonUsed || again.Return != "/sv/arenden" || again.Verifier != "" {
		t.Errorf("a second time: %+v %v", again, err)
	}
	now = now.Add(entry.LoginLife - time.Second)
	if _, err := logins.Take(t.Context(), "two", "browser"); err != nil {
		t.Errorf("just in time: %v", err)
	}
	now = now.Add(time.Second)
	if _, err := logins.Take(t.Context(), "three", "browser"); reason(err) != entry.ReasonLate {
		t.Errorf("too late: %v", err)
	}

	var dump string
	if err := db.QueryRow(t.Context(), `SELECT string_agg(t::text, ' ') FROM signin_transaction t`).Scan(&dump); err != nil {
		t.Fatal(err)
	}
	for _, secretText := range []string{"verifier", "nonce", "browser"} {
		if strings.Contains(dump, secretText) {
			t.Errorf("the database shows the %s", secretText)
		}
	}
	now = now.Add(time.Hour)
	if n, err := logins.Purges()[0].Run(t.Context(), keeping.Rule{Period: keeping.Period{Hours: 1}}, 100); n != 3 || err != nil {
		t.Errorf("purged %d: %v", n, err)
	}
}

func TestForms(t *testing.T) { //nolint:tparallel // each step goes on from the one before
	t.Parallel()

	db := pgtest.New(t)
	now := pgtest.Now
	db.Now = func() time.Time { return now }
	forms := entry.NewForms(db, identitytest.Keyring(t))
	owner := entry.Owner{Person: identitytest.Person(t, db, "010594Y9032"), Kind: identity.KindPerson}
	form := entry.Form{Path: "/fi/a?b=1", Purpose: "p", Values: url.Values{"a": {"1", "2"}, "t": {"Ä\r\n"}}}
	id, err := forms.Park(t.Context(), owner, form)
	if err != nil {
		t.Fatal(err)
	}

	got, err := forms.ByID(t.Context(), owner, id)
	form.ID, form.ParkedAt = id, pgtest.Now
	if diff := cmp.Diff(form, got); diff != "" || err != nil {
		t.Errorf("%s %v", diff, err)
	}
	for name, o := range map[string]entry.Owner{
		"another person":     {Person: owner.Person + 1, Kind: owner.Kind},
		"an officer's forms": {Person: owner.Person, Kind: identity.KindStaff},
	} {
		if _, err := forms.ByID(t.Context(), o, id); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
		if err := forms.Discard(t.Context(), o, id); err != nil {
			t.Error(err)
		}
	}
	if waiting, err := forms.Waiting(t.Context(), owner); len(waiting) != 1 || err != nil {
		t.Errorf("%d wait: %v", len(waiting), err)
	}

	t.Run("are sealed anew under a new key", func(t *testing.T) { //nolint:paralleltest // it goes on from the step before
		newer, err := secret.NewKeyring(secret.GenerateKey("newer") + ",test:" + strings.Repeat("A", 43) + "=,index:" + strings.Repeat("AQEB", 10) + "AQE=")
		if err != nil {
			t.Fatal(err)
		}
		rotated := entry.NewForms(db, newer)
		for _, want := range []int{1, 0} {
			if n, err := rotated.Reseal(t.Context(), 100); n != want || err != nil {
				t.Errorf("%d sealed anew, want %d: %v", n, want, err)
			}
		}
		if _, err := rotated.ByID(t.Context(), owner, id); err != nil {
			t.Error(err)
		}
		if _, err := forms.ByID(t.Context(), owner, id); !errors.Is(err, secret.ErrSealed) {
			t.Errorf("the old keys still open it: %v", err)
		}
	})
	t.Run("moved to somebody else do not open", func(t *testing.T) { //nolint:paralleltest // it goes on from the step before
		other := identitytest.Person(t, db, "020594X903P")
		if _, err := db.Exec(t.Context(), `UPDATE parked_form SET person_id = $1`, other); err != nil {
			t.Fatal(err)
		}
		if _, err := forms.ByID(t.Context(), entry.Owner{Person: other, Kind: owner.Kind}, id); !errors.Is(err, secret.ErrSealed) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("go after a week", func(t *testing.T) { //nolint:paralleltest // it goes on from the step before
		now = now.Add(entry.FormKept)
		if n, err := forms.Purges()[0].Run(t.Context(), keeping.Rule{Period: keeping.Period{Hours: 168}}, 100); n != 1 || err != nil {
			t.Errorf("purged %d: %v", n, err)
		}
	})
	var events int
	if err := db.QueryRow(t.Context(), `SELECT count(*) FROM audit_event WHERE action IN ('form.parked', 'form.purged')`).Scan(&events); err != nil || events != 2 {
		t.Errorf("%d events: %v", events, err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	r := entry.NewRefusals(db)
	if err := r.SignIn(t.Context(), identity.KindStaff, "nonce"); err != nil {
		t.Fatal(err)
	}
	_, s := identitytest.LogIn(t, db, "010594Y9032")
	if err := r.Access(t.Context(), s, "/fi/virkailija"); err != nil {
		t.Fatal(err)
	}
	var got string
	err := db.QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', actor_kind, actor_id, action, subject_kind, subject_id, detail), '; ' ORDER BY id)
		FROM audit_event WHERE action LIKE '%.refused'`).Scan(&got)
	want := `reader anonymous signin.refused signin staff {"reason": "nonce"}; person ` + s.PersonID.String() + ` access.refused route /fi/virkailija {}`
	if got != want || err != nil {
		t.Errorf("got %s, want %s: %v", got, want, err)
	}
}
