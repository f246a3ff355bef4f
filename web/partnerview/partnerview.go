// Package partnerview shows the data of partners and applications: to the
// applicant who checks it, to the partner who keeps it, and to the officer who
// decides on it.
package partnerview

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/web/ui"
)

// Form is what FormFacts shows.
type Form struct {
	partner.Form

	// Organisation is what the business register told; FetchedAt is zero when
	// it has not answered.
	Organisation organisation.Organisation
	// Areas are all service areas, the retired ones too.
	Areas []partner.ServiceArea
	// Change returns the address at which a part is changed, "" for nowhere; nil
	// shows no links.
	Change func(p partner.Part) string
	// Parts are those to show; nil shows all.
	Parts []partner.Part
}

func (f Form) parts() []partner.Part {
	if f.Parts == nil {
		return partner.Parts()
	}
	return f.Parts
}

func (f Form) change(p partner.Part) string {
	if f.Change == nil {
		return ""
	}
	return f.Change(p)
}

// PartName is what a part is called.
func PartName(ctx context.Context, p partner.Part) string {
	return i18n.T(ctx, "partner.part."+string(p))
}

// StatusName is what the status of an application is called.
func StatusName(ctx context.Context, s partner.Status) string {
	return i18n.T(ctx, "partner.status."+string(s))
}

// KindName is what an application is called.
func KindName(ctx context.Context, k partner.Kind) string {
	return i18n.T(ctx, "partner.kind."+string(k))
}

// FieldName is what a field of partner.Change is called.
func FieldName(ctx context.Context, field string) string {
	name, number := field, ""
	if i := strings.LastIndexByte(field, '_'); i > 0 && strings.HasPrefix(field, "contact_") {
		name, number = field[:i], field[i+1:]
	}
	if number != "" {
		return i18n.TData(ctx, "partner.field."+name, map[string]any{"Number": number})
	}
	return i18n.T(ctx, "partner.field."+name)
}

// FieldValue is a value of partner.Change in words.
func FieldValue(ctx context.Context, field, value string, areas []partner.ServiceArea) string {
	codes := strings.Split(value, ",")
	switch {
	case value == "" && (field == "whole_country" || field == "personal_data"):
		return i18n.T(ctx, "partner.value.no")
	case value == "":
		return i18n.T(ctx, "partner.value.nothing")
	case value == "yes":
		return i18n.T(ctx, "partner.value.yes")
	case field == "service_areas":
		return strings.Join(AreaNames(ctx, codes, areas), ", ")
	case field == "municipalities":
		return strings.Join(municipalityNames(ctx, codes), ", ")
	case field == "regions":
		return strings.Join(regionNames(ctx, codes), ", ")
	case field == "languages":
		return strings.Join(LanguageNames(ctx, codes), ", ")
	case field == "declarations":
		return strings.Join(declarations(ctx, codes), " ")
	case strings.HasPrefix(field, "contact_language"):
		return i18n.T(ctx, "partner.value.language_"+value)
	}
	return value
}

// AreaNames are the names of service areas in the order of the page's language.
func AreaNames(ctx context.Context, codes []string, areas []partner.ServiceArea) []string {
	return alphabetical(ctx, codes, func(code string) string {
		i := slices.IndexFunc(areas, func(a partner.ServiceArea) bool { return a.Code == code })
		if i < 0 {
			return code
		}
		name := areas[i].Name[i18n.LangOf(ctx)]
		if areas[i].Retired() {
			return i18n.TData(ctx, "partner.value.retired", map[string]any{"Name": name})
		}
		return name
	})
}

// LanguageNames are the names of languages in the order in which they are asked
// for.
func LanguageNames(ctx context.Context, codes []string) []string {
	return each(asAsked(codes, partner.ServiceLanguages()), func(code string) string {
		if l, ok := reference.LanguageByCode(code); ok {
			return l.Name.In(string(i18n.LangOf(ctx)))
		}
		return code
	})
}

func municipalityNames(ctx context.Context, codes []string) []string {
	return alphabetical(ctx, codes, func(code string) string {
		if m, ok := reference.MunicipalityByCode(code); ok {
			return m.Name.In(string(i18n.LangOf(ctx)))
		}
		return code
	})
}

func regionNames(ctx context.Context, codes []string) []string {
	return alphabetical(ctx, codes, func(code string) string {
		if r, ok := reference.RegionByCode(code); ok {
			return r.Name.In(string(i18n.LangOf(ctx)))
		}
		return code
	})
}

func declarations(ctx context.Context, codes []string) []string {
	return each(asAsked(codes, partner.Declarations()), func(code string) string { return i18n.T(ctx, "partner.declaration."+code) })
}

