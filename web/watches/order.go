package watches

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
)

// orderPurpose ties a form token to the order form.
const orderPurpose = "watch_order"

// orderForm is an order as it was filled in.
type orderForm struct {
	settings

	Email    string
	Accepted bool
}

func (p *Pages) readOrder(ctx context.Context, v url.Values) (orderForm, error) {
	s, err := p.read(ctx, v)
	s.Action, s.Weekday = paths.To(ctx, paths.Watch), p.Watches.Today()
	return orderForm{settings: s, Email: strings.TrimSpace(v.Get("email")), Accepted: v.Get("terms") == "yes"}, err
}

func (p *Pages) showOrder(w http.ResponseWriter, r *http.Request) error {
	if p.Closed {
		return respond.Page(w, r, http.StatusOK, closedPage())
	}
	f, err := p.readOrder(r.Context(), r.URL.Query())
	if err != nil {
		return err
	}
	f.Email, f.Accepted, f.Altered = "", false, false
	status := http.StatusOK
	if len(f.Errors) > 0 {
		status = http.StatusBadRequest
	}
	return p.order(w, r, status, f)
}

// order shows the form with the preview and a new token.
func (p *Pages) order(w http.ResponseWriter, r *http.Request, status int, f orderForm) error {
	f.Token = p.Tokens.Issue(orderPurpose, "")
	if err := p.tell(r.Context(), &f.settings); err != nil {
		return err
	}
	return respond.Page(w, r, status, orderPage(f))
}

// orderTime is how long the answer to an order takes at least, so that nobody can
// tell from it what is known of an address.
const orderTime = 40 * time.Millisecond

func (p *Pages) submitOrder(w http.ResponseWriter, r *http.Request) error {
	if p.Closed {
		return respond.Page(w, r, http.StatusServiceUnavailable, closedPage())
	}
	ctx := r.Context()
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	f, err := p.readOrder(ctx, values)
	if err != nil {
		return err
	}
	f.Whole = values.Has("email")
	id, err := p.Tokens.Check(f.Token, orderPurpose, "")
	switch {
	case err != nil:
		f.Errors = []fault.FieldError{{Field: "send", MessageID: "watches.old_form"}}
		return p.order(w, r, http.StatusForbidden, f)
	case len(f.Errors) > 0:
		f.Open = true
		return p.order(w, r, http.StatusUnprocessableEntity, f)
	case f.looks(values) && !f.Criteria.Empty():
		return p.order(w, r, http.StatusOK, f)
	case !edge.TakeForm(ctx):
		f.Errors = []fault.FieldError{{Field: "send", MessageID: "watches.too_many"}}
		return p.order(w, r, http.StatusTooManyRequests, f)
	}
	soonest := time.NewTimer(orderTime)
	defer soonest.Stop()
	err = p.Watches.Order(ctx, jobwatch.Order{
		ID: id, Address: f.Email, Language: f.Language, Criteria: f.Criteria, Schedule: f.Schedule,
		TermsVersion: f.TermsVersion, Accepted: f.Accepted, Source: edge.Network(ctx),
	})
	if err != nil {
		status, err := f.rejected(err)
		if err != nil {
			return err
		}
		return p.order(w, r, status, f)
	}
	select {
	case <-soonest.C:
	case <-ctx.Done():
	}
	respond.SeeOther(w, r, paths.To(ctx, paths.WatchOrdered))
	return nil
}

func (p *Pages) showOrdered(w http.ResponseWriter, r *http.Request) error {
	return respond.Page(w, r, http.StatusOK, orderedPage())
}
