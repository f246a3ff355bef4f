package datarequests

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/viewing"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// The purposes of the forms of a case.
const (
	purposeFile = "datarequest-file"
	purposeDrop = "datarequest-drop"
	purposeCopy = "datarequest-copy"
)

// caseView is a request as an officer sees it.
type caseView struct {
	datarequest.Request

	// Who is the person who asks, the zero person when nobody in the portal does.
	Who            identity.Person
	Notes          []datarequest.Note
	Sent, Answered []document.Document
	Certified      bool
	Officers       names
	Now            time.Time
	// Mine tells that the reader has the request in hand, Other who else has.
	Mine  bool
	Other string
	// Copies and Deletes tell what can be done for the person from here.
	Copies, Deletes bool
	// Restricted and Others are what else of the person ends with a deletion: a
	// restriction in force, and requests that wait.
	Restricted bool
	Others     []datarequest.Request
	Errors     []fault.FieldError
	Part       datarequest.Part
}

// open reads a request for the officer and records the look at its person. It
// must come before anything is shown.
func (p Pages) open(ctx context.Context, id int64) (caseView, error) {
	v := caseView{Now: p.Requests.Now()}
	s := session.Of(ctx)
	var err error
	if v.Request, err = p.Requests.Open(ctx, s, id); err != nil {
		return v, err
	}
	if v.Who, err = p.person(ctx, v.Person); err != nil {
		return v, err
	}
	if v.Notes, err = p.Requests.Notes(ctx, id); err != nil {
		return v, err
	}
	if v.Sent, err = p.Documents.Of(ctx, v.Ref()); err != nil {
		return v, err
	}
	if v.Answered, err = p.Documents.Of(ctx, v.AnswerRef()); err != nil {
		return v, err
	}
	if v.Officers, err = p.names(ctx); err != nil {
		return v, err
	}
	_, err = p.Requests.CertificateOf(ctx, v.Request)
	if v.Certified = err == nil; errors.Is(err, fault.ErrNotFound) {
		err = nil
	}
	v.Mine = v.HeldBy(s.PersonID, v.Now)
	if v.Held(v.Now) && !v.Mine {
		v.Other = v.Officers.of(ctx, v.ClaimedBy)
	}
	v.Copies = p.Copy != nil && v.Person != 0 && v.Mine
	v.Deletes = p.Requests.Delete != nil && v.Kind == datarequest.Deletion && v.Person != 0 && v.Identification != datarequest.Unidentified
	if err == nil && v.Deletes {
		v.Restricted, v.Others, err = p.Requests.Beside(ctx, v.Request)
	}
	return v, err
}

// person is the zero person for nobody, and for somebody who is gone. Where a
// protected person can be found is left out.
func (p Pages) person(ctx context.Context, id identity.PersonID) (identity.Person, error) {
	if id == 0 {
		return identity.Person{}, nil
	}
	who, err := p.People.ByID(ctx, id)
	if errors.Is(err, fault.ErrNotFound) {
		return identity.Person{}, nil
	}
	if err != nil {
		return identity.Person{}, err
	}
	return datarequest.WithoutContact(who), nil
}

func (p Pages) showCase(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	return p.answerCase(w, r, http.StatusOK, id, "", nil)
}

// answerCase shows a request, with what is wrong with a document for part.
func (p Pages) answerCase(w http.ResponseWriter, r *http.Request, status int, id int64, part datarequest.Part, errs []fault.FieldError) error {
	v, err := p.open(r.Context(), id)
	if err != nil {
		return p.refused(w, r, err)
	}
	v.Part, v.Errors = part, errs
	return respond.Page(w, r, status, casePage(v))
}

// refused tells an officer why nothing is shown.
func (p Pages) refused(w http.ResponseWriter, r *http.Request, err error) error {
	switch {
	case viewing.IsLimit(err):
		return respond.Page(w, r, http.StatusForbidden, stoppedPage())
	case errors.Is(err, datarequest.ErrOwn):
		return respond.Page(w, r, http.StatusConflict, ownCasePage())
	}
	return err
}

// lateView shows what the officer wrote when it came too late.
type lateView struct {
	ID int64
	// Lost tells that the claim has ended; otherwise the request has changed.
	Lost    bool
	Written []string
}

// late answers an act that came too late: nothing is lost.
func (p Pages) late(w http.ResponseWriter, r *http.Request, id int64, err error, written ...string) error {
	if viewing.IsLimit(err) || errors.Is(err, datarequest.ErrOwn) || !errors.Is(err, fault.ErrConflict) {
		return p.refused(w, r, err)
	}
	v := lateView{ID: id, Lost: errors.Is(err, datarequest.ErrClaim)}
	for _, text := range written {
		if text != "" {
			v.Written = append(v.Written, text)
		}
	}
	return respond.Page(w, r, http.StatusConflict, latePage(v))
}

