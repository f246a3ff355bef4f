package datarequests

import (
	"net/http"
	"slices"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// The purposes of the forms that settle a request.
const (
	purposeAnswer = "datarequest-answer"
	purposeDelete = "datarequest-delete"
)

// The buttons of the page that shows an answer before it is sent.
const (
	goSend = "send"
	goEdit = "edit"
)

// answerForm is an answer as the officer has typed it.
type answerForm struct {
	caseView

	Outcome datarequest.Outcome
	Text    string
	// Rights are what the person is told of a refusal, in the language of the
	// answer.
	Rights []string
	// Draft is the certificate that the answer would make, nil for none.
	Draft *datarequest.Certificate
}

// outcomes are those that the form offers: a deletion has a form of its own.
func (f answerForm) outcomes() []datarequest.Outcome {
	return slices.DeleteFunc(f.Open(), func(o datarequest.Outcome) bool {
		return f.Kind == datarequest.Deletion && o == datarequest.Granted
	})
}

func (p Pages) showAnswer(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	v, err := p.open(r.Context(), id)
	if err != nil {
		return p.refused(w, r, err)
	}
	return respond.Page(w, r, http.StatusOK, answerPage(answerForm{caseView: v}))
}

// submitAnswer shows the answer as the person will read it, and settles the
// request when it is sent from there.
func (p Pages) submitAnswer(w http.ResponseWriter, r *http.Request) error {
	a, values, err := sent(r, purposeAnswer)
	if err != nil {
		return err
	}
	s := datarequest.Settling{Outcome: datarequest.Outcome(values.Get("outcome")), Answer: values.Get("answer")}
	switch values.Get("go") {
	case goSend:
	case goEdit:
		return p.amendAnswer(w, r, http.StatusOK, a.ID, s, nil)
	default: // the form itself, which changes nothing
		return p.checkAnswer(w, r, a.ID, s)
	}
	err = p.Requests.Settle(r.Context(), a, s, p.wording(r.Context()))
	if fields, ok := respond.InvalidFields(err); ok {
		return p.amendAnswer(w, r, http.StatusUnprocessableEntity, a.ID, s, fields)
	}
	if err != nil {
		return p.late(w, r, a.ID, err, s.Answer)
	}
	seeDone(w, r, paths.To(r.Context(), paths.DataRequest, text(a.ID)), "answered")
	return nil
}

func (p Pages) checkAnswer(w http.ResponseWriter, r *http.Request, id int64, s datarequest.Settling) error {
	v, err := p.open(r.Context(), id)
	if err != nil {
		return p.refused(w, r, err)
	}
	f := answerForm{caseView: v, Outcome: s.Outcome, Text: s.Answer}
	fields, invalid := respond.InvalidFields(s.Check(v.Request))
	if !invalid && !slices.Contains(f.outcomes(), s.Outcome) {
		fields, invalid = []fault.FieldError{{Field: "outcome", MessageID: "datarequests.outcome.missing"}}, true
	}
	if invalid {
		f.Errors = fields
		return respond.Page(w, r, http.StatusUnprocessableEntity, answerPage(f))
	}
	if s.Outcome.Refuses() {
		f.Rights = rightsOf(i18n.With(r.Context(), p.Catalogue, v.Language))
	}
	if s.Certifies(v.Request) {
		c := datarequest.Certificate{Language: v.Language, MadeAt: v.Now}
		q := v.Request
		q.Outcome, q.Answer = s.Outcome, s.Answer
		c.Wording = p.wording(r.Context())(c, q, v.Who)
		f.Draft = &c
	}
	return respond.Page(w, r, http.StatusOK, previewPage(f))
}

// amendAnswer shows the form again as it was typed, with what is wrong.
func (p Pages) amendAnswer(w http.ResponseWriter, r *http.Request, status int, id int64, s datarequest.Settling, fields []fault.FieldError) error {
	v, err := p.open(r.Context(), id)
	if err != nil {
		return p.refused(w, r, err)
	}
	v.Errors = fields
	return respond.Page(w, r, status, answerPage(answerForm{caseView: v, Outcome: s.Outcome, Text: s.Answer}))
}

func (p Pages) showDelete(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	v, err := p.open(r.Context(), id)
	if err != nil {
		return p.refused(w, r, err)
	}
	return respond.Page(w, r, http.StatusOK, deletePage(v))
}

func (p Pages) submitDelete(w http.ResponseWriter, r *http.Request) error {
	a, values, err := sent(r, purposeDelete)
	if err != nil {
		return err
	}
	var told fault.Checker
	told.Check(values.Get(toldField) != "", toldField, "datarequests.delete.told_missing")
	if err = told.Err(); err == nil {
		err = p.Requests.Settle(r.Context(), a, datarequest.Settling{Outcome: datarequest.Granted}, p.wording(r.Context()))
	}
	if fields, ok := respond.InvalidFields(err); ok {
		v, err := p.open(r.Context(), a.ID)
		if err != nil {
			return p.refused(w, r, err)
		}
		v.Errors = fields
		return respond.Page(w, r, http.StatusUnprocessableEntity, deletePage(v))
	}
	if err != nil {
		return p.late(w, r, a.ID, err)
	}
	seeDone(w, r, paths.To(r.Context(), paths.DataRequests), "deleted")
	return nil
}

func (p Pages) showProof(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	q, err := p.Requests.Open(r.Context(), session.Of(r.Context()), id)
	if err != nil {
		return p.refused(w, r, err)
	}
	c, err := p.Requests.CertificateOf(r.Context(), q)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, certificatePage(c, paths.To(r.Context(), paths.DataRequest, text(id))))
}
