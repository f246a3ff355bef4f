package postings

import "context"

// Label says in words what one value of a search's parameter asks for.
func (p *Pages) Label(ctx context.Context, name, value string) string {
	return p.label(ctx, name, value)
}
