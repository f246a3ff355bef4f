package datarequest

import (
	"context"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlDeleteAddress = `UPDATE data_request SET address = '' WHERE person_id = $1 AND address <> ''`

// Protect takes away where somebody who has come under a protection order can be
// reached.
func Protect(ctx context.Context, tx *postgres.Tx, person identity.PersonID) error {
	if _, err := tx.Exec(ctx, sqlDeleteAddress, person); err != nil {
		return fmt.Errorf("delete addresses of data requests: %w", err)
	}
	return nil
}
