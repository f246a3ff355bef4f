package owndata

import (
	"context"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/reference"
)

// named is what people call a code that is kept under the name of an item, and
// the code itself where it has no name.
func named(ctx context.Context, item, code string) string {
	var e reference.Entry
	ok := false
	switch item {
	case "country", "countries", "citizenship", "nationality":
		e, ok = reference.CountryByCode(code)
	case "language", "languages", "working_languages":
		e, ok = reference.LanguageByCode(code)
	case "regions":
		e, ok = reference.RegionByCode(code)
	case "municipality", "municipalities":
		var m reference.Municipality
		m, ok = reference.MunicipalityByCode(code)
		e.Name = m.Name
	case "occupation":
		var o reference.Occupation
		o, ok = reference.OccupationByCode(code)
		e.Name = o.Name
	case "section":
		return word(ctx, "profile.section.", code)
	case "sex", "military_service", "level", "state":
		if text := word(ctx, "profile.option."+item+".", code); text != code {
			return text
		}
	}
	if ok {
		return e.Name.In(string(i18n.LangOf(ctx)))
	}
	return code
}

// name writes the codes of a line in words, many with commas between them.
func (l *line) name(ctx context.Context, item string) {
	codes := strings.Split(l.Text, ", ")
	for i, code := range codes {
		codes[i] = named(ctx, item, code)
	}
	l.Text = strings.Join(codes, ", ")
}