// asAsked are codes in the order of all, and those after them that it lacks.
func asAsked(codes, all []string) []string {
	place := func(code string) int {
		if i := slices.Index(all, code); i >= 0 {
			return i
		}
		return len(all)
	}
	codes = slices.Clone(codes)
	slices.SortStableFunc(codes, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return codes
}

// alphabetical is each in the order of the page's language.
func alphabetical(ctx context.Context, codes []string, name func(string) string) []string {
	all := each(codes, name)
	c := collate.New(language.Make(string(i18n.LangOf(ctx))))
	slices.SortFunc(all, c.CompareString)
	return all
}

func each(codes []string, name func(string) string) []string {
	all := make([]string, 0, len(codes))
	for _, code := range codes {
		if code != "" {
			all = append(all, name(code))
		}
	}
	return all
}

// facts are the values of one part.
func (f Form) facts(ctx context.Context, p partner.Part) []ui.Fact {
	field := func(id string, values ...string) ui.Fact {
		return fact(ctx, i18n.T(ctx, "partner.field."+id), values...)
	}
	switch p {
	case partner.PartOrganisation:
		return f.organisation(ctx)
	case partner.PartContacts:
		return f.contacts(ctx)
	case partner.PartServiceAreas:
		return []ui.Fact{field("service_areas", AreaNames(ctx, f.ServiceAreas, f.Areas)...)}
	case partner.PartPlaces:
		if f.WholeCountry {
			return []ui.Fact{field("whole_country", i18n.T(ctx, "partner.value.yes"))}
		}
		var places []ui.Fact
		if len(f.Regions) > 0 {
			places = append(places, field("regions", regionNames(ctx, f.Regions)...))
		}
		if len(f.Municipalities) > 0 || len(places) == 0 {
			places = append(places, field("municipalities", municipalityNames(ctx, f.Municipalities)...))
		}
		return places
	case partner.PartDescription:
		fi, sv := fact(ctx, i18n.T(ctx, "partner.field.description_fi")), fact(ctx, i18n.T(ctx, "partner.field.description_sv"))
		if f.DescriptionFi != "" {
			fi.Values = []ui.Text{{Text: f.DescriptionFi, Lang: foreign(ctx, i18n.Finnish)}}
		}
		if f.DescriptionSv != "" {
			sv.Values = []ui.Text{{Text: f.DescriptionSv, Lang: foreign(ctx, i18n.Swedish)}}
		}
		return []ui.Fact{fi, sv, field("website", f.Website)}
	case partner.PartLanguages:
		return []ui.Fact{field("languages", LanguageNames(ctx, f.Languages)...)}
	case partner.PartPersonalData:
		answer := "partner.value.no"
		if f.ProcessesPersonalData {
			answer = "partner.value.yes"
		}
		return []ui.Fact{field("personal_data", i18n.T(ctx, answer))}
	case partner.PartDeclarations:
		return []ui.Fact{field("declarations", declarations(ctx, f.Declarations)...)}
	}
	return nil
}

// foreign is lang unless the page is in it.
func foreign(ctx context.Context, lang i18n.Lang) string {
	if i18n.LangOf(ctx) == lang {
		return ""
	}
	return string(lang)
}

// fact says in words when there is no value.
func fact(ctx context.Context, label string, values ...string) ui.Fact {
	f := ui.Fact{Label: label}
	for _, v := range values {
		if v != "" {
			f.Values = append(f.Values, ui.Plain(v))
		}
	}
	if len(f.Values) == 0 {
		f.Values = []ui.Text{ui.Plain(i18n.T(ctx, "partner.value.nothing"))}
	}
	return f
}

func (f Form) organisation(ctx context.Context) []ui.Fact {
	field := func(id string, values ...string) ui.Fact {
		return fact(ctx, i18n.T(ctx, "partner.field."+id), values...)
	}
	o := f.Organisation
	facts := []ui.Fact{field("business_id", string(o.BusinessID)), field("name", o.Name)}
	if o.FetchedAt.IsZero() {
		facts = append(facts, field("fetched", i18n.T(ctx, "partner.value.no_answer")))
	} else {
		facts = append(facts, field("form", o.FormNames[i18n.LangOf(ctx)]), field("situation", Situation(ctx, o)), field("address", Addresses(ctx, o)...), field("fetched", i18n.DateTime(ctx, o.FetchedAt)))
	}
	for _, id := range []string{partner.CorrectName, partner.CorrectAddress} {
		if v := f.Correction(id); v != "" {
			facts = append(facts, field("correct_"+id, v))
		}
	}
	return facts
}

// Situation says whether the register knows an organisation to be in business.
func Situation(ctx context.Context, o organisation.Organisation) string {
	return i18n.T(ctx, "partner.situation."+o.Situation())
}

// Addresses are an organisation's addresses in the register, each on a line.
func Addresses(ctx context.Context, o organisation.Organisation) []string {
	var all []string
	for _, a := range o.Addresses {
		city := a.City[i18n.LangOf(ctx)]
		if city == "" {
			city = a.City[i18n.Finnish]
		}
		line := strings.Join(append(slices.Clone(a.Lines), strings.TrimSpace(a.PostCode+" "+city)), ", ")
		if !slices.Contains(all, line) {
			all = append(all, line)
		}
	}
	return all
}

func (f Form) contacts(ctx context.Context) []ui.Fact {
	var facts []ui.Fact
	for i, c := range f.Contacts {
		language := ""
		if c.Language != "" {
			language = i18n.T(ctx, "partner.value.language_"+string(c.Language))
		}
		label := i18n.TData(ctx, "partner.field.contact", map[string]any{"Number": strconv.Itoa(i + 1)})
		facts = append(facts, fact(ctx, label, c.Name, c.Role, c.Email, c.Phone, language))
	}
	if len(facts) == 0 {
		facts = append(facts, fact(ctx, i18n.T(ctx, "partner.part.contacts")))
	}
	return facts
}

// Changes is partner.Diff in words, as a table.
func Changes(ctx context.Context, changes []partner.Change, areas []partner.ServiceArea) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "partner.changes"), Columns: []ui.Column{
		{Label: i18n.T(ctx, "partner.changes_field")}, {Label: i18n.T(ctx, "partner.changes_before")}, {Label: i18n.T(ctx, "partner.changes_after")},
	}}
	for _, c := range changes {
		t.Rows = append(t.Rows, []ui.Text{
			ui.Plain(FieldName(ctx, c.Field)),
			ui.Plain(FieldValue(ctx, c.Field, c.Before, areas)), ui.Plain(FieldValue(ctx, c.Field, c.After, areas)),
		})
	}
	return t
}

