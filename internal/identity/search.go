package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
)

const actionSearched = "person.searched"

// Search finds a person by their whole identity code for an officer of data
// protection who was identified within Fresh and says why; everybody else gets
// fault.ErrForbidden before anything is looked for, so that nobody learns from
// it who is known here. What is missing is *fault.InvalidError on code or reason,
// nobody with the code fault.ErrNotFound. The search is audited, found or not.
func (p *People) Search(ctx context.Context, officer Session, code Code, why Reason) (Person, error) {
	if !officer.In(GroupDataProtection) || !officer.FreshAt(p.now()) {
		return Person{}, fmt.Errorf("search for a person: %w", fault.ErrForbidden)
	}
	var check fault.Checker
	check.Check(code.IsSet(), "code", "identity.code.invalid")
	check.Check(slices.Contains(Reasons(), why), "reason", "identity.reason.search")
	if err := check.Err(); err != nil {
		return Person{}, err
	}
	var found Person
	err := p.inTx(ctx, func(c *change) error {
		var id PersonID
		err := c.QueryRow(ctx, sqlSelectByCode, p.codeIndex(code)).Scan(&id)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("search for a person: %w", err)
		}
		c.record(officer.Actor(), actionSearched, personRef(id), map[string]any{"reason": why, "found": id != 0})
		if id != 0 {
			found, err = selectPerson(ctx, c, id)
			return err
		}
		return nil
	})
	if err != nil {
		return Person{}, err
	}
	return found, mustBe(found.ID != 0, "person with a code")
}

const sqlSelectByCode = `SELECT id FROM person WHERE code_index = $1`
