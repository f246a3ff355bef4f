package postings

import (
	"context"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/web/paths"
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
		names = names[:placesShown:placesShown]
		// "and two more" belongs to the last name without a comma.
		names[placesShown-1] += " " + i18n.TCount(ctx, "postings.more_places", more)
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

// Cards makes the cards of postings in the order of ids. One that is not open has
// none.
func (p *Pages) Cards(ctx context.Context, ids []int64) ([]ui.Card, error) {
	found, err := jobposting.Cards(ctx, p.DB, ids)
	if err != nil {
		return nil, err
	}
	now := p.Now()
	cards := make([]ui.Card, 0, len(found))
	for _, c := range found {
		if c.Status == jobposting.StatusOpen {
			cards = append(cards, card(ctx, &c, now))
		}
	}
	return cards, nil
}

func card(ctx context.Context, c *jobposting.Card, now time.Time) ui.Card {
	title, _ := said(ctx, c.Title)
	if title.Text == "" {
		title = ui.Plain(i18n.T(ctx, "postings.untitled"))
	}
	out := ui.Card{
		Href: paths.Job(i18n.LangOf(ctx), c.ID), Title: title,
		Deadline: sentence(deadline(ctx, now, c.ExpiresAt)), Soon: closesSoon(now, c.ExpiresAt),
		New: isNew(now, c.PublishedAt),
	}
	out.Lines = append(out.Lines, ui.Plain(employerOfCard(ctx, c)))
	if place := placeOfCard(ctx, c); place != "" {
		out.Lines = append(out.Lines, ui.Plain(place))
	}
	out.Details = append(out.Details, ui.Plain(sentence(published(ctx, now, c.PublishedAt))))
	out.Details = append(out.Details, cardDetails(ctx, c)...)
	return out
}
