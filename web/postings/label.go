package postings

import (
	"context"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/web/ui"
)

// Label says in words what one value of a search's parameter asks for.
func (p *Pages) Label(ctx context.Context, name, value string) string {
	if name == paramQuery {
		return p.queryLabel(ctx, value)
	}
	return p.label(ctx, name, value)
}

// queryLabel says what a query asks for, part by part, and what it excludes.
func (p *Pages) queryLabel(ctx context.Context, query string) string {
	compiled, _, err := p.Analyser.Compile(search.Criteria{Query: query})
	if err != nil || len(compiled.Clauses) == 0 {
		return p.label(ctx, paramQuery, query)
	}
	var parts []string
	for _, c := range compiled.Clauses {
		text, excluded := strings.CutPrefix(c.Value, "-")
		part := p.label(ctx, paramQuery, strings.Trim(text, "\"”“"))
		if excluded {
			part = i18n.TData(ctx, "watches.criterion.not", map[string]any{"Criterion": part})
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// Card makes the card of a posting for another page or a mail.
func (p *Pages) Card(ctx context.Context, c jobposting.Card) ui.Card { return card(ctx, &c, p.Now()) }
