package casework

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/web/partnerview"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// The purposes of the forms that act on a case.
const (
	purposeHandBack = "casework-hand-back"
	purposeContact  = "casework-contact"
	purposeApprove  = "casework-approve"
	purposeSpecify  = "casework-specify"
	purposeFiles    = "casework-files"
	purposeReject   = "casework-reject"
)

// actView is a form that acts on a case.
type actView struct {
	Application partner.Application
	Case        review.Case
	// Revision is the one that the officer has seen.
	Revision int
	Note     string
	Errors   []fault.FieldError
}

// begin answers the request for a form: the form, when the case is in hand, else
// the way to the case.
func (p Pages) begin(w http.ResponseWriter, r *http.Request, show func(v actView) error) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	v, err := p.actView(r.Context(), id)
	if err != nil {
		return err
	}
	if !v.Case.HeldBy(session.Of(r.Context()).PersonID, p.Reviews.Now()) {
		respond.SeeOther(w, r, paths.To(r.Context(), paths.Case, text(id)))
		return nil
	}
	return show(v)
}

func (p Pages) actView(ctx context.Context, id int64) (actView, error) {
	c, err := p.Reviews.ByID(ctx, id)
	if err != nil {
		return actView{}, err
	}
	a, err := p.Applications.ByID(ctx, id)
	return actView{Application: a, Case: c, Revision: c.Revision}, err
}

// finish answers an act: the next page, the form with what is wrong in it, or
// the conflict.
func (p Pages) finish(w http.ResponseWriter, r *http.Request, a review.Act, err error, next string, amend func(v actView) error, fields ...written) error {
	if invalid, ok := respond.InvalidFields(err); ok {
		v, err := p.actView(r.Context(), a.ID)
		if err != nil {
			return err
		}
		v.Revision, v.Errors = a.Revision, invalid
		return amend(v)
	}
	if errors.Is(err, fault.ErrConflict) {
		return p.conflict(w, r, a, err, fields...)
	}
	if err != nil {
		return err
	}
	respond.SeeOther(w, r, next)
	return nil
}

func (p Pages) showHandBack(w http.ResponseWriter, r *http.Request) error {
	return p.begin(w, r, func(v actView) error { return respond.Page(w, r, http.StatusOK, handBackPage(v)) })
}

func (p Pages) submitHandBack(w http.ResponseWriter, r *http.Request) error {
	a, values, err := sent(r, purposeHandBack)
	if err != nil {
		return err
	}
	note := values.Get("note")
	err = p.Reviews.HandBack(r.Context(), a, note)
	return p.finish(w, r, a, err, withDeed(paths.To(r.Context(), paths.Cases), "handed_back"), func(v actView) error {
		v.Note = note
		return respond.Page(w, r, http.StatusUnprocessableEntity, handBackPage(v))
	}, written{"casework.hand_back.note", note})
}

// A contact may be noted of any case, in hand or not.
func (p Pages) showContact(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	v, err := p.actView(r.Context(), id)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, contactPage(v))
}

func (p Pages) submitContact(w http.ResponseWriter, r *http.Request) error {
	a, values, err := sent(r, purposeContact)
	if err != nil {
		return err
	}
	note := values.Get("note")
	err = p.Reviews.NoteContact(r.Context(), a, note)
	return p.finish(w, r, a, err, withDeed(paths.To(r.Context(), paths.Case, text(a.ID)), "noted"), func(v actView) error {
		v.Note = note
		return respond.Page(w, r, http.StatusUnprocessableEntity, contactPage(v))
	}, written{"casework.contact.note", note})
}

func (p Pages) showApprove(w http.ResponseWriter, r *http.Request) error {
	return p.begin(w, r, func(v actView) error { return p.answerApprove(w, r, http.StatusOK, v) })
}

func (p Pages) answerApprove(w http.ResponseWriter, r *http.Request, status int, v actView) error {
	areas, err := p.ServiceAreas.List(r.Context())
	if err != nil {
		return err
	}
	return respond.Page(w, r, status, approvePage(v, areas))
}

func (p Pages) submitApprove(w http.ResponseWriter, r *http.Request) error {
	a, values, err := sent(r, purposeApprove)
	if err != nil {
		return err
	}
	why := values.Get("why")
	err = p.Reviews.Approve(r.Context(), a, why)
	return p.finish(w, r, a, err, withDeed(paths.To(r.Context(), paths.Case, text(a.ID)), "approved"), func(v actView) error {
		v.Note = why
		return p.answerApprove(w, r, http.StatusUnprocessableEntity, v)
	}, written{"casework.approve.why", why})
}

// askView is a request to an applicant, as the officer has written it.
type askView struct {
	actView

	Kind    review.RequestKind
	Fields  []string
	Message string
	DueOn   string
}

// written is what the officer would lose.
func (v askView) written(ctx context.Context) []written {
	parts := make([]string, len(v.Fields))
	for i, f := range v.Fields {
		parts[i] = partnerview.PartName(ctx, partner.Part(f))
	}
	return []written{
		{"casework.ask.fields", strings.Join(parts, "\n")}, {"casework.ask.message", v.Message}, {"casework.ask.due_on", v.DueOn},
	}
}

