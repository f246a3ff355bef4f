package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
)

const actionSearched = "person.searched"

// Sought is the person whom an officer looks for: by the whole identity code, or
// by the whole identifier that eIDAS tells of those who have none. Code decides
// when there are both.
type Sought struct {
	Code      Code
	ForeignID string
}

// IsSet tells whether anybody is looked for.
func (s Sought) IsSet() bool { return s.Code.IsSet() || strings.TrimSpace(s.ForeignID) != "" }

// Search finds a person for an officer of data protection who was identified
// within Fresh and says why; everybody else gets fault.ErrForbidden before
// anything is looked for, so that nobody learns from it who is known here. What
// is missing is *fault.InvalidError on code or reason, nobody with that code or
// identifier fault.ErrNotFound. The search is audited, found or not.
func (p *People) Search(ctx context.Context, officer Session, who Sought, why Reason) (Person, error) {
	if err := p.checkOfficer(officer); err != nil {
		return Person{}, err
	}
	var check fault.Checker
	check.Check(who.IsSet(), "code", "identity.code.invalid")
	check.Check(slices.Contains(Reasons(), why), "reason", "identity.reason.search")
	if err := check.Err(); err != nil {
		return Person{}, err
	}
	var found Person
	err := p.inTx(ctx, func(c *change) error {
		id, err := p.selectSought(ctx, c, who)
		if err != nil {
			return err
		}
		c.record(officer.Actor(), actionSearched, personRef(id), map[string]any{"reason": why, "found": id != 0})
		if id != 0 {
			found, err = selectPerson(ctx, c, id)
		}
		return err
	})
	if err != nil {
		return Person{}, err
	}
	return found, mustBe(found.ID != 0, "person with that code or identifier")
}

const sqlSelectByCode = `SELECT id FROM person WHERE code_index = $1`

const sqlSelectByForeignID = `SELECT id FROM person WHERE foreign_index = $1`

// selectSought returns 0 for nobody.
func (p *People) selectSought(ctx context.Context, c *change, who Sought) (PersonID, error) {
	query, index := sqlSelectByCode, p.codeIndex(who.Code)
	if !who.Code.IsSet() {
		query, index = sqlSelectByForeignID, p.foreignIndex(strings.TrimSpace(who.ForeignID))
	}
	var id PersonID
	err := c.QueryRow(ctx, query, index).Scan(&id)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("search for a person: %w", err)
	}
	return id, nil
}
