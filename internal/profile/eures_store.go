package profile

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlSelectPublications = `
SELECT id, version, sex, country, languages, citizenship, published_at, coalesce(withdrawn_at, '0001-01-01 00:00:00Z')
  FROM eures_publication
 WHERE person_id = $1
 ORDER BY version DESC`

func selectPublications(ctx context.Context, q postgres.Querier, person identity.PersonID) ([]Publication, error) {
	rows, err := q.Query(ctx, sqlSelectPublications, person)
	if err != nil {
		return nil, fmt.Errorf("select publications: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanPublication)
	if err != nil {
		return nil, fmt.Errorf("read publications: %w", err)
	}
	return all, nil
}

func scanPublication(row pgx.CollectableRow) (Publication, error) {
	var p Publication
	err := row.Scan(&p.ID, &p.Version, &p.Shown.Sex, &p.Shown.Country, &p.Shown.Languages, &p.Shown.Citizenship, &p.PublishedAt, &p.WithdrawnAt)
	return p, err
}

// The order of protection counts from the moment it is known, whatever was
// published before.
const sqlSelectPublished = `
SELECT e.id, e.version, e.sex, CASE WHEN p.non_disclosure THEN '' ELSE e.country END, e.languages, e.citizenship,
       e.published_at, '0001-01-01 00:00:00Z'::timestamptz, e.person_id
  FROM eures_publication AS e
  JOIN person AS p ON p.id = e.person_id
 WHERE e.withdrawn_at IS NULL
   AND e.id > $1
 ORDER BY e.id
 LIMIT $2`

// owned is a publication and whose it is.
type owned struct {
	Publication

	person identity.PersonID
}

func selectPublished(ctx context.Context, q postgres.Querier, after int64, n int) ([]owned, error) {
	rows, err := q.Query(ctx, sqlSelectPublished, after, n)
	if err != nil {
		return nil, fmt.Errorf("select what is published: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (owned, error) {
		var o owned
		err := row.Scan(&o.ID, &o.Version, &o.Shown.Sex, &o.Shown.Country, &o.Shown.Languages, &o.Shown.Citizenship, &o.PublishedAt, &o.WithdrawnAt, &o.person)
		return o, err
	})
	if err != nil {
		return nil, fmt.Errorf("read what is published: %w", err)
	}
	return all, nil
}

const sqlInsertPublication = `
INSERT INTO eures_publication (person_id, version, sex, country, languages, citizenship, published_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING id`

func insertPublication(ctx context.Context, tx *postgres.Tx, person identity.PersonID, p Publication) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, sqlInsertPublication, person, p.Version, p.Shown.Sex, p.Shown.Country, p.Shown.Languages, p.Shown.Citizenship, tx.Now).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("insert publication: %w", err)
	}
	return id, nil
}

const sqlUpdateWithdrawn = `
UPDATE eures_publication
   SET withdrawn_at = $2
 WHERE person_id = $1
   AND withdrawn_at IS NULL
RETURNING version`

// updateWithdrawn returns the version that was in force, 0 for none.
func updateWithdrawn(ctx context.Context, tx *postgres.Tx, person identity.PersonID) (int, error) {
	var version int
	err := tx.QueryRow(ctx, sqlUpdateWithdrawn, person, tx.Now).Scan(&version)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("withdraw publication: %w", err)
	}
	return version, nil
}

const sqlDeleteCountry = `UPDATE profile SET country = '' WHERE person_id = $1`

const sqlDeletePublishedCountry = `UPDATE eures_publication SET country = '' WHERE person_id = $1`

const sqlDeleteResidenceDraft = `
DELETE FROM profile_draft
 WHERE person_id = $1
   AND section IN ('residence', 'contact')`

func deleteResidence(ctx context.Context, tx *postgres.Tx, person identity.PersonID) error {
	for _, query := range []string{sqlDeleteCountry, sqlDeletePublishedCountry, sqlDeleteResidenceDraft} {
		if _, err := tx.Exec(ctx, query, person); err != nil {
			return fmt.Errorf("delete residence: %w", err)
		}
	}
	return nil
}
