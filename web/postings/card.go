package postings

import (
	"context"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/web/ui"
)

// placesShown is how many places a card names before it counts the rest.
const placesShown = 3

func employerOfCard(ctx context.Context, c *jobposting.Card) string {
	if name := named(ctx, c.Employer); name != "" {
		return name
	}
	if c.EmployerType == employerHousehold {
		return i18n.T(ctx, "postings.employer.household")
	}
	return i18n.T(ctx, "postings.employer.unnamed")
}

func placeOfCard(ctx context.Context, c *jobposting.Card) string {
	names := places(ctx, &jobposting.Content{Municipalities: c.Municipalities, Regions: c.Regions, Countries: c.Countries})
	if more := len(names) - placesShown; more > 0 {
		names = append(names[:placesShown:placesShown], i18n.TCount(ctx, "postings.more_places", more))
	}
	if c.Flexible {
		names = append(names, i18n.T(ctx, "postings.flexible"))
	}
	return strings.Join(names, ", ")
}

func cardDetails(ctx context.Context, c *jobposting.Card) []ui.Text {
	var details []ui.Text
	if c.WorkTime != "" {
		details = append(details, ui.Plain(codeName(ctx, reference.WorkTime, c.WorkTime)))
	}
	for _, code := range c.Continuity {
		details = append(details, ui.Plain(codeName(ctx, reference.Continuity, code)))
	}
	if len(c.WorkLanguages) > 0 {
		names := make([]string, len(c.WorkLanguages))
		for i, code := range c.WorkLanguages {
			names[i] = languageName(ctx, code)
		}
		details = append(details, ui.Plain(i18n.TData(ctx, "postings.work_language", map[string]any{"Languages": strings.Join(names, ", ")})))
	}
	if c.Positions > 1 {
		details = append(details, ui.Plain(i18n.TCount(ctx, "postings.positions", c.Positions)))
	}
	return details
}
