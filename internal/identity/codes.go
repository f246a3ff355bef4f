package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
)

// The audited actions on identity codes.
const (
	actionCodeViewed  = "person_code.viewed"
	actionCodeUsed    = "person_code.used"
	actionCodeChanged = "person_code.changed"
)

// OwnCode returns the identity code of the person whose session s is, for a call
// to another authority on their behalf; it is the zero Code when they have none.
// The use is audited.
func (p *People) OwnCode(ctx context.Context, s Session) (Code, error) {
	var code Code
	err := p.inTx(ctx, func(c *change) error {
		var err error
		code, err = p.openCode(ctx, c, s.PersonID)
		if code.IsSet() {
			c.record(s.Actor(), actionCodeUsed, personRef(s.PersonID), nil)
		}
		return err
	})
	if err != nil {
		return Code{}, err
	}
	return code, nil
}

// CodeOf returns a person's identity code to an officer of data protection or a
// main user who was identified within Fresh; everybody else gets
// fault.ErrForbidden. A person who has none is fault.ErrNotFound. The look is
// audited.
func (p *People) CodeOf(ctx context.Context, officer Session, id PersonID, why Reason) (Code, error) {
	if err := p.checkCodeRight(officer); err != nil {
		return Code{}, err
	}
	if !slices.Contains(Reasons(), why) {
		return Code{}, &fault.InvalidError{Fields: []fault.FieldError{{Field: "reason", MessageID: "identity.reason.missing"}}}
	}
	var code Code
	err := p.inTx(ctx, func(c *change) error {
		var err error
		if code, err = p.openCode(ctx, c, id); err != nil {
			return err
		}
		c.record(officer.Actor(), actionCodeViewed, personRef(id), map[string]any{"reason": why})
		return mustBe(code.IsSet(), "identity code")
	})
	if err != nil {
		return Code{}, err
	}
	return code, nil
}

// ChangeCode gives a person the new identity code that the authority has given
// them; account and history stay. It takes the right that CodeOf takes. A code
// that another person has is fault.ErrConflict.
func (p *People) ChangeCode(ctx context.Context, officer Session, id PersonID, code Code) error {
	if err := p.checkCodeRight(officer); err != nil {
		return err
	}
	if officer.PersonID == id {
		return fmt.Errorf("change one's own code: %w", fault.ErrForbidden)
	}
	return p.inTx(ctx, func(c *change) error {
		c.record(officer.Actor(), actionCodeChanged, personRef(id), nil)
		if _, err := selectPerson(ctx, c, id); err != nil {
			return err
		}
		return p.updateCode(ctx, c, id, code)
	})
}

func (p *People) checkCodeRight(officer Session) error {
	if !officer.In(GroupDataProtection, GroupMain) || !officer.FreshAt(p.now()) {
		return fmt.Errorf("identity code: %w", fault.ErrForbidden)
	}
	return nil
}

const sqlSelectCode = `SELECT coalesce(code_sealed, '') FROM person WHERE id = $1`

// openCode is the one place that decrypts an identity code to hand it out.
func (p *People) openCode(ctx context.Context, c *change, id PersonID) (Code, error) {
	var sealed []byte
	err := c.QueryRow(ctx, sqlSelectCode, id).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return Code{}, mustBe(false, "person")
	}
	if err != nil {
		return Code{}, fmt.Errorf("select code: %w", err)
	}
	if len(sealed) == 0 {
		return Code{}, nil
	}
	plain, err := p.keys.Open(sealed, placeCode+id.String())
	if err != nil {
		return Code{}, fmt.Errorf("open code of person %d: %w", id, err)
	}
	return ParseCode(string(plain))
}
