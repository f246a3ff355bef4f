package jobwatch

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/document"
)

// A Criterion is one value of a parameter of a search.
type Criterion struct{ Name, Value string }

// criterionNames are the parameters of criteria in the order in which they are
// told.
//
//nolint:gochecknoglobals // a constant table
var criterionNames = []string{
	"q", "occupation", "municipality", "region", "country", "flexible_location", "continuity", "working_time",
	"employment", "work_language", "posting_language", "employer",
}

// CriteriaOf takes criteria apart. Words that are to be taken literally are a
// part of the query and not told by themselves.
func CriteriaOf(c search.Criteria) []Criterion {
	var all []Criterion
	v := c.Values()
	for _, name := range criterionNames {
		for _, value := range v[name] {
			all = append(all, Criterion{name, value})
		}
	}
	return all
}

// alone are criteria with one criterion of c only.
func alone(c search.Criteria, one Criterion) search.Criteria {
	for name, values := range c.Values() {
		if name == "literal" {
			continue
		}
		for _, value := range values {
			if name != one.Name || name != "q" && value != one.Value {
				c = c.Without(name, map[bool]string{true: "", false: value}[name == "q"])
			}
		}
	}
	return c
}

// A reasoner tells which of the criteria of a watch a posting meets. Values of
// one parameter are alternatives, so that a posting need meet only one of them.
type reasoner struct {
	all     []Criterion
	queries []search.Query
	// open tells which criteria a match leaves open: those with alternatives.
	open []bool
}

func (w *Watches) reasoner(c search.Criteria) (reasoner, error) {
	r := reasoner{all: CriteriaOf(c)}
	values := c.Values()
	for _, one := range r.all {
		q, _, err := w.analyser.Compile(alone(c, one))
		if err != nil {
			return r, fmt.Errorf("criterion of a job watch: %w", err)
		}
		r.queries = append(r.queries, q)
		r.open = append(r.open, len(values[one.Name]) > 1)
	}
	return r, nil
}

// ambiguous tells that criteria leave open which of them a match has met.
func (r reasoner) ambiguous() bool { return slices.Contains(r.open, true) }

// why returns the criteria that the posting behind v meets; of one that is known
// to match, only those that this leaves open are looked at.
func (r reasoner) why(v *search.View, matched bool) []Criterion {
	var met []Criterion
	for i, one := range r.all {
		if matched && !r.open[i] || r.queries[i].Matches(v) {
			met = append(met, one)
		}
	}
	return met
}

const sqlSelectDocuments = `
SELECT posting_id, document
  FROM search_document
 WHERE posting_id = ANY($1)
   AND analyser = $2`

// views returns the open postings as the search sees them, or their codes alone,
// which takes far less time. A posting whose document is being made anew is
// analysed here.
func (w *Watches) views(ctx context.Context, q postgres.Querier, ids []int64, codes bool) (map[int64]*search.View, error) {
	rows, err := q.Query(ctx, sqlSelectDocuments, ids, w.analyser.Version())
	if err != nil {
		return nil, fmt.Errorf("select search documents: %w", err)
	}
	views := make(map[int64]*search.View, len(ids))
	view := func(id int64, d *document.Document) {
		if codes {
			d = &document.Document{PublishedAt: d.PublishedAt, Codes: d.Codes}
		}
		views[id] = w.analyser.View(d)
	}
	var id int64
	var data []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &data}, func() error {
		if d, err := document.Decode(data); err == nil {
			view(id, d)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("select search documents: %w", err)
	}
	var stale []int64
	for _, id := range ids {
		if views[id] == nil {
			stale = append(stale, id)
		}
	}
	if len(stale) == 0 {
		return views, nil
	}
	postings, err := jobposting.Open(ctx, q, stale)
	if err != nil {
		return nil, err
	}
	for i := range postings {
		d := w.analyser.Document(&postings[i])
		view(postings[i].ID, &d)
	}
	return views, nil
}

// explain writes into items which criteria they have met, where the criteria
// leave that open.
func (w *Watches) explain(ctx context.Context, q postgres.Querier, c search.Criteria, items []Item) error {
	r, err := w.reasoner(c)
	if err != nil || !r.ambiguous() {
		return err
	}
	ids := make([]int64, len(items))
	for i, item := range items {
		ids[i] = item.ID
	}
	// Only fields of codes have alternatives.
	views, err := w.views(ctx, q, ids, true)
	if err != nil {
		return err
	}
	for i := range items {
		if v := views[items[i].ID]; v != nil {
			items[i].Why = r.why(v, true)
		}
	}
	return nil
}
