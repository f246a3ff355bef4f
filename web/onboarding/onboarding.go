// Package onboarding serves the pages on which an organisation joins: what it
// takes, the terms, the parts of the application, the check before sending, and
// what became of it.
package onboarding

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web/partnerview"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/session"
)

// Pages needs only what its handlers use.
type Pages struct {
	DB           *postgres.DB
	Applications *partner.Applications
	Drafts       *partner.Drafts
	Partners     *partner.Partners
	ServiceAreas *partner.ServiceAreas
	Register     *organisation.Register
	Terms        *terms.Terms
	// Recheck asks e-Authorizations again whether the session may act for its
	// organisation; nil asks nobody.
	Recheck func(ctx context.Context, s identity.Session) error
	// Requests returns what officers have asked and decided about an
	// application, oldest first; nil returns nothing.
	Requests func(ctx context.Context, application int64) ([]Request, error)
	// Promised returns the time by which an officer will have looked at an
	// application, zero for none; nil promises nothing.
	Promised func(ctx context.Context, a partner.Application) (time.Time, error)
	// WorkingDays is how many an officer has for an application, 0 for no promise.
	WorkingDays int
	// Represent is the page on which to choose the organisation to act for.
	Represent paths.Pair
}

// Request is what an officer has asked or decided.
type Request struct {
	Kind RequestKind
	// Message is the officer's, in the applicant's language; a decision has
	// none.
	Message string
	At      time.Time
	// DueOn is the day by which to answer, zero for none.
	DueOn time.Time
	// Path is the page to answer at, or of the decision; "" for corrections.
	Path string
	// Done tells that it has been answered or is over.
	Done bool
}

// RequestKind says what a request is.
type RequestKind string

// The kinds of requests.
const (
	RequestCorrection RequestKind = "correction"
	RequestDocuments  RequestKind = "documents"
	RequestDecision   RequestKind = "decision"
)

// Link returns the path of the page about an application, or of joining when
// that is 0, for mails.
func Link(lang i18n.Lang, application int64) string {
	if application == 0 {
		return paths.Join.In(lang)
	}
	return paths.Fill(paths.JoinApplication, lang, strconv.FormatInt(application, 10))
}

