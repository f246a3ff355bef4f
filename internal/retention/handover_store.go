package retention

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/inventory"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlSelectDueOrganisations = `
  WITH touched AS (SELECT business_id FROM application WHERE decided_at <= $2
                    UNION
                   SELECT business_id FROM partner WHERE left_at <= $2 OR removed_at <= $2
                    UNION
                   SELECT business_id FROM terms_acceptance WHERE accepted_at <= $2
                    UNION
                   SELECT business_id FROM decision WHERE made_at <= $2),
       past AS (SELECT t.business_id, EXISTS (SELECT FROM partner AS p WHERE p.business_id = t.business_id) AS was_partner,
                       customership_end(t.business_id) AS ended_at
                  FROM touched AS t
                 WHERE $7 IN ('', t.business_id)),
       bar AS (SELECT business_id, max(coalesce(barred_until, 'infinity')) AS barred_until
                 FROM partner
                WHERE status = 'removed'
                GROUP BY business_id)
SELECT past.business_id
  FROM past
  LEFT JOIN bar USING (business_id)
 WHERE past.was_partner = $6
   AND past.ended_at <= $2
   AND keeping_end(past.ended_at, $3, $4, $5) <= $1
   AND coalesce(bar.barred_until, '-infinity') <= $1
 ORDER BY past.ended_at, past.business_id
 LIMIT nullif($8, 0)`

// selectDue returns organisations of the rule's kind that are due, the one with
// that name or all, at most limit unless that is 0. Whoever was removed and is
// still barred is not: the bar would be forgotten.
func selectDue(ctx context.Context, tx *postgres.Tx, r keeping.Rule, organisation string, limit int) ([]string, error) {
	rows, err := tx.Query(ctx, sqlSelectDueOrganisations, tx.Now, r.Period.Latest(tx.Now),
		r.Period.Months, r.Period.Days, r.Period.Hours, r.Kind == kindCustomership, organisation, limit)
	if err != nil {
		return nil, fmt.Errorf("select organisations to hand over: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read organisations to hand over: %w", err)
	}
	return all, nil
}

const sqlSelectOpenHandover = `
SELECT id, package, started_at
  FROM handover
 WHERE kind = $1
   AND subject = $2
   AND outcome = ''
   FOR UPDATE`

const sqlInsertHandover = `
INSERT INTO handover (kind, subject, started_at)
VALUES ($1, $2, $3)
RETURNING id`

const sqlNameHandover = `UPDATE handover SET package = $2 WHERE id = $1`

// openHandover returns the hand-over of an organisation that was begun, or begins
// one. The package's name tells nothing of whose it is.
func openHandover(ctx context.Context, tx *postgres.Tx, kind, organisation string) (id int64, name string, began time.Time, err error) {
	err = tx.QueryRow(ctx, sqlSelectOpenHandover, kind, organisation).Scan(&id, &name, &began)
	if err == nil {
		return id, name, began.UTC(), nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return 0, "", time.Time{}, fmt.Errorf("select hand-over: %w", err)
	}
	if err := tx.QueryRow(ctx, sqlInsertHandover, kind, organisation, tx.Now).Scan(&id); err != nil {
		return 0, "", time.Time{}, fmt.Errorf("insert hand-over: %w", err)
	}
	name = fmt.Sprintf("%s-%s-%06d", tx.Now.Format(time.DateOnly), kind, id)
	if _, err := tx.Exec(ctx, sqlNameHandover, id, name); err != nil {
		return 0, "", time.Time{}, fmt.Errorf("name hand-over: %w", err)
	}
	return id, name, tx.Now, nil
}

const sqlSelectOpenNames = `SELECT package FROM handover WHERE outcome = ''`

func selectOpenNames(ctx context.Context, q postgres.Querier) ([]string, error) {
	rows, err := q.Query(ctx, sqlSelectOpenNames)
	if err != nil {
		return nil, fmt.Errorf("select packages that are open: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read packages that are open: %w", err)
	}
	return all, nil
}

const sqlLockHandover = `SELECT id FROM handover WHERE id = $1 AND outcome = '' FOR UPDATE`

func lockHandover(ctx context.Context, tx *postgres.Tx, id int64) error {
	if err := tx.QueryRow(ctx, sqlLockHandover, id).Scan(&id); err != nil {
		return fmt.Errorf("lock hand-over: %w", err)
	}
	return nil
}

const sqlMarkWritten = `
UPDATE handover
   SET written_at = $2, digest = $3, files = $4, rows = $5
 WHERE id = $1`

func markWritten(ctx context.Context, tx *postgres.Tx, p pack) error {
	if _, err := tx.Exec(ctx, sqlMarkWritten, p.id, tx.Now, p.digest, len(p.files), p.rows); err != nil {
		return fmt.Errorf("mark hand-over as written: %w", err)
	}
	return nil
}

const sqlFinishHandover = `
UPDATE handover
   SET outcome = $2, finished_at = $3, subject = ''
 WHERE id = $1`

func markFinished(ctx context.Context, tx *postgres.Tx, id int64, outcome string) error {
	if _, err := tx.Exec(ctx, sqlFinishHandover, id, outcome, tx.Now); err != nil {
		return fmt.Errorf("finish hand-over: %w", err)
	}
	return nil
}

const sqlRelease = `SELECT release_handed_over($1)`

func release(ctx context.Context, tx *postgres.Tx, organisation string) (int, error) {
	var n int
	if err := tx.QueryRow(ctx, sqlRelease, organisation).Scan(&n); err != nil {
		return 0, fmt.Errorf("release what was handed over: %w", err)
	}
	return n, nil
}

const sqlSelectPackages = `
SELECT package, kind, outcome, files, rows, digest, started_at
  FROM handover
 ORDER BY id DESC
 LIMIT $1`

func selectPackages(ctx context.Context, q postgres.Querier, limit int) ([]Package, error) {
	rows, err := q.Query(ctx, sqlSelectPackages, limit)
	if err != nil {
		return nil, fmt.Errorf("select packages: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Package, error) {
		var p Package
		err := row.Scan(&p.Name, &p.Kind, &p.Outcome, &p.Files, &p.Rows, &p.Digest, &p.StartedAt)
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("read packages: %w", err)
	}
	return all, nil
}

const sqlSelectTableWords = `
SELECT c.relname, coalesce(obj_description(c.oid), '')
  FROM pg_class AS c
 WHERE c.relkind IN ('r', 'p')
   AND c.relnamespace = 'public'::regnamespace`

// selectMeanings returns what the live schema says of every table and its columns,
// for the description that a package carries.
func selectMeanings(ctx context.Context, tx *postgres.Tx) (map[string]meaning, error) {
	columns, err := inventory.Columns(ctx, tx)
	if err != nil {
		return nil, err
	}
	all := map[string]meaning{}
	rows, err := tx.Query(ctx, sqlSelectTableWords)
	if err != nil {
		return nil, fmt.Errorf("select the words of tables: %w", err)
	}
	var table, words string
	if _, err := pgx.ForEachRow(rows, []any{&table, &words}, func() error {
		all[table] = meaning{words: words}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read the words of tables: %w", err)
	}
	for _, c := range columns {
		m := all[c.Table]
		m.columns = append(m.columns, c)
		all[c.Table] = m
	}
	return all, nil
}

const sqlSelectOpenHandovers = `
SELECT id, package
  FROM handover
 WHERE kind = $1
   AND outcome = ''
   AND package <> ''
   AND subject <> ALL($2)
 ORDER BY id`

// selectForgotten returns the hand-overs that were begun for organisations that are
// not due, or not due any more.
func selectForgotten(ctx context.Context, q postgres.Querier, kind string, due []string) ([]pack, error) {
	rows, err := q.Query(ctx, sqlSelectOpenHandovers, kind, append([]string{}, due...)) // never NULL
	if err != nil {
		return nil, fmt.Errorf("select hand-overs that are open: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (pack, error) {
		p := pack{kind: kind}
		err := row.Scan(&p.id, &p.name)
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("read hand-overs that are open: %w", err)
	}
	return all, nil
}
