package review

import (
	"context"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Own returns a request to the organisation that s acts for, with its
// application; one of another organisation is fault.ErrNotFound.
func (r *Reviews) Own(ctx context.Context, s identity.Session, requestID int64) (Request, partner.Application, error) {
	if s.Acting == nil || s.Kind != identity.KindPerson {
		return Request{}, partner.Application{}, fmt.Errorf("request of no organisation: %w", fault.ErrNotFound)
	}
	q, err := selectRequest(ctx, r.db, requestID)
	if err != nil {
		return Request{}, partner.Application{}, err
	}
	app, err := r.applications.Own(ctx, organisation.BusinessID(s.Acting.BusinessID), q.ApplicationID)
	return q, app, err
}

// Attach keeps a document that the applicant sends for a request for documents.
// The same submission sent again has no second effect. A request that is closed
// is fault.ErrConflict.
func (r *Reviews) Attach(ctx context.Context, s identity.Session, requestID int64, submission string, clean document.Clean) error {
	q, _, err := r.Own(ctx, s, requestID)
	if err != nil {
		return err
	}
	return r.db.InTx(ctx, func(tx *postgres.Tx) error {
		if q, err = lockRequest(ctx, tx, requestID); err != nil {
			return err
		}
		if err := q.takesDocuments(); err != nil {
			return err
		}
		return r.documents.Keep(ctx, tx, s, submission, q.Ref(), clean)
	})
}

// Detach removes a document that the applicant has sent and not yet delivered. A
// request that is closed is fault.ErrConflict.
func (r *Reviews) Detach(ctx context.Context, s identity.Session, requestID int64, key string) error {
	if _, _, err := r.Own(ctx, s, requestID); err != nil {
		return err
	}
	return r.db.InTx(ctx, func(tx *postgres.Tx) error {
		q, err := lockRequest(ctx, tx, requestID)
		if err != nil {
			return err
		}
		if err := q.takesDocuments(); err != nil {
			return err
		}
		return r.documents.Remove(ctx, tx, s.Actor(), q.Ref(), key)
	})
}

func (q Request) takesDocuments() error {
	if q.Kind != Documents || q.State != RequestOpen {
		return fmt.Errorf("documents for a request that wants none: %w", fault.ErrConflict)
	}
	return nil
}

// Deliver hands what the applicant has sent for a request for documents to the
// officers. At least one document must be there. A request that was answered
// already is left as it is.
func (r *Reviews) Deliver(ctx context.Context, s identity.Session, requestID int64) error {
	q, app, err := r.Own(ctx, s, requestID)
	if err != nil {
		return err
	}
	if q.Kind == Documents && q.State == RequestAnswered {
		return nil
	}
	sent, err := r.documents.Of(ctx, q.Ref())
	if err != nil {
		return err
	}
	if len(sent) == 0 {
		return &fault.InvalidError{Fields: []fault.FieldError{{Field: "file", MessageID: "document.file.missing"}}}
	}
	return r.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := r.applications.Lock(ctx, tx, app.ID); err != nil {
			return err
		}
		c, err := lockCase(ctx, tx, app.ID)
		if err != nil {
			return err
		}
		if q, err = lockRequest(ctx, tx, requestID); err != nil {
			return err
		}
		if q.State == RequestAnswered {
			return nil
		}
		if err := q.takesDocuments(); err != nil {
			return err
		}
		if err := settleRequest(ctx, tx, q.ID, RequestAnswered); err != nil {
			return err
		}
		if err := r.backToQueue(ctx, tx, c, c.Revision, Resubmitted); err != nil {
			return err
		}
		if _, err := r.applications.BackToReview(ctx, tx, s.Actor(), app.ID); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: s.Actor(), Action: actionAnswered, Subject: c.Ref(), Detail: map[string]any{"request": q.ID, "documents": len(sent)},
		})
	})
}
