package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/web/postings"
	"tyomarkkinatori.fi/portal/web/site"
	"tyomarkkinatori.fi/portal/web/ui"
)

// overview tells the front page what there is to find.
type overview struct {
	app  *app
	jobs *postings.Pages
}

// Shown on the front page: cards of each kind, and weeks in the chart.
const (
	overviewCards = 4
	overviewWeeks = 8
)

const (
	summerJob  = "0202"
	tradeLevel = 1
)

// Overview gathers it from the index, the cards from the database.
func (o overview) Overview(ctx context.Context) (site.Overview, error) {
	stats := o.app.index.Statistics()
	v := site.Overview{Open: stats.Open, Positions: stats.Positions}
	lang := string(i18n.LangOf(ctx))
	for _, r := range stats.Regions {
		if e, ok := reference.RegionByCode(r.Code); ok {
			v.Regions = append(v.Regions, site.Tally{Code: r.Code, Name: e.Name.In(lang), Count: r.Count})
		}
	}
	for _, t := range stats.Occupations {
		if e, ok := reference.OccupationByCode(t.Code); ok && len(t.Code) == tradeLevel {
			v.Trades = append(v.Trades, site.Tally{Code: t.Code, Name: e.Name.In(lang), Count: t.Count})
		}
	}
	slices.SortFunc(v.Trades, func(a, b site.Tally) int { return strings.Compare(a.Code, b.Code) })
	summer, err := o.count(ctx, search.Criteria{Continuity: []string{summerJob}})
	if err != nil {
		return v, err
	}
	flexible, err := o.count(ctx, search.Criteria{Flexible: true})
	if err != nil {
		return v, err
	}
	v.Summer, v.Flexible = summer.Total, flexible.Total
	for _, list := range []struct {
		ids   []int64
		cards *[]ui.Card
	}{
		{stats.Newest, &v.Newest}, {stats.ClosingSoon, &v.Closing}, {summer.IDs, &v.SummerJobs},
	} {
		if *list.cards, err = o.jobs.Cards(ctx, list.ids[:min(overviewCards, len(list.ids))]); err != nil {
			return v, err
		}
	}
	weeks, err := jobposting.Weeks(ctx, o.app.db, o.app.db.Now(), overviewWeeks)
	if err != nil {
		return v, err
	}
	for _, w := range weeks {
		v.Weeks = append(v.Weeks, site.Tally{Name: strconv.Itoa(w.Number), Count: w.Published})
	}
	return v, nil
}

func (o overview) count(ctx context.Context, c search.Criteria) (search.Result, error) {
	q, _, err := o.app.analyser.Compile(c)
	if err != nil {
		return search.Result{}, err
	}
	return o.app.index.Search(ctx, q, search.Request{Criteria: c, Sort: search.SortNewest, Limit: overviewCards})
}
