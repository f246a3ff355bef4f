package postings

import (
	"context"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/web/ui"
)

// Label says in words what one value of a search's parameter asks for.
func (p *Pages) Label(ctx context.Context, name, value string) string {
	return p.label(ctx, name, value)
}

// Card makes the card of a posting for another page or a mail.
func (p *Pages) Card(ctx context.Context, c jobposting.Card) ui.Card { return card(ctx, &c, p.Now()) }
