package owndata

import (
	"tyomarkkinatori.fi/portal/internal/identity"
)

// categoryCode is the category of the columns that hold an identity code.
const categoryCode = "identity_code"

// shownOf is how much of an identifier that is no Finnish code is left: the two
// countries that it begins with.
const shownOf = len("SE/FI/")

// HideCodes hides the end of identity codes, for a copy that passes through other
// hands than the person's, who knows them.
func (e *Everything) HideCodes() {
	for _, g := range e.Groups {
		for _, entry := range g.Entries {
			for i, item := range entry.Items {
				if code, ok := item.Value.(string); ok && item.Category == categoryCode {
					entry.Items[i].Value = hideCode(code)
				}
			}
		}
	}
}

func hideCode(code string) string {
	if c, err := identity.ParseCode(code); err == nil {
		return c.Masked()
	}
	return code[:min(len(code), shownOf)] + "••••"
}
