package identity

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// The places that sealed values are bound to.
const (
	placeCode    = "person.code_sealed:"
	placeForeign = "person.foreign_sealed:"
	placeIDToken = "session.id_token_sealed:"
)

func (p *People) seal(place string, id int64, plain string) []byte {
	if plain == "" {
		return nil
	}
	return p.keys.Seal([]byte(plain), place+strconv.FormatInt(id, 10))
}

func (p *People) codeIndex(c Code) []byte {
	if !c.IsSet() {
		return nil
	}
	return p.keys.Index("person.code", c.Reveal())
}

func (p *People) foreignIndex(id string) []byte {
	if id == "" {
		return nil
	}
	return p.keys.Index("person.foreign", id)
}

// known is what a log-in needs of a person who is there already.
type known struct {
	Person

	codeIndex []byte
}

const sqlLockPerson = `
SELECT id, coalesce(code_index, ''), first_names, call_name, family_name, coalesce(birth_date, '0001-01-01'),
       country, municipality, non_disclosure, blocked_at IS NOT NULL
  FROM person
 WHERE code_index = $1
    OR foreign_index = $2
 ORDER BY coalesce(code_index = $1, false) DESC
 LIMIT 1
   FOR NO KEY UPDATE`

// find returns the person with the code, or else with the foreign identifier,
// and holds the row; ID is 0 when there is none.
func (p *People) find(ctx context.Context, c *change, who Identified) (known, error) {
	var k known
	err := c.QueryRow(ctx, sqlLockPerson, p.codeIndex(who.Code), p.foreignIndex(who.ForeignID)).Scan(
		&k.ID, &k.codeIndex, &k.FirstNames, &k.CallName, &k.FamilyName, &k.BirthDate,
		&k.Country, &k.Municipality, &k.NonDisclosure, &k.Blocked)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return known{}, fmt.Errorf("find person: %w", err)
	}
	return k, nil
}

const sqlNextPerson = `SELECT nextval('person_id_seq')`

const sqlInsertPerson = `
INSERT INTO person
    (id, code_index, code_sealed, code_masked, foreign_index, foreign_sealed, key_id,
     first_names, call_name, family_name, birth_date, country, municipality, non_disclosure,
     source, sourced_at, language, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $16)
ON CONFLICT DO NOTHING`

// insertPerson returns 0 when somebody else has just put the person in. The ID
// is needed first, because what is sealed is bound to it.
func (p *People) insertPerson(ctx context.Context, c *change, who Identified, source Source, lang i18n.Lang) (PersonID, error) {
	var id int64
	if err := c.QueryRow(ctx, sqlNextPerson).Scan(&id); err != nil {
		return 0, fmt.Errorf("number person: %w", err)
	}
	tag, err := c.Exec(ctx, sqlInsertPerson, id,
		p.codeIndex(who.Code), p.seal(placeCode, id, who.Code.Reveal()), who.Code.Masked(),
		p.foreignIndex(who.ForeignID), p.seal(placeForeign, id, who.ForeignID), p.keys.Current(),
		who.FirstNames, who.CallName, who.FamilyName, date(who.BirthDate), who.Country, who.Municipality, who.NonDisclosure,
		source, c.Now, lang)
	if err != nil {
		return 0, fmt.Errorf("insert person: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return 0, nil
	}
	return PersonID(id), nil
}

// date is t for a column of type date, NULL for none.
func date(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

const sqlUpdatePerson = `
UPDATE person
   SET first_names = $2, call_name = $3, family_name = $4, birth_date = $5,
       country = $6, municipality = $7, non_disclosure = $8,
       phone = CASE WHEN $8 THEN '' ELSE phone END,
       source = 'identification', sourced_at = $9, language = $10, logged_in_at = $9
 WHERE id = $1`

func updatePerson(ctx context.Context, c *change, id PersonID, who Identified, lang i18n.Lang) error {
	_, err := c.Exec(ctx, sqlUpdatePerson, id, who.FirstNames, who.CallName, who.FamilyName, date(who.BirthDate),
		who.Country, who.Municipality, who.NonDisclosure, c.Now, lang)
	if err != nil {
		return fmt.Errorf("update person: %w", err)
	}
	return nil
}

const sqlUpdateCode = `
UPDATE person
   SET code_index = $2, code_sealed = $3, code_masked = $4, birth_date = $5
 WHERE id = $1
   AND NOT EXISTS (SELECT FROM person WHERE code_index = $2)`

// updateCode fails with fault.ErrConflict when the code is somebody's already, be
// it since a moment ago.
func (p *People) updateCode(ctx context.Context, c *change, id PersonID, code Code) error {
	tag, err := c.Exec(ctx, sqlUpdateCode, id, p.codeIndex(code), p.seal(placeCode, int64(id), code.Reveal()), code.Masked(), code.BirthDate())
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	taken := ok && pgErr.ConstraintName == "person_code_key"
	if err != nil && !taken {
		return fmt.Errorf("change code: %w", err)
	}
	if taken || tag.RowsAffected() == 0 {
		return fmt.Errorf("change code to one that is known: %w", fault.ErrConflict)
	}
	return nil
}

const sqlSelectPerson = `
SELECT id, code_masked, first_names, call_name, family_name, coalesce(birth_date, '0001-01-01'),
       country, municipality, non_disclosure, source, sourced_at, email, phone, language,
       created_at, coalesce(logged_in_at, '0001-01-01 00:00:00Z'), blocked_at IS NOT NULL
  FROM person
 WHERE id = $1`

func selectPerson(ctx context.Context, q postgres.Querier, id PersonID) (Person, error) {
	var p Person
	err := q.QueryRow(ctx, sqlSelectPerson, id).Scan(
		&p.ID, &p.MaskedCode, &p.FirstNames, &p.CallName, &p.FamilyName, &p.BirthDate,
		&p.Country, &p.Municipality, &p.NonDisclosure, &p.Source, &p.SourcedAt, &p.Email, &p.Phone, &p.Language,
		&p.CreatedAt, &p.LoggedInAt, &p.Blocked)
	if errors.Is(err, pgx.ErrNoRows) {
		return Person{}, fmt.Errorf("person %d: %w", id, fault.ErrNotFound)
	}
	if err != nil {
		return Person{}, fmt.Errorf("select person: %w", err)
	}
	return p, nil
}

const sqlUpdateContact = `UPDATE person SET email = $2, phone = $3 WHERE id = $1`

func updateContact(ctx context.Context, tx *postgres.Tx, id PersonID, email, phone string) error {
	tag, err := tx.Exec(ctx, sqlUpdateContact, id, email, phone)
	if err != nil {
		return fmt.Errorf("update contact: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("contact of person %d: %w", id, fault.ErrGone)
	}
	return nil
}

// mustBe is fault.ErrNotFound unless what was to be changed is there.
func mustBe(is bool, what string) error {
	if !is {
		return fmt.Errorf("%s: %w", what, fault.ErrNotFound)
	}
	return nil
}

const sqlUpdateBlocked = `
UPDATE person
   SET blocked_at = CASE WHEN $2 THEN $3::timestamptz END
 WHERE id = $1
   AND (blocked_at IS NULL) = $2`

// updateBlocked reports whether that changed anything.
func updateBlocked(ctx context.Context, c *change, id PersonID, blocked bool) (bool, error) {
	tag, err := c.Exec(ctx, sqlUpdateBlocked, id, blocked, c.Now)
	if err != nil {
		return false, fmt.Errorf("update block: %w", err)
	}
	if tag.RowsAffected() > 0 {
		return true, nil
	}
	_, err = selectPerson(ctx, c, id)
	return false, err
}
