// Package periodview says in words how long data is kept, for every page that
// tells it.
package periodview

import (
	"context"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/keeping"
)

// Rule writes for how long a rule keeps.
func Rule(ctx context.Context, r keeping.Rule) string {
	if r.Action == keeping.Keep {
		return i18n.T(ctx, "keeping.period.good")
	}
	return Period(ctx, r.Period)
}

// Since writes for how long a rule keeps, and since when that is counted.
func Since(ctx context.Context, r keeping.Rule) string {
	if r.Action == keeping.Keep {
		return Rule(ctx, r)
	}
	return i18n.TData(ctx, "keeping.long", map[string]any{"Period": Rule(ctx, r), "Trigger": i18n.T(ctx, "keeping.trigger."+r.Trigger)})
}

// Period writes a period.
func Period(ctx context.Context, p keeping.Period) string {
	var words []string
	count := func(id string, n int) {
		if n > 0 {
			words = append(words, i18n.TCount(ctx, id, n))
		}
	}
	if p.Months%12 == 0 {
		count("keeping.years", p.Months/12)
	} else {
		count("keeping.months", p.Months)
	}
	count("keeping.days", p.Days)
	if p.Hours%24 == 0 {
		count("keeping.days", p.Hours/24)
	} else {
		count("keeping.hours", p.Hours)
	}
	if len(words) == 0 {
		return i18n.T(ctx, "keeping.period.at_once")
	}
	return strings.Join(words, " ")
}
