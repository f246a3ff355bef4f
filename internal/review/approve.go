package review

import (
	"context"
	"strings"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Obstacles are the verdicts that speak against approving an application. Who
// approves it all the same must say why.
func Obstacles(a partner.Application) []partner.Verdict {
	var all []partner.Verdict
	for _, v := range a.Verdicts {
		if v.Outcome == partner.Fail {
			all = append(all, v)
		}
	}
	return all
}

// Approve approves the application. why says why against Obstacles, and may be
// empty without any.
func (r *Reviews) Approve(ctx context.Context, a Act, why string) error {
	if err := mayReview(a.Officer); err != nil {
		return err
	}
	app, err := r.applications.ByID(ctx, a.ID)
	if err != nil {
		return err
	}
	why = strings.TrimSpace(strings.ReplaceAll(why, "\r\n", "\n"))
	var against []string
	for _, v := range Obstacles(app) {
		against = append(against, v.Rule)
	}
	var c fault.Checker
	n := utf8.RuneCountInString(why)
	c.Check(len(against) == 0 || n >= minReasons, "why", "review.approve.why")
	c.Check(n <= maxNote, "why", "review.note.long")
	if err := c.Err(); err != nil {
		return err
	}
	return r.act(ctx, a, "approve", func(tx *postgres.Tx, c Case) error {
		if why != "" {
			if err := insertNote(ctx, tx, a.ID, noteApproved, why, a.Officer.PersonID); err != nil {
				return err
			}
		}
		if err := setState(ctx, tx, c, Approved, ""); err != nil {
			return err
		}
		if _, err := r.applications.Approve(ctx, tx, a.Officer.Actor(), a.ID); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: a.Officer.Actor(), Action: actionApproved, Subject: c.Ref(), Detail: map[string]any{"revision": c.Revision, "against": against},
		})
	})
}
