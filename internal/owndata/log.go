package owndata

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Log is the keeper of what a person did and of what was done about them. The log cannot be
// changed, so nothing of it goes with an account: it names a number that stands
// for nobody then.
func Log(periods keeping.Periods) keeping.Keeper {
	return keeping.Keeper{
		Name: "audit",
		Export: func(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
			return exportEvents(ctx, tx, periods, person)
		},
		Erase: func(context.Context, *postgres.Tx, int64) error { return nil },
		Stays: func(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Kept, error) {
			return eventsThatStay(ctx, tx, periods, person)
		},
	}
}

const sqlExportEvents = `
SELECT id, occurred_at, actor_kind, action,
       CASE WHEN actor_kind = 'staff' AND actor_id = $1::bigint::text THEN '' ELSE subject_kind END AS subject_kind,
       CASE WHEN actor_kind = 'staff' AND actor_id = $1::bigint::text THEN '{}'::jsonb ELSE detail END AS detail
  FROM audit_event
 WHERE actor_kind IN ('person', 'staff') AND actor_id = $1::bigint::text
    OR actor_kind = 'representative' AND actor_id >= $1::bigint::text || '/' AND actor_id < $1::bigint::text || '0'
    OR subject_kind IN ('person', 'staff') AND subject_id = $1::bigint::text
 ORDER BY id DESC`

// What a person has done as an officer concerns others, so of it there is only
// the act and its time.
func exportEvents(ctx context.Context, tx *postgres.Tx, periods keeping.Periods, person int64) ([]keeping.Record, error) {
	rows, err := postgres.Rows(ctx, tx, sqlExportEvents, person)
	if err != nil {
		return nil, fmt.Errorf("export audit events: %w", err)
	}
	var period keeping.Period
	if periods != nil {
		if period, err = periods(ctx, tx, "audit"); err != nil {
			return nil, err
		}
	}
	all := make([]keeping.Record, 0, len(rows))
	for _, row := range rows {
		at, _ := row["occurred_at"].(time.Time)
		r := keeping.Record{Table: "audit_event", Row: fmt.Sprint(row["id"]), At: at, Source: keeping.SourceService, Values: row}
		if !period.IsZero() {
			r.Ends = period.End(at)
		}
		switch row["actor_kind"] {
		case "staff":
			r.Source, r.By = keeping.SourceOfficer, "staff"
		case "person", "representative":
			r.Source = keeping.SourcePerson
		}
		delete(row, "id")
		delete(row, "actor_kind")
		all = append(all, r)
	}
	return all, nil
}

const sqlCountEvents = `
SELECT count(*), max(occurred_at)
  FROM audit_event
 WHERE actor_kind IN ('person', 'staff') AND actor_id = $1::bigint::text
    OR actor_kind = 'representative' AND actor_id >= $1::bigint::text || '/' AND actor_id < $1::bigint::text || '0'
    OR subject_kind IN ('person', 'staff') AND subject_id = $1::bigint::text`

func eventsThatStay(ctx context.Context, tx *postgres.Tx, periods keeping.Periods, person int64) ([]keeping.Kept, error) {
	var k keeping.Kept
	var newest *time.Time
	if err := tx.QueryRow(ctx, sqlCountEvents, person).Scan(&k.Count, &newest); err != nil {
		return nil, fmt.Errorf("count audit events: %w", err)
	}
	if k.Count == 0 {
		return nil, nil
	}
	var err error
	k.Kind = "audit"
	k.Until, err = periods.End(ctx, tx, k.Kind, newest)
	return []keeping.Kept{k}, err
}

const sqlSelectLooks = `
SELECT e.occurred_at, e.action, coalesce(e.detail ->> 'reason', ''),
       ARRAY (SELECT DISTINCT g.staff_group
                FROM staff_grant AS g
               WHERE e.actor_id ~ '^[0-9]{1,18}$'
                 AND g.person_id = e.actor_id::bigint
                 AND g.status IN ('granted', 'withdrawn')
                 AND g.decided_at <= e.occurred_at
                 AND (g.withdrawn_at IS NULL OR g.withdrawn_at > e.occurred_at)
               ORDER BY g.staff_group)
  FROM audit_event AS e
 WHERE e.subject_kind = 'person'
   AND e.subject_id = $1::bigint::text
   AND e.actor_kind = 'staff'
   AND e.actor_id <> $1::bigint::text
 ORDER BY e.id DESC
 LIMIT $2`

// looks lists what officers did about a person, the newest first, and never says
// which officer it was.
func looks(ctx context.Context, q postgres.Querier, person int64, limit int) ([]Look, error) {
	rows, err := q.Query(ctx, sqlSelectLooks, person, limit)
	if err != nil {
		return nil, fmt.Errorf("select looks at a person: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Look])
	if err != nil {
		return nil, fmt.Errorf("read looks at a person: %w", err)
	}
	return all, nil
}
