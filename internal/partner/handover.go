package partner

import (
	"context"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// The rows of an organisation as they stand, whatever columns they have by then.
const (
	sqlCollectApplications = `SELECT to_jsonb(a) FROM application AS a WHERE a.business_id = $1 ORDER BY a.id`

	sqlCollectRevisions = `
SELECT to_jsonb(r)
  FROM application_revision AS r
  JOIN application AS a ON a.id = r.application_id
 WHERE a.business_id = $1
 ORDER BY r.application_id, r.number`

	sqlCollectVerdicts = `
SELECT to_jsonb(v)
  FROM application_verdict AS v
  JOIN application AS a ON a.id = v.application_id
 WHERE a.business_id = $1
 ORDER BY v.application_id, v.run, v.place, v.rule`

	sqlCollectPartners = `SELECT to_jsonb(p) FROM partner AS p WHERE p.business_id = $1 ORDER BY p.id`

	sqlCollectDepartures = `SELECT to_jsonb(d) FROM partner_departure AS d WHERE d.business_id = $1 ORDER BY d.id`

	sqlCollectDuties = `
SELECT to_jsonb(u)
  FROM partner_duty AS u
  JOIN partner_departure AS d ON d.id = u.departure_id
 WHERE d.business_id = $1
 ORDER BY u.departure_id, u.code`

	// What Receivers called the partner's contacts.
	sqlCollectTold = `
SELECT to_jsonb(t)
  FROM terms_told AS t
  JOIN partner AS p ON t.receiver LIKE 'partner:' || p.id || ':%'
 WHERE p.business_id = $1
 ORDER BY t.kind, t.number, t.receiver, t.days_left`
)

// The rows go in this order, for each refers to later ones.
const (
	sqlDropDuties = `
DELETE FROM partner_duty
 USING partner_departure AS d
 WHERE d.id = departure_id
   AND d.business_id = $1`

	sqlDropDepartures = `DELETE FROM partner_departure WHERE business_id = $1`

	sqlDropPartners = `DELETE FROM partner WHERE business_id = $1`

	sqlDropVerdicts = `
DELETE FROM application_verdict
 USING application AS a
 WHERE a.id = application_id
   AND a.business_id = $1`

	sqlDropRevisions = `
DELETE FROM application_revision
 USING application AS a
 WHERE a.id = application_id
   AND a.business_id = $1`

	sqlDropApplications = `DELETE FROM application WHERE business_id = $1`
)

// HandOver is what is kept of an organisation's applications and customerships.
func HandOver() keeping.Part {
	return keeping.Part{Name: "partner", Collect: collect, Drop: drop}
}

func collect(ctx context.Context, tx *postgres.Tx, organisation string) (keeping.Contents, error) {
	var c keeping.Contents
	for _, t := range []struct{ name, query string }{
		{"application", sqlCollectApplications},
		{"application_revision", sqlCollectRevisions},
		{"application_verdict", sqlCollectVerdicts},
		{"partner", sqlCollectPartners},
		{"partner_departure", sqlCollectDepartures},
		{"partner_duty", sqlCollectDuties},
		{"terms_told", sqlCollectTold},
	} {
		table, err := keeping.ReadTable(ctx, tx, t.name, t.query, organisation)
		if err != nil {
			return keeping.Contents{}, err
		}
		c.Tables = append(c.Tables, table)
	}
	return c, nil
}

func drop(ctx context.Context, tx *postgres.Tx, organisation string) (int, error) {
	total := 0
	for _, query := range []string{sqlDropDuties, sqlDropDepartures, sqlDropPartners, sqlDropVerdicts, sqlDropRevisions, sqlDropApplications} {
		tag, err := tx.Exec(ctx, query, organisation)
		if err != nil {
			return 0, fmt.Errorf("delete what was handed over of a partner: %w", err)
		}
		total += int(tag.RowsAffected())
	}
	return total, nil
}
