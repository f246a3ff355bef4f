package owndata

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// looked are the looks of one day by officers of the same role for the same
// reason: whoever works on a matter opens its pages many times.
type looked struct {
	Role, Why   string
	First, Last time.Time
	Count       int
}

func (p Pages) showLooks(w http.ResponseWriter, r *http.Request) error {
	all, err := p.OwnData.Everything(r.Context(), session.Of(r.Context()).PersonID)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, looksPage(together(r.Context(), all.Looks)))
}

// together puts looks, the newest first, into groups in the order of the newest of
// each.
func together(ctx context.Context, all []owndata.Look) []looked {
	var groups []looked
	for _, l := range all {
		role, why := rolesOf(ctx, l), reasonOf(ctx, l)
		i := slices.IndexFunc(groups, func(g looked) bool {
			return g.Role == role && g.Why == why && sameDay(g.Last, l.At)
		})
		if i < 0 {
			groups = append(groups, looked{Role: role, Why: why, Last: l.At})
			i = len(groups) - 1
		}
		groups[i].First = l.At
		groups[i].Count++
	}
	return groups
}

func sameDay(a, b time.Time) bool {
	return a.In(i18n.Helsinki).Format(time.DateOnly) == b.In(i18n.Helsinki).Format(time.DateOnly)
}

// when says when the looks of a group were, and how many.
func (g looked) when(ctx context.Context) string {
	first, last := i18n.Clock(ctx, g.First), i18n.Clock(ctx, g.Last)
	at := i18n.DateTime(ctx, g.Last)
	if first != last {
		at = i18n.TData(ctx, "owndata.looks.span", map[string]any{"Day": i18n.Date(ctx, g.Last), "First": first, "Last": last})
	}
	if g.Count == 1 {
		return at
	}
	return at + ", " + i18n.TCount(ctx, "owndata.looks.times", g.Count)
}

// reasonOf says why an officer looked.
func reasonOf(ctx context.Context, l owndata.Look) string {
	if l.Reason == "" {
		return act(ctx, l.Action)
	}
	return reasonName(ctx, l.Reason)
}

// reasonName is what a reason is called: a code, or the matter that the officer
// worked on.
func reasonName(ctx context.Context, reason string) string {
	if kind, id, isMatter := strings.Cut(reason, "/"); isMatter {
		return i18n.TData(ctx, "owndata.look.matter", map[string]any{"Matter": word(ctx, "owndata.matter.", kind), "Number": id})
	}
	return word(ctx, "owndata.look.", reason)
}

func rolesOf(ctx context.Context, l owndata.Look) string {
	if len(l.Groups) == 0 {
		return i18n.T(ctx, "owndata.role.staff")
	}
	var names []string
	for _, g := range l.Groups {
		names = append(names, word(ctx, "owndata.role.", g))
	}
	return strings.Join(names, ", ")
}
