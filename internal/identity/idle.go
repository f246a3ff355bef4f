package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Idleness says when nobody uses an account any more.
type Idleness struct {
	// Period is counted from the last log-in.
	Period keeping.Period
	// Notice is how many days before at the latest whoever has told an address was
	// told; without it nobody need be told.
	Notice int
	// Except are people whose accounts are not idle in any case.
	Except []PersonID
}

// args are the first arguments of the statements about idle accounts.
func (i Idleness) args(now time.Time) []any {
	return []any{
		now, i.Period.Latest(now), i.Period.Months, i.Period.Days, i.Period.Hours,
		now.Add(-RequestLife), i.Notice, now.AddDate(0, 0, -i.Notice), append([]PersonID{}, i.Except...), // never NULL
	}
}

const sqlCountIdle = `
SELECT count(*)
  FROM person AS p
 WHERE coalesce(logged_in_at, created_at) <= $2
   AND keeping_end(coalesce(logged_in_at, created_at), $3, $4, $5) <= $1
   AND ($7 = 0 OR email = '' OR warned_at > coalesce(logged_in_at, created_at) AND warned_at <= $8)
   AND id <> ALL($9::bigint[])
   AND NOT EXISTS (SELECT FROM staff_grant
                    WHERE person_id = p.id
                      AND (status = 'granted' OR status = 'requested' AND requested_at > $6))`

// CountIdle counts the accounts that are idle. An officer's is not, however long
// ago the last log-in was.
func CountIdle(ctx context.Context, tx *postgres.Tx, i Idleness) (int, error) {
	var n int
	if err := tx.QueryRow(ctx, sqlCountIdle, i.args(tx.Now)...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count idle accounts: %w", err)
	}
	return n, nil
}

const sqlSelectIdle = `
SELECT id
  FROM person AS p
 WHERE coalesce(logged_in_at, created_at) <= $2
   AND keeping_end(coalesce(logged_in_at, created_at), $3, $4, $5) <= $1
   AND ($7 = 0 OR email = '' OR warned_at > coalesce(logged_in_at, created_at) AND warned_at <= $8)
   AND id <> ALL($9::bigint[])
   AND NOT EXISTS (SELECT FROM staff_grant
                    WHERE person_id = p.id
                      AND (status = 'granted' OR status = 'requested' AND requested_at > $6))
   AND ($10::bigint = 0 OR id = $10)
 ORDER BY coalesce(logged_in_at, created_at), id
 LIMIT $11`

// Idle lists at most limit of the accounts that CountIdle counts.
func Idle(ctx context.Context, tx *postgres.Tx, i Idleness, limit int) ([]PersonID, error) {
	return selectIdle(ctx, tx, i, 0, limit)
}

// IsIdle tells whether person is one of them.
func IsIdle(ctx context.Context, tx *postgres.Tx, i Idleness, person PersonID) (bool, error) {
	found, err := selectIdle(ctx, tx, i, person, 1)
	return len(found) > 0, err
}

func selectIdle(ctx context.Context, tx *postgres.Tx, i Idleness, only PersonID, limit int) ([]PersonID, error) {
	rows, err := tx.Query(ctx, sqlSelectIdle, append(i.args(tx.Now), only, limit)...)
	if err != nil {
		return nil, fmt.Errorf("select idle accounts: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[PersonID])
	if err != nil {
		return nil, fmt.Errorf("read idle accounts: %w", err)
	}
	return ids, nil
}

// Warned is somebody who is to be told that the account ends.
type Warned struct {
	ID         PersonID
	Email      string
	Language   i18n.Lang
	LoggedInAt time.Time
	// Days is which of the warnings it is, WarnedAt when the first one was.
	Days     int
	WarnedAt time.Time
}

const sqlMarkWarned = `
  WITH idle AS (
       SELECT id, coalesce(logged_in_at, created_at) AS used_at,
              keeping_end(coalesce(logged_in_at, created_at), $2, $3, $4) AS ends_at
         FROM person
        WHERE coalesce(logged_in_at, created_at) <= $1
          AND email <> ''
          AND id <> ALL($9::bigint[])
          AND (warned_at IS NULL OR warned_at <= coalesce(logged_in_at, created_at) OR warned_days > $10)),
       due AS (
       SELECT id, used_at,
              (SELECT min(d) FROM unnest($6::integer[]) AS d WHERE ends_at <= $5::timestamptz + make_interval(days => d)) AS stage
         FROM idle),
       told AS (
       SELECT p.id, due.used_at, due.stage
         FROM person AS p
         JOIN due ON due.id = p.id
        WHERE due.stage IS NOT NULL
          AND (p.warned_at IS NULL OR p.warned_at <= due.used_at OR p.warned_days > due.stage)
          AND NOT EXISTS (SELECT FROM staff_grant
                           WHERE person_id = p.id
                             AND (status = 'granted' OR status = 'requested' AND requested_at > $7))
        ORDER BY due.used_at, p.id
        LIMIT $8
          FOR NO KEY UPDATE OF p SKIP LOCKED)
UPDATE person AS p
   SET warned_days = told.stage,
       warned_at = CASE WHEN p.warned_at > told.used_at THEN p.warned_at ELSE $5 END
  FROM told
 WHERE p.id = told.id
   AND coalesce(p.logged_in_at, p.created_at) = told.used_at
RETURNING p.id, p.email, p.language, told.used_at, told.stage, p.warned_at`

// MarkWarned returns at most limit people who have an address and are to be
// told, so many days before, that the account ends, and notes that they are, but
// for those of except. Whoever missed a warning gets the next one only, if need be
// after the end; a log-in begins anew.
func MarkWarned(ctx context.Context, tx *postgres.Tx, period keeping.Period, days []int, except []PersonID, limit int) ([]Warned, error) {
	if len(days) == 0 {
		return nil, nil
	}
	longest, last := slices.Max(days), slices.Min(days)
	rows, err := tx.Query(ctx, sqlMarkWarned, period.Latest(tx.Now.AddDate(0, 0, longest)), period.Months, period.Days, period.Hours,
		tx.Now, days, tx.Now.Add(-RequestLife), limit, append([]PersonID{}, except...), last)
	if err != nil {
		return nil, fmt.Errorf("mark persons as warned: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Warned])
	if err != nil {
		return nil, fmt.Errorf("read persons to warn: %w", err)
	}
	return all, nil
}
