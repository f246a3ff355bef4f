package postings

import (
	"context"
	"errors"
	"net/url"

	"github.com/a-h/templ"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/web/paths"
)

// CriteriaID is the element on another page's form that a mistake leads to which
// no field shows.
const CriteriaID = "criteria"

// Fields reads criteria from what the search's fields hold, in a form or an
// address, and returns those fields for the form with that ID on another page.
// What is wrong with them comes back as faults; the criteria are empty then.
func (p *Pages) Fields(ctx context.Context, form string, v url.Values) (fields templ.Component, c search.Criteria, faults []fault.FieldError, err error) {
	s := readState(i18n.LangOf(ctx), v).without(paramSince, v.Get(paramSince))
	s.sort, s.after, s.before = "", "", ""
	if where := tidy(unquoted(v.Get(paramWhere), " ")); where != "" {
		s = s.inPlaces(where, p.unplaced(where))
	}
	l, err := p.listing(ctx, s, 0, p.Now())
	if invalid, ok := errors.AsType[*fault.InvalidError](err); ok {
		l = p.refused(ctx, s, invalid, p.Now())
		for i, f := range l.faults {
			if f.Field == resultsID {
				l.faults[i].Field = CriteriaID
			}
		}
		err = nil
	}
	if err != nil {
		return nil, c, nil, err
	}
	l.form = form
	l.filters = l.lasting()
	return criteriaFields(l), l.result.criteria, l.faults, nil
}

// lasting are the filters that make sense for postings to come.
func (l listing) lasting() []filter {
	var all []filter
	for _, f := range l.filters {
		if f.Name != paramSince {
			all = append(all, f)
		}
	}
	return all
}

// watchPath is the page on which this search is ordered as a job watch.
func (l listing) watchPath() string {
	return l.state.without(paramSince, l.state.values.Get(paramSince)).criteriaPath(paths.Watch)
}
