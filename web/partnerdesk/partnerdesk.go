// Package partnerdesk serves a partner's own pages (Omat tiedot): its data and
// changing them, who represents it, decisions and messages, and leaving.
package partnerdesk

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web/partnerview"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/session"
)

// Pages needs only what its handlers use.
type Pages struct {
	Partners     *partner.Partners
	Applications *partner.Applications
	Desk         *partner.Desk
	Departures   *partner.Departures
	Areas        *partner.ServiceAreas
	Register     *organisation.Register
	Terms        *terms.Terms
	// Decisions returns the decisions on an organisation's applications, and
	// Requests what an application's officer still waits for; nil knows none.
	Decisions func(ctx context.Context, id organisation.BusinessID) ([]review.Decision, error)
	Requests  func(ctx context.Context, application int64) ([]review.Request, error)
}

// Routes registers the pages.
func (p Pages) Routes(m *route.Mux) {
	own := route.Class{Audience: route.Partner, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	// What a partner saves is seen by everybody at once, and leaving binds it: the
	// right is asked for anew.
	form := route.Class{Audience: route.Partner, CSRF: route.Form, Cache: route.CacheNone, Rate: route.RateForm, Confirmed: true}
	m.Page(http.MethodGet, paths.Desk, own, p.showDesk)
	m.Page(http.MethodGet, paths.DeskRepresentation, own, p.showRepresentation)
	m.Page(http.MethodGet, paths.DeskMessages, own, p.showMessages)
	for _, part := range partner.DeskParts(true) {
		m.Page(http.MethodGet, paths.DeskPart(string(part)), own, p.onPart(part, p.showPart))
		m.Page(http.MethodPost, paths.DeskPart(string(part)), form, partnerview.Bound(p.onPart(part, p.submitPart)))
	}
	m.Page(http.MethodGet, paths.DeskLeave, own, p.showLeave)
	m.Page(http.MethodPost, paths.DeskLeave, form, partnerview.Bound(p.confirmLeave))

	// These stay open when the partnership has ended.
	own.Audience, form.Audience = route.Representative, route.Representative
	m.Page(http.MethodGet, paths.Departure, own, p.showDeparture)
	for _, code := range []partner.DutyCode{partner.DutyProcessing, partner.DutyPersonalData, partner.DutyCopies} {
		m.Page(http.MethodGet, paths.DepartureDuty(string(code)), own, p.onDuty(code, p.showDuty))
		m.Page(http.MethodPost, paths.DepartureDuty(string(code)), form, partnerview.Bound(p.onDuty(code, p.confirmDuty)))
	}
}

// Gate returns the page that a representative goes to instead of the desk: what
// is left to do when the organisation has left, joining when it never was a
// partner, "" when the desk is open.
func (p Pages) Gate(ctx context.Context, s identity.Session) (string, error) {
	id := businessOf(s)
	_, err := p.Partners.ByBusinessID(ctx, id)
	if err == nil || !errors.Is(err, fault.ErrNotFound) {
		return "", err
	}
	departures, err := p.Departures.OfOrganisation(ctx, id)
	if err != nil || len(departures) == 0 {
		return paths.To(ctx, paths.Join), err
	}
	return departurePath(ctx, departures[0]), nil
}

// businessOf is for sessions that act for an organisation.
func businessOf(s identity.Session) organisation.BusinessID {
	if s.Acting == nil {
		return ""
	}
	return organisation.BusinessID(s.Acting.BusinessID)
}

func departurePath(ctx context.Context, d partner.Departure) string {
	return paths.To(ctx, paths.Departure, strconv.FormatInt(d.ID, 10))
}

// own is the partner that the reader acts for, and what the business register
// has told of it.
func (p Pages) own(r *http.Request) (partner.Partner, organisation.Organisation, error) {
	ctx := r.Context()
	id := businessOf(session.Of(ctx))
	mine, err := p.Partners.ByBusinessID(ctx, id)
	if err != nil {
		return partner.Partner{}, organisation.Organisation{}, err
	}
	o, told, err := p.Register.Known(ctx, id)
	if errors.Is(err, fault.ErrNotFound) || err == nil && !told {
		o, err = organisation.Organisation{BusinessID: id, Name: mine.Name}, nil
	}
	return mine, o, err
}

// openChange is the change of the partner's data that is not decided yet, nil
// for none.
func (p Pages) openChange(ctx context.Context, id organisation.BusinessID) (*partner.Application, error) {
	all, err := p.Applications.ForOrganisation(ctx, id)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(a partner.Application) bool { return a.Status.Open() })
	if i < 0 {
		return nil, nil //nolint:nilnil // there is none
	}
	return &all[i], nil
}

func (p Pages) showDesk(w http.ResponseWriter, r *http.Request) error {
	mine, o, err := p.own(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	view := desk{Partner: mine, Organisation: o, Parts: partner.DeskParts(p.Applications.PersonalData)}
	if view.Areas, err = p.Areas.List(ctx); err != nil {
		return err
	}
	if view.Open, err = p.openChange(ctx, mine.BusinessID); err != nil {
		return err
	}
	if view.Coming, err = p.Terms.Coming(ctx, terms.Partner); err != nil {
		return err
	}
	if saved := partner.Part(r.URL.Query().Get("saved")); slices.Contains(view.Parts, saved) {
		view.Saved = saved
	}
	return respond.Page(w, r, http.StatusOK, deskPage(view))
}
