package watches

import (
	"errors"
	"net/http"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
)

// confirmPurpose ties a form token to the confirmation of orders.
const confirmPurpose = "watch_confirm"

// confirmation is what the page of a confirmation shows.
type confirmation struct {
	Token, Form string
	Orders      []ordered
}

// ordered is an order in words.
type ordered struct {
	jobwatch.Subscription

	Words []criterion
	// Own is the address of the watch's own page, once it is confirmed.
	Own string
}

func (p *Pages) showConfirm(w http.ResponseWriter, r *http.Request) error {
	return p.confirmation(w, r, http.StatusOK)
}

func (p *Pages) confirmation(w http.ResponseWriter, r *http.Request, status int) error {
	ctx := r.Context()
	orders, err := p.Watches.Orders(ctx, tokenOf(r))
	if errors.Is(err, fault.ErrNotFound) {
		return respond.Page(w, r, http.StatusNotFound, lapsedPage())
	}
	if err != nil {
		return err
	}
	c := confirmation{Token: tokenOf(r), Form: p.Tokens.Issue(confirmPurpose, tokenOf(r))}
	for _, s := range orders {
		o := ordered{Subscription: s, Words: p.words(ctx, s.Criteria)}
		if s.State != jobwatch.Pending {
			o.Own = own(ctx, paths.WatchOwn, p.Watches.ManageToken(s))
		}
		c.Orders = append(c.Orders, o)
	}
	return respond.Page(w, r, status, confirmPage(c))
}

func (p *Pages) confirm(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	token := tokenOf(r)
	if _, err := p.Tokens.Check(values.Get(edge.TokenField), confirmPurpose, token); err != nil {
		return p.confirmation(w, r, http.StatusForbidden)
	}
	id, err := strconv.ParseInt(values.Get("order"), 10, 64)
	if err != nil {
		return p.confirmation(w, r, http.StatusUnprocessableEntity)
	}
	if values.Get("act") == "decline" {
		if err := p.Watches.Decline(ctx, token, id); err != nil && !errors.Is(err, fault.ErrNotFound) {
			return err
		}
		respond.SeeOther(w, r, paths.To(ctx, paths.WatchEnded))
		return nil
	}
	manage, err := p.Watches.Confirm(ctx, token, id)
	if errors.Is(err, fault.ErrNotFound) || errors.Is(err, fault.ErrGone) {
		return respond.Page(w, r, http.StatusNotFound, lapsedPage())
	}
	if err != nil {
		return err
	}
	seeOwn(w, r, manage, doneBegun)
	return nil
}
