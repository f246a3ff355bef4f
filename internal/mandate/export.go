package mandate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Keeper keeps what e-Authorizations told the sessions of a person.
func (m *Mandates) Keeper() keeping.Keeper {
	return keeping.Keeper{Name: "mandate", Export: m.export, Erase: erase}
}

const sqlExportChoices = `
SELECT m.session_id, m.choices, m.checked_at
  FROM mandate_session AS m
  JOIN session AS s ON s.id = m.session_id
 WHERE s.person_id = $1
   AND m.choices IS NOT NULL
 ORDER BY m.checked_at DESC`

func (m *Mandates) export(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	rows, err := postgres.Rows(ctx, tx, sqlExportChoices, person)
	if err != nil {
		return nil, fmt.Errorf("export mandates: %w", err)
	}
	var all []keeping.Record
	for _, row := range rows {
		session, _ := row["session_id"].(int64)
		sealed, _ := row["choices"].([]byte)
		told, err := m.open("mandate_session.choices", session, sealed)
		if err != nil {
			continue // its key has been taken away: nobody can read it any more
		}
		var choices []any
		if err := json.Unmarshal([]byte(told.Reveal()), &choices); err != nil {
			return nil, errors.New("export mandates: not what was written")
		}
		at, _ := row["checked_at"].(time.Time)
		all = append(all, keeping.Record{
			Table: "mandate_session", Row: strconv.FormatInt(session, 10), At: at, Source: keeping.SourceAuthorizations,
			Values: map[string]any{"choices": choices, "checked_at": at},
		})
	}
	return all, nil
}

const sqlEraseLeaving = `
DELETE FROM mandate_leaving
 WHERE session_id IN (SELECT id FROM session WHERE person_id = $1)`

const sqlEraseVisits = `
DELETE FROM mandate_session
 WHERE session_id IN (SELECT id FROM session WHERE person_id = $1)`

// erase forgets visits to e-Authorizations without closing them there: closing
// would keep them here for a while, and there they run out by themselves.
func erase(ctx context.Context, tx *postgres.Tx, person int64) error {
	for _, statement := range []string{sqlEraseVisits, sqlEraseLeaving} {
		if _, err := tx.Exec(ctx, statement, person); err != nil {
			return fmt.Errorf("erase mandates: %w", err)
		}
	}
	return nil
}
