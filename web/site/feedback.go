package site

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/feedback"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/periodview"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/ui"
)

// feedbackPurpose ties a form token to the feedback form.
const feedbackPurpose = "feedback"

// feedbackForm is the form as the reader filled it in.
type feedbackForm struct {
	Token, Topic, Message, Email string
	Errors                       []fault.FieldError
	// Kept is for how long it will be kept, in words; "" when nobody knows for now.
	Kept string
}

func readFeedbackForm(v url.Values) feedbackForm {
	return feedbackForm{
		Token:   v.Get(edge.TokenField),
		Topic:   v.Get("topic"),
		Message: v.Get("message"),
		Email:   strings.TrimSpace(v.Get("email")),
	}
}

func (f feedbackForm) submission(ctx context.Context, id string) feedback.Submission {
	return feedback.Submission{
		ID:       id,
		Topic:    feedback.Topic(f.Topic),
		Language: i18n.LangOf(ctx),
		Message:  f.Message,
		Email:    f.Email,
	}
}

func (f feedbackForm) topics(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, t := range feedback.Topics() {
		options = append(options, ui.Option{Value: string(t), Label: i18n.T(ctx, "site.feedback.topic_"+string(t)), Selected: f.Topic == string(t)})
	}
	return options
}

func (p Pages) showFeedback(w http.ResponseWriter, r *http.Request) error {
	form := feedbackForm{Token: p.Tokens.Issue(feedbackPurpose, ""), Topic: r.URL.Query().Get("topic")}
	return p.feedback(w, r, http.StatusOK, form)
}

// feedback shows the form. It is there for those who have something to tell while
// the database is away, too.
func (p Pages) feedback(w http.ResponseWriter, r *http.Request, status int, form feedbackForm) error {
	if rule, err := p.Kept(r.Context(), feedback.RuleKind); err == nil {
		form.Kept = periodview.Rule(r.Context(), rule)
	}
	return respond.Page(w, r, status, feedbackPage(form))
}

func (p Pages) submitFeedback(w http.ResponseWriter, r *http.Request) error {
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	form := readFeedbackForm(values)
	id, err := p.Tokens.Check(form.Token, feedbackPurpose, "")
	if err != nil {
		return p.again(w, r, http.StatusForbidden, form, "site.feedback.old_form")
	}
	submission := form.submission(r.Context(), id)
	if err := submission.Validate(); err != nil {
		return p.amend(w, r, form, err)
	}
	if !edge.TakeForm(r.Context()) {
		return p.again(w, r, http.StatusTooManyRequests, form, "site.feedback.too_many")
	}
	reader := audit.Ref{Kind: "reader", ID: "anonymous"}
	err = p.Feedback.Submit(r.Context(), reader, submission)
	if errors.Is(err, fault.ErrConflict) {
		return p.again(w, r, http.StatusConflict, form, "site.feedback.sent_before")
	}
	if err != nil {
		return err
	}
	respond.SeeOther(w, r, paths.To(r.Context(), paths.FeedbackDone))
	return nil
}

// amend shows the form with what err finds wrong in it.
func (p Pages) amend(w http.ResponseWriter, r *http.Request, form feedbackForm, err error) error {
	invalid, ok := errors.AsType[*fault.InvalidError](err)
	if !ok {
		return err
	}
	form.Errors = invalid.Fields
	return p.feedback(w, r, http.StatusUnprocessableEntity, form)
}

// again shows the form with everything in it and a new token.
func (p Pages) again(w http.ResponseWriter, r *http.Request, status int, form feedbackForm, messageID string) error {
	form.Token = p.Tokens.Issue(feedbackPurpose, "")
	form.Errors = []fault.FieldError{{Field: "send", MessageID: messageID}}
	return p.feedback(w, r, status, form)
}
