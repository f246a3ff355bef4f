package datarequest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Fewest is the smallest number of requests that statistics tell: fewer could
// tell of somebody.
const Fewest = 5

// Figure is a number of statistics; one that is not Shown is 0.
type Figure struct {
	N     int
	Shown bool
}

// Results are the columns of statistics: how requests ended.
const (
	ResultGranted = iota
	ResultRefused
	ResultOther
	results
)

// Quarter is a quarter of a year that is over.
type Quarter struct {
	Year, Number int
	// Rows are by kind in the order of Kinds, their figures by result.
	Rows [][]Figure
	// RowTotals are by kind, ColumnTotals by result.
	RowTotals, ColumnTotals []Figure
	Total                   Figure
}

// Tells tells whether the quarter has any figure to show.
func (q Quarter) Tells() bool {
	shown := func(f Figure) bool { return f.Shown && f.N > 0 }
	return shown(q.Total) || slices.ContainsFunc(slices.Concat(slices.Concat(q.Rows...), q.RowTotals, q.ColumnTotals), shown)
}

// Statistics returns the requests that were settled in the quarters of the last
// two years. A quarter that is going on is left out, since the growth of a figure
// from one day to the next would tell of single requests.
func (r *Requests) Statistics(ctx context.Context) ([]Quarter, error) {
	var quarters []Quarter
	to := quarterOf(r.Now())
	for range 8 {
		from := to.AddDate(0, -3, 0)
		cells, err := selectSettled(ctx, r.DB, from, to)
		if err != nil {
			return nil, err
		}
		q := Suppress(cells)
		q.Year, q.Number = from.Year(), (int(from.Month())+2)/3
		quarters = append(quarters, q)
		to = from
	}
	return quarters, nil
}

// quarterOf is the first moment of the quarter of t.
func quarterOf(t time.Time) time.Time {
	y, m, _ := t.In(i18n.Helsinki).Date()
	return time.Date(y, m-(m-1)%3, 1, 0, 0, 0, 0, i18n.Helsinki)
}

// Suppress makes figures of a table of numbers. A number under Fewest is not
// shown. A total is shown only when everything that it is the total of is shown:
// so whatever is shown follows from the cells that are, and no difference tells
// anything of one that is not.
func Suppress(cells [][]int) Quarter {
	q := Quarter{Total: Figure{Shown: true}}
	for i, row := range cells {
		if i == 0 {
			q.ColumnTotals = make([]Figure, len(row))
			for j := range q.ColumnTotals {
				q.ColumnTotals[j].Shown = true
			}
		}
		figures, total := make([]Figure, len(row)), Figure{Shown: true}
		for j, n := range row {
			if n >= Fewest {
				figures[j] = Figure{n, true}
			}
			total = total.plus(figures[j])
			q.ColumnTotals[j] = q.ColumnTotals[j].plus(figures[j])
			q.Total = q.Total.plus(figures[j])
		}
		q.Rows, q.RowTotals = append(q.Rows, figures), append(q.RowTotals, total)
	}
	return q
}

func (f Figure) plus(other Figure) Figure {
	if !f.Shown || !other.Shown {
		return Figure{}
	}
	return Figure{f.N + other.N, true}
}

const sqlSelectSettled = `
SELECT kind,
       count(*) FILTER (WHERE outcome IN ('granted', 'partly')),
       count(*) FILTER (WHERE outcome = 'refused'),
       count(*) FILTER (WHERE outcome IN ('nothing_held', 'not_identified', 'withdrawn'))
  FROM data_request
 WHERE state = 'settled'
   AND settled_at >= $1
   AND settled_at < $2
 GROUP BY kind`

func selectSettled(ctx context.Context, q postgres.Querier, from, to time.Time) ([][]int, error) {
	byKind := map[Kind][]int{}
	rows, err := q.Query(ctx, sqlSelectSettled, from, to)
	if err != nil {
		return nil, fmt.Errorf("count settled data requests: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var k Kind
		n := make([]int, results)
		if err := rows.Scan(&k, &n[ResultGranted], &n[ResultRefused], &n[ResultOther]); err != nil {
			return nil, fmt.Errorf("count settled data requests: %w", err)
		}
		byKind[k] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count settled data requests: %w", err)
	}
	var cells [][]int
	for _, k := range Kinds() {
		if n, ok := byKind[k]; ok {
			cells = append(cells, n)
		} else {
			cells = append(cells, make([]int, results))
		}
	}
	return cells, nil
}
