// Package profile keeps what persons tell of themselves for finding work: an
// ordered list of entries in each section, drafts of what is being typed, and
// the profile that a person may publish to EURES.
//
// The sections are a table. What is checked, shown and exported of an entry
// follows from its fields there.
package profile

import (
	"slices"

	"tyomarkkinatori.fi/portal/internal/reference"
)

// Section is a part of a profile, with a page of its own.
type Section string

// The sections.
const (
	SectionPresentation Section = "presentation"
	SectionWork         Section = "work"
	SectionEducation    Section = "education"
	SectionSkills       Section = "skills"
	SectionLanguages    Section = "languages"
	SectionLicences     Section = "licences"
	SectionCards        Section = "cards"
	SectionWishedWork   Section = "wished_work"
	SectionWishes       Section = "wishes"
	// SectionContact is kept with the person, not in the profile.
	SectionContact   Section = "contact"
	SectionResidence Section = "residence"
	// SectionEmployer is asked for only when data may go to employers.
	SectionEmployer Section = "employer"
	// SectionEures is asked for only on the page of EURES.
	SectionEures Section = "eures"
)

// Sections lists those that everybody has, in the order in which they are shown.
func Sections() []Section {
	return []Section{
		SectionPresentation, SectionWork, SectionEducation, SectionSkills, SectionLanguages, SectionLicences,
		SectionCards, SectionWishedWork, SectionWishes, SectionContact, SectionResidence,
	}
}

// AllSections is Sections and those that belong to a disclosure.
func AllSections() []Section { return append(Sections(), SectionEmployer, SectionEures) }

// Many tells how many entries a section holds at most. A section of one has no
// list: its entry is emptied rather than removed, and is 1.
func (s Section) Many() int { return sections[s].many }

// Fields are those of an entry of s, in the order in which they are asked for.
func (s Section) Fields() []Field { return sections[s].fields }

