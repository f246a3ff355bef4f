package partner

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/reference"
)

// Limits of what is taken in. Those of texts are in characters.
const (
	MaxContacts    = 5
	MaxPlaces      = 100
	MaxName        = 100
	MaxEmail       = 254
	MaxCorrection  = 200
	MaxWebsite     = 300
	MaxDescription = 5000
)

// contactField is the name of the field of the contact with index i.
func contactField(name string, i int) string { return "contact_" + name + "_" + strconv.Itoa(i+1) }

// Validate returns what breaks a rule in any part as *fault.InvalidError, or
// nil. areas are the service areas that may be chosen.
func (f Form) Validate(areas []ServiceArea) error {
	var c fault.Checker
	for _, p := range Parts() {
		f.check(&c, p, areas)
	}
	return c.Err()
}

// ValidatePart is Validate for one part.
func (f Form) ValidatePart(p Part, areas []ServiceArea) error {
	var c fault.Checker
	f.check(&c, p, areas)
	return c.Err()
}

func (f Form) check(c *fault.Checker, p Part, areas []ServiceArea) {
	f = f.keepRows()
	switch p {
	case PartOrganisation:
		f.checkCorrections(c)
	case PartContacts:
		f.checkContacts(c)
	case PartServiceAreas:
		f.checkServiceAreas(c, areas)
	case PartPlaces:
		f.checkPlaces(c)
	case PartDescription:
		f.checkDescription(c)
	case PartLanguages:
		c.Check(len(f.Languages) > 0, "languages", "partner.invalid.languages")
		known := !slices.ContainsFunc(f.Languages, func(code string) bool { return !slices.Contains(ServiceLanguages(), code) })
		c.Check(known, "languages", "partner.invalid.languages_unknown")
	case PartPersonalData:
	case PartDeclarations:
		for _, d := range Declarations() {
			c.Check(slices.Contains(f.Declarations, d), "declaration_"+d, "partner.invalid.declaration_"+d)
		}
	}
}

// keepRows is Tidied with the contacts left in their rows, so that an error
// names the row that was typed in.
func (f Form) keepRows() Form {
	rows := slices.Clone(f.Contacts)
	f = f.Tidied()
	for i, c := range rows {
		rows[i] = Contact{strings.TrimSpace(c.Name), strings.TrimSpace(c.Role), strings.TrimSpace(c.Email), strings.TrimSpace(c.Phone), c.Language}
	}
	f.Contacts = rows
	return f
}

// ServiceLanguages lists the codes of the languages to choose from: the national
// and Sámi languages, sign languages, then those most spoken in Finland.
func ServiceLanguages() []string {
	return []string{"fi", "sv", "en", "se", "ru", "et", "uk", "ar", "so", "fa", "zh", "sq", "ku", "vi", "tr", "es", "de", "fr", "pl", "th"}
}

func (f Form) checkCorrections(c *fault.Checker) {
	for _, k := range f.Corrections {
		if k.Field != CorrectName && k.Field != CorrectAddress {
			c.Check(false, "correct_name", "partner.invalid.correction_unknown")
			continue
		}
		checkLine(c, "correct_"+k.Field, k.Value, MaxCorrection)
	}
}

func (f Form) checkContacts(c *fault.Checker) {
	c.Check(len(f.Contacts) <= MaxContacts, contactField("name", 0), "partner.invalid.contacts_many")
	filled := 0
	for i, k := range f.Contacts {
		if !k.IsFilled() {
			continue
		}
		filled++
		checkContact(c, i, k)
	}
	c.Check(filled > 0, contactField("name", 0), "partner.invalid.contacts_none")
}

func checkContact(c *fault.Checker, i int, k Contact) {
	if c.Check(saysSomething(k.Name), contactField("name", i), "partner.invalid.contact_name"); saysSomething(k.Name) {
		checkLine(c, contactField("name", i), k.Name, MaxName)
	}
	checkLine(c, contactField("role", i), k.Role, MaxName)
	c.Check(validEmail(k.Email), contactField("email", i), "partner.invalid.email")
	c.Check(k.Phone == "" || validPhone(k.Phone), contactField("phone", i), "partner.invalid.phone")
	c.Check(slices.Contains(i18n.Langs[:], k.Language), contactField("language", i), "partner.invalid.contact_language")
}