// RuleName is what a rule is called.
func RuleName(ctx context.Context, rule string) string { return i18n.T(ctx, "partner.rule."+rule) }

// OutcomeName is what an outcome is called.
func OutcomeName(ctx context.Context, o partner.Outcome) string {
	return i18n.T(ctx, "partner.outcome."+string(o))
}

// Found is the evidence of a verdict in words, for an officer.
func Found(ctx context.Context, v partner.Verdict, areas []partner.ServiceArea) string {
	if v.Evidence["off"] != "" {
		return i18n.T(ctx, "partner.found.off")
	}
	suffix := string(v.Outcome)
	switch v.Rule {
	case partner.RuleOrganisation:
		suffix = v.Evidence["situation"]
	case partner.RuleSample:
		suffix = v.Evidence["sampled"]
	case partner.RuleCorrections:
		if v.Evidence["odd"] != "" {
			suffix = "odd"
		}
	}
	return i18n.TData(ctx, "partner.found."+v.Rule+"_"+suffix, map[string]any{
		"Authority": AuthorityName(ctx, v.Evidence["authority"]), "CheckedAt": moment(ctx, v.Evidence["checked_at"]), "FetchedAt": moment(ctx, v.Evidence["fetched_at"]),
		"BarredUntil": moment(ctx, v.Evidence["barred_until"]), "Open": v.Evidence["open"], "Fields": v.Evidence["fields"],
		"RejectedAt": moment(ctx, v.Evidence["rejected_at"]), "Corrected": corrected(ctx, v.Evidence["fields"]), "Odd": corrected(ctx, v.Evidence["odd"]),
		"Areas": strings.Join(AreaNames(ctx, strings.Split(v.Evidence["service_areas"], ","), areas), ", "), "Rate": v.Evidence["rate"],
	})
}

// corrected names the fields of the register's data that evidence tells of.
func corrected(ctx context.Context, fields string) string {
	if fields == "" {
		return ""
	}
	var names []string
	for name := range strings.SplitSeq(fields, ",") {
		if name == partner.CorrectName || name == partner.CorrectAddress {
			names = append(names, i18n.T(ctx, "partner.corrected."+name))
		}
	}
	return strings.Join(names, ", ")
}

// moment writes a time of evidence as people read it.
func moment(ctx context.Context, s string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return "–"
	}
	return i18n.DateTime(ctx, t)
}

// Looking tells the applicant in plain words what is being looked at.
func Looking(ctx context.Context, a partner.Application, areas []partner.ServiceArea) []string {
	var all []string
	for _, v := range a.Broken() {
		id := "partner.looking." + v.Rule
		switch {
		case v.Rule == partner.RuleOrganisation && v.Outcome == partner.Wait:
			id = "partner.looking.organisation_wait"
		case v.Rule == partner.RuleOrganisation && v.Evidence["situation"] == "missing":
			id = "partner.looking.organisation_missing"
		}
		names := AreaNames(ctx, strings.Split(v.Evidence["service_areas"], ","), areas)
		all = append(all, i18n.TData(ctx, id, map[string]any{"Areas": strings.Join(names, ", "), "Corrected": corrected(ctx, v.Evidence["fields"])}))
	}
	return all
}
