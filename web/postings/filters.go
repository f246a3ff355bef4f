package postings

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
)

// option is one value of a filter. Level indents it under the broader values
// before it.
type option struct {
	Value, Label string
	Count        int
	Chosen       bool
	Level        int
}

// filter is one field of the form beside the results.
type filter struct {
	Name    string
	Label   string // message ID
	Options []option
	// Chosen counts the values that are chosen, shown or not.
	Chosen int
	// Open shows the values at once.
	Open bool
	// More tells that there are values besides those shown.
	More bool
	// One allows one value only.
	One bool
	// Hidden are chosen values that the filter does not list.
	Hidden []string
}

// shortList is how many values a filter shows before it is asked for all.
const shortList = 8

// filters makes the fields beside the results. Counts are those of facets.
func (p *Pages) filters(ctx context.Context, s state, facets []search.Facet, now time.Time) []filter {
	counts := map[search.FacetName][]search.FacetValue{}
	for _, f := range facets {
		counts[f.Name] = f.Values
	}
	list := func(name search.FacetName, label string, open bool, title func(string) string) filter {
		f := filter{Name: string(name), Label: label, Open: open, Chosen: len(s.values[string(name)])}
		f.fill(s, counts[name], title)
		f.Open = open || f.Chosen > 0
		return f
	}
	codes := func(l reference.ListName) func(string) string {
		return func(code string) string { return codeName(ctx, l, code) }
	}
	language := func(code string) string { return languageTitle(ctx, code) }
	out := []filter{
		list(search.FacetRegion, "search.filter.region", true, func(c string) string { return regionName(ctx, c) }),
		list(search.FacetMunicipality, "search.filter.municipality", false, func(c string) string { return municipalityName(ctx, c) }),
		p.occupationFilter(ctx, s, counts[search.FacetOccupation]),
		list(search.FacetContinuity, "search.filter.continuity", true, codes(reference.Continuity)),
		list(search.FacetWorkTime, "search.filter.working_time", true, codes(reference.WorkTime)),
		flexibleFilter(ctx, s, counts[search.FacetFlexible]),
		sinceFilter(ctx, s, now),
		list(search.FacetEmployment, "search.filter.employment", false, codes(reference.Employment)),
		list(search.FacetWorkLanguage, "search.filter.work_language", false, language),
		list(search.FacetPostingLanguage, "search.filter.posting_language", false, language),
	}
	if len(counts[search.FacetCountry]) > 1 || len(s.values[string(search.FacetCountry)]) > 0 {
		out = append(out, list(search.FacetCountry, "search.filter.country", false, func(c string) string { return countryName(ctx, c) }))
	}
	return out
}

// fill puts values into f, most postings first, the chosen ones always among
// them. Values with nothing behind them are left out. Shown in full they stand
// in the order of their names.
func (f *filter) fill(s state, values []search.FacetValue, title func(string) string) {
	full := s.all == f.Name
	seen := map[string]bool{}
	for _, v := range values {
		seen[v.Code] = true
		chosen := s.has(f.Name, v.Code)
		if v.Count == 0 && !chosen {
			continue
		}
		if !full && !chosen && len(f.Options) >= shortList {
			f.More = true
			continue
		}
		f.Options = append(f.Options, option{Value: v.Code, Label: title(v.Code), Count: v.Count, Chosen: chosen})
	}
	for _, code := range s.values[f.Name] {
		if !seen[code] {
			f.Options = append(f.Options, option{Value: code, Label: title(code), Chosen: true})
		}
	}
	if full {
		byLabel(s.lang, f.Options)
	}
}

func byLabel(lang i18n.Lang, options []option) {
	c := collate.New(language.Make(string(lang)))
	slices.SortStableFunc(options, func(a, b option) int { return c.CompareString(a.Label, b.Label) })
}

// occupationFilter lists the two broadest levels of ISCO-08. Once something is
// chosen it lists the broadest level, and more only around what was chosen.
func (p *Pages) occupationFilter(ctx context.Context, s state, values []search.FacetValue) filter {
	name := string(search.FacetOccupation)
	f := filter{Name: name, Label: "search.filter.occupation", Chosen: len(s.values[name]), Open: len(s.values[name]) > 0}
	count := make(map[string]int, len(values))
	for _, v := range values {
		count[v.Code] = v.Count
	}
	for _, o := range reference.Occupations() {
		chosen := s.has(name, o.Code)
		shown := o.Level == 1 || o.Level == 2 && f.Chosen == 0 || chosenBeside(s.values[name], o.Code)
		if !chosen && (count[o.Code] == 0 || !shown) {
			continue
		}
		f.Options = append(f.Options, option{Value: o.Code, Label: in(ctx, o.Name), Count: count[o.Code], Chosen: chosen, Level: o.Level - 1})
	}
	for _, code := range s.values[name] {
		if _, ok := reference.OccupationByCode(code); !ok {
			f.Hidden = append(f.Hidden, code)
		}
	}
	return f
}

