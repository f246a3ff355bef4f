package identity

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Keeper keeps persons, their sessions and what they are in the staff register.
// It must erase after all others, whose rows hang on the person.
func (p *People) Keeper() keeping.Keeper {
	return keeping.Keeper{Name: "identity", Export: p.export, Erase: p.erase}
}

func (p *People) export(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	all, err := p.exportPerson(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	sessions, err := exportSessions(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	duties, err := exportDuties(ctx, tx, person)
	return append(append(all, sessions...), duties...), err
}

const sqlExportPerson = `
SELECT code_sealed, foreign_sealed, first_names, call_name, family_name, birth_date, country, municipality,
       source, sourced_at, email, phone, language, created_at, logged_in_at, blocked_at, warned_at
  FROM person
 WHERE id = $1`

// exportPerson tells apart what the authority, the person and the service have
// put into the one row.
func (p *People) exportPerson(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	rows, err := postgres.Rows(ctx, tx, sqlExportPerson, person)
	if err != nil || len(rows) == 0 {
		return nil, wrap("export person", err)
	}
	row, id := rows[0], strconv.FormatInt(person, 10)
	for column, place := range map[string]string{"code_sealed": placeCode, "foreign_sealed": placeForeign} {
		sealed, _ := row[column].([]byte)
		if sealed == nil {
			continue
		}
		plain, err := p.keys.Open(sealed, place+id)
		if err != nil {
			return nil, fmt.Errorf("open %s of person %d: %w", column, person, err)
		}
		row[column] = string(plain)
	}
	source, by := keeping.SourcePopulation, ""
	if row["code_sealed"] == nil && row["foreign_sealed"] != nil {
		source = keeping.SourceEIDAS
	}
	if row["source"] == string(SourceStaffRegister) {
		source, by = keeping.SourceOfficer, string(GroupMain)
	}
	created, _ := row["created_at"].(time.Time)
	sourced, _ := row["sourced_at"].(time.Time)
	record := func(at time.Time, source, by string, columns ...string) keeping.Record {
		return keeping.Record{Table: "person", Row: id, At: at, Source: source, By: by, Values: pick(row, columns...)}
	}
	return []keeping.Record{
		record(sourced, source, by, "code_sealed", "foreign_sealed", "first_names", "call_name", "family_name",
			"birth_date", "country", "municipality", "sourced_at"),
		record(time.Time{}, keeping.SourcePerson, "", "email", "phone", "language"),
		record(created, keeping.SourceService, "", "created_at", "logged_in_at", "blocked_at", "warned_at"),
	}, nil
}

const sqlExportSessions = `
SELECT id, kind, level, language, acting_business_id, acting_name, acting_roles, acting_authority, acting_checked_at,
       created_at, identified_at, seen_at, ended_at, end_reason
  FROM session
 WHERE person_id = $1
 ORDER BY created_at DESC, id DESC`

func exportSessions(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	rows, err := postgres.Rows(ctx, tx, sqlExportSessions, person)
	if err != nil {
		return nil, wrap("export sessions", err)
	}
	var all []keeping.Record
	for _, row := range rows {
		id := fmt.Sprint(row["id"])
		created, _ := row["created_at"].(time.Time)
		all = append(all, keeping.Record{
			Table: "session", Row: id, At: created, Source: keeping.SourceService,
			Values: pick(row, "kind", "level", "language", "created_at", "identified_at", "seen_at", "ended_at", "end_reason"),
		})
		if checked, ok := row["acting_checked_at"].(time.Time); ok {
			all = append(all, keeping.Record{
				Table: "session", Row: id, At: checked, Source: keeping.SourceAuthorizations,
				Values: pick(row, "acting_business_id", "acting_name", "acting_roles", "acting_authority", "acting_checked_at"),
			})
		}
	}
	return all, nil
}

const sqlExportMember = `
SELECT email, registered_at
  FROM staff_member
 WHERE person_id = $1`

const sqlExportGrants = `
SELECT id, staff_group, status, configured, requested_at, decided_at, withdrawn_at
  FROM staff_grant
 WHERE person_id = $1
 ORDER BY id`

func exportDuties(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	members, err := postgres.Rows(ctx, tx, sqlExportMember, person)
	if err != nil {
		return nil, wrap("export staff member", err)
	}
	grants, err := postgres.Rows(ctx, tx, sqlExportGrants, person)
	if err != nil {
		return nil, wrap("export grants", err)
	}
	var all []keeping.Record
	for _, row := range members {
		at, _ := row["registered_at"].(time.Time)
		all = append(all, keeping.Record{
			Table: "staff_member", Row: strconv.FormatInt(person, 10), At: at,
			Source: keeping.SourceOfficer, By: string(GroupMain), Values: row,
		})
	}
	for _, row := range grants {
		at, _ := row["requested_at"].(time.Time)
		id := fmt.Sprint(row["id"])
		delete(row, "id")
		all = append(all, keeping.Record{
			Table: "staff_grant", Row: id, At: at, Source: keeping.SourceOfficer, By: string(GroupMain), Values: row,
		})
	}
	return all, nil
}

// pick returns the columns of row that hold something.
func pick(row map[string]any, columns ...string) map[string]any {
	values := map[string]any{}
	for _, c := range columns {
		if v := row[c]; v != nil && v != "" {
			values[c] = v
		}
	}
	return values
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
