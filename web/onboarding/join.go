package onboarding

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/web/partnerview"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// joinView is the page of joining: what it takes, and for a representative how
// far each thing is.
type joinView struct {
	Standing     partner.Standing
	Needs        []partner.Need
	Organisation string
	Represent    paths.Pair
	// WorkingDays is how many an officer has, 0 for no promise.
	WorkingDays int
	// Late tells that an officer should have looked by now.
	Late bool
}

func (p Pages) showJoin(w http.ResponseWriter, r *http.Request) error {
	standing, areas, err := p.standing(r.Context())
	if err != nil {
		return err
	}
	v := joinView{Standing: standing, Needs: standing.Needs(areas), Represent: p.Represent, WorkingDays: p.WorkingDays}
	v.Late = !standing.PromisedBy.IsZero() && !p.DB.Now().Before(standing.PromisedBy)
	if s := session.Of(r.Context()); s.Acting != nil {
		v.Organisation = s.Acting.Name
	}
	return respond.Page(w, r, http.StatusOK, joinPage(v))
}

// next is the first thing that the reader can do now.
func (v joinView) next() (partner.Need, bool) {
	for _, n := range v.Needs {
		if n.State == partner.NeedTodo {
			return n, true
		}
	}
	return partner.Need{}, false
}

// href is the place of a need; "" when there is nothing to see there yet.
func (v joinView) href(ctx context.Context, n partner.Need) string {
	back := url.Values{session.ReturnField: {paths.To(ctx, paths.Join)}}
	switch n.ID {
	case partner.NeedLogIn:
		if v.Standing.LoggedIn {
			return paths.To(ctx, paths.OwnFront)
		}
		return paths.WithQuery(paths.To(ctx, paths.SignIn), back)
	case partner.NeedOrganisation:
		return paths.WithQuery(paths.To(ctx, v.Represent), back)
	case partner.NeedTerms:
		return paths.To(ctx, paths.JoinTerms)
	case partner.NeedSend:
		return paths.To(ctx, paths.JoinCheck)
	case partner.NeedDecision:
		return paths.To(ctx, paths.JoinApplications)
	}
	return paths.To(ctx, paths.JoinPart(string(n.Part)))
}

// linked is href for the list: a thing that comes later has no link, and one
// that was sent leads to the application.
func (v joinView) linked(ctx context.Context, n partner.Need) string {
	switch {
	case v.Standing.Partner && (n.Part != "" || n.ID == partner.NeedDecision):
		return paths.To(ctx, paths.Desk)
	case n.State == partner.NeedLater:
		return ""
	case v.Standing.Application != nil && v.Standing.Sent() && (n.Part != "" || n.ID == partner.NeedSend || n.ID == partner.NeedDecision):
		return applicationPath(ctx, v.Standing.Application.ID)
	case v.Standing.Partner && n.ID == partner.NeedSend:
		return paths.To(ctx, paths.JoinApplications)
	}
	return v.href(ctx, n)
}

func needName(ctx context.Context, n partner.Need) string {
	if n.Part != "" {
		return partnerview.PartName(ctx, n.Part)
	}
	return i18n.T(ctx, "onboarding.need."+n.ID)
}

// needState is how far a need is, in words.
func needState(ctx context.Context, n partner.Need) string {
	switch {
	case n.State == partner.NeedWaiting:
		return i18n.T(ctx, "onboarding.state.waiting_"+string(n.Who))
	case n.Missing && n.State == partner.NeedTodo:
		return i18n.T(ctx, "onboarding.state.missing")
	}
	return i18n.T(ctx, "onboarding.state."+string(n.State))
}

// until tells the time that goes with a need, "" for none.
func (v joinView) until(ctx context.Context, n partner.Need) string {
	if n.Until.IsZero() {
		return ""
	}
	switch {
	case n.State == partner.NeedWaiting && v.Late:
		return i18n.TData(ctx, "onboarding.until.late", map[string]any{"Date": i18n.UntilDateTime(ctx, n.Until)})
	case n.State == partner.NeedWaiting:
		return i18n.TData(ctx, "onboarding.until.officer", map[string]any{"Date": i18n.UntilDateTime(ctx, n.Until)})
	case n.ID == partner.NeedDecision:
		return i18n.TData(ctx, "onboarding.until.answer", map[string]any{"Date": i18n.Date(ctx, n.Until)})
	}
	return ""
}

func (v joinView) lastPath(ctx context.Context) string {
	return applicationPath(ctx, v.Standing.Application.ID)
}

func number(id int64) string { return strconv.FormatInt(id, 10) }
