package casework

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/session"
)

// The purposes of an applicant's forms.
const (
	purposeUpload  = "casework-upload"
	purposeRemove  = "casework-remove"
	purposeDeliver = "casework-deliver"
)

// applicantRoutes are the pages on which an applicant answers an officer.
func (p Pages) applicantRoutes(m *route.Mux) {
	own, act := closed(route.Representative)
	m.Page(http.MethodGet, paths.Decision, own, p.showDecision)
	m.Page(http.MethodGet, paths.RequestDocuments, own, p.showUpload)
	upload := act
	upload.Upload = true
	m.Page(http.MethodPost, paths.RequestDocuments, upload, p.submitUpload)
	m.Page(http.MethodPost, paths.RequestRemove, act, p.submitRemove)
	m.Page(http.MethodPost, paths.RequestSend, act, p.submitDeliver)
	m.Page(http.MethodGet, paths.RequestDone, own, p.showDelivered)
}

// uploadView is a request for documents as its applicant sees it.
type uploadView struct {
	Request      review.Request
	Organisation string
	Documents    []document.Document
	Errors       []fault.FieldError
}

func (v uploadView) open() bool { return v.Request.State == review.RequestOpen }

// takes tells whether one more document may be added.
func (v uploadView) takes() bool { return v.open() && len(v.Documents) < document.MaxOfSubject }

func (p Pages) uploadView(ctx context.Context, id int64) (uploadView, error) {
	q, a, err := p.Reviews.Own(ctx, session.Of(ctx), id)
	if err != nil {
		return uploadView{}, err
	}
	if q.Kind != review.Documents {
		return uploadView{}, fmt.Errorf("documents for another request: %w", fault.ErrNotFound)
	}
	sent, err := p.Documents.Of(ctx, q.Ref())
	return uploadView{Request: q, Organisation: organisationName(a), Documents: sent}, err
}

func (p Pages) showUpload(w http.ResponseWriter, r *http.Request) error {
	return p.answerUpload(w, r, http.StatusOK, nil)
}

// answerUpload shows the request, with what is wrong with a document.
func (p Pages) answerUpload(w http.ResponseWriter, r *http.Request, status int, errs []fault.FieldError) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	v, err := p.uploadView(r.Context(), id)
	if err != nil {
		return err
	}
	v.Errors = errs
	return respond.Page(w, r, status, uploadPage(v))
}

func (p Pages) submitUpload(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	name, content, values, err := respond.Upload(r, document.MaxSize)
	if err != nil {
		return err
	}
	submission, err := session.CheckForm(r.Context(), values, purposeUpload)
	if err != nil {
		return err
	}
	// Whose request it is comes before the work of looking into the document.
	if _, err := p.uploadView(r.Context(), id); err != nil {
		return err
	}
	clean, err := p.Documents.Check(r.Context(), name, content)
	if err == nil {
		err = p.Reviews.Attach(r.Context(), session.Of(r.Context()), id, submission, clean)
	}
	return p.answered(w, r, err, paths.To(r.Context(), paths.RequestDocuments, text(id)))
}

func (p Pages) submitRemove(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	values, err := formOf(r, purposeRemove)
	if err != nil {
		return err
	}
	err = p.Reviews.Detach(r.Context(), session.Of(r.Context()), id, values.Get("key"))
	return p.answered(w, r, err, paths.To(r.Context(), paths.RequestDocuments, text(id)))
}

func (p Pages) submitDeliver(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	if _, err := formOf(r, purposeDeliver); err != nil {
		return err
	}
	err = p.Reviews.Deliver(r.Context(), session.Of(r.Context()), id)
	return p.answered(w, r, err, paths.To(r.Context(), paths.RequestDone, text(id)))
}

// answered answers an applicant's act: the next page, or the request with what
// stood in the way.
func (p Pages) answered(w http.ResponseWriter, r *http.Request, err error, next string) error {
	fields, invalid := respond.InvalidFields(err)
	switch {
	case invalid:
		return p.answerUpload(w, r, http.StatusUnprocessableEntity, fields)
	case errors.Is(err, document.ErrNotScanned):
		return p.answerUpload(w, r, http.StatusServiceUnavailable, []fault.FieldError{{Field: "file", MessageID: "document.file.not_scanned"}})
	case errors.Is(err, fault.ErrConflict):
		return p.answerUpload(w, r, http.StatusConflict, []fault.FieldError{{Field: "file", MessageID: "document.file.closed"}})
	case err != nil:
		return err
	}
	respond.SeeOther(w, r, next)
	return nil
}

func (p Pages) showDelivered(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	v, err := p.uploadView(r.Context(), id)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, deliveredPage(v))
}
