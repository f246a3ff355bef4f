package profile

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlSelectEntries = `
SELECT section, id, fields, changed_at
  FROM profile_entry
 WHERE person_id = $1
 ORDER BY section, place`

// selectEntries returns the entries of every section as they are shown.
func selectEntries(ctx context.Context, q postgres.Querier, person identity.PersonID) (map[Section][]Entry, error) {
	rows, err := q.Query(ctx, sqlSelectEntries, person)
	if err != nil {
		return nil, fmt.Errorf("select entries: %w", err)
	}
	all := map[Section][]Entry{}
	var (
		section Section
		id      int64
		fields  Values
		at      time.Time
	)
	_, err = pgx.ForEachRow(rows, []any{&section, &id, &fields, &at}, func() error {
		all[section] = append(all[section], section.entry(id, fields, at))
		fields = nil
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	return all, nil
}

const sqlSelectSection = `
SELECT id, fields, changed_at
  FROM profile_entry
 WHERE person_id = $1
   AND section = $2
 ORDER BY place`

// selectSection returns the entries of one section as they are kept.
func selectSection(ctx context.Context, tx *postgres.Tx, person identity.PersonID, s Section) ([]Entry, error) {
	rows, err := tx.Query(ctx, sqlSelectSection, person, s)
	if err != nil {
		return nil, fmt.Errorf("select section: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (Entry, error) {
		var e Entry
		err := r.Scan(&e.ID, &e.Values, &e.ChangedAt)
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("read section: %w", err)
	}
	return all, nil
}

const sqlInsertEntry = `
INSERT INTO profile_entry (person_id, section, place, fields, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $5)
RETURNING id`

func insertEntry(ctx context.Context, tx *postgres.Tx, person identity.PersonID, s Section, place int, v Values) (int64, error) {
	var id int64
	if err := tx.QueryRow(ctx, sqlInsertEntry, person, s, place, v, tx.Now).Scan(&id); err != nil {
		return 0, fmt.Errorf("insert entry: %w", err)
	}
	return id, touch(ctx, tx, person)
}

const sqlUpdateEntry = `
UPDATE profile_entry
   SET fields = $3, changed_at = $4
 WHERE id = $2
   AND person_id = $1`

func updateEntry(ctx context.Context, tx *postgres.Tx, person identity.PersonID, id int64, v Values) error {
	if _, err := tx.Exec(ctx, sqlUpdateEntry, person, id, v, tx.Now); err != nil {
		return fmt.Errorf("update entry: %w", err)
	}
	return touch(ctx, tx, person)
}

const sqlDeleteEntry = `
WITH gone AS (
    DELETE FROM profile_entry
     WHERE person_id = $1
       AND section = $2
       AND id = $3
    RETURNING place)
UPDATE profile_entry AS e
   SET place = e.place - 1
  FROM gone
 WHERE e.person_id = $1
   AND e.section = $2
   AND e.place > gone.place`

// deleteEntry closes the gap that it leaves.
func deleteEntry(ctx context.Context, tx *postgres.Tx, person identity.PersonID, s Section, id int64) error {
	if _, err := tx.Exec(ctx, sqlDeleteEntry, person, s, id); err != nil {
		return fmt.Errorf("delete entry: %w", err)
	}
	return touch(ctx, tx, person)
}

const sqlUpdatePlaces = `
UPDATE profile_entry AS e
   SET place = n.place
  FROM unnest($3::bigint[]) WITH ORDINALITY AS n (id, place)
 WHERE e.id = n.id
   AND e.person_id = $1
   AND e.section = $2`

// updatePlaces puts the entries of a section into the order of ids.
func updatePlaces(ctx context.Context, tx *postgres.Tx, person identity.PersonID, s Section, ids []int64) error {
	if _, err := tx.Exec(ctx, sqlUpdatePlaces, person, s, ids); err != nil {
		return fmt.Errorf("order entries: %w", err)
	}
	return touch(ctx, tx, person)
}

const sqlTouchProfile = `UPDATE profile SET changed_at = $2 WHERE person_id = $1`

func touch(ctx context.Context, tx *postgres.Tx, person identity.PersonID) error {
	if _, err := tx.Exec(ctx, sqlTouchProfile, person, tx.Now); err != nil {
		return fmt.Errorf("note the change of a profile: %w", err)
	}
	return nil
}
