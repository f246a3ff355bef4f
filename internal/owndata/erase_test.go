package owndata_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// TestDelete tells who may not delete, and that a second time is none.
func TestDelete(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	id := identitytest.Person(t, w.db, "010594Y9032")
	stale := w.fresh(id)
	stale.IdentifiedAt = w.db.Now().Add(-identity.Fresh - time.Second)
	if err := w.Delete(t.Context(), stale); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("without a fresh identification: %v", err)
	}
	_, officer := identitytest.Officer(t, w.db, identity.GroupContent)
	if err := w.Delete(t.Context(), w.fresh(officer.PersonID)); !errors.Is(err, identity.ErrOfficer) {
		t.Errorf("an officer's account: %v", err)
	}
	if err := w.DeleteFor(t.Context(), officer, id, nil); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("by an officer of another group: %v", err)
	}
	var done, gone int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			err := w.Delete(t.Context(), w.fresh(id))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case errors.Is(err, fault.ErrGone):
				gone++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if done != 1 || gone != 7 {
		t.Errorf("eight deletions at once: %d done, %d came too late", done, gone)
	}
	_, protection := identitytest.Officer(t, w.db, identity.GroupDataProtection)
	other := identitytest.Person(t, w.db, "010594Y9021")
	if err := w.DeleteFor(t.Context(), protection, other, nil); err != nil {
		t.Errorf("for a request: %v", err)
	}
	var cause string
	if err := w.db.QueryRow(t.Context(), `SELECT detail ->> 'cause' FROM audit_event WHERE action = 'account.erased' AND subject_id = $1`, other.String()).Scan(&cause); err != nil || cause != "request" {
		t.Errorf("the log has %q: %v", cause, err)
	}
}

// TestDeletionAmidst deletes while other windows save, mail, copy and log in.
// Whatever came first, nobody is half deleted.
func TestDeletionAmidst(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	forms := entry.NewForms(w.db, identitytest.Keyring(t))
	for round := range 15 {
		code := identitytest.Code(t, round)
		token, s := identitytest.LogIn(t, w.db, code.Reveal())
		var wg sync.WaitGroup
		run := func(what string, fn func() error, may ...error) {
			wg.Go(func() {
				for range 3 {
					err := fn()
					ok := err == nil || postgres.IsOrphan(err, "person")
					for _, m := range may {
						ok = ok || errors.Is(err, m)
					}
					if !ok {
						t.Errorf("%s: %v", what, err)
					}
				}
			})
		}
		run("delete", func() error { return w.Delete(t.Context(), w.fresh(s.PersonID)) }, fault.ErrGone)
		run("contact", func() error {
			return w.people.SetContact(t.Context(), s.Actor(), s.PersonID, "a@example.com", "")
		}, fault.ErrNotFound, fault.ErrGone)
		run("park", func() error {
			_, err := forms.Park(t.Context(), entry.OwnerOf(s), entry.Form{Path: "/fi"})
			return err
		})
		run("mail", func() error {
			return w.db.InTx(t.Context(), func(tx *postgres.Tx) error {
				return mail.EnqueueTo(t.Context(), tx, int64(s.PersonID), mail.Message{
					Kind: owndata.KindEnds, To: "a@example.com", Lang: i18n.Finnish, Key: fmt.Sprint("k", round, time.Now().UnixNano()),
				})
			})
		})
		run("copy", func() error { _, err := w.Copy(t.Context(), w.fresh(s.PersonID), "json"); return err }, fault.ErrNotFound, fault.ErrGone)
		run("touch", func() error { _, err := w.people.Session(t.Context(), token); return err })
		wg.Wait()
		for _, table := range []string{"person WHERE id", "session WHERE person_id", "parked_form WHERE person_id", "mail_outbox WHERE person_id"} {
			var n int
			if err := w.db.QueryRow(t.Context(), `SELECT count(*) FROM `+table+` = $1`, s.PersonID).Scan(&n); err != nil || n != 0 {
				t.Fatalf("round %d: %d rows of %s are left: %v", round, n, table, err)
			}
		}
		if again, err := w.people.Session(t.Context(), token); err != nil || again.LoggedIn() {
			t.Fatalf("the session lives on: %v", err)
		}
	}
	// Whoever comes back is somebody new.
	_, s := identitytest.LogIn(t, w.db, identitytest.Code(t, 0).Reveal())
	all, err := w.Everything(t.Context(), s.PersonID)
	if err != nil || len(all.Looks) != 0 {
		t.Errorf("a new account: %v", err)
	}
}
