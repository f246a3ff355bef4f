package datarequest

import (
	"context"
	"errors"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
)

// ChangeCode gives a person whom officer has found the identity code that the
// authority has given them in place of the old one. Whoever has the new code
// already is looked for first, which is a search with all that Search asks for.
// What breaks a rule is *fault.InvalidError on new_code or evidence, with the
// person; taken is then the one who has another account with the new code, if
// that is what is wrong: somebody whose code has changed gets a new account when
// they log in before it is changed here.
func (r *Requests) ChangeCode(ctx context.Context, officer identity.Session, id identity.PersonID, code identity.Code, from identity.Evidence) (person, taken identity.Person, err error) {
	if err := mayHandle(officer); err != nil {
		return person, taken, err
	}
	if officer.PersonID == id {
		return person, taken, ErrOwn
	}
	if person, err = r.People.ByID(ctx, id); err != nil {
		return identity.Person{}, taken, err
	}
	if code.IsSet() {
		found, err := r.Search(ctx, officer, identity.Sought{Code: code}, identity.ReasonIdentity)
		switch {
		case errors.Is(err, fault.ErrNotFound):
		case err != nil:
			return identity.Person{}, taken, err
		case found.Person.ID == id:
			return person, taken, refusedCode("datarequests.recode.same")
		default:
			return person, found.Person, refusedCode("datarequests.recode.taken")
		}
	}
	err = r.People.ChangeCode(ctx, officer, id, code, from)
	if errors.Is(err, fault.ErrConflict) { // since a moment ago
		err = refusedCode("datarequests.recode.taken")
	}
	return person, taken, err
}

func refusedCode(why string) error {
	return &fault.InvalidError{Fields: []fault.FieldError{{Field: "new_code", MessageID: why}}}
}
