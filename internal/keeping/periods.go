package keeping

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Periods tells how long data of a kind is kept. A capability that must name the
// day on which something goes gets it from retention, which stands above it.
type Periods func(ctx context.Context, tx *postgres.Tx, kind string) (Period, error)

// End is when data of a kind goes whose period began at from. It is zero when
// the period has not begun, and when p is nil.
func (p Periods) End(ctx context.Context, tx *postgres.Tx, kind string, from *time.Time) (time.Time, error) {
	if p == nil || from == nil || from.IsZero() {
		return time.Time{}, nil
	}
	period, err := p(ctx, tx, kind)
	if err != nil || period.IsZero() {
		return time.Time{}, err
	}
	return period.End(*from), nil
}

// Customer completes the record of a row that goes with the customership of an
// organisation: row brings, besides the values, its id, since when the
// customership has been over (ended_at) and the kind that says how long after
// (rule).
func (p Periods) Customer(ctx context.Context, tx *postgres.Tx, r Record, row map[string]any) (Record, error) {
	kind, _ := row["rule"].(string)
	var ended *time.Time
	if at, ok := row["ended_at"].(time.Time); ok {
		ended = &at
	}
	r.Row = fmt.Sprint(row["id"])
	for _, column := range []string{"id", "ended_at", "rule"} {
		delete(row, column)
	}
	r.Values = row
	var err error
	r.Ends, err = p.End(ctx, tx, kind, ended)
	return r, err
}

// Staying sums up records that a deletion leaves, by the day on which they go.
func Staying(kind string, records []Record) []Kept {
	var all []Kept
	for _, r := range records {
		i := slices.IndexFunc(all, func(k Kept) bool { return k.Until.Equal(r.Ends) })
		if i < 0 {
			all = append(all, Kept{Kind: kind, Until: r.Ends})
			i = len(all) - 1
		}
		all[i].Count++
	}
	return all
}
