package profile

import (
	"context"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Disclosure is what an employer may be given of a person for filling a post, and
// nothing else: who consents lets go of this.
type Disclosure struct {
	// Profile is what it is taken from.
	Profile Profile
	// Name is the person's. Contact data stay away under a protection order.
	Name   string
	Groups []Disclosed
	// Protected tells of a protection order, Restricted that the data may not be used.
	Protected, Restricted bool
}

// Disclosed is what the law names together, such as the work history.
type Disclosed struct {
	Code  string
	Parts []DisclosedPart
}

// DisclosedPart is what a section holds of it.
type DisclosedPart struct {
	Section Section
	Entries []Entry
}

// disclosed is what the Act on Public Employment and Business Service lists
// (chapter 13, section 6): sections of the profile, or one field of a section.
//
//nolint:gochecknoglobals // a constant table
var disclosed = []struct {
	code     string
	sections []Section
	field    string
}{
	{code: "contact", sections: []Section{SectionContact}},
	{code: "languages", sections: []Section{SectionLanguages}},
	{code: "nationality", sections: []Section{SectionEmployer}, field: "nationality"},
	{code: "education", sections: []Section{SectionEducation}},
	{code: "work", sections: []Section{SectionWork}},
	{code: "military_service", sections: []Section{SectionEmployer}, field: "military_service"},
	{code: "skills", sections: []Section{SectionSkills, SectionLicences, SectionCards}},
	{code: "wishes", sections: []Section{SectionWishedWork, SectionWishes}},
	{code: "presentation", sections: []Section{SectionPresentation}},
}

// Disclosure returns what an employer may be given of s's person, if the person
// consents to it.
func (p *Profiles) Disclosure(ctx context.Context, s identity.Session) (Disclosure, error) {
	own, err := p.Of(ctx, s)
	if err != nil {
		return Disclosure{}, err
	}
	person, err := p.people.ByID(ctx, s.PersonID)
	if err != nil {
		return Disclosure{}, err
	}
	d := Disclosure{Profile: own, Name: person.Name(), Protected: own.Protected}
	err = p.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		d.Restricted, err = p.restricted(ctx, tx, s.PersonID)
		return err
	})
	if err != nil {
		return Disclosure{}, err
	}
	for _, g := range disclosed {
		group := Disclosed{Code: g.code}
		for _, section := range g.sections {
			if section == SectionContact && own.Protected {
				continue
			}
			if entries := only(own.Entries[section], g.field); len(entries) > 0 {
				group.Parts = append(group.Parts, DisclosedPart{section, entries})
			}
		}
		d.Groups = append(d.Groups, group)
	}
	return d, nil
}

// only is entries with one field alone, unless it is "".
func only(entries []Entry, field string) []Entry {
	if field == "" {
		return entries
	}
	var all []Entry
	for _, e := range entries {
		if values := e.Values[field]; len(values) > 0 {
			e.Values = Values{field: values}
			all = append(all, e)
		}
	}
	return all
}
