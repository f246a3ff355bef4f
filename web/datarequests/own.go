package datarequests

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// The purposes of the person's forms.
const (
	purposeNew     = "datarequest-new"
	purposeEnd     = "datarequest-end"
	purposeOwnFile = "datarequest-own-file"
	purposeOwnDrop = "datarequest-own-drop"
)

func (p Pages) showOwn(w http.ResponseWriter, r *http.Request) error {
	all, err := p.Requests.Own(r.Context(), session.Of(r.Context()))
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, ownPage(all, p.Requests.Now()))
}

// newForm is a request as the person has typed it.
type newForm struct {
	Kind    datarequest.Kind
	Message string
	Errors  []fault.FieldError
}

func (p Pages) showNew(w http.ResponseWriter, r *http.Request) error {
	return respond.Page(w, r, http.StatusOK, newPage(newForm{}))
}

func (p Pages) submitNew(w http.ResponseWriter, r *http.Request) error {
	values, submission, err := formOf(r, purposeNew)
	if err != nil {
		return err
	}
	f := newForm{Kind: datarequest.Kind(values.Get("kind")), Message: values.Get("message")}
	id, err := p.Requests.File(r.Context(), session.Of(r.Context()), datarequest.Filing{
		Kind: f.Kind, Message: f.Message, Language: i18n.LangOf(r.Context()), Submission: submission,
	})
	if fields, ok := respond.InvalidFields(err); ok {
		f.Errors = fields
		return respond.Page(w, r, http.StatusUnprocessableEntity, newPage(f))
	}
	if err != nil {
		return err
	}
	seeDone(w, r, paths.To(r.Context(), paths.OwnDataRequest, text(id)), "filed")
	return nil
}

// ownView is a request as its person sees it.
type ownView struct {
	datarequest.Request

	Now time.Time
	// Sent are the documents of the request, Answered those of the answer.
	Sent, Answered []document.Document
	Certified      bool
	Errors         []fault.FieldError
}

func (v ownView) takes() bool {
	return v.State == datarequest.Waiting && len(v.Sent) < document.MaxOfSubject
}

// ownView reads a request of the reader, or fails with fault.ErrNotFound.
func (p Pages) ownView(ctx context.Context, id int64) (ownView, error) {
	q, err := p.Requests.OwnByID(ctx, session.Of(ctx), id)
	if err != nil {
		return ownView{}, err
	}
	v := ownView{Request: q, Now: p.Requests.Now()}
	if v.Sent, err = p.Documents.Of(ctx, q.Ref()); err != nil || q.State == datarequest.Waiting {
		return v, err
	}
	if v.Answered, err = p.Documents.Of(ctx, q.AnswerRef()); err != nil {
		return v, err
	}
	_, err = p.Requests.CertificateOf(ctx, q)
	v.Certified = err == nil
	if errors.Is(err, fault.ErrNotFound) {
		err = nil
	}
	return v, err
}

func (p Pages) showOwnRequest(w http.ResponseWriter, r *http.Request) error {
	return p.answerOwn(w, r, http.StatusOK, nil)
}

func (p Pages) answerOwn(w http.ResponseWriter, r *http.Request, status int, errs []fault.FieldError) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	v, err := p.ownView(r.Context(), id)
	if err != nil {
		return err
	}
	v.Errors = errs
	return respond.Page(w, r, status, ownRequestPage(v))
}

func (p Pages) submitEnd(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	if _, _, err := formOf(r, purposeEnd); err != nil {
		return err
	}
	if err := p.Requests.Withdraw(r.Context(), session.Of(r.Context()), id); err != nil {
		return err
	}
	seeDone(w, r, paths.To(r.Context(), paths.OwnDataRequests), "withdrawn")
	return nil
}

func (p Pages) submitOwnFile(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	name, content, values, err := respond.Upload(r, document.MaxSize)
	if err != nil {
		return err
	}
	submission, err := session.CheckForm(r.Context(), values, purposeOwnFile)
	if err != nil {
		return err
	}
	// Whose request it is comes before the work of looking into the document.
	if _, err := p.Requests.OwnByID(r.Context(), session.Of(r.Context()), id); err != nil {
		return err
	}
	clean, err := p.Documents.Check(r.Context(), name, content)
	if err == nil {
		err = p.Requests.Attach(r.Context(), session.Of(r.Context()), id, submission, clean)
	}
	return p.ownChanged(w, r, id, err, "attached")
}

func (p Pages) submitOwnDrop(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	values, _, err := formOf(r, purposeOwnDrop)
	if err != nil {
		return err
	}
	err = p.Requests.Detach(r.Context(), session.Of(r.Context()), id, values.Get("key"))
	return p.ownChanged(w, r, id, err, "removed")
}

// ownChanged answers what the person did with a document.
func (p Pages) ownChanged(w http.ResponseWriter, r *http.Request, id int64, err error, deed string) error {
	if status, fields, ok := fileFault(err); ok {
		return p.answerOwn(w, r, status, fields)
	}
	if err != nil {
		return err
	}
	seeDone(w, r, paths.To(r.Context(), paths.OwnDataRequest, text(id)), deed)
	return nil
}

// fileFault says what stood in the way of a document.
func fileFault(err error) (int, []fault.FieldError, bool) {
	fields, invalid := respond.InvalidFields(err)
	switch {
	case invalid:
		return http.StatusUnprocessableEntity, fields, true
	case errors.Is(err, document.ErrNotScanned):
		return http.StatusServiceUnavailable, []fault.FieldError{{Field: "file", MessageID: "document.file.not_scanned"}}, true
	case errors.Is(err, fault.ErrConflict):
		return http.StatusConflict, []fault.FieldError{{Field: "file", MessageID: "datarequests.file.closed"}}, true
	}
	return 0, nil, false
}

// showOwnDocument hands the person a document of the answer.
func (p Pages) showOwnDocument(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	q, err := p.Requests.OwnByID(r.Context(), session.Of(r.Context()), id)
	if err == nil && q.State != datarequest.Settled {
		err = fmt.Errorf("document of no answer: %w", fault.ErrNotFound)
	}
	if err != nil {
		return err
	}
	doc, content, err := p.Documents.Open(r.Context(), session.Of(r.Context()).Actor(), q.AnswerRef(), chi.URLParam(r, "key"))
	if err != nil {
		return err
	}
	attach(w, doc, content)
	return nil
}

func (p Pages) showOwnProof(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	q, err := p.Requests.OwnByID(r.Context(), session.Of(r.Context()), id)
	if err != nil {
		return err
	}
	c, err := p.Requests.CertificateOf(r.Context(), q)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, certificatePage(c, paths.To(r.Context(), paths.OwnDataRequest, text(id))))
}
