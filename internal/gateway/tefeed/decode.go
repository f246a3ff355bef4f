package tefeed

import (
	"cmp"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/richtext"
)

// decoding is part of every record's hash. Raise it when the reading of records
// changes, so that what is stored is read anew.
const decoding = 1

// record is what became of one record of a feed.
type record struct {
	incoming jobposting.Incoming
	// lastModified is the source's own time, zero when it has none to offer.
	lastModified time.Time
	// archived tells that the posting is no longer published.
	archived bool
}

// dates fills in a posting's times. The publishing time may be absent, which
// means at once, and the others stand in for one another.
func (f *fields) dates(in *jobposting.Incoming, created, modified, published time.Time) {
	base := cmp.Or(published, created, modified)
	if base.IsZero() {
		f.fail("no_date", "")
		return
	}
	in.PublishedAt = base
	in.CreatedAt = cmp.Or(created, base)
	in.ModifiedAt = cmp.Or(modified, base)
}

// finish checks what every posting must have and fills in what follows from the
// rest.
func (f *fields) finish(in *jobposting.Incoming) {
	c := &in.Content
	if len(c.Title) == 0 {
		f.fail("no_title", "")
	}
	if len(c.Languages) == 0 {
		for lang := range c.Title {
			c.Languages = append(c.Languages, lang)
		}
		slices.Sort(c.Languages)
	}
	c.Positions = max(c.Positions, 1)
	c.EmployerType = employerType(c.EmployerType, in.People.Household)
	if c.EmployerType != "02" {
		return
	}
	// What a household is called is the name of a person, wherever it stands.
	if in.People.Household == "" {
		in.People.Household, _ = c.Advertiser.Name.In("fi")
	}
	c.Advertiser.Name = nil
}

func (f *fields) contacts(list []object) []jobposting.Contact {
	var out []jobposting.Contact
	for _, o := range list {
		c := jobposting.Contact{
			FirstName: f.line(o, "firstName", "etunimi"),
			LastName:  f.line(o, "lastName", "sukunimi", "name", "nimi"),
			Email:     f.line(o, "email", "sposti", "sahkoposti"),
			Phone:     f.line(o, "telephone", "phone", "phoneNumber", "puhelinNro", "puhelin"),
		}
		if c != (jobposting.Contact{}) {
			out = append(out, c)
		}
	}
	return out
}

func (f *fields) link(o object, names ...string) string {
	s := f.line(o, names...)
	if s == "" {
		return ""
	}
	return richtext.Link(s)
}

func (f *fields) languageSkills(list []object) []jobposting.LanguageSkill {
	var out []jobposting.LanguageSkill
	for _, o := range list {
		s := jobposting.LanguageSkill{
			Code:  languageCode(f.code(o, "kielitaito", "language", "code", "languageCode")),
			Level: f.code(o, "kielitaidonTaso", "level", "levelCode"),
			Info:  f.lines(o, "kielitaidonLisatieto", "description", "info"),
		}
		if s.Code != "" {
			out = append(out, s)
		}
	}
	return out
}