// Field returns the field of that name.
func (s Section) Field(name string) (Field, bool) {
	i := slices.IndexFunc(s.Fields(), func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return s.Fields()[i], true
}

// Kind says what a field holds.
type Kind string

// The kinds of fields. A field holds one value unless its kind says otherwise.
const (
	// Line is a text without line breaks, Text one with them.
	Line Kind = "line"
	Text Kind = "text"
	// Month is a month, as 2006-01; Date a day, as 2006-01-02.
	Month Kind = "month"
	Date  Kind = "date"
	// Code is a code of List or Codes out of many, Choice out of few.
	Code   Kind = "code"
	Choice Kind = "choice"
	// Codes holds up to Most codes, Boxes any number.
	Codes Kind = "codes"
	Boxes Kind = "boxes"
	// Tick holds "yes" or nothing.
	Tick Kind = "tick"
	// Places holds codes of municipalities; they are typed by name, with commas.
	Places Kind = "places"
	// Occupation is the code of an occupation for the text in the field Of.
	Occupation Kind = "occupation"
	Email      Kind = "email"
	Phone      Kind = "phone"
)

// Field is one field of a section's entries.
type Field struct {
	Name     string
	Kind     Kind
	Required bool
	// Either tells that this field or the next one is needed.
	Either bool
	// Once tells that each value stands in one entry of its section at most.
	Once bool
	// Most is the number of characters, or of values of Codes and Places.
	Most int
	// Of names the field of an Occupation's text.
	Of string
	// Options are the codes of a field whose names the catalogues hold.
	Options []string
	// List returns the codes that reference names; nil for Options.
	List func() []reference.Entry
}

// Yes is the value of a Tick.
const Yes = "yes"

// Has tells whether code can be chosen.
func (f Field) Has(code string) bool {
	if f.List == nil {
		return slices.Contains(f.Options, code)
	}
	return slices.ContainsFunc(f.List(), func(e reference.Entry) bool { return e.Code == code })
}

// Limits.
const (
	MaxEntries     = 20
	MaxSkills      = 120
	MaxLine        = 100
	MaxDescription = 2000
	MaxText        = 5000
	MaxPlaces      = 50
)

type section struct {
	many   int
	fields []Field
}

// What has become of a training.
const (
	stateOngoing = "ongoing"
	stateDone    = "done"
	stateAborted = "aborted"
)

// Codes whose names the catalogues hold.
//
//nolint:gochecknoglobals // constant tables
var (
	levels   = []string{"native", "C2", "C1", "B2", "B1", "A2", "A1"}
	classes  = []string{"AM", "A1", "A2", "A", "B", "BE", "C1", "C1E", "C", "CE", "D1", "D1E", "D", "DE", "T", "LT"}
	states   = []string{stateOngoing, stateDone, stateAborted}
	services = []string{"done", "not_done", "exempt"}
	sexes    = []string{"female", "male", "other"}
)

func list(name reference.ListName) func() []reference.Entry {
	return func() []reference.Entry { return reference.List(name) }
}

//nolint:gochecknoglobals // a constant table
var sections = map[Section]section{
	SectionPresentation: {1, []Field{
		{Name: "headline", Kind: Line, Most: MaxLine},
		{Name: "text", Kind: Text, Most: MaxText},
	}},
	SectionWork: {MaxEntries, []Field{
		{Name: "title", Kind: Line, Most: MaxLine, Required: true},
		{Name: "occupation", Kind: Occupation, Of: "title"},
		{Name: "employer", Kind: Line, Most: MaxLine},
		{Name: "begun", Kind: Month},
		{Name: "ended", Kind: Month},
		{Name: "ongoing", Kind: Tick},
		{Name: "description", Kind: Text, Most: MaxDescription},
	}},
	SectionEducation: {MaxEntries, []Field{
		{Name: "name", Kind: Line, Most: MaxLine, Required: true},
		{Name: "level", Kind: Code, List: list(reference.Education)},
		{Name: "school", Kind: Line, Most: MaxLine},
		{Name: "state", Kind: Choice, Options: states, Required: true},
		{Name: "begun", Kind: Month},
		{Name: "ended", Kind: Month},
		{Name: "description", Kind: Text, Most: MaxDescription},
	}},
	SectionSkills: {MaxSkills, []Field{
		{Name: "name", Kind: Line, Most: MaxLine, Required: true},
		{Name: "occupation", Kind: Occupation, Of: "name"},
		{Name: "description", Kind: Text, Most: MaxDescription},
	}},
	SectionLanguages: {MaxEntries, []Field{
		{Name: "language", Kind: Code, List: reference.Languages, Required: true, Once: true},
		{Name: "level", Kind: Code, Options: levels, Required: true},
		{Name: "description", Kind: Line, Most: MaxLine},
	}},
	SectionLicences: {1, []Field{
		{Name: "classes", Kind: Boxes, Options: classes},
		{Name: "own_car", Kind: Tick},
	}},
	SectionCards: {MaxEntries, []Field{
		{Name: "card", Kind: Code, List: list(reference.Card), Either: true, Once: true},
		{Name: "name", Kind: Line, Most: MaxLine},
		{Name: "valid_until", Kind: Date},
	}},
	SectionWishedWork: {MaxEntries, []Field{
		{Name: "name", Kind: Line, Most: MaxLine, Required: true},
		{Name: "occupation", Kind: Occupation, Of: "name"},
	}},
	SectionWishes: {1, []Field{
		{Name: "municipalities", Kind: Places, Most: MaxPlaces},
		{Name: "regions", Kind: Boxes, List: reference.Regions},
		{Name: "countries", Kind: Codes, Most: 3, List: reference.Countries},
		{Name: "remote", Kind: Tick},
		{Name: "work_time", Kind: Boxes, List: list(reference.WorkTime)},
		{Name: "continuity", Kind: Boxes, List: list(reference.Continuity)},
		{Name: "work_hours", Kind: Boxes, List: list(reference.WorkHours)},
		{Name: "from", Kind: Date},
		{Name: "description", Kind: Text, Most: MaxDescription},
	}},
	SectionContact: {1, []Field{
		{Name: "email", Kind: Email, Most: 254},
		{Name: "phone", Kind: Phone, Most: 25},
	}},
	SectionResidence: {1, []Field{
		{Name: "country", Kind: Code, List: reference.Countries},
	}},
	SectionEmployer: {1, []Field{
		{Name: "nationality", Kind: Codes, Most: 3, List: reference.Countries},
		{Name: "military_service", Kind: Code, Options: services},
	}},
	SectionEures: {1, []Field{
		{Name: "sex", Kind: Choice, Options: sexes},
		{Name: "working_languages", Kind: Codes, Most: 6, List: reference.Languages},
		{Name: "citizenship", Kind: Codes, Most: 3, List: reference.Countries},
	}},
}
