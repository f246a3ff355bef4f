package owndata

import (
	"context"

	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// HandedOver returns the kinds of data that go to the National Archives for good
// when their time is over, as opposed to those that are deleted.
func (o *OwnData) HandedOver(ctx context.Context) (map[string]bool, error) {
	kinds := map[string]bool{}
	err := o.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		rules, err := o.rules(ctx, tx)
		for kind, r := range rules {
			if with, ok := rules[r.With]; ok {
				r = with
			}
			if r.Action == keeping.HandOver {
				kinds[kind] = true
			}
		}
		return err
	})
	return kinds, err
}
