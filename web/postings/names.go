package postings

import (
	"cmp"
	"context"
	"net/mail"
	"net/url"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/richtext"
	"tyomarkkinatori.fi/portal/web/ui"
)

// iscoURI is how the URI of a group of ISCO-08 begins.
const iscoURI = "http://data.europa.eu/esco/isco/C"

func in(ctx context.Context, t reference.Text) string { return t.In(string(i18n.LangOf(ctx))) }

// codeName names a code of a list; a code that the list lacks is its own name,
// so that nothing that a posting says is lost.
func codeName(ctx context.Context, list reference.ListName, code string) string {
	if e, ok := reference.Lookup(list, code); ok {
		return sentence(in(ctx, e.Name))
	}
	return code
}

// codeWord is codeName for the middle of a sentence.
func codeWord(ctx context.Context, list reference.ListName, code string) string {
	return entryName(ctx, func(code string) (reference.Entry, bool) { return reference.Lookup(list, code) }, code)
}

func codeNames(ctx context.Context, list reference.ListName, codes []string) []ui.Text {
	names := make([]ui.Text, len(codes))
	for i, code := range codes {
		names[i] = ui.Plain(codeName(ctx, list, code))
	}
	return names
}

func municipalityName(ctx context.Context, code string) string {
	if m, ok := reference.MunicipalityByCode(code); ok {
		return in(ctx, m.Name)
	}
	return code
}

func entryName(ctx context.Context, find func(string) (reference.Entry, bool), code string) string {
	if e, ok := find(code); ok {
		return in(ctx, e.Name)
	}
	return code
}

func regionName(ctx context.Context, code string) string {
	return entryName(ctx, reference.RegionByCode, code)
}

func countryName(ctx context.Context, code string) string {
	return entryName(ctx, reference.CountryByCode, code)
}

// languageTitle is languageName for the beginning of a line.
func languageTitle(ctx context.Context, code string) string {
	if e, ok := reference.LanguageByCode(code); ok {
		return sentence(in(ctx, e.Name))
	}
	return code
}

func languageName(ctx context.Context, code string) string {
	return entryName(ctx, reference.LanguageByCode, code)
}

// industryName names a branch of industry by the nearest class that the table
// holds: postings give five digits, the table two.
func industryName(ctx context.Context, code string) string {
	for n := len(code); n > 0; n-- {
		if e, ok := reference.Lookup(reference.Industry, code[:n]); ok {
			if n == len(code) {
				return in(ctx, e.Name)
			}
			return in(ctx, e.Name) + " (" + code + ")"
		}
	}
	return code
}

// iscoCode returns the ISCO-08 code of a concept: its own where it is a group,
// else the one that the concept belongs to, or "" when that is not known.
func (p *Pages) iscoCode(concept string) string {
	if code, ok := strings.CutPrefix(concept, iscoURI); ok {
		return code
	}
	if _, ok := reference.OccupationByCode(concept); ok {
		return concept
	}
	if c, ok := p.Concepts[concept]; ok {
		return c.ISCO
	}
	return ""
}

// conceptName names an occupation or a skill; ok is false when only its address
// is known.
func (p *Pages) conceptName(ctx context.Context, concept string) (name string, ok bool) {
	if c, found := p.Concepts[concept]; found {
		if name := in(ctx, c.Name); name != "" {
			return sentence(name), true
		}
	}
	if o, found := reference.OccupationByCode(strings.TrimPrefix(concept, iscoURI)); found {
		return in(ctx, o.Name), true
	}
	return concept, false
}

// employer is who offers the work: the client of a recruiter, else the
// advertiser. A household has no name here: it is a person.
func employer(ctx context.Context, c *jobposting.Content) string {
	if name := cmp.Or(named(ctx, c.Client.Name), named(ctx, c.Advertiser.Name)); name != "" {
		return name
	}
	if c.EmployerType == employerHousehold {
		return i18n.T(ctx, "postings.employer.household")
	}
	return cmp.Or(c.Client.Office, c.Advertiser.Office, i18n.T(ctx, "postings.employer.unnamed"))
}

const employerHousehold = "02"

// places names where the work is, the nearest place that a posting gives:
// municipalities, else regions, else countries.
func places(ctx context.Context, c *jobposting.Content) []string {
	var names []string
	for _, code := range c.Municipalities {
		names = append(names, municipalityName(ctx, code))
	}
	if len(names) == 0 {
		for _, code := range c.Regions {
			names = append(names, regionName(ctx, code))
		}
	}
	if len(names) == 0 {
		for _, code := range c.Countries {
			names = append(names, countryName(ctx, code))
		}
	}
	return names
}

// webAddress returns s as an address that a link may lead to: http and https
// only.
func webAddress(s string) (address string, ok bool) {
	address = richtext.Link(s)
	return address, strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
}

// host names the site of an address for a reader who wants to know where a link
// leads.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}

// mailAddress returns the mailto: address of s, when it is one bare address.
func mailAddress(s string) (address string, ok bool) {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != strings.TrimSpace(s) {
		return "", false
	}
	return (&url.URL{Scheme: "mailto", Opaque: url.PathEscape(a.Address)}).String(), true
}

// phoneAddress returns the tel: address of a number as people write them.
func phoneAddress(s string) (address string, ok bool) {
	var b strings.Builder
	for i, r := range strings.TrimSpace(s) {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" -()/\u00a0\u202f", r):
		default:
			return "", false
		}
	}
	if b.Len() < 5 || b.Len() > 16 {
		return "", false
	}
	return "tel:" + b.String(), true
}
