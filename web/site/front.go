package site

import (
	"context"
	"net/url"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/ui"
)

// The parameters of the job search that the front page links to.
const (
	paramQuery      = "q"
	paramWhere      = "where"
	paramRegion     = "region"
	paramOccupation = "occupation"
	paramContinuity = "continuity"
	paramFlexible   = "flexible_location"
	paramSort       = "sort"
	summerJob       = "0202"
	byDeadline      = "closing"
)

func searchFor(ctx context.Context, name, value string) string {
	return paths.WithQuery(paths.To(ctx, paths.JobSearch), url.Values{name: {value}})
}

// countLine says how much is open, in the words of the listing: postings, and
// the people wanted in them.
func countLine(ctx context.Context, o Overview) string {
	line := i18n.TCount(ctx, "site.front.open", o.Open)
	if o.Positions > o.Open {
		line += ", " + i18n.TCount(ctx, "site.front.positions", o.Positions)
	}
	return line
}

// bars makes a chart whose labels lead to the search.
func bars(ctx context.Context, param string, tallies []Tally) []ui.Bar {
	b := make([]ui.Bar, len(tallies))
	for i, t := range tallies {
		b[i] = ui.Bar{Label: t.Name, Value: t.Count}
		if param != "" {
			b[i].Href = searchFor(ctx, param, t.Code)
		}
	}
	return b
}

// shortcut is a way into the search beside the words.
type shortcut struct {
	Label, Href string
	Count       int
}

func shortcuts(ctx context.Context, o Overview) []shortcut {
	all := []shortcut{
		{i18n.T(ctx, "site.front.newest"), paths.To(ctx, paths.JobSearch), 0},
		{i18n.T(ctx, "site.front.closing"), searchFor(ctx, paramSort, byDeadline), 0},
	}
	if o.Summer > 0 {
		all = append(all, shortcut{i18n.T(ctx, "site.front.summer"), searchFor(ctx, paramContinuity, summerJob), o.Summer})
	}
	if o.Flexible > 0 {
		all = append(all, shortcut{i18n.T(ctx, "site.front.flexible"), searchFor(ctx, paramFlexible, "true"), o.Flexible})
	}
	return all
}
