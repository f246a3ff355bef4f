package jobwatch

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlSelectErasureKey = `SELECT erasure_key::text FROM job_watch WHERE id = $1`

const sqlSelectByErasureKey = `SELECT id FROM job_watch WHERE erasure_key = $1::uuid`

// EndAgain ends the watch with a key that Deps.Gone was given, which a restore has
// brought back, and tells whether there was one. Of the person nothing is known
// but what goes.
func (w *Watches) EndAgain(ctx context.Context, tx *postgres.Tx, key string) (bool, error) {
	var id int64
	err := tx.QueryRow(ctx, sqlSelectByErasureKey, key).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("select job watch by its key of erasure: %w", err)
	}
	if err := w.erase(ctx, tx, []int64{id}, true); err != nil {
		return false, err
	}
	return true, record(ctx, tx, actionCancelled, id, map[string]any{"cause": "replay"})
}

// remember has it noted outside of the database that the watch goes.
func (w *Watches) remember(ctx context.Context, tx *postgres.Tx, id int64) error {
	if w.gone == nil {
		return nil
	}
	var key string
	err := tx.QueryRow(ctx, sqlSelectErasureKey, id).Scan(&key)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // pressed twice at once
	}
	if err != nil {
		return fmt.Errorf("select the key of erasure of a job watch: %w", err)
	}
	return w.gone(ctx, tx, key)
}

// Cancel ends a watch and deletes all that is kept of its subscriber. The token
// may be of the own page or of the end. A watch that has ended already is no
// fault: it tells so.
func (w *Watches) Cancel(ctx context.Context, purpose Purpose, token string) (ended bool, err error) {
	if purpose != ToEnd {
		purpose = ToManage
	}
	err = w.db.InTx(ctx, func(tx *postgres.Tx) error {
		ended = false
		id, err := w.watchOf(ctx, tx, purpose, token)
		if errors.Is(err, fault.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		// Before the locks, behind which others would wait for a disk.
		if err := w.remember(ctx, tx, id); err != nil {
			return err
		}
		ended, err = true, w.erase(ctx, tx, []int64{id}, true)
		if err != nil {
			return err
		}
		return record(ctx, tx, actionCancelled, id, nil)
	})
	return ended, err
}

const sqlSelectMailKeys = `
SELECT 'jobwatch:mail:' || m.id
  FROM job_watch_mail AS m
 WHERE m.watch_id = ANY($1)
   AND m.state = 'queued'
 UNION ALL
SELECT k.prefix || w.id
  FROM job_watch AS w
 CROSS JOIN (VALUES ('jobwatch:confirm:'), ('jobwatch:begun:')) AS k (prefix)
 WHERE w.id = ANY($1)
 UNION ALL
SELECT 'jobwatch:ends:' || w.id || ':' || floor(extract(epoch FROM w.ends_at))::bigint || ':' || encode(substr(w.seed, 1, 4), 'hex')
  FROM job_watch AS w
 WHERE w.id = ANY($1)
   AND w.warned_at IS NOT NULL`

func withdrawAll(ctx context.Context, tx *postgres.Tx, ids []int64) error {
	rows, err := tx.Query(ctx, sqlSelectMailKeys, ids)
	if err != nil {
		return fmt.Errorf("select mails of job watches: %w", err)
	}
	keys, err := collect(rows, func(row scanner) (key string, err error) { return key, row.Scan(&key) })
	if err != nil {
		return fmt.Errorf("select mails of job watches: %w", err)
	}
	return mail.Withdraw(ctx, tx, keys)
}

const sqlDeleteBrakeOf = `
DELETE FROM job_watch_brake AS b
 USING job_watch AS w
 WHERE w.id = ANY($1)
   AND b.address_index = w.address_index`

const sqlDeleteWatches = `
DELETE FROM job_watch
 WHERE id = ANY($1)
RETURNING coalesce(search_id, 0)`

// erase deletes watches with everything about them, the mails that wait
// included. Mails are taken back before the watch is locked, as whoever parks a
// refused mail has them in this order, and once more behind the lock.
func (w *Watches) erase(ctx context.Context, tx *postgres.Tx, ids []int64, brakes bool) error {
	if err := withdrawAll(ctx, tx, ids); err != nil {
		return err
	}
	if _, err := lockCursor(ctx, tx); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlLockSubscriptions, ids); err != nil {
		return fmt.Errorf("lock job watches: %w", err)
	}
	if err := withdrawAll(ctx, tx, ids); err != nil {
		return err
	}
	if brakes {
		if _, err := tx.Exec(ctx, sqlDeleteBrakeOf, ids); err != nil {
			return fmt.Errorf("delete brakes of job watches: %w", err)
		}
	}
	rows, err := tx.Query(ctx, sqlDeleteWatches, ids)
	if err != nil {
		return fmt.Errorf("delete job watches: %w", err)
	}
	searches, err := collect(rows, func(row scanner) (id int64, err error) { return id, row.Scan(&id) })
	if err != nil {
		return fmt.Errorf("delete job watches: %w", err)
	}
	return dropSearches(ctx, tx, searches)
}
