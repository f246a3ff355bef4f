package identity

import (
	"context"
	"errors"
	"slices"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

// register puts in a person who is seen for the first time.
func (p *People) register(ctx context.Context, c *change, who Identified, lang i18n.Lang) (known, error) {
	who = who.disclosed(false)
	id, err := p.insertPerson(ctx, c, who, SourceIdentification, lang)
	if err != nil {
		return known{}, err
	}
	if id != 0 {
		c.record(personRef(id), actionRegistered, personRef(id), map[string]any{"source": SourceIdentification})
		return known{Person: Person{ID: id}}, updatePerson(ctx, c, id, who, lang)
	}
	// Somebody logged the same person in at the same time.
	person, err := p.find(ctx, c, who)
	if err != nil {
		return known{}, err
	}
	if person.ID == 0 {
		return known{}, errors.New("person neither goes in nor is there")
	}
	return person, p.refresh(ctx, c, &person, who, lang)
}

// refresh brings what is known of a person up to what was told now.
func (p *People) refresh(ctx context.Context, c *change, person *known, who Identified, lang i18n.Lang) error {
	if who.Code.IsSet() && string(person.codeIndex) != string(p.codeIndex(who.Code)) {
		// Found by the foreign identifier: the code is new.
		if err := p.updateCode(ctx, c, person.ID, who.Code); err != nil {
			return err
		}
		c.record(personRef(person.ID), actionCodeChanged, personRef(person.ID), nil)
	}
	who = who.disclosed(person.NonDisclosure)
	if fields := person.differences(who); len(fields) > 0 {
		c.record(personRef(person.ID), actionUpdated, personRef(person.ID), map[string]any{"source": SourceIdentification, "fields": fields})
	}
	if err := updatePerson(ctx, c, person.ID, who, lang); err != nil {
		return err
	}
	return p.follow(ctx, c, person.ID, who.NonDisclosure)
}

// follow tells those who asked to hear of it that a person has logged in.
func (p *People) follow(ctx context.Context, c *change, id PersonID, protected bool) error {
	hear := p.onLogIn
	if protected {
		hear = slices.Concat(p.onProtect, p.onLogIn)
	}
	for _, fn := range hear {
		if err := fn(ctx, c.Tx, id); err != nil {
			return err
		}
	}
	return nil
}

// disclosed is what may be kept. Only an answer that tells where the person
// lives shows that a protection order has ended: a provider that does not ask
// the population register tells neither.
func (i Identified) disclosed(ordered bool) Identified {
	if i.BirthDate.IsZero() {
		i.BirthDate = i.Code.BirthDate()
	}
	i.NonDisclosure = i.NonDisclosure || ordered && i.Municipality == ""
	if i.NonDisclosure {
		i.Country, i.Municipality = "", ""
	}
	return i
}

// differences names the columns in which who is told otherwise than known.
func (k known) differences(who Identified) []string {
	var fields []string
	for _, f := range []struct {
		name string
		same bool
	}{
		{"first_names", k.FirstNames == who.FirstNames},
		{"call_name", k.CallName == who.CallName},
		{"family_name", k.FamilyName == who.FamilyName},
		{"birth_date", k.BirthDate.Equal(who.BirthDate)},
		{"country", k.Country == who.Country},
		{"municipality", k.Municipality == who.Municipality},
		{"non_disclosure", k.NonDisclosure == who.NonDisclosure},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}
