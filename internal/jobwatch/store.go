package jobwatch

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

type scanner = pgx.CollectableRow

func collect[T any](rows pgx.Rows, scan func(row scanner) (T, error)) ([]T, error) {
	return pgx.CollectRows(rows, scan)
}

// The keys of mails in the outbox.
const (
	confirmationPrefix = "jobwatch:confirm:"
	digestPrefix       = "jobwatch:mail:"
	begunPrefix        = "jobwatch:begun:"
	endPrefix          = "jobwatch:ends:"
)

func confirmationKey(watch int64) string { return confirmationPrefix + strconv.FormatInt(watch, 10) }

func digestKey(mail int64) string { return digestPrefix + strconv.FormatInt(mail, 10) }

func begunKey(watch int64) string { return begunPrefix + strconv.FormatInt(watch, 10) }

// endKey names the warning of one end with these links: each renewal and each
// new set of links has one of its own.
func endKey(s Subscription) string {
	return fmt.Sprintf("%s%d:%d:%x", endPrefix, s.ID, s.EndsAt.Unix(), s.seed[:4])
}

// numberIn returns the number behind a prefix, 0 when the key has another.
func numberIn(key, prefix string) int64 {
	text, ok := strings.CutPrefix(key, prefix)
	if !ok {
		return 0
	}
	text, _, _ = strings.Cut(text, ":")
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

const sqlSelectSubscription = `
SELECT w.id, w.state, w.address, w.language, w.rhythm, w.daily_cap, w.weekday, w.params_version, w.criteria,
       coalesce(w.search_id, 0), w.terms_version, w.terms_hash, w.seed, w.created_at, w.confirmed_at, w.ends_at,
       coalesce(w.start_seq, 0), coalesce(w.done_seq, 0), w.next_at, w.regular_at, w.paused_at, w.paused_until, w.suspended_at
  FROM job_watch AS w
 WHERE w.id = ANY($1)
 ORDER BY w.id`

const sqlLockSubscriptions = `
SELECT id
  FROM job_watch
 WHERE id = ANY($1)
 ORDER BY id
   FOR UPDATE`

// lockSubscription returns a watch that stays as it is until tx ends, or
// fault.ErrNotFound when it has ended.
func lockSubscription(ctx context.Context, tx *postgres.Tx, id int64) (Subscription, error) {
	if _, err := tx.Exec(ctx, sqlLockSubscriptions, []int64{id}); err != nil {
		return Subscription{}, fmt.Errorf("lock job watch: %w", err)
	}
	s, err := selectSubscription(ctx, tx, id)
	if err == nil && !s.EndsAt.After(tx.Now) {
		return Subscription{}, fmt.Errorf("job watch %d: %w", id, fault.ErrNotFound)
	}
	return s, err
}

func selectSubscription(ctx context.Context, q postgres.Querier, id int64) (Subscription, error) {
	all, err := selectSubscriptions(ctx, q, []int64{id})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("job watch %d: %w", id, fault.ErrNotFound)
	}
	if err != nil {
		return Subscription{}, err
	}
	return all[0], nil
}

func selectSubscriptions(ctx context.Context, q postgres.Querier, ids []int64) ([]Subscription, error) {
	rows, err := q.Query(ctx, sqlSelectSubscription, ids)
	if err != nil {
		return nil, fmt.Errorf("select job watches: %w", err)
	}
	all, err := collect(rows, func(row scanner) (s Subscription, err error) {
		var version int
		var criteria []byte
		var confirmed, next, regular, paused, until, suspended *time.Time
		err = row.Scan(&s.ID, &s.State, &s.Address, &s.Language, &s.Schedule.Rhythm, &s.Schedule.Cap, &s.Weekday, &version, &criteria,
			&s.searchID, &s.TermsVersion, &s.TermsHash, &s.seed, &s.CreatedAt, &confirmed, &s.EndsAt,
			&s.startSeq, &s.doneSeq, &next, &regular, &paused, &until, &suspended)
		if err != nil {
			return s, err
		}
		s.ConfirmedAt, s.NextAt, s.regularAt, s.pausedAt = orZero(confirmed), orZero(next), orZero(regular), orZero(paused)
		s.PausedUntil, s.SuspendedAt = orZero(until), orZero(suspended)
		if s.Criteria, err = decodeCriteria(version, criteria); err != nil {
			s.Unreadable = true
		}
		return s, nil
	})
	if err != nil {
		return nil, fmt.Errorf("select job watches: %w", err)
	}
	return all, nil
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

const sqlInsertSearch = `
INSERT INTO job_watch_search (hash, params_version, criteria)
VALUES ($1, $2, $3)
    ON CONFLICT ON CONSTRAINT job_watch_search_hash_key DO UPDATE
   SET params_version = excluded.params_version
RETURNING id`

const sqlDeleteSearch = `
DELETE FROM job_watch_search AS s
 WHERE s.id = ANY($1)
   AND NOT EXISTS (SELECT FROM job_watch AS w WHERE w.search_id = s.id)`

// keepSearch returns the search with these criteria, which is made if there is
// none. The cursor must be locked.
func keepSearch(ctx context.Context, tx *postgres.Tx, criteria []byte) (int64, error) {
	var id int64
	if err := tx.QueryRow(ctx, sqlInsertSearch, hashOf(criteria), paramsVersion, criteria).Scan(&id); err != nil {
		return 0, fmt.Errorf("insert search of job watches: %w", err)
	}
	return id, nil
}

// dropSearches deletes the searches that no watch has any more. The cursor must
// be locked.
func dropSearches(ctx context.Context, tx *postgres.Tx, ids []int64) error {
	if _, err := tx.Exec(ctx, sqlDeleteSearch, ids); err != nil {
		return fmt.Errorf("delete searches of job watches: %w", err)
	}
	return nil
}

// isNoRows tells that a query found nothing.
func isNoRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }
