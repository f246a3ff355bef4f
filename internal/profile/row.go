package profile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// row is what a person tells once, each in a column of its own, for each has a
// purpose of its own. Whoever changes anything of a profile holds its row.
type row struct {
	person                   identity.PersonID
	country, military, sex   string
	nationality, citizenship []string
	languages                []string
	changedAt                time.Time
}

// inRow tells the sections that are kept in the row.
func (s Section) inRow() bool {
	return s == SectionResidence || s == SectionEmployer || s == SectionEures
}

// values are those of a section that is kept in the row.
func (r row) values(s Section) Values {
	switch s { //nolint:exhaustive // the others are entries
	case SectionResidence:
		return s.Tidy(Values{"country": {r.country}})
	case SectionEmployer:
		return s.Tidy(Values{"nationality": r.nationality, "military_service": {r.military}})
	case SectionEures:
		return s.Tidy(Values{"sex": {r.sex}, "working_languages": r.languages, "citizenship": r.citizenship})
	}
	return Values{}
}

func (r *row) set(s Section, v Values) {
	switch s { //nolint:exhaustive // the others are entries
	case SectionResidence:
		r.country = v.Get("country")
	case SectionEmployer:
		r.nationality, r.military = v["nationality"], v.Get("military_service")
	case SectionEures:
		r.sex, r.languages, r.citizenship = v.Get("sex"), v["working_languages"], v["citizenship"]
	}
}

// save is Profiles.Save for a section that is kept in the row. Under a protection
// order no country stays.
func (r row) save(ctx context.Context, tx *postgres.Tx, s Section, seen string, v Values) (Entry, error) {
	if kept := r.values(s); kept.Mark() != seen && kept.Mark() != v.Mark() {
		return Entry{ID: 1, Values: kept, ChangedAt: r.changedAt}, fmt.Errorf("section was saved meanwhile: %w", fault.ErrConflict)
	}
	r.set(s, v)
	return Entry{ID: 1, Values: v, ChangedAt: tx.Now}, updateProfile(ctx, tx, r)
}

const sqlInsertProfile = `
INSERT INTO profile (person_id, created_at, changed_at)
VALUES ($1, $2, $2)
ON CONFLICT ON CONSTRAINT profile_pkey DO NOTHING`

const sqlLockProfile = `
SELECT country, nationality, military_service, sex, working_languages, citizenship, changed_at
  FROM profile
 WHERE person_id = $1
   FOR UPDATE`

// lockProfile holds a person's profile until tx ends, and begins one if need be.
// A person who has been deleted is fault.ErrGone.
func lockProfile(ctx context.Context, tx *postgres.Tx, person identity.PersonID) (row, error) {
	_, err := tx.Exec(ctx, sqlInsertProfile, person, tx.Now)
	if violates(err, "profile_person_fkey") {
		return row{}, fmt.Errorf("profile of nobody: %w", fault.ErrGone)
	}
	if err != nil {
		return row{}, fmt.Errorf("begin profile: %w", err)
	}
	r := row{person: person}
	err = tx.QueryRow(ctx, sqlLockProfile, person).Scan(&r.country, &r.nationality, &r.military, &r.sex, &r.languages, &r.citizenship, &r.changedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return row{}, fmt.Errorf("profile of nobody: %w", fault.ErrGone)
	}
	if err != nil {
		return row{}, fmt.Errorf("lock profile: %w", err)
	}
	return r, nil
}

const sqlSelectProfile = `
SELECT country, nationality, military_service, sex, working_languages, citizenship, changed_at
  FROM profile
 WHERE person_id = $1`

// selectProfile returns an empty row when there is none.
func selectProfile(ctx context.Context, q postgres.Querier, person identity.PersonID) (row, error) {
	r := row{person: person}
	err := q.QueryRow(ctx, sqlSelectProfile, person).Scan(&r.country, &r.nationality, &r.military, &r.sex, &r.languages, &r.citizenship, &r.changedAt)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return row{}, fmt.Errorf("select profile: %w", err)
	}
	return r, nil
}

const sqlUpdateProfile = `
UPDATE profile
   SET country = $2, nationality = coalesce($3, '{}'::text[]), military_service = $4, sex = $5,
       working_languages = coalesce($6, '{}'::text[]), citizenship = coalesce($7, '{}'::text[]), changed_at = $8
 WHERE person_id = $1`

func updateProfile(ctx context.Context, tx *postgres.Tx, r row) error {
	_, err := tx.Exec(ctx, sqlUpdateProfile, r.person, r.country, r.nationality, r.military, r.sex, r.languages, r.citizenship, tx.Now)
	if err != nil {
		return fmt.Errorf("update profile: %w", err)
	}
	return nil
}

func violates(err error, constraint string) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pgErr.ConstraintName == constraint
}
