package partner

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Keeper keeps the drafts of a person and what they have sent for organisations.
// Drafts go with the account; what was sent is the organisation's, and stays for
// as long as periods tells.
func (d *Drafts) Keeper(periods keeping.Periods) keeping.Keeper {
	k := keeper{periods}
	return keeping.Keeper{Name: "partner", Export: k.export, Erase: eraseDrafts, Stays: k.stays}
}

type keeper struct{ periods keeping.Periods }

func (k keeper) export(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	drafts, err := exportDrafts(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	sent, err := k.exportSent(ctx, tx, person)
	return append(drafts, sent...), err
}

// stays counts an application once, however often it was corrected.
func (k keeper) stays(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Kept, error) {
	sent, err := k.exportSent(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	byKind := map[string][]keeping.Record{}
	seen := map[string]bool{}
	for _, r := range sent {
		kind := "customership"
		if r.Table == "application" || r.Table == "application_revision" {
			kind = "application"
			id := applicationOf(r)
			if seen[id] {
				continue
			}
			seen[id] = true
		}
		byKind[kind] = append(byKind[kind], r)
	}
	return append(keeping.Staying("application", byKind["application"]), keeping.Staying("customership", byKind["customership"])...), nil
}

// applicationOf is the ID of the application that a record is of.
func applicationOf(r keeping.Record) string {
	if r.Table == "application" {
		return r.Row
	}
	return fmt.Sprint(r.Values["application_id"])
}

const sqlExportDrafts = `
SELECT id, business_id, language, form, created_at, saved_at, expires_at
  FROM application_draft
 WHERE person_id = $1
 ORDER BY saved_at DESC, id DESC`

func exportDrafts(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	rows, err := postgres.Rows(ctx, tx, sqlExportDrafts, person)
	if err != nil {
		return nil, fmt.Errorf("export drafts: %w", err)
	}
	var all []keeping.Record
	for _, row := range rows {
		at, _ := row["saved_at"].(time.Time)
		ends, _ := row["expires_at"].(time.Time)
		id := fmt.Sprint(row["id"])
		delete(row, "id")
		all = append(all, keeping.Record{Table: "application_draft", Row: id, At: at, Source: keeping.SourcePerson, Values: row, Ends: ends})
	}
	return all, nil
}

const sqlExportApplications = `
SELECT id, kind, business_id, status, language, authority, authority_at, organisation, submitted_at, decided_at,
       customership_end(business_id) AS ended_at, customership_kind(business_id) AS rule
  FROM application
 WHERE submitted_by = $1
 ORDER BY submitted_at DESC, id DESC`

const sqlExportRevisions = `
SELECT r.application_id || '/' || r.number AS id, r.application_id, r.number, r.form, r.organisation, r.authority, r.submitted_at,
       customership_end(a.business_id) AS ended_at, customership_kind(a.business_id) AS rule
  FROM application_revision AS r
  JOIN application AS a ON a.id = r.application_id
 WHERE r.submitted_by = $1
 ORDER BY r.submitted_at DESC, r.application_id DESC, r.number DESC`

const sqlExportDepartures = `
SELECT id, business_id, name, authority, language, email, joined_at, left_at,
       customership_end(business_id) AS ended_at, customership_kind(business_id) AS rule
  FROM partner_departure
 WHERE noticed_by = $1
 ORDER BY left_at DESC, id DESC`

const sqlExportDuties = `
SELECT y.departure_id || '/' || y.code AS id, y.code, y.due_on, y.answer, y.ground, y.confirmed_at, y.authority,
       customership_end(d.business_id) AS ended_at, customership_kind(d.business_id) AS rule
  FROM partner_duty AS y
  JOIN partner_departure AS d ON d.id = y.departure_id
 WHERE y.confirmed_by = $1
 ORDER BY y.confirmed_at DESC, y.departure_id DESC, y.code`

func (k keeper) exportSent(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	var all []keeping.Record
	for _, from := range []struct{ table, query, at string }{
		{"application", sqlExportApplications, "submitted_at"},
		{"application_revision", sqlExportRevisions, "submitted_at"},
		{"partner_departure", sqlExportDepartures, "left_at"},
		{"partner_duty", sqlExportDuties, "confirmed_at"},
	} {
		rows, err := postgres.Rows(ctx, tx, from.query, person)
		if err != nil {
			return nil, fmt.Errorf("export %s: %w", from.table, err)
		}
		for _, row := range rows {
			at, _ := row[from.at].(time.Time)
			r := keeping.Record{Table: from.table, At: at, Source: keeping.SourcePerson}
			told, fromRegister := row["organisation"]
			delete(row, "organisation")
			if r, err = k.periods.Customer(ctx, tx, r, row); err != nil {
				return nil, err
			}
			all = append(all, r)
			if fromRegister {
				r.Source, r.Values = keeping.SourceBusiness, map[string]any{"organisation": told}
				all = append(all, r)
			}
		}
	}
	return all, nil
}

const sqlEraseDrafts = `DELETE FROM application_draft WHERE person_id = $1`

func eraseDrafts(ctx context.Context, tx *postgres.Tx, person int64) error {
	if _, err := tx.Exec(ctx, sqlEraseDrafts, person); err != nil {
		return fmt.Errorf("erase drafts: %w", err)
	}
	return nil
}
