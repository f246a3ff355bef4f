package datarequest_test

import (
	"context"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// export is the only request in the copy of Aino's data.
func (o *office) export() keeping.Record {
	o.t.Helper()
	keeper := o.requests.Keeper(func(context.Context, *postgres.Tx, string) (keeping.Period, error) {
		return keeping.Period{Months: 24}, nil
	})
	var all []keeping.Record
	o.check(o.db.InReadTx(o.t.Context(), func(tx *postgres.Tx) error {
		records, err := keeper.Export(o.t.Context(), tx, int64(o.aino.PersonID))
		for _, r := range records {
			if r.Table == "data_request" {
				all = append(all, r)
			}
		}
		return err
	}))
	if len(all) != 1 {
		o.t.Fatalf("%d requests in the copy, want 1", len(all))
	}
	return all[0]
}

// TestALetterArrivesBeforeItIsWrittenDown and the copy tells both times.
func TestALetterArrivesBeforeItIsWrittenDown(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	e := entry()
	e.ReceivedOn, e.Code = o.now.AddDate(0, 0, -2), ainosCode
	_, err := o.requests.Enter(t.Context(), o.outi, e)
	o.check(err)
	r := o.export()
	if at, _ := r.Values["received_at"].(time.Time); !at.Equal(e.ReceivedOn) || !r.At.Equal(o.now) || r.Values["made_at"] != nil {
		t.Errorf("arrived %v and recorded %v, want %v and %v", r.Values["received_at"], r.At, e.ReceivedOn, o.now)
	}
}

// TestARestrictionIsKeptFromItsEnd and no end is told while it is in force.
func TestARestrictionIsKeptFromItsEnd(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	a := o.taken(datarequest.Restriction)
	if r := o.export(); !r.At.Equal(o.now) || !r.Ends.IsZero() {
		t.Errorf("filed %v, ends %v", r.At, r.Ends)
	}
	o.check(o.settle(a, datarequest.Granted))
	if r := o.export(); !r.Ends.IsZero() {
		t.Errorf("in force, and told to end %v", r.Ends)
	}
	lifted := o.now.AddDate(0, 3, 0)
	if _, err := o.db.Exec(t.Context(), `UPDATE data_request SET lifted_at = $1`, lifted); err != nil {
		t.Fatal(err)
	}
	if r, want := o.export(), (keeping.Period{Months: 24}).End(lifted); !r.Ends.Equal(want) {
		t.Errorf("lifted, and ends %v, want %v", r.Ends, want)
	}
}
