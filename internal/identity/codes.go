package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/mail"
)

// The audited actions on identity codes.
const (
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

// Evidence says from what an officer knows that the authority has given a person
// another identity code.
type Evidence string

// The evidence.
const (
	// EvidenceExtract is an extract of the population register.
	EvidenceExtract Evidence = "register_extract"
	// EvidenceNotice is a notice or a decision of the authority.
	EvidenceNotice Evidence = "authority_notice"
	// EvidenceCard is a new passport or identity card.
	EvidenceCard Evidence = "identity_card"
)

// AllEvidence lists it in the order in which it is offered.
func AllEvidence() []Evidence {
	return []Evidence{EvidenceExtract, EvidenceNotice, EvidenceCard}
}

// ChangeCode gives a person the new identity code that the authority has given
// them; account and history stay. Only an officer of data protection who was
// identified within Fresh may, and not for themselves; everybody else gets
// fault.ErrForbidden. What breaks a rule is *fault.InvalidError on new_code or
// evidence. A code that another account has is fault.ErrConflict. The person is
// told by mail, if there is an address: whoever has the new code has the account.
func (p *People) ChangeCode(ctx context.Context, officer Session, id PersonID, code Code, from Evidence) error {
	if err := p.checkOfficer(officer); err != nil {
		return err
	}
	if officer.PersonID == id {
		return fmt.Errorf("change one's own code: %w", fault.ErrForbidden)
	}
	var check fault.Checker
	check.Check(code.IsSet(), "new_code", "identity.code.invalid")
	check.Check(slices.Contains(AllEvidence(), from), "evidence", "identity.evidence.missing")
	if err := check.Err(); err != nil {
		return err
	}
	return p.inTx(ctx, func(c *change) error {
		c.record(officer.Actor(), actionCodeChanged, personRef(id), map[string]any{"evidence": from})
		person, err := selectPerson(ctx, c, id)
		if err != nil {
			return err
		}
		if err := p.updateCode(ctx, c, id, code); err != nil || !mail.ValidAddress(person.Email) {
			return err
		}
		return mail.EnqueueTo(ctx, c.Tx, int64(id), mail.Message{
			Kind: KindCodeChanged, To: person.Email, Lang: person.Language, Priority: mail.PriorityConfirmation,
			Key: fmt.Sprintf("%s:%s:%d", KindCodeChanged, id, c.Now.UnixMicro()),
		})
	})
}

// KindCodeChanged is the mail that tells somebody of ChangeCode.
const KindCodeChanged mail.Kind = "person_code_changed"

// checkOfficer lets in officers of data protection who were identified within
// Fresh.
func (p *People) checkOfficer(officer Session) error {
	if !officer.In(GroupDataProtection) || !officer.FreshAt(p.now()) {
		return fmt.Errorf("no officer of data protection, identified just now: %w", fault.ErrForbidden)
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
