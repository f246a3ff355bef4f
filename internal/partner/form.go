package partner

import (
	"regexp"
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

// Part is a part of an application, asked for on a page of its own. An officer
// asks to specify parts, and a change is told by part.
type Part string

// The parts.
const (
	PartOrganisation Part = "organisation"
	PartContacts     Part = "contacts"
	PartServiceAreas Part = "service_areas"
	PartPlaces       Part = "places"
	PartDescription  Part = "description"
	PartLanguages    Part = "languages"
	PartPersonalData Part = "personal_data"
	PartDeclarations Part = "declarations"
)

// Parts lists them in the order in which they are asked for.
func Parts() []Part {
	return []Part{
		PartOrganisation, PartContacts, PartServiceAreas, PartPlaces,
		PartDescription, PartLanguages, PartPersonalData, PartDeclarations,
	}
}

// Fields names the parts that an officer can ask to specify.
func Fields() []string {
	var all []string
	for _, p := range Parts() {
		if p != PartDeclarations {
			all = append(all, string(p))
		}
	}
	return all
}

// The fields of the register's data that an applicant can correct.
const (
	CorrectName    = "name"
	CorrectAddress = "address"
)

// The declarations; an application makes all of them.
const (
	DeclareLaw      = "law"
	DeclareCorrect  = "correct"
	DeclareCurrent  = "current"
	DeclareContents = "contents"
)

// Declarations lists them in the order in which they are made.
func Declarations() []string {
	return []string{DeclareLaw, DeclareCorrect, DeclareCurrent, DeclareContents}
}

// Form is what an applicant fills in, and what a partner keeps current. In a
// draft it is as it was typed; Validate says what is wrong with it.
type Form struct {
	// Corrections are the applicant's, against what the register tells.
	Corrections []Correction `json:"corrections"`
	Contacts    []Contact    `json:"contacts"`
	// ServiceAreas are codes of service areas.
	ServiceAreas []string `json:"service_areas"`
	// Municipalities and Regions are codes; both are empty with WholeCountry.
	Municipalities []string `json:"municipalities"`
	Regions        []string `json:"regions"`
	WholeCountry   bool     `json:"whole_country"`
	DescriptionFi  string   `json:"description_fi"`
	DescriptionSv  string   `json:"description_sv"`
	Website        string   `json:"website"`
	// Languages are the codes of those that the organisation serves in.
	Languages []string `json:"languages"`
	// ProcessesPersonalData is for the operator, by a processor agreement.
	ProcessesPersonalData bool     `json:"processes_personal_data"`
	Declarations          []string `json:"declarations"`
}

// Correction is what the applicant says instead of the register.
type Correction struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// Contact is a person at the organisation to ask.
type Contact struct {
	Name  string `json:"name"`
	Role  string `json:"role"`
	Email string `json:"email"`
	Phone string `json:"phone"`
	// Language is the one to write in.
	Language i18n.Lang `json:"language"`
}

// Correction returns what the applicant says of field instead of the register,
// "" for nothing.
func (f Form) Correction(field string) string {
	for _, c := range f.Corrections {
		if c.Field == field {
			return c.Value
		}
	}
	return ""
}

// WithPart returns f with one part taken from other.
func (f Form) WithPart(p Part, other Form) Form {
	switch p {
	case PartOrganisation:
		f.Corrections = other.Corrections
	case PartContacts:
		f.Contacts = other.Contacts
	case PartServiceAreas:
		f.ServiceAreas = other.ServiceAreas
	case PartPlaces:
		f.Municipalities, f.Regions, f.WholeCountry = other.Municipalities, other.Regions, other.WholeCountry
	case PartDescription:
		f.DescriptionFi, f.DescriptionSv, f.Website = other.DescriptionFi, other.DescriptionSv, other.Website
	case PartLanguages:
		f.Languages = other.Languages
	case PartPersonalData:
		f.ProcessesPersonalData = other.ProcessesPersonalData
	case PartDeclarations:
		f.Declarations = other.Declarations
	}
	return f
}

// Tidied is f without what browsers and fingers add: space around texts, empty
// rows, codes twice; an address of the web gets its https://. It shares nothing with f that either may change.
func (f Form) Tidied() Form {
	var corrections []Correction
	for _, c := range f.Corrections {
		c.Value = strings.Join(strings.Fields(c.Value), " ")
		if c.Value != "" {
			corrections = append(corrections, c)
		}
	}
	var contacts []Contact
	for _, c := range f.Contacts {
		c = Contact{
			Name: strings.TrimSpace(c.Name), Role: strings.TrimSpace(c.Role), Email: strings.TrimSpace(c.Email),
			Phone: strings.TrimSpace(c.Phone), Language: c.Language,
		}
		if c.IsFilled() {
			contacts = append(contacts, c)
		}
	}
	f.Corrections, f.Contacts = corrections, contacts
	f.ServiceAreas = sorted(f.ServiceAreas)
	f.Municipalities, f.Regions = sorted(f.Municipalities), sorted(f.Regions)
	if f.WholeCountry {
		f.Municipalities, f.Regions = nil, nil
	}
	f.DescriptionFi, f.DescriptionSv = tidyText(f.DescriptionFi), tidyText(f.DescriptionSv)
	f.Website = strings.TrimSpace(f.Website)
	if bareHost.MatchString(f.Website) {
		f.Website = "https://" + f.Website
	}
	f.Languages, f.Declarations = sorted(f.Languages), sorted(f.Declarations)
	return f
}

// bareHost is the address of a site as people say it.
var bareHost = regexp.MustCompile(`^[\pL\pN-]+(\.[\pL\pN-]+)+(:[0-9]+)?([/?#].*)?$`)

// IsFilled tells whether anything has been typed in.
func (c Contact) IsFilled() bool { return c.Name+c.Role+c.Email+c.Phone != "" }

func tidyText(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
}

func sorted(codes []string) []string {
	codes = slices.DeleteFunc(slices.Clone(codes), func(s string) bool { return s == "" })
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Change is one field that differs between two forms. Field is the name of the
// field in the form and ends in the number of the contact where it is one's.
type Change struct {
	Part          Part
	Field         string
	Before, After string
}

// Diff tells what b changes in a, in the order of the form. Lists are told as
// codes with commas.
func Diff(a, b Form) []Change {
	a, b = a.Tidied(), b.Tidied()
	var all []Change
	add := func(p Part, field, before, after string) {
		if before != after {
			all = append(all, Change{p, field, before, after})
		}
	}
	for _, field := range []string{CorrectName, CorrectAddress} {
		add(PartOrganisation, "correct_"+field, a.Correction(field), b.Correction(field))
	}
	for i := range max(len(a.Contacts), len(b.Contacts)) {
		x, y := contactAt(a, i), contactAt(b, i)
		add(PartContacts, contactField("name", i), x.Name, y.Name)
		add(PartContacts, contactField("role", i), x.Role, y.Role)
		add(PartContacts, contactField("email", i), x.Email, y.Email)
		add(PartContacts, contactField("phone", i), x.Phone, y.Phone)
		add(PartContacts, contactField("language", i), string(x.Language), string(y.Language))
	}
	add(PartServiceAreas, "service_areas", list(a.ServiceAreas), list(b.ServiceAreas))
	add(PartPlaces, "whole_country", yes(a.WholeCountry), yes(b.WholeCountry))
	add(PartPlaces, "regions", list(a.Regions), list(b.Regions))
	add(PartPlaces, "municipalities", list(a.Municipalities), list(b.Municipalities))
	add(PartDescription, "description_fi", a.DescriptionFi, b.DescriptionFi)
	add(PartDescription, "description_sv", a.DescriptionSv, b.DescriptionSv)
	add(PartDescription, "website", a.Website, b.Website)
	add(PartLanguages, "languages", list(a.Languages), list(b.Languages))
	add(PartPersonalData, "personal_data", yes(a.ProcessesPersonalData), yes(b.ProcessesPersonalData))
	add(PartDeclarations, "declarations", list(a.Declarations), list(b.Declarations))
	return all
}

func contactAt(f Form, i int) Contact {
	if i < len(f.Contacts) {
		return f.Contacts[i]
	}
	return Contact{}
}

func list(codes []string) string { return strings.Join(codes, ",") }

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
