package owndata_test

import (
	"testing"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// TestOfficersActsTellOfNobodyElse in the officer's own copy: there is the act and
// its time alone.
func TestOfficersActsTellOfNobodyElse(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	_, s := identitytest.LogIn(t, db, "010594Y9032")
	id := s.PersonID.String()
	err := db.InTx(t.Context(), func(tx *postgres.Tx) error {
		for _, e := range []audit.Event{
			{Actor: audit.Ref{Kind: "staff", ID: id}, Action: "person.searched", Subject: audit.Ref{Kind: "person", ID: "4711"}, Detail: map[string]any{"found": true}},
			{Actor: audit.Ref{Kind: "staff", ID: "4712"}, Action: "staff_grant.granted", Subject: audit.Ref{Kind: "staff", ID: id}, Detail: map[string]any{"group": "audit"}},
		} {
			if err := audit.Record(t.Context(), tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.InReadTx(t.Context(), func(tx *postgres.Tx) error {
		records, err := owndata.Log(nil).Export(t.Context(), tx, int64(s.PersonID))
		for _, r := range records {
			detail, _ := r.Values["detail"].(map[string]any)
			switch r.Values["action"] {
			case "person.searched":
				if len(detail) != 0 || r.Values["subject_kind"] != "" || r.At.IsZero() {
					t.Errorf("an officer's own act: %v", r.Values)
				}
			case "staff_grant.granted":
				if detail["group"] != "audit" {
					t.Errorf("what was done about the officer: %v", r.Values)
				}
			}
		}
		if len(records) < 2 {
			t.Errorf("%d events", len(records))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