func (p Pages) showSpecify(w http.ResponseWriter, r *http.Request) error {
	return p.showAsk(w, r, review.Specify)
}

func (p Pages) showAskFiles(w http.ResponseWriter, r *http.Request) error {
	return p.showAsk(w, r, review.Documents)
}

func (p Pages) showAsk(w http.ResponseWriter, r *http.Request, kind review.RequestKind) error {
	return p.begin(w, r, func(v actView) error {
		return respond.Page(w, r, http.StatusOK, askPage(askView{actView: v, Kind: kind, DueOn: i18n.ShortDate(p.Reviews.DueOn())}))
	})
}

func (p Pages) submitSpecify(w http.ResponseWriter, r *http.Request) error {
	return p.submitAsk(w, r, review.Specify, purposeSpecify)
}

func (p Pages) submitAskFiles(w http.ResponseWriter, r *http.Request) error {
	return p.submitAsk(w, r, review.Documents, purposeFiles)
}

func (p Pages) submitAsk(w http.ResponseWriter, r *http.Request, kind review.RequestKind, purpose string) error {
	a, values, err := sent(r, purpose)
	if err != nil {
		return err
	}
	parts := slices.DeleteFunc(slices.Clone(values["fields"]), func(f string) bool { return !slices.Contains(partner.Fields(), f) })
	form := askView{Kind: kind, Fields: parts, Message: values.Get("message"), DueOn: values.Get("due_on")}
	err = p.Reviews.Ask(r.Context(), a, review.Ask{Kind: kind, Fields: form.Fields, Message: form.Message, DueOn: i18n.ParseDate(form.DueOn)})
	return p.finish(w, r, a, err, withDeed(paths.To(r.Context(), paths.Cases), "asked"), func(v actView) error {
		form.actView = v
		return respond.Page(w, r, http.StatusUnprocessableEntity, askPage(form))
	}, form.written(r.Context())...)
}

// rejectView is a rejection, as the officer has written it.
type rejectView struct {
	actView

	Grounds []string
	Reasons string
	// Decision is what would be made of it, on the page that asks to confirm.
	Decision review.Decision
}

func (v rejectView) refusal() review.Refusal {
	f := review.Refusal{Reasons: v.Reasons}
	for _, g := range v.Grounds {
		f.Grounds = append(f.Grounds, review.Ground(g))
	}
	return f
}

// written is what the officer would lose.
func (v rejectView) written(ctx context.Context) []written {
	grounds := make([]string, len(v.Grounds))
	for i, g := range v.Grounds {
		grounds[i] = i18n.T(ctx, "casework.ground."+g)
	}
	return []written{{"casework.reject.grounds", strings.Join(grounds, "\n")}, {"casework.reject.reasons", v.Reasons}}
}

func readRefusal(values url.Values) rejectView {
	grounds := slices.DeleteFunc(slices.Clone(values["grounds"]), func(g string) bool {
		return !slices.Contains(review.Grounds(), review.Ground(g))
	})
	return rejectView{Grounds: grounds, Reasons: values.Get("reasons")}
}

func (p Pages) showReject(w http.ResponseWriter, r *http.Request) error {
	return p.begin(w, r, func(v actView) error {
		return respond.Page(w, r, http.StatusOK, rejectPage(rejectView{actView: v}))
	})
}

// submitReject shows the decision first and makes it when the officer has seen
// it.
func (p Pages) submitReject(w http.ResponseWriter, r *http.Request) error {
	a, values, err := sent(r, purposeReject)
	if err != nil {
		return err
	}
	form := readRefusal(values)
	amend := func(v actView) error {
		form.actView = v
		status := http.StatusOK
		if len(v.Errors) > 0 {
			status = http.StatusUnprocessableEntity
		}
		return respond.Page(w, r, status, rejectPage(form))
	}
	officer := session.Of(r.Context())
	switch values.Get("step") {
	case "confirm":
		d, err := p.Reviews.Reject(r.Context(), a, form.refusal(), p.wording(r.Context(), officer.Name))
		return p.finish(w, r, a, err, paths.To(r.Context(), paths.StaffDecision, text(d.ID)), amend, form.written(r.Context())...)
	case "edit":
		v, err := p.actView(r.Context(), a.ID)
		if err != nil {
			return err
		}
		v.Revision = a.Revision
		return amend(v)
	}
	if err := form.refusal().Validate(); err != nil {
		return p.finish(w, r, a, err, "", amend)
	}
	v, err := p.actView(r.Context(), a.ID)
	if err != nil {
		return err
	}
	v.Revision = a.Revision
	form.actView = v
	form.Decision = p.Reviews.Draft(v.Application, officer.PersonID, form.refusal())
	form.Decision.Wording = p.wording(r.Context(), officer.Name)(form.Decision, v.Application, form.Reasons)
	return respond.Page(w, r, http.StatusOK, rejectCheckPage(form))
}

func revision(n int) string { return strconv.Itoa(n) }
