package terms

import (
	"context"
	"errors"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Gap is a sign that the two languages of a draft say different things.
type Gap string

// The gaps: one language was changed and the other was not, or they do not have
// as many headings.
const (
	NoGap       Gap = ""
	GapChange   Gap = "change"
	GapHeadings Gap = "headings"
)

// Gap compares the languages of a draft. changes are its Difference from the
// version before, in each language.
func (d Draft) Gap(changes map[i18n.Lang][]Paragraph) Gap {
	switch {
	case headings(d.Text[i18n.Finnish]) != headings(d.Text[i18n.Swedish]):
		return GapHeadings
	case (len(changes[i18n.Finnish]) > 0) != (len(changes[i18n.Swedish]) > 0):
		return GapChange
	}
	return NoGap
}

func headings(text string) int {
	n := 0
	for _, b := range blocks(text) {
		if b.isHeading {
			n++
		}
	}
	return n
}

// Missing tells what stands in the way of publishing d now.
func (t *Terms) Missing(ctx context.Context, d Draft) ([]fault.FieldError, error) {
	err := t.db.InTx(ctx, func(tx *postgres.Tx) error { return t.publishable(ctx, tx, d) })
	if invalid, ok := errors.AsType[*fault.InvalidError](err); ok {
		return invalid.Fields, nil
	}
	return nil, err
}