func (p Pages) submitFile(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	name, content, values, err := respond.Upload(r, document.MaxSize)
	if err != nil {
		return err
	}
	submission, err := session.CheckForm(r.Context(), values, purposeFile)
	if err != nil {
		return err
	}
	part := datarequest.Part(values.Get("part"))
	if part != datarequest.OfAnswer && part != datarequest.OfRequest {
		return p.answerCase(w, r, http.StatusUnprocessableEntity, id, "", []fault.FieldError{{Field: "part", MessageID: "datarequests.file.part_missing"}})
	}
	clean, err := p.Documents.Check(r.Context(), name, content)
	if err == nil {
		err = p.Requests.AttachFor(r.Context(), datarequest.Act{Officer: session.Of(r.Context()), ID: id, Submission: submission}, part, clean)
	}
	if errors.Is(err, fault.ErrConflict) {
		return p.late(w, r, id, err)
	}
	if status, fields, ok := fileFault(err); ok {
		return p.answerCase(w, r, status, id, part, fields)
	}
	if err != nil {
		return err
	}
	seeDone(w, r, paths.To(r.Context(), paths.DataRequest, text(id)), "attached")
	return nil
}

func (p Pages) submitDrop(w http.ResponseWriter, r *http.Request) error {
	a, values, err := sent(r, purposeDrop)
	if err != nil {
		return err
	}
	if err := p.Requests.DetachAnswer(r.Context(), a, values.Get("key")); err != nil {
		return p.late(w, r, a.ID, err)
	}
	seeDone(w, r, paths.To(r.Context(), paths.DataRequest, text(a.ID)), "removed")
	return nil
}

// showDocument hands a document of the request or of its answer to the officer.
func (p Pages) showDocument(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	q, err := p.Requests.Open(r.Context(), session.Of(r.Context()), id)
	if err != nil {
		return p.refused(w, r, err)
	}
	for _, subject := range []audit.Ref{q.Ref(), q.AnswerRef()} {
		doc, content, err := p.Documents.Open(r.Context(), session.Of(r.Context()).Actor(), subject, chi.URLParam(r, "key"))
		if errors.Is(err, fault.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		attach(w, doc, content)
		return nil
	}
	return fmt.Errorf("document of another request: %w", fault.ErrNotFound)
}

// The buttons of the copy.
const (
	copyAttach   = "attach"
	copyDownload = "download"
)

// submitCopy puts a readable copy of what is kept of the person into the answer,
// or hands it to the officer, to be sent to somebody who does not use the pages.
func (p Pages) submitCopy(w http.ResponseWriter, r *http.Request) error {
	a, values, err := sent(r, purposeCopy)
	if err != nil {
		return err
	}
	switch values.Get("act") {
	case copyAttach:
		return p.attachCopy(w, r, a)
	case copyDownload:
		return p.downloadCopy(w, r, a)
	}
	return p.answerCase(w, r, http.StatusUnprocessableEntity, a.ID, "", []fault.FieldError{{Field: "copy", MessageID: "datarequests.copy.choose"}})
}

func (p Pages) attachCopy(w http.ResponseWriter, r *http.Request, a datarequest.Act) error {
	q, err := p.Requests.Open(r.Context(), a.Officer, a.ID)
	if err != nil {
		return p.refused(w, r, err)
	}
	name := i18n.T(i18n.With(r.Context(), p.Catalogue, q.Language), "datarequests.copy.file")
	err = p.Requests.AttachCopy(r.Context(), a, name, func(ctx context.Context, q datarequest.Request) ([]byte, error) {
		return p.Copy(i18n.With(ctx, p.Catalogue, q.Language), q.Person)
	})
	if fields, ok := respond.InvalidFields(err); ok {
		return p.answerCase(w, r, http.StatusUnprocessableEntity, a.ID, "", fields)
	}
	if err != nil {
		return p.late(w, r, a.ID, err)
	}
	seeDone(w, r, paths.To(r.Context(), paths.DataRequest, text(a.ID)), "attached")
	return nil
}

func (p Pages) downloadCopy(w http.ResponseWriter, r *http.Request, a datarequest.Act) error {
	q, err := p.Requests.CopyFor(r.Context(), a)
	if err != nil {
		return p.late(w, r, a.ID, err)
	}
	content, err := p.Copy(i18n.With(r.Context(), p.Catalogue, q.Language), q.Person)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+text(a.ID)+`.html"`)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(content)
	return nil
}
