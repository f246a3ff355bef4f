// Package consents serves the page on which a person gives and withdraws
// consents, one by one, with one button each.
package consents

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tyomarkkinatori.fi/portal/internal/consent"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/session"
)

// The purposes of the forms.
const (
	purposeGive     = "consent-give"
	purposeWithdraw = "consent-withdraw"
)

// Pages needs Consents.
type Pages struct {
	Consents *consent.Consents
	// Areas lists the service areas; nil is none.
	Areas func(ctx context.Context) ([]partner.ServiceArea, error)
}

// Routes registers the pages.
func (p Pages) Routes(m *route.Mux) {
	page := route.Class{Audience: route.Person, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	form := route.Class{Audience: route.Person, CSRF: route.Form, Cache: route.CacheNone, Rate: route.RateForm, Anew: true}
	m.Page(http.MethodGet, paths.Consents, page, p.show)
	m.Page(http.MethodPost, paths.Consents, form, p.submit)
	m.Page(http.MethodPost, paths.ConsentWithdraw, form, p.submitWithdraw)
}

// view is all consents on one page.
type view struct {
	Offers  []offer
	History []consent.Consent
	// Areas names service areas by their codes.
	Areas map[string]string
	// Receiver and Matter are as typed.
	Receiver, Matter string
	Errors           []fault.FieldError
	// Suspended tells that no consent counts for now.
	Suspended bool
	// Done is what the reader has just done, "" for nothing.
	Done string
}

// offer is one thing to consent to.
type offer struct {
	Purpose consent.Purpose
	// Receiver is the service area, for offers of one.
	Receiver string
	// Given are those in force.
	Given []consent.Consent
	// Closed tells that it cannot be given any more.
	Closed bool
}

func (p Pages) show(w http.ResponseWriter, r *http.Request) error {
	v, err := p.view(r.Context())
	if err != nil {
		return err
	}
	if done := r.URL.Query().Get("done"); done == "given" || done == "withdrawn" {
		v.Done = done
	}
	return respond.Page(w, r, http.StatusOK, page(v))
}

func (p Pages) view(ctx context.Context) (view, error) {
	v := view{Areas: map[string]string{}}
	var err error
	if v.History, err = p.Consents.History(ctx, session.Of(ctx)); err != nil {
		return v, err
	}
	if v.Suspended, err = p.Consents.Suspended(ctx, session.Of(ctx)); err != nil {
		return v, err
	}
	open := p.Consents.Purposes()
	for _, purpose := range open {
		if purpose != consent.PartnerArea {
			v.Offers = append(v.Offers, offer{Purpose: purpose, Given: inForce(v.History, purpose, "")})
		}
	}
	areas, err := p.areas(ctx)
	if err != nil {
		return v, err
	}
	for _, a := range areas {
		v.Areas[a.Code] = a.Name[i18n.LangOf(ctx)]
		o := offer{Purpose: consent.PartnerArea, Receiver: a.Code, Given: inForce(v.History, consent.PartnerArea, a.Code)}
		o.Closed = a.Retired() || !slices.Contains(open, consent.PartnerArea)
		// What was given can be withdrawn for as long as it is in force.
		if !o.Closed || len(o.Given) > 0 {
			v.Offers = append(v.Offers, o)
		}
	}
	return v, nil
}

func (p Pages) areas(ctx context.Context) ([]partner.ServiceArea, error) {
	if p.Areas == nil {
		return nil, nil
	}
	return p.Areas(ctx)
}

// inForce are the consents of a purpose that count, for receiver unless it is "".
func inForce(all []consent.Consent, purpose consent.Purpose, receiver string) []consent.Consent {
	return slices.DeleteFunc(slices.Clone(all), func(c consent.Consent) bool {
		return c.Purpose != purpose || !c.InForce() || receiver != "" && c.Receiver != receiver
	})
}

func (p Pages) submit(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	values, submission, err := sent(r, purposeGive)
	if err != nil {
		return err
	}
	v, err := p.view(ctx)
	if err != nil {
		return err
	}
	o := offer{Purpose: consent.Purpose(values.Get("purpose"))}
	g := consent.Giving{
		Purpose: o.Purpose, Receiver: values.Get("receiver"), Matter: values.Get("matter"),
		Language: i18n.LangOf(ctx), Submission: submission,
	}
	if o.Purpose == consent.PartnerArea {
		o.Receiver = g.Receiver
	}
	g.Words = strings.Join(v.words(ctx, o), "\n")
	err = p.Consents.Give(ctx, session.Of(ctx), g)
	if invalid, ok := errors.AsType[*fault.InvalidError](err); ok {
		v.Receiver, v.Matter, v.Errors = g.Receiver, g.Matter, invalid.Fields
		return respond.Page(w, r, http.StatusUnprocessableEntity, page(v))
	}
	if err != nil {
		return err
	}
	seeDone(w, r, "given")
	return nil
}

func (p Pages) submitWithdraw(w http.ResponseWriter, r *http.Request) error {
	values, _, err := sent(r, purposeWithdraw)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(values.Get("consent"), 10, 64)
	if err != nil {
		return &fault.InvalidError{}
	}
	if err := p.Consents.Withdraw(r.Context(), session.Of(r.Context()), id); err != nil {
		return err
	}
	seeDone(w, r, "withdrawn")
	return nil
}

func sent(r *http.Request, purpose string) (url.Values, string, error) {
	values, err := respond.Form(r)
	if err != nil {
		return nil, "", err
	}
	submission, err := session.CheckForm(r.Context(), values, purpose)
	return values, submission, err
}

func seeDone(w http.ResponseWriter, r *http.Request, done string) {
	respond.SeeOther(w, r, paths.WithQuery(paths.To(r.Context(), paths.Consents), url.Values{"done": {done}}))
}

// words are what the person reads of an offer, and consents to.
func (v view) words(ctx context.Context, o offer) []string {
	id := "consents." + string(o.Purpose) + "."
	if o.Purpose == consent.PartnerArea {
		area := map[string]any{"Area": v.Areas[o.Receiver]}
		return []string{i18n.TData(ctx, "consents.partner_area.what", area), i18n.TData(ctx, "consents.partner_area.who", area), i18n.T(ctx, "consents.partner_area.data")}
	}
	return []string{i18n.T(ctx, id+"what"), i18n.T(ctx, id+"who"), i18n.T(ctx, id+"data")}
}

// title is what an offer is called.
func (v view) title(ctx context.Context, p consent.Purpose, receiver string) string {
	if p == consent.PartnerArea {
		return i18n.TData(ctx, "consents.partner_area.title", map[string]any{"Area": v.Areas[receiver]})
	}
	return i18n.T(ctx, "consents."+string(p)+".title")
}