func (f Form) checkServiceAreas(c *fault.Checker, areas []ServiceArea) {
	c.Check(len(f.ServiceAreas) > 0, "service_areas", "partner.invalid.service_areas")
	for _, code := range f.ServiceAreas {
		if !slices.ContainsFunc(areas, func(a ServiceArea) bool { return a.Code == code && !a.Retired() }) {
			c.Check(false, "service_areas", "partner.invalid.service_areas_unknown")
			return
		}
	}
}

func (f Form) checkPlaces(c *fault.Checker) {
	if f.WholeCountry {
		return
	}
	n := len(f.Municipalities) + len(f.Regions)
	c.Check(n > 0, "places", "partner.invalid.places")
	if n > MaxPlaces {
		c.Add(fault.FieldError{Field: "places", MessageID: "partner.invalid.places_many", Data: map[string]any{"Max": MaxPlaces}})
	}
	for _, code := range f.Municipalities {
		if m, ok := reference.MunicipalityByCode(code); !ok || m.MergedInto != "" {
			c.Check(false, "places", "partner.invalid.places_unknown")
			return
		}
	}
	for _, code := range f.Regions {
		if _, ok := reference.RegionByCode(code); !ok {
			c.Check(false, "places", "partner.invalid.places_unknown")
			return
		}
	}
}

func (f Form) checkDescription(c *fault.Checker) {
	c.Check(saysSomething(f.DescriptionFi) || saysSomething(f.DescriptionSv), "description_fi", "partner.invalid.description")
	checkText(c, "description_fi", f.DescriptionFi, MaxDescription)
	checkText(c, "description_sv", f.DescriptionSv, MaxDescription)
	c.Check(f.Website == "" || validWebsite(f.Website), "website", "partner.invalid.website")
}

// checkLine takes a text without line breaks.
func checkLine(c *fault.Checker, field, text string, most int) {
	checkLength(c, field, text, most)
	c.Check(!strings.ContainsFunc(text, isControl), field, "partner.invalid.characters")
}

// checkText takes a text of many lines.
func checkText(c *fault.Checker, field, text string, most int) {
	checkLength(c, field, text, most)
	strange := func(r rune) bool { return r != '\n' && r != '\t' && isControl(r) }
	c.Check(!strings.ContainsFunc(text, strange), field, "partner.invalid.characters")
}

func checkLength(c *fault.Checker, field, text string, most int) {
	if n := utf8.RuneCountInString(text); n > most {
		c.Add(fault.FieldError{Field: field, MessageID: "partner.invalid.long", Data: map[string]any{
			"Max": i18n.Number(most), "Count": i18n.Number(n), "Over": i18n.Number(n - most),
		}})
	}
}

// isControl tells characters that do things to a text without being seen in it:
// controls, and marks that turn its direction.
func isControl(r rune) bool {
	return unicode.IsControl(r) || r == unicode.ReplacementChar || r == '\u2028' || r == '\u2029' ||
		r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// saysSomething tells whether text has a letter or a number.
func saysSomething(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.L, unicode.N) })
}

// validEmail takes a bare address only: nothing in it may start a new header or
// name a second receiver.
func validEmail(s string) bool {
	if len(s) > MaxEmail || strings.ContainsAny(s, "\r\n\x00,;<>\" ") || strings.ContainsFunc(s, isControl) {
		return false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(domain, ".") && !strings.HasSuffix(domain, ".")
}

var phonePattern = regexp.MustCompile(`^\+?[0-9][0-9 ()./-]{3,28}$`)

func validPhone(s string) bool {
	digits := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	return phonePattern.MatchString(s) && digits >= 5 && digits <= 15
}

func validWebsite(s string) bool {
	if utf8.RuneCountInString(s) > MaxWebsite || strings.ContainsFunc(s, func(r rune) bool { return isControl(r) || unicode.IsSpace(r) }) {
		return false
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Opaque != "" {
		return false
	}
	return strings.Contains(strings.Trim(u.Hostname(), "."), ".")
}
