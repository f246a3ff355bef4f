package profile

import (
	"context"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// contactOf are the values of SectionContact, which are kept with the person.
func contactOf(p identity.Person) Values {
	v := Values{"email": {p.Email}, "phone": {p.Phone}}
	if p.NonDisclosure {
		delete(v, "phone")
	}
	return SectionContact.Tidy(v)
}

// saveContact is Save for SectionContact. Under a protection order no telephone
// number stays.
func (p *Profiles) saveContact(ctx context.Context, s identity.Session, seen, draft string, v Values) (Entry, error) {
	entry := Entry{ID: 1, Values: v}
	err := p.db.InTx(ctx, func(tx *postgres.Tx) error {
		person, err := p.people.HoldToChange(ctx, tx, s.PersonID)
		if err != nil {
			return err
		}
		if person.NonDisclosure {
			delete(v, "phone")
		}
		if kept := contactOf(person); kept.Mark() != seen && kept.Mark() != v.Mark() {
			entry.Values = kept
			return fmt.Errorf("contact was saved meanwhile: %w", fault.ErrConflict)
		}
		if err := deleteDraft(ctx, tx, s.PersonID, SectionContact, 1, draft); err != nil {
			return err
		}
		return p.people.SetContactIn(ctx, tx, actor(s), s.PersonID, v.Get("email"), v.Get("phone"))
	})
	return entry, err
}
