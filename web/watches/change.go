package watches

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
)

// changeForm is a change of a watch as it was filled in.
type changeForm struct {
	settings

	// Back is the address of the watch's own page.
	Back string
	// Added and Removed are what the change does to the criteria.
	Added, Removed []criterion
}

func (p *Pages) readChange(ctx context.Context, token string, w jobwatch.Subscription, v url.Values) (changeForm, error) {
	s, err := p.read(ctx, v)
	s.Action, s.Weekday = own(ctx, paths.WatchChange, token), w.Weekday
	return changeForm{settings: s, Back: own(ctx, paths.WatchOwn, token)}, err
}

// showChange shows the watch as it is, or with the criteria in the address, which
// is how a change is proposed: nothing changes before it is saved.
func (p *Pages) showChange(w http.ResponseWriter, r *http.Request) error {
	s, ok, err := p.watch(w, r)
	if !ok {
		return err
	}
	v := r.URL.Query()
	if criteria := s.Criteria.Values(); !asksForAny(v) {
		v = criteria
	}
	f, err := p.readChange(r.Context(), tokenOf(r), s, v)
	if err != nil {
		return err
	}
	f.Schedule, f.Language, f.Altered = s.Schedule, s.Language, false
	return p.change(w, r, http.StatusOK, s, f)
}

// asksForAny tells whether an address names any criterion.
func asksForAny(v url.Values) bool {
	c, err := search.ParseCriteria(v)
	return err != nil || !c.Empty()
}

func (p *Pages) change(w http.ResponseWriter, r *http.Request, status int, s jobwatch.Subscription, f changeForm) error {
	ctx := r.Context()
	f.Whole, f.Token = true, p.Tokens.Issue(ownPurpose, tokenOf(r))
	if err := p.tell(ctx, &f.settings); err != nil {
		return err
	}
	before := p.words(ctx, s.Criteria)
	f.Added, f.Removed = beside(f.Words, before), beside(before, f.Words)
	return respond.Page(w, r, status, changePage(f))
}

// beside returns what is in a and not in b.
func beside(a, b []criterion) []criterion {
	var all []criterion
	for _, c := range a {
		if !slices.Contains(b, c) {
			all = append(all, c)
		}
	}
	return all
}

func (p *Pages) submitChange(w http.ResponseWriter, r *http.Request) error {
	ctx, token := r.Context(), tokenOf(r)
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	s, ok, err := p.watch(w, r)
	if !ok {
		return err
	}
	f, err := p.readChange(ctx, token, s, values)
	if err != nil {
		return err
	}
	_, err = p.Tokens.Check(values.Get(edge.TokenField), ownPurpose, token)
	switch {
	case err != nil:
		f.Errors = []fault.FieldError{{Field: "send", MessageID: "watches.old_form"}}
		return p.change(w, r, http.StatusForbidden, s, f)
	case len(f.Errors) > 0:
		f.Open = true
		return p.change(w, r, http.StatusUnprocessableEntity, s, f)
	case f.looks(values) && !f.Criteria.Empty():
		return p.change(w, r, http.StatusOK, s, f)
	}
	err = p.Watches.Change(ctx, token, jobwatch.Change{
		Criteria: f.Criteria, Schedule: f.Schedule, Language: f.Language, TermsVersion: f.TermsVersion,
	})
	if errors.Is(err, fault.ErrNotFound) {
		return respond.Page(w, r, http.StatusNotFound, lapsedPage())
	}
	if err != nil {
		status, err := f.rejected(err)
		if err != nil {
			return err
		}
		return p.change(w, r, status, s, f)
	}
	seeOwn(w, r, token, doneChanged)
	return nil
}
