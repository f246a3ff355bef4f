package entry

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Keeper keeps the forms that wait for a person to log in again.
func (s *Forms) Keeper() keeping.Keeper {
	return keeping.Keeper{Name: "entry", Export: s.export, Erase: eraseForms}
}

const sqlExportForms = `
SELECT id, kind, content, parked_at
  FROM parked_form
 WHERE person_id = $1
 ORDER BY parked_at DESC, id`

func (s *Forms) export(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	rows, err := postgres.Rows(ctx, tx, sqlExportForms, person)
	if err != nil {
		return nil, fmt.Errorf("export forms: %w", err)
	}
	var all []keeping.Record
	for _, row := range rows {
		id, _ := row["id"].(string)
		kind, _ := row["kind"].(string)
		sealed, _ := row["content"].([]byte)
		at, _ := row["parked_at"].(time.Time)
		f := Form{ID: id}
		if err := s.open(&f, Owner{identity.PersonID(person), identity.Kind(kind)}, sealed); err != nil {
			return nil, err
		}
		// What a form takes along for itself, its token above all, is nothing
		// that the person wrote.
		maps.DeleteFunc(f.Values, func(name string, _ []string) bool { return strings.HasPrefix(name, "form_") })
		content := map[string]any{"path": f.Path, "values": map[string][]string(f.Values)}
		if f.BusinessID != "" {
			content["business_id"], content["organisation"] = f.BusinessID, f.Organisation
		}
		all = append(all, keeping.Record{
			Table: "parked_form", Row: id, At: at, Source: keeping.SourcePerson, Ends: at.Add(FormKept),
			Values: map[string]any{"kind": kind, "content": content, "parked_at": at},
		})
	}
	return all, nil
}

const sqlEraseForms = `DELETE FROM parked_form WHERE person_id = $1`

func eraseForms(ctx context.Context, tx *postgres.Tx, person int64) error {
	if _, err := tx.Exec(ctx, sqlEraseForms, person); err != nil {
		return fmt.Errorf("erase forms: %w", err)
	}
	return nil
}
