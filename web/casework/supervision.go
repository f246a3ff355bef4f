package casework

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
)

const purposePostReview = "casework-post-review"

func (p Pages) showSupervised(w http.ResponseWriter, r *http.Request) error {
	all, err := p.Applications.Supervised(r.Context())
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, supervisedPage(all))
}

// postReviewView is an application that the sample took.
type postReviewView struct {
	Application partner.Application
	Areas       []partner.ServiceArea
	Note        string
	Errors      []fault.FieldError
}

func (p Pages) postReviewView(ctx context.Context, id int64) (postReviewView, error) {
	all, err := p.Applications.Supervised(ctx)
	if err != nil {
		return postReviewView{}, err
	}
	i := slices.IndexFunc(all, func(a partner.Application) bool { return a.ID == id })
	if i < 0 {
		return postReviewView{}, fmt.Errorf("application to supervise: %w", fault.ErrNotFound)
	}
	areas, err := p.ServiceAreas.List(ctx)
	return postReviewView{Application: all[i], Areas: areas}, err
}

func (p Pages) showPostReview(w http.ResponseWriter, r *http.Request) error {
	return p.answerPostReview(w, r, http.StatusOK, "", nil)
}

func (p Pages) answerPostReview(w http.ResponseWriter, r *http.Request, status int, note string, errs []fault.FieldError) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	v, err := p.postReviewView(r.Context(), id)
	if err != nil {
		return err
	}
	if err := p.look(r.Context(), v.Application, nil); err != nil {
		return p.stopped(w, r, err)
	}
	v.Note, v.Errors = note, errs
	return respond.Page(w, r, status, postReviewPage(v))
}

func (p Pages) submitPostReview(w http.ResponseWriter, r *http.Request) error {
	a, values, err := sent(r, purposePostReview)
	if err != nil {
		return err
	}
	err = p.Reviews.PostReview(r.Context(), a, values.Get("note"))
	if fields, ok := respond.InvalidFields(err); ok {
		return p.answerPostReview(w, r, http.StatusUnprocessableEntity, values.Get("note"), fields)
	}
	if err != nil {
		return err
	}
	seeDone(w, r, paths.To(r.Context(), paths.PostSupervision), "looked_at")
	return nil
}