// Routes registers the pages.
func (p Pages) Routes(m *route.Mux) {
	open := route.Class{Audience: route.Public, CSRF: route.Safe, Cache: route.CacheSite, Rate: route.RatePage}
	own := route.Class{Audience: route.Representative, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	form := route.Class{Audience: route.Representative, CSRF: route.Form, Cache: route.CacheNone, Rate: route.RateForm}

	m.Page(http.MethodGet, paths.Join, open, p.showJoin)
	m.Page(http.MethodGet, paths.JoinTerms, own, p.showTerms)
	m.Page(http.MethodPost, paths.JoinTerms, form, partnerview.Bound(p.acceptTerms))
	for _, part := range partner.Parts() {
		m.Page(http.MethodGet, paths.JoinPart(string(part)), own, p.showPart(part, false))
		m.Page(http.MethodPost, paths.JoinPart(string(part)), form, partnerview.Bound(p.savePart(part, false)))
		m.Page(http.MethodGet, paths.JoinCorrection(string(part)), own, p.showPart(part, true))
		m.Page(http.MethodPost, paths.JoinCorrection(string(part)), form, partnerview.Bound(p.savePart(part, true)))
	}
	m.Page(http.MethodGet, paths.JoinCheck, own, p.showCheck(false))
	m.Page(http.MethodPost, paths.JoinCheck, form, partnerview.Bound(p.submit(false)))
	m.Page(http.MethodGet, paths.JoinCorrectionCheck, own, p.showCheck(true))
	m.Page(http.MethodPost, paths.JoinCorrectionCheck, form, partnerview.Bound(p.submit(true)))
	m.Page(http.MethodGet, paths.JoinDiscard, own, p.showDiscard)
	m.Page(http.MethodPost, paths.JoinDiscard, form, partnerview.Bound(p.discard))
	m.Page(http.MethodGet, paths.JoinApplications, own, p.showApplications)
	m.Page(http.MethodGet, paths.JoinApplication, own, p.showApplication)
	m.Page(http.MethodGet, paths.JoinReceipt, own, p.showReceipt)
	m.Page(http.MethodGet, paths.JoinWithdraw, own, p.showWithdraw)
	m.Page(http.MethodPost, paths.JoinWithdraw, form, partnerview.Bound(p.withdraw))
}

// flow is an application that is being written: a new one, or the correction of
// one that was sent.
type flow struct {
	// Sent is the application that is corrected, nil for a new one.
	Sent  *partner.Application
	Draft partner.Draft
	// Parts are those to fill in.
	Parts []partner.Part
}

// errElsewhere means that there is nothing to write here now.
var errElsewhere = errors.New("nothing to write here")

// open returns the flow of a request; with errElsewhere when the page that
// tells why is elsewhere.
func (p Pages) open(r *http.Request, correction bool) (flow, error) {
	ctx := r.Context()
	s := session.Of(ctx)
	f := flow{Parts: partner.Parts()}
	var id int64
	if correction {
		app, err := p.own(r)
		if err != nil {
			return flow{}, err
		}
		id, f.Sent, f.Parts = app.ID, &app, app.Editable
		if app.Status != partner.Specify {
			return f, errElsewhere
		}
	}
	var err error
	if f.Draft, err = p.Drafts.Of(ctx, s, id); err != nil {
		return flow{}, err
	}
	if f.Draft.Version == 0 {
		f.Draft.Form = f.base()
	}
	if correction {
		return f, nil
	}
	standing, _, err := p.standing(ctx)
	if err != nil {
		return flow{}, err
	}
	if standing.Sent() || !standing.TermsAccepted {
		return f, errElsewhere
	}
	return f, nil
}

// base is what a draft begins with.
func (f flow) base() partner.Form {
	if f.Sent != nil {
		return f.Sent.Form
	}
	return partner.Form{}
}

func (f flow) id() int64 {
	if f.Sent != nil {
		return f.Sent.ID
	}
	return 0
}

func (f flow) path(ctx context.Context, part partner.Part) string {
	if f.Sent != nil {
		return paths.To(ctx, paths.JoinCorrection(string(part)), strconv.FormatInt(f.Sent.ID, 10))
	}
	return paths.To(ctx, paths.JoinPart(string(part)))
}

func (f flow) check(ctx context.Context) string {
	if f.Sent != nil {
		return paths.To(ctx, paths.JoinCorrectionCheck, strconv.FormatInt(f.Sent.ID, 10))
	}
	return paths.To(ctx, paths.JoinCheck)
}

// home is the page that tells where the application stands.
func (f flow) home(ctx context.Context) string {
	if f.Sent != nil {
		return applicationPath(ctx, f.Sent.ID)
	}
	return paths.To(ctx, paths.Join)
}

// next is the page after that of part.
func (f flow) next(ctx context.Context, part partner.Part) string {
	if i := slices.Index(f.Parts, part); i >= 0 && i+1 < len(f.Parts) {
		return f.path(ctx, f.Parts[i+1])
	}
	return f.check(ctx)
}

// invalid lists the parts that are not right yet, each with what is wrong.
func (f flow) invalid(areas []partner.ServiceArea) []partFault {
	var all []partFault
	for _, part := range f.Parts {
		err := f.Draft.Form.ValidatePart(part, areas)
		if invalid, ok := errors.AsType[*fault.InvalidError](err); ok {
			all = append(all, partFault{part, invalid.Fields})
		} else if f.Sent == nil && f.Draft.Saved[part] == 0 {
			all = append(all, partFault{part, []fault.FieldError{{MessageID: "onboarding.check.unseen"}}})
		}
	}
	return all
}

// partFault is what is wrong with a part.
type partFault struct {
	Part   partner.Part
	Errors []fault.FieldError
}

func applicationPath(ctx context.Context, id int64) string {
	return paths.To(ctx, paths.JoinApplication, strconv.FormatInt(id, 10))
}

// own returns the application that the request names, if it is of the
// organisation that the session acts for.
func (p Pages) own(r *http.Request) (partner.Application, error) {
	id, err := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != chi.URLParam(r, "id") {
		return partner.Application{}, fmt.Errorf("application in an address: %w", fault.ErrNotFound)
	}
	s := session.Of(r.Context())
	return p.Applications.Own(r.Context(), organisation.BusinessID(s.Acting.BusinessID), id)
}

// standing is where the reader stands with joining, and every service area.
func (p Pages) standing(ctx context.Context) (partner.Standing, []partner.ServiceArea, error) {
	areas, err := p.ServiceAreas.List(ctx)
	if err != nil {
		return partner.Standing{}, nil, err
	}
	s := session.Of(ctx)
	standing := partner.Standing{LoggedIn: s.LoggedIn() && s.Kind == identity.KindPerson, Acting: s.Acting != nil}
	if !standing.Acting {
		return standing, areas, nil
	}
	return standing, areas, p.stand(ctx, s, &standing)
}

// stand fills in what is known of the organisation that s acts for.
func (p Pages) stand(ctx context.Context, s identity.Session, standing *partner.Standing) error {
	business := organisation.BusinessID(s.Acting.BusinessID)
	awaited, err := p.Terms.Awaited(ctx, s, terms.Partner)
	if err != nil {
		return err
	}
	standing.TermsAccepted = awaited.State == terms.Done
	if standing.Draft, err = p.Drafts.Of(ctx, s, 0); err != nil {
		return err
	}
	_, err = p.Partners.ByBusinessID(ctx, business)
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return err
	}
	standing.Partner = err == nil
	all, err := p.Applications.ForOrganisation(ctx, business)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Kind != partner.Join || a.Status == partner.Approved {
			standing.Application = nil
			continue
		}
		standing.Application = &a
	}
	if standing.Application == nil {
		return nil
	}
	requests, promised, err := p.asked(ctx, *standing.Application)
	standing.PromisedBy = promised
	for _, q := range requests {
		if !q.Done && q.Kind != RequestDecision {
			standing.RequestUntil = q.DueOn
		}
	}
	return err
}

// asked returns what officers have asked about an application and when they
// will have looked at it.
func (p Pages) asked(ctx context.Context, a partner.Application) (requests []Request, promised time.Time, err error) {
	if p.Requests != nil {
		if requests, err = p.Requests(ctx, a.ID); err != nil {
			return nil, time.Time{}, err
		}
	}
	if p.Promised != nil && a.Status == partner.InReview {
		promised, err = p.Promised(ctx, a)
	}
	return requests, promised, err
}
