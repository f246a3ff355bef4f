package terms

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlSelectCurrent = `
SELECT kind, number, title_fi, title_sv, text_fi, text_sv, hash_fi, hash_sv,
       effective_on, reporting, published_at, coalesce(requested_by, 0), coalesce(approved_by, 0)
  FROM terms_version
 WHERE kind = $1
   AND effective_on <= $2
 ORDER BY number DESC
 LIMIT 1`

func selectCurrent(ctx context.Context, q postgres.Querier, kind Kind, on time.Time) (Version, error) {
	return oneVersion(q.Query(ctx, sqlSelectCurrent, kind, on))
}

const sqlSelectVersion = `
SELECT kind, number, title_fi, title_sv, text_fi, text_sv, hash_fi, hash_sv,
       effective_on, reporting, published_at, coalesce(requested_by, 0), coalesce(approved_by, 0)
  FROM terms_version
 WHERE kind = $1
   AND number = $2`

func selectVersion(ctx context.Context, q postgres.Querier, kind Kind, number int) (Version, error) {
	return oneVersion(q.Query(ctx, sqlSelectVersion, kind, number))
}

const sqlSelectVersions = `
SELECT kind, number, title_fi, title_sv, text_fi, text_sv, hash_fi, hash_sv,
       effective_on, reporting, published_at, coalesce(requested_by, 0), coalesce(approved_by, 0)
  FROM terms_version
 WHERE kind = $1
 ORDER BY number DESC`

func selectVersions(ctx context.Context, q postgres.Querier, kind Kind) ([]Version, error) {
	return versions(q.Query(ctx, sqlSelectVersions, kind))
}

const sqlSelectComing = `
SELECT kind, number, title_fi, title_sv, text_fi, text_sv, hash_fi, hash_sv,
       effective_on, reporting, published_at, coalesce(requested_by, 0), coalesce(approved_by, 0)
  FROM terms_version AS v
 WHERE kind = $1
   AND effective_on > $2
   AND NOT EXISTS (SELECT
                     FROM terms_version AS newer
                    WHERE newer.kind = v.kind
                      AND newer.number > v.number
                      AND newer.effective_on <= v.effective_on)
 ORDER BY effective_on`

func selectComing(ctx context.Context, q postgres.Querier, kind Kind, on time.Time) ([]Version, error) {
	return versions(q.Query(ctx, sqlSelectComing, kind, on))
}

func oneVersion(rows pgx.Rows, err error) (Version, error) {
	all, err := versions(rows, err)
	if err != nil {
		return Version{}, err
	}
	if len(all) == 0 {
		return Version{}, fmt.Errorf("terms: %w", fault.ErrNotFound)
	}
	return all[0], nil
}

func versions(rows pgx.Rows, err error) ([]Version, error) {
	if err != nil {
		return nil, fmt.Errorf("select terms: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Version, error) {
		var v Version
		var titleFi, titleSv, textFi, textSv, hashFi, hashSv string
		err := row.Scan(&v.Kind, &v.Number, &titleFi, &titleSv, &textFi, &textSv, &hashFi, &hashSv,
			&v.EffectiveOn, &v.Reporting, &v.PublishedAt, &v.RequestedBy, &v.ApprovedBy)
		v.Title, v.Text, v.Hash = both(titleFi, titleSv), both(textFi, textSv), both(hashFi, hashSv)
		return v, err
	})
	if err != nil {
		return nil, fmt.Errorf("read terms: %w", err)
	}
	return all, nil
}

func both(fi, sv string) map[i18n.Lang]string {
	return map[i18n.Lang]string{i18n.Finnish: fi, i18n.Swedish: sv}
}

const sqlLockKind = `SELECT pg_advisory_xact_lock(hashtext('terms:' || $1::text))`

// lockKind lets one transaction at a time add a version or change the draft of
// kind.
func lockKind(ctx context.Context, tx *postgres.Tx, kind Kind) error {
	if _, err := tx.Exec(ctx, sqlLockKind, kind); err != nil {
		return fmt.Errorf("lock terms: %w", err)
	}
	return nil
}

const sqlSelectLatest = `
SELECT kind, number, title_fi, title_sv, text_fi, text_sv, hash_fi, hash_sv,
       effective_on, reporting, published_at, coalesce(requested_by, 0), coalesce(approved_by, 0)
  FROM terms_version
 WHERE kind = $1
 ORDER BY number DESC
 LIMIT 1`

// selectLatest returns the newest version, in force or not; its zero value when
// there is none.
func selectLatest(ctx context.Context, q postgres.Querier, kind Kind) (Version, error) {
	v, err := oneVersion(q.Query(ctx, sqlSelectLatest, kind))
	if errors.Is(err, fault.ErrNotFound) {
		return Version{}, nil
	}
	return v, err
}

const sqlInsertVersion = `
INSERT INTO terms_version
    (kind, number, title_fi, title_sv, text_fi, text_sv, hash_fi, hash_sv,
     effective_on, reporting, published_at, requested_by, approved_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

func insertVersion(ctx context.Context, tx *postgres.Tx, v Version) error {
	_, err := tx.Exec(ctx, sqlInsertVersion, v.Kind, v.Number,
		v.Title[i18n.Finnish], v.Title[i18n.Swedish], v.Text[i18n.Finnish], v.Text[i18n.Swedish],
		v.Hash[i18n.Finnish], v.Hash[i18n.Swedish], v.EffectiveOn, v.Reporting, v.PublishedAt,
		orNull(v.RequestedBy), orNull(v.ApprovedBy))
	if err != nil {
		return fmt.Errorf("insert terms: %w", err)
	}
	return nil
}

func orNull(id identity.PersonID) *identity.PersonID {
	if id == 0 {
		return nil
	}
	return &id
}
