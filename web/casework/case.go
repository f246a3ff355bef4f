package casework

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/internal/viewing"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// caseView is a case on one page.
type caseView struct {
	Case review.Case
	// Application is as it was last sent, Before as it was sent the time before;
	// Changes tell the difference.
	Application partner.Application
	Before      *partner.Application
	Changes     []partner.Change
	Revisions   []partner.Application
	// Proposed is what an open change of a partner's data would change.
	Proposed []partner.Change
	Areas    []partner.ServiceArea
	Requests []requestView
	Notes    []review.Note
	// Earlier are the organisation's other applications, Decisions every
	// decision that concerns it.
	Earlier   []partner.Application
	Decisions []review.Decision
	Officers  names
	Applicant string
	Now       time.Time
	// Held tells that the reader has the case in hand, HeldBy who else has.
	Held   bool
	HeldBy string
	// Own tells that the reader has sent the application as an applicant.
	Own bool
}

// requestView is a request and what was sent for it.
type requestView struct {
	review.Request

	Documents []document.Document
}

func (p Pages) showCase(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	v, err := p.readCase(r.Context(), id)
	if err != nil {
		return err
	}
	if err := p.look(r.Context(), v.Application, v.Revisions); err != nil {
		return p.stopped(w, r, err)
	}
	return respond.Page(w, r, http.StatusOK, casePage(v))
}

// look records that the officer sees the people of an application. It must come
// before the page.
func (p Pages) look(ctx context.Context, a partner.Application, revisions []partner.Application) error {
	return p.Looks.Look(ctx, session.Of(ctx), a.Ref().Kind+"/"+a.Ref().ID, peopleOf(a, revisions)...)
}

// peopleOf are the senders of an application and the contact persons in it.
func peopleOf(a partner.Application, revisions []partner.Application) []audit.Ref {
	var people []audit.Ref
	for _, sent := range append([]partner.Application{a}, revisions...) {
		people = append(people, audit.Ref{Kind: "person", ID: sent.SubmittedBy.String()})
		for i := range sent.Form.Contacts {
			people = append(people, audit.Ref{Kind: "contact", ID: fmt.Sprintf("%d/%d", a.ID, i+1)})
		}
	}
	slices.SortFunc(people, func(x, y audit.Ref) int { return slices.Compare([]string{x.Kind, x.ID}, []string{y.Kind, y.ID}) })
	return slices.Compact(people)
}

// stopped tells an officer who has looked at too many people why nothing is
// shown.
func (p Pages) stopped(w http.ResponseWriter, r *http.Request, err error) error {
	if viewing.IsLimit(err) {
		return respond.Page(w, r, http.StatusForbidden, stoppedPage())
	}
	return err
}

func (p Pages) readCase(ctx context.Context, id int64) (caseView, error) {
	v := caseView{Now: p.Reviews.Now()}
	var err error
	if v.Case, err = p.Reviews.ByID(ctx, id); err != nil {
		return v, err
	}
	if v.Application, err = p.Applications.ByID(ctx, id); err != nil {
		return v, err
	}
	if v.Revisions, err = p.Applications.Revisions(ctx, id); err != nil {
		return v, err
	}
	if n := len(v.Revisions); n > 1 {
		v.Before = &v.Revisions[n-2]
		v.Changes = partner.Diff(v.Before.Form, v.Application.Form)
	}
	if v.Proposed, err = p.proposed(ctx, v.Case, v.Application); err != nil {
		return v, err
	}
	if v.Areas, err = p.ServiceAreas.List(ctx); err != nil {
		return v, err
	}
	if v.Requests, err = p.requests(ctx, id); err != nil {
		return v, err
	}
	if v.Notes, err = p.Reviews.Notes(ctx, id); err != nil {
		return v, err
	}
	if v.Earlier, err = p.Applications.ForOrganisation(ctx, v.Application.BusinessID); err != nil {
		return v, err
	}
	v.Earlier = slices.DeleteFunc(v.Earlier, func(a partner.Application) bool { return a.ID == id })
	if v.Decisions, err = p.Reviews.Decisions(ctx, v.Application.BusinessID); err != nil {
		return v, err
	}
	if v.Officers, err = p.names(ctx); err != nil {
		return v, err
	}
	if v.Applicant, err = p.personName(ctx, v.Application.SubmittedBy); err != nil {
		return v, err
	}
	me := session.Of(ctx).PersonID
	v.Held, v.Own = v.Case.HeldBy(me, v.Now), review.SentBy(v.Revisions, me)
	if v.Case.Held(v.Now) && !v.Held {
		v.HeldBy = v.Officers.of(ctx, v.Case.ClaimedBy)
	}
	return v, nil
}