// chosenBeside tells whether the group just above code was chosen, or something
// within that group.
func chosenBeside(chosen []string, code string) bool {
	above := code[:len(code)-1]
	return slices.ContainsFunc(chosen, func(c string) bool { return strings.HasPrefix(c, above) })
}

func flexibleFilter(ctx context.Context, s state, values []search.FacetValue) filter {
	name := string(search.FacetFlexible)
	f := filter{Name: name, Label: "search.filter.flexible", Chosen: len(s.values[name]), Open: true}
	o := option{Value: "true", Label: i18n.T(ctx, "search.filter.flexible_only"), Chosen: f.Chosen > 0}
	for _, v := range values {
		if v.Code == o.Value {
			o.Count = v.Count
		}
	}
	if o.Count > 0 || o.Chosen {
		f.Options = []option{o}
	}
	return f
}

// sinceDays are the choices of how old a posting may be.
//
//nolint:gochecknoglobals // a constant table
var sinceDays = [...]int{1, 3, 7, 14}

// sinceFilter offers dates, so that an address means the same tomorrow.
func sinceFilter(ctx context.Context, s state, now time.Time) filter {
	chosen := s.values.Get(paramSince)
	f := filter{Name: paramSince, Label: "search.filter.since", One: true, Chosen: min(1, len(chosen)), Open: chosen != ""}
	f.Options = append(f.Options, option{Label: i18n.T(ctx, "search.filter.since_any"), Chosen: chosen == ""})
	known := chosen == ""
	for _, days := range sinceDays {
		date := now.In(i18n.Helsinki).AddDate(0, 0, -days).Format(time.DateOnly)
		f.Options = append(f.Options, option{
			Value: date, Label: i18n.TCount(ctx, "search.filter.since_days", days), Chosen: chosen == date,
		})
		known = known || chosen == date
	}
	if !known {
		f.Options = append(f.Options, option{Value: chosen, Label: sinceLabel(ctx, chosen), Chosen: true})
	}
	return f
}

func sinceLabel(ctx context.Context, value string) string {
	return i18n.TData(ctx, "search.chip.since", map[string]any{"Date": isoDate(ctx, value)})
}

// label names one value of a parameter, for chips and advice.
func (p *Pages) label(ctx context.Context, name, value string) string {
	switch search.FacetName(name) {
	case search.FacetMunicipality:
		return municipalityName(ctx, value)
	case search.FacetRegion:
		return regionName(ctx, value)
	case search.FacetCountry:
		return countryName(ctx, value)
	case search.FacetOccupation:
		label, _ := p.conceptName(ctx, value)
		return label
	case search.FacetContinuity:
		return codeName(ctx, reference.Continuity, value)
	case search.FacetWorkTime:
		return codeName(ctx, reference.WorkTime, value)
	case search.FacetEmployment:
		return codeName(ctx, reference.Employment, value)
	case search.FacetPostingLanguage:
		return i18n.TData(ctx, "search.chip.posting_language", map[string]any{"Language": languageName(ctx, value)})
	case search.FacetWorkLanguage:
		return i18n.TData(ctx, "search.chip.work_language", map[string]any{"Language": languageName(ctx, value)})
	case search.FacetFlexible:
		return sentence(i18n.T(ctx, "postings.flexible"))
	}
	switch name {
	case paramEmployer:
		return i18n.TData(ctx, "search.chip.employer", map[string]any{"Employer": value})
	case paramSince:
		return sinceLabel(ctx, value)
	}
	return "”" + value + "”"
}

func (o option) id(name string) string { return name + "-" + o.Value }

func (f filter) showAllLabel(ctx context.Context) string {
	return i18n.T(ctx, "search.show_all") + ": " + i18n.T(ctx, f.Label)
}

func (f filter) chosenNote(ctx context.Context) string {
	return i18n.TCount(ctx, "search.chosen", f.Chosen)
}

func (f filter) inputType() string {
	if f.One {
		return "radio"
	}
	return "checkbox"
}
