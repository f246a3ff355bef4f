package watches

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/ui"
)

// orderPurpose ties a form token to the order form.
const orderPurpose = "watch_order"

// orderForm is an order as it was filled in, with what the page tells about it.
type orderForm struct {
	Token, Email string
	Language     i18n.Lang
	Rhythm       jobwatch.Rhythm
	Criteria     search.Criteria
	Accepted     bool
	// TermsVersion is of the terms that are shown.
	TermsVersion int
	Words        []criterion
	Preview      jobwatch.Preview
	Cards        []ui.Card
	Errors       []fault.FieldError
}

func readOrder(ctx context.Context, v url.Values) orderForm {
	f := orderForm{
		Token: v.Get(edge.TokenField), Email: strings.TrimSpace(v.Get("email")), Language: i18n.LangOf(ctx),
		Rhythm: jobwatch.Rhythm(v.Get("rhythm")), Criteria: criteriaOf(v), Accepted: v.Get("terms") == "yes",
	}
	if v.Has("language") {
		f.Language = langOf(v.Get("language"))
	}
	f.TermsVersion, _ = strconv.Atoi(v.Get("terms_version"))
	f.Criteria = f.Criteria.Without("since", "")
	return f
}

func (p *Pages) showOrder(w http.ResponseWriter, r *http.Request) error {
	f := readOrder(r.Context(), r.URL.Query())
	if f.Rhythm == "" {
		f.Rhythm = jobwatch.Daily
	}
	f.Email, f.Accepted = "", false
	return p.order(w, r, http.StatusOK, f)
}

// order shows the form with the preview and a new token.
func (p *Pages) order(w http.ResponseWriter, r *http.Request, status int, f orderForm) error {
	ctx := r.Context()
	current, err := p.Terms.Current(ctx, terms.JobWatch)
	if err != nil {
		return err
	}
	f.Token, f.TermsVersion = p.Tokens.Issue(orderPurpose, ""), current.Number
	f.Words = p.words(ctx, f.Criteria)
	if len(f.Words) > 0 {
		if f.Preview, err = p.Watches.Preview(ctx, f.Criteria, jobwatch.DefaultCap, p.Watches.Today()); err != nil {
			return err
		}
		if f.Cards, err = p.Cards(ctx, cardIDs(f.Preview.Cards)); err != nil {
			return err
		}
	}
	return respond.Page(w, r, status, orderPage(f))
}

func cardIDs(cards []jobposting.Card) []int64 {
	ids := make([]int64, len(cards))
	for i, c := range cards {
		ids[i] = c.ID
	}
	return ids
}

func (p *Pages) submitOrder(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	f := readOrder(ctx, values)
	id, err := p.Tokens.Check(f.Token, orderPurpose, "")
	if err != nil {
		f.Errors = []fault.FieldError{{Field: "send", MessageID: "watches.old_form"}}
		return p.order(w, r, http.StatusForbidden, f)
	}
	if !edge.TakeForm(ctx) {
		f.Errors = []fault.FieldError{{Field: "send", MessageID: "watches.too_many"}}
		return p.order(w, r, http.StatusTooManyRequests, f)
	}
	err = p.Watches.Order(ctx, jobwatch.Order{
		ID: id, Address: f.Email, Language: f.Language, Criteria: f.Criteria, Schedule: jobwatch.Schedule{Rhythm: f.Rhythm},
		TermsVersion: f.TermsVersion, Accepted: f.Accepted,
	})
	if invalid, ok := errors.AsType[*fault.InvalidError](err); ok {
		f.Errors = invalid.Fields
		return p.order(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	respond.SeeOther(w, r, paths.To(ctx, paths.WatchOrdered))
	return nil
}

func (p *Pages) showOrdered(w http.ResponseWriter, r *http.Request) error {
	return respond.Page(w, r, http.StatusOK, orderedPage())
}

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
		c.Orders = append(c.Orders, ordered{s, p.words(ctx, s.Criteria)})
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
	respond.SeeOther(w, r, own(ctx, paths.WatchOwn, manage))
	return nil
}
