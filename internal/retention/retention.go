// Package retention holds the table that says how long each kind of data is kept
// (säilytysaika), and gives up what is due under it: by state, never by the day,
// so that a run that was missed is made good by the next. What to delete and how
// is each capability's own; here is when. A change of the table takes two
// officers.
package retention

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Retention keeps the rules and runs them.
type Retention struct {
	db     *postgres.DB
	purges map[string][]keeping.Purge
	// Batch is how much one transaction gives up at most.
	Batch int
	// Rest waits between two batches; took is how long the one before was. It
	// leaves the database to others for as long as it was used.
	Rest func(ctx context.Context, took time.Duration)
}

// batch is few enough rows for a transaction that nobody waits for noticeably.
const batch = 500

// New returns the retention of what purges give up. Several may be of one kind.
func New(db *postgres.DB, purges []keeping.Purge) *Retention {
	r := &Retention{db: db, purges: map[string][]keeping.Purge{}, Batch: batch, Rest: rest}
	for _, p := range purges {
		r.purges[p.Kind] = append(r.purges[p.Kind], p)
	}
	return r
}

// rest waits for as long as the batch took, within bounds.
func rest(ctx context.Context, took time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(min(max(took, 5*time.Millisecond), time.Second)):
	}
}

// Rule is a rule in force, with how it came to be. Of a kind that goes with
// another, all but Kind and With is that one's.
type Rule struct {
	keeping.Rule

	// Reason is what the officers gave for the change that made it, "" for the
	// rules that the service began with.
	Reason      string
	InForceFrom time.Time
}

// Rules returns the rules in force, in the order in which kinds are told.
func (r *Retention) Rules(ctx context.Context) ([]Rule, error) { return selectRules(ctx, r.db) }

// RulesIn is Rules within the caller's transaction.
func RulesIn(ctx context.Context, q postgres.Querier) ([]Rule, error) { return selectRules(ctx, q) }

// Rule returns the rule of kind that is in force, or fault.ErrNotFound.
func (r *Retention) Rule(ctx context.Context, q postgres.Querier, kind string) (Rule, error) {
	all, err := selectRules(ctx, q)
	if err != nil {
		return Rule{}, err
	}
	for _, one := range all {
		if one.Kind == kind {
			return one, nil
		}
	}
	return Rule{}, fmt.Errorf("retention rule: %w", fault.ErrNotFound)
}

// InForce returns the rule of kind that is in force, to those who only tell it.
func (r *Retention) InForce(ctx context.Context, kind string) (keeping.Rule, error) {
	rule, err := r.Rule(ctx, r.db, kind)
	return rule.Rule, err
}

// Period returns how long kind is kept, for a capability that must know before
// the end.
func (r *Retention) Period(ctx context.Context, q postgres.Querier, kind string) (keeping.Period, error) {
	rule, err := r.Rule(ctx, q, kind)
	return rule.Period, err
}

// Fixed tells whether the period of kind cannot be changed here: it is kept for
// good, goes with another kind, is built into how its capability works, or given
// up by somebody else.
func (r *Retention) Fixed(rule keeping.Rule) bool {
	if rule.Action == keeping.Keep || rule.With != "" || rule.Period.IsZero() || len(r.purges[rule.Kind]) == 0 {
		return true
	}
	for _, p := range r.purges[rule.Kind] {
		if p.Fixed {
			return true
		}
	}
	return false
}

// Due is how much of a kind is due.
type Due struct {
	keeping.Rule

	Count int
	// Absent says that no run gives up such data.
	Absent bool
}

// DryRun counts what a run would give up now. It changes nothing.
func (r *Retention) DryRun(ctx context.Context) ([]Due, error) {
	var all []Due
	err := r.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		rules, err := selectRules(ctx, tx)
		if err != nil {
			return err
		}
		for _, rule := range rules {
			if rule.With != "" || rule.Action == keeping.Keep {
				continue
			}
			n, err := r.due(ctx, tx, rule.Rule)
			if err != nil {
				return err
			}
			all = append(all, Due{Rule: rule.Rule, Count: n, Absent: len(r.purges[rule.Kind]) == 0})
		}
		return nil
	})
	return all, err
}

func (r *Retention) due(ctx context.Context, tx *postgres.Tx, rule keeping.Rule) (int, error) {
	total := 0
	for _, p := range r.purges[rule.Kind] {
		n, err := p.Due(ctx, tx, rule)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// Group is who sees and changes the table of periods.
const Group = identity.GroupDataProtection

// mayChange lets officers of the group work on rules, and those who were
// identified within identity.Fresh alone make one.
func (r *Retention) mayChange(officer identity.Session, fresh bool) error {
	if !officer.In(Group) || fresh && !officer.FreshAt(r.db.Now()) {
		return fmt.Errorf("work on retention rules: %w", fault.ErrForbidden)
	}
	return nil
}
