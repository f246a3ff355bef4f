package partnerview

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/web/ui"
)

// What the buttons within the fields ask for, as values of the field "go":
// another contact, or the municipalities that the field "q" names. Whoever
// serves the form keeps what was typed and shows the fields again.
const (
	GoAdd    = "add"
	GoSearch = "search"
)

// Fields is what PartFields shows.
type Fields struct {
	Part partner.Part
	// Form is as it was typed.
	Form   partner.Form
	Errors []fault.FieldError
	Areas  []partner.ServiceArea
	// Organisation is what the business register told; its FetchedAt is zero
	// while it has not answered.
	Organisation organisation.Organisation
	// Rows is how many contacts there is room for; fewer than there are, or
	// none, shows them all, and one at least.
	Rows int
	// Query is what municipality was searched for.
	Query string
	// PersonalData tells whether the processing of personal data is open, and
	// Processor is the version of its agreement to accept, 0 for none. The tick
	// for it is the field "processor_read" with the version as value.
	PersonalData bool
	Processor    int
}

// rows is how many contacts are shown.
func (f Fields) rows() int {
	return max(1, f.Rows, len(f.Form.Contacts))
}

func (f Fields) serviceAreas(ctx context.Context) []ui.Option {
	lang := i18n.LangOf(ctx)
	var all []ui.Option
	for _, a := range f.Areas {
		chosen := slices.Contains(f.Form.ServiceAreas, a.Code)
		if a.Retired() && !chosen {
			continue
		}
		o := ui.Option{Value: a.Code, Label: AreaNames(ctx, []string{a.Code}, f.Areas)[0], Hint: a.Description[lang], Selected: chosen}
		if a.NeedsLook {
			o.Mark = i18n.T(ctx, "partner.form.service_areas.look")
		}
		all = append(all, o)
	}
	byLabel(ctx, all)
	return all
}

func (f Fields) languages(ctx context.Context) []ui.Option {
	var all []ui.Option
	for _, code := range partner.ServiceLanguages() {
		name := LanguageNames(ctx, []string{code})[0]
		all = append(all, ui.Option{Value: code, Label: name, Selected: slices.Contains(f.Form.Languages, code)})
	}
	return all
}

func (f Fields) regions(ctx context.Context) []ui.Option {
	var all []ui.Option
	for _, r := range reference.Regions() {
		all = append(all, ui.Option{Value: r.Code, Label: r.Name.In(string(i18n.LangOf(ctx))), Selected: slices.Contains(f.Form.Regions, r.Code)})
	}
	byLabel(ctx, all)
	return all
}

// municipalities are the chosen ones and, after them, those that were searched
// for; the ones whose names were written in full are ticked already.
func (f Fields) municipalities(ctx context.Context) []ui.Option {
	lang := string(i18n.LangOf(ctx))
	var chosen, found []ui.Option
	for _, code := range f.Form.Municipalities {
		if m, ok := reference.MunicipalityByCode(code); ok {
			chosen = append(chosen, ui.Option{Value: code, Label: m.Name.In(lang), Selected: true})
		}
	}
	meant, _ := municipalitiesCalled(f.Query)
	for _, code := range searchMunicipalities(f.Query) {
		if m, ok := reference.MunicipalityByCode(code); ok && !slices.Contains(f.Form.Municipalities, code) {
			found = append(found, ui.Option{Value: code, Label: m.Name.In(lang), Selected: slices.Contains(meant, code)})
		}
	}
	byLabel(ctx, chosen)
	return append(chosen, found...)
}

// found tells how many municipalities the search has found.
func (f Fields) found() int { return len(searchMunicipalities(f.Query)) }

// byLabel sorts by the page's language.
func byLabel(ctx context.Context, options []ui.Option) {
	c := collate.New(language.Make(string(i18n.LangOf(ctx))))
	slices.SortFunc(options, func(a, b ui.Option) int { return c.CompareString(a.Label, b.Label) })
}

// contact is the contact with index i, as it was typed.
func (f Fields) contact(ctx context.Context, i int) partner.Contact {
	if i < len(f.Form.Contacts) {
		return f.Form.Contacts[i]
	}
	return partner.Contact{Language: i18n.LangOf(ctx)}
}

func contactLanguages(ctx context.Context, c partner.Contact) []ui.Option {
	var all []ui.Option
	for _, lang := range i18n.Langs {
		all = append(all, ui.Option{Value: string(lang), Label: i18n.T(ctx, "partner.value.language_"+string(lang)), Selected: c.Language == lang})
	}
	return all
}

// contactField is the name of a field of the contact with index i.
func contactField(name string, i int) string { return "contact_" + name + "_" + strconv.Itoa(i+1) }

// single is a choice of one box to tick.
func single(label string, ticked bool) []ui.Option {
	return []ui.Option{{Value: "yes", Label: label, Selected: ticked}}
}

// Rows is how many contacts a form that was sent holds.
func Rows(values url.Values) int {
	n := 0
	for n < 2*partner.MaxContacts && values.Has("contact_name_"+strconv.Itoa(n+1)) {
		n++
	}
	return n
}

// ReadPart puts what was typed into a part of form. It changes nothing of it:
// what is wrong is kept to be shown again.
func ReadPart(values url.Values, part partner.Part, form partner.Form) partner.Form {
	switch part {
	case partner.PartOrganisation:
		form.Corrections = nil
		for _, field := range []string{partner.CorrectName, partner.CorrectAddress} {
			if v := values.Get("correct_" + field); v != "" {
				form.Corrections = append(form.Corrections, partner.Correction{Field: field, Value: v})
			}
		}
	case partner.PartContacts:
		form.Contacts = nil
		for i := range Rows(values) {
			n := "_" + strconv.Itoa(i+1)
			form.Contacts = append(form.Contacts, partner.Contact{
				Name: values.Get("contact_name" + n), Role: values.Get("contact_role" + n), Email: values.Get("contact_email" + n),
				Phone: values.Get("contact_phone" + n), Language: i18n.Lang(values.Get("contact_language" + n)),
			})
		}
	case partner.PartServiceAreas:
		form.ServiceAreas = values["service_areas"]
	case partner.PartPlaces:
		form.Municipalities, form.Regions = values["municipalities"], values["regions"]
		form.WholeCountry = values.Get("whole_country") == "yes"
	case partner.PartDescription:
		form.DescriptionFi, form.DescriptionSv = values.Get("description_fi"), values.Get("description_sv")
		form.Website = values.Get("website")
	case partner.PartLanguages:
		form.Languages = values["languages"]
	case partner.PartPersonalData:
		form.ProcessesPersonalData = values.Get("personal_data") == "yes"
	case partner.PartDeclarations:
		form.Declarations = nil
		for _, d := range partner.Declarations() {
			if values.Get("declaration_"+d) == "yes" {
				form.Declarations = append(form.Declarations, d)
			}
		}
	}
	return form
}
