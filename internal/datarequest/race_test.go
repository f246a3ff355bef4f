package datarequest_test

import (
	"errors"
	"sync"
	"testing"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// TestADeletionWinsOverAnAnswer has an officer answer at the moment at which the
// person deletes the account: neither waits for the other for ever, and nothing of
// the person is left.
func TestADeletionWinsOverAnAnswer(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	k := o.requests.Keeper(nil)
	erase := func() error {
		return o.db.InTx(t.Context(), func(tx *postgres.Tx) error {
			if _, err := tx.Exec(t.Context(), "SELECT FROM person WHERE id = $1 FOR UPDATE", o.aino.PersonID); err != nil {
				return err
			}
			return k.Erase(t.Context(), tx, int64(o.aino.PersonID))
		})
	}
	for range 25 {
		a := o.taken(datarequest.Correction)
		var answered, erased error
		var both sync.WaitGroup
		both.Go(func() { answered = o.settle(a, datarequest.Refused) })
		both.Go(func() { erased = erase() })
		both.Wait()
		if erased != nil || answered != nil && !errors.Is(answered, fault.ErrConflict) {
			t.Fatalf("erased: %v, answered: %v", erased, answered)
		}
	}
	left := o.count("SELECT count(*) FROM data_request WHERE message <> '' OR answer <> '' OR person_id IS NOT NULL") + o.count("SELECT count(*) FROM data_certificate")
	if left != 0 {
		t.Errorf("%d rows tell of the person", left)
	}
}