func (p Pages) proposed(ctx context.Context, c review.Case, a partner.Application) ([]partner.Change, error) {
	if p.Partners == nil || a.Kind != partner.ChangeData || c.State.Settled() {
		return nil, nil
	}
	now, err := p.Partners.ByBusinessID(ctx, a.BusinessID)
	if errors.Is(err, fault.ErrNotFound) {
		return nil, nil // left meanwhile
	}
	return partner.Diff(now.Form, a.Form), err
}

func (p Pages) requests(ctx context.Context, id int64) ([]requestView, error) {
	all, err := p.Reviews.Requests(ctx, id)
	if err != nil {
		return nil, err
	}
	views := make([]requestView, len(all))
	for i, q := range all {
		views[i].Request = q
		if q.Kind == review.Documents {
			if views[i].Documents, err = p.Documents.Of(ctx, q.Ref()); err != nil {
				return nil, err
			}
		}
	}
	return views, nil
}

// personName is "" for a person who is not known any more.
func (p Pages) personName(ctx context.Context, id identity.PersonID) (string, error) {
	person, err := p.People.ByID(ctx, id)
	if errors.Is(err, fault.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return person.Name(), nil
}

// conflictView shows what the officer wrote beside what has happened since.
type conflictView struct {
	caseView

	// Lost tells that the claim has ended; otherwise the case has changed.
	Lost bool
	// Seen is the revision that the officer acted on, Since what the applicant
	// has changed after it.
	Seen  int
	Since []partner.Change
	// Written is what the officer had written.
	Written []written
}

// written is one field of a form that was not taken.
type written struct{ LabelID, Text string }

// conflict answers an act that came too late: nothing is lost, and both are
// there to be compared.
func (p Pages) conflict(w http.ResponseWriter, r *http.Request, a review.Act, cause error, fields ...written) error {
	c, err := p.readCase(r.Context(), a.ID)
	if err != nil {
		return err
	}
	if err := p.look(r.Context(), c.Application, c.Revisions); err != nil {
		return p.stopped(w, r, err)
	}
	v := conflictView{caseView: c, Lost: errors.Is(cause, review.ErrClaim), Seen: a.Revision}
	if a.Revision > 0 && a.Revision < len(c.Revisions) {
		v.Since = partner.Diff(c.Revisions[a.Revision-1].Form, c.Application.Form)
	}
	for _, f := range fields {
		if f.Text != "" {
			v.Written = append(v.Written, f)
		}
	}
	return respond.Page(w, r, http.StatusConflict, conflictPage(v))
}

// showDocument hands a document to the officer, to be kept and not to be shown
// by the browser.
func (p Pages) showDocument(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	requestID, err := respond.Number(r, "request")
	if err != nil {
		return err
	}
	q, err := p.Reviews.RequestByID(r.Context(), requestID)
	if err != nil {
		return err
	}
	if q.ApplicationID != id {
		return fmt.Errorf("document of another case: %w", fault.ErrNotFound)
	}
	a, err := p.Applications.ByID(r.Context(), id)
	if err != nil {
		return err
	}
	if err := p.look(r.Context(), a, nil); err != nil {
		return p.stopped(w, r, err)
	}
	doc, content, err := p.Documents.Open(r.Context(), session.Of(r.Context()).Actor(), q.Ref(), chi.URLParam(r, "key"))
	if err != nil {
		return err
	}
	attach(w, doc, content)
	return nil
}
