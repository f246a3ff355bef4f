package onboarding

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web/partnerview"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// Purposes of the forms that end something.
const (
	withdrawPurpose = "join_withdraw"
	discardPurpose  = "join_discard"
)

// applicationView is the page of an application that was sent, and its receipt.
type applicationView struct {
	Application partner.Application
	Form        partnerview.Form
	Revisions   []partner.Application
	Requests    []Request
	// Promised is the time by which an officer will have looked, "" for none.
	Promised string
	// Late tells that this time has passed.
	Late bool
	// Looking says what is being looked at.
	Looking []string
	// Evidence is the page of the newest acceptance of the terms, for a receipt.
	Evidence string
}

// receiptID begins the messages of the receipt.
func (v applicationView) receiptID() string {
	id := "onboarding.receipt."
	if v.Application.Kind == partner.ChangeData {
		id += "change_"
	}
	if v.Application.Status == partner.Approved {
		id += "approved_"
	}
	return id
}

// decisions and questions are the two sorts of requests.
func (v applicationView) decisions() []Request {
	return slices.DeleteFunc(slices.Clone(v.Requests), func(q Request) bool { return q.Kind != RequestDecision })
}

func (v applicationView) questions() []Request {
	return slices.DeleteFunc(slices.Clone(v.Requests), func(q Request) bool { return q.Kind == RequestDecision })
}

func (p Pages) applicationView(r *http.Request) (applicationView, error) {
	ctx := r.Context()
	app, err := p.own(r)
	if err != nil {
		return applicationView{}, err
	}
	v := applicationView{Application: app}
	areas, err := p.ServiceAreas.List(ctx)
	if err != nil {
		return v, err
	}
	v.Form = partnerview.Form{Form: app.Form, Organisation: app.Organisation, Areas: areas}
	if v.Revisions, err = p.Applications.Revisions(ctx, app.ID); err != nil {
		return v, err
	}
	requests, promised, err := p.asked(ctx, app)
	v.Requests = requests
	if !promised.IsZero() {
		v.Promised, v.Late = i18n.UntilDateTime(ctx, promised), !p.DB.Now().Before(promised)
	}
	if app.Status == partner.Submitted || app.Status == partner.InReview {
		v.Looking = partnerview.Looking(ctx, app, areas)
	}
	return v, err
}

func (p Pages) showApplication(w http.ResponseWriter, r *http.Request) error {
	v, err := p.applicationView(r)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, applicationPage(v))
}

func (p Pages) showReceipt(w http.ResponseWriter, r *http.Request) error {
	v, err := p.applicationView(r)
	if err != nil {
		return err
	}
	s := session.Of(r.Context())
	accepted, err := p.Terms.Accepted(r.Context(), s.Acting.BusinessID, terms.Partner)
	if err != nil {
		return err
	}
	for _, a := range accepted {
		if a.PersonID == s.PersonID && v.Application.Kind == partner.Join {
			v.Evidence = paths.To(r.Context(), paths.TermsAcceptance, a.ID.String())
			break
		}
	}
	return respond.Page(w, r, http.StatusOK, receiptPage(v))
}

func (p Pages) showApplications(w http.ResponseWriter, r *http.Request) error {
	s := session.Of(r.Context())
	all, err := p.Applications.ForOrganisation(r.Context(), organisation.BusinessID(s.Acting.BusinessID))
	if err != nil {
		return err
	}
	slices.Reverse(all)
	return respond.Page(w, r, http.StatusOK, applicationsPage(s.Acting.Name, all))
}

func (p Pages) showWithdraw(w http.ResponseWriter, r *http.Request) error {
	app, err := p.own(r)
	if err != nil {
		return err
	}
	if !app.Status.CanBecome(partner.Withdrawn) {
		respond.SeeOther(w, r, applicationPath(r.Context(), app.ID))
		return nil
	}
	return respond.Page(w, r, http.StatusOK, withdrawPage(app, ""))
}

func (p Pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	app, err := p.own(r)
	if err != nil {
		return err
	}
	if _, err := session.CheckForm(r.Context(), values, withdrawPurpose); err != nil {
		return respond.Page(w, r, http.StatusForbidden, withdrawPage(app, "onboarding.old_form"))
	}
	_, err = p.Applications.Withdraw(r.Context(), session.Of(r.Context()), app.ID)
	// Decided meanwhile: the application's page tells how.
	if err != nil && !errors.Is(err, fault.ErrConflict) {
		return err
	}
	respond.SeeOther(w, r, applicationPath(r.Context(), app.ID))
	return nil
}

func (p Pages) showDiscard(w http.ResponseWriter, r *http.Request) error {
	draft, err := p.Drafts.Of(r.Context(), session.Of(r.Context()), 0)
	if err != nil {
		return err
	}
	if draft.Version == 0 {
		respond.SeeOther(w, r, paths.To(r.Context(), paths.Join))
		return nil
	}
	return respond.Page(w, r, http.StatusOK, discardPage(draft, ""))
}

func (p Pages) discard(w http.ResponseWriter, r *http.Request) error {
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	s := session.Of(r.Context())
	if _, err := session.CheckForm(r.Context(), values, discardPurpose); err != nil {
		draft, readErr := p.Drafts.Of(r.Context(), s, 0)
		if readErr != nil {
			return readErr
		}
		return respond.Page(w, r, http.StatusForbidden, discardPage(draft, "onboarding.old_form"))
	}
	if err := p.Drafts.Discard(r.Context(), s, 0); err != nil {
		return err
	}
	respond.SeeOther(w, r, paths.To(r.Context(), paths.Join))
	return nil
}

// href is where a request is answered, "" when there is nothing to answer.
func (v applicationView) href(ctx context.Context, q Request) string {
	if q.Path != "" {
		return q.Path
	}
	if q.Kind != RequestCorrection || v.Application.Status != partner.Specify || len(v.Application.Editable) == 0 {
		return ""
	}
	return v.correct(ctx)
}

// correct is the first page of a correction.
func (v applicationView) correct(ctx context.Context) string {
	return flow{Sent: &v.Application}.path(ctx, v.Application.Editable[0])
}

// next says in plain words what happens now, and until when.
func (v applicationView) next(ctx context.Context) string {
	id := "onboarding.next." + string(v.Application.Status)
	if v.Application.Kind == partner.ChangeData {
		id = "onboarding.next_change." + string(v.Application.Status)
	}
	if v.Promised != "" && v.Application.Status == partner.InReview {
		if v.Late {
			return i18n.TData(ctx, id+"_late", map[string]any{"Date": v.Promised})
		}
		return i18n.TData(ctx, id+"_by", map[string]any{"Date": v.Promised})
	}
	return i18n.T(ctx, id)
}
