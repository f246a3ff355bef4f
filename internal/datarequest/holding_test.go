package datarequest_test

import (
	"testing"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// TestNobodyAnsweredWhoDeletedTheirAccount has a person delete the account while
// an officer has the request for it in hand.
func TestNobodyAnsweredWhoDeletedTheirAccount(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	a := o.taken(datarequest.Deletion)
	o.check(o.db.InTx(t.Context(), func(tx *postgres.Tx) error {
		return o.requests.Keeper(nil).Erase(t.Context(), tx, int64(o.aino.PersonID))
	}))
	if n := o.count("SELECT count(*) FROM data_request WHERE id = $1 AND outcome = 'granted' AND settled_by IS NULL AND person_id IS NULL", a.ID); n != 1 {
		t.Error("the request says that an officer has answered it")
	}
}
