package casework

import (
	"context"
	"net/http"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/retention"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
	"tyomarkkinatori.fi/portal/web/ui"
)

// frontPages returns all that an officer may open: the pages of this package and
// those of data protection.
func frontPages(s identity.Session) []ui.NavItem {
	open := Navigation(s)
	if s.In(identity.GroupDataProtection) {
		open = append(open,
			ui.NavItem{LabelID: "datarequests.nav.queue", Page: paths.DataRequests},
			ui.NavItem{LabelID: "datarequests.enter.title", Page: paths.DataRequestNew},
			ui.NavItem{LabelID: "datarequests.nav.search", Page: paths.PersonSearch},
		)
	}
	if s.In(retention.Group) {
		open = append(open, ui.NavItem{LabelID: "keeping.rules.title", Page: paths.KeepingRules}, ui.NavItem{LabelID: "keeping.runs.title", Page: paths.KeepingRuns})
	}
	if s.In(identity.GroupDataProtection, identity.GroupAudit, identity.GroupMain) {
		open = append(open, ui.NavItem{LabelID: "datarequests.statistics.title", Page: paths.DataRequestStatistics})
	}
	return open
}

func (p Pages) showFront(w http.ResponseWriter, r *http.Request) error {
	s := session.Of(r.Context())
	front := frontView{Open: frontPages(s)}
	var err error
	if front.Waiting, err = p.waiting(r.Context(), s); err != nil {
		return err
	}
	if s.In(identity.GroupApplications) {
		counts, err := p.Reviews.Counts(r.Context())
		if err != nil {
			return err
		}
		front.Counts = &counts
	}
	return respond.Page(w, r, http.StatusOK, frontPage(front))
}

type frontView struct {
	Open []ui.NavItem
	// Waiting is what waits for the officer, besides the queue.
	Waiting []waitingLine
	Counts  *review.Counts
}

// waitingLine is so many of something on a page.
type waitingLine struct {
	MessageID string
	Count     int
	Page      paths.Pair
}

// waiting counts what only the officer's groups can settle.
func (p Pages) waiting(ctx context.Context, s identity.Session) ([]waitingLine, error) {
	var lines []waitingLine
	add := func(messageID string, n int, page paths.Pair) {
		if n > 0 {
			lines = append(lines, waitingLine{messageID, n, page})
		}
	}
	if s.In(identity.GroupMain) {
		members, err := p.Staff.Members(ctx)
		if err != nil {
			return nil, err
		}
		n := 0
		for _, m := range members {
			for _, g := range m.Grants {
				if g.Status == identity.GrantRequested && g.RequestedBy != s.PersonID && g.PersonID != s.PersonID {
					n++
				}
			}
		}
		add("casework.waiting.grants", n, paths.StaffRegister)
	}
	if s.In(identity.GroupContent) && p.Drafts != nil {
		n, err := p.Drafts(ctx, s)
		if err != nil {
			return nil, err
		}
		add("casework.waiting.drafts", n, paths.StaffTerms)
	}
	if s.In(identity.GroupSupervision) {
		all, err := p.Applications.Supervised(ctx)
		if err != nil {
			return nil, err
		}
		add("casework.waiting.supervision", len(all), paths.PostSupervision)
	}
	if s.In(identity.GroupDataProtection) {
		c, err := datarequest.CountsOf(ctx, p.DB, s)
		if err != nil {
			return nil, err
		}
		add("casework.waiting.late_requests", c.Late, paths.DataRequests)
		add("casework.waiting.requests", c.Waiting, paths.DataRequests)
	}
	return lines, nil
}
