package consent_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/consent"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// TestAConsentAndADeletionAtOnce has one window delete the account while another
// gives or withdraws a consent: the deletion goes through, and the other one hears
// that there is no account any more.
func TestAConsentAndADeletionAtOnce(t *testing.T) {
	t.Parallel()

	for name, act := range map[string]func(w world, id int64) error{
		"withdraw": func(w world, id int64) error { return w.consents.Withdraw(w.t.Context(), w.aino, id) },
		"give":     func(w world, _ int64) error { return w.consents.Give(w.t.Context(), w.aino, giving(consent.Survey)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			w := newWorld(t)
			w.give(giving(consent.Employer))
			id := w.history()[0].ID
			// As the profile does, whose section goes with the consent.
			w.consents.OnWithdraw = append(w.consents.OnWithdraw, func(ctx context.Context, tx *postgres.Tx, person identity.PersonID, _ consent.Consent) error {
				_, err := tx.Exec(ctx, `INSERT INTO profile (person_id, created_at, changed_at) VALUES ($1, $2, $2)`, person, tx.Now)
				return err
			})
			people := identitytest.People(t, w.db)
			acted := make(chan error, 1)
			err := w.db.InTx(t.Context(), func(tx *postgres.Tx) error {
				if _, err := people.Hold(t.Context(), tx, w.aino.PersonID); err != nil {
					return err
				}
				go func() { acted <- act(w, id) }()
				w.waitsForLock()
				if err := w.consents.Keeper().Erase(t.Context(), tx, int64(w.aino.PersonID)); err != nil {
					return err
				}
				return people.Keeper().Erase(t.Context(), tx, int64(w.aino.PersonID))
			})
			if err != nil {
				t.Errorf("the deletion: %v", err)
			}
			if err := <-acted; !errors.Is(err, fault.ErrGone) {
				t.Errorf("the other window: %v", err)
			}
		})
	}
}

// waitsForLock returns once somebody in the database waits for another one.
func (w world) waitsForLock() {
	w.t.Helper()
	for range 500 {
		var waiting bool
		err := w.db.QueryRow(w.t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waiting)
		if err != nil {
			w.t.Fatal(err)
		}
		if waiting {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.t.Fatal("nobody waits")
}
