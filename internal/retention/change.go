package retention

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/richtext"
)

// The audited actions of officers.
const (
	actionProposed  = "retention_rule.proposed"
	actionWithdrawn = "retention_rule.withdrawn"
	actionChanged   = "retention_rule.changed"
)

// Limits of a change.
const (
	MaxReason = 500
	maxMonths = 1200
	maxDays   = 36_500
	maxHours  = 24 * 365
	maxWarn   = 4
)

// Change is how an officer wants a kind to be kept.
type Change struct {
	Kind string
	// Base is the version of the rule that the officer saw.
	Base     int
	Period   keeping.Period
	WarnDays []int
	Reason   string
}

// Forecast is how much a change makes due at once, and how much is due under the
// rule in force.
type Forecast struct{ Due, DueNow int }

// Proposal is a Change that waits for a second officer, for identity.RequestLife.
// There is at most one of each kind.
type Proposal struct {
	Change

	// Forecast is of the moment at which it was proposed.
	Forecast   Forecast
	ProposedBy identity.PersonID
	ProposedAt time.Time
}

// least is the shortest period that two officers may choose for a kind: nobody
// goes in the middle of what they are doing, and the log's last year stays, as the
// database itself holds.
func least(kind string) keeping.Period {
	switch kind {
	case "audit", kindCustomership, kindApplication:
		return keeping.Period{Months: 12}
	case "account", "data_request":
		return keeping.Period{Months: 2}
	case "feedback":
		return keeping.Period{Months: 1}
	case "mail":
		return keeping.Period{Days: 7}
	}
	return keeping.Period{Hours: 24}
}

// shorter tells whether p can end before q does, whenever they begin.
func shorter(p, q keeping.Period) bool {
	for month := range 48 { // of four years one has a leap day
		from := time.Date(2027, time.January, 31, 12, 0, 0, 0, time.UTC).AddDate(0, month, 0)
		if p.End(from).Before(q.End(from)) {
			return true
		}
	}
	return false
}

// Warns tells whether persons are told before data of kind goes.
func (r *Retention) Warns(kind string) bool {
	return slices.ContainsFunc(r.purges[kind], func(p keeping.Purge) bool { return p.Warn != nil })
}

// Validate returns what breaks a rule as *fault.InvalidError, or nil; rule is the
// one in force.
func (r *Retention) Validate(c Change, rule keeping.Rule) error {
	var check fault.Checker
	p := c.Period
	check.Check(p.Months >= 0 && p.Days >= 0 && p.Hours >= 0 && !p.IsZero(), "months", "keeping.change.period_missing")
	check.Check(p.IsZero() || !shorter(p, least(rule.Kind)), "months", "keeping.change.period_short")
	check.Check(p.Months <= maxMonths && p.Days <= maxDays && p.Hours <= maxHours, "months", "keeping.change.period_long")
	check.Check(p != rule.Period || !slices.Equal(c.WarnDays, rule.WarnDays), "months", "keeping.change.same")
	shortest := 24*(28*p.Months+p.Days) + p.Hours
	warn := len(c.WarnDays) <= maxWarn
	for i, d := range c.WarnDays {
		warn = warn && d > 0 && 24*d < shortest && (i == 0 || d < c.WarnDays[i-1])
	}
	check.Check(warn, "warn_days", "keeping.change.warn_days")
	check.Check(len(c.WarnDays) == 0 || r.Warns(rule.Kind), "warn_days", "keeping.change.warn_none")
	n := utf8.RuneCountInString(strings.TrimSpace(c.Reason))
	check.Check(n > 0, "reason", "keeping.change.reason_missing")
	check.Check(n <= MaxReason, "reason", "keeping.change.reason_long")
	return check.Err()
}

// Forecast tells what would be due of kind if it were kept for period.
func (r *Retention) Forecast(ctx context.Context, kind string, period keeping.Period) (Forecast, error) {
	var f Forecast
	err := r.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		rule, err := r.Rule(ctx, tx, kind)
		if err != nil {
			return err
		}
		f, err = r.forecast(ctx, tx, rule.Rule, period)
		return err
	})
	return f, err
}

func (r *Retention) forecast(ctx context.Context, tx *postgres.Tx, rule keeping.Rule, period keeping.Period) (f Forecast, err error) {
	if f.DueNow, err = r.due(ctx, tx, rule); err != nil {
		return f, err
	}
	rule.Period = period
	f.Due, err = r.due(ctx, tx, rule)
	return f, err
}

// Proposals returns the changes that wait.
func (r *Retention) Proposals(ctx context.Context) ([]Proposal, error) {
	return selectProposals(ctx, r.db, "", r.db.Now())
}

// Proposal returns the change of kind that waits, or fault.ErrNotFound.
func (r *Retention) Proposal(ctx context.Context, kind string) (Proposal, error) {
	return selectProposal(ctx, r.db, kind, r.db.Now())
}

// History returns the versions of kind's rule, the newest first.
func (r *Retention) History(ctx context.Context, kind string) ([]Rule, error) {
	return selectHistory(ctx, r.db, kind)
}

// Check is what Propose would say of c, without proposing it.
func (r *Retention) Check(ctx context.Context, c Change) error {
	_, err := r.checked(ctx, r.db, c)
	return err
}

// checked returns the rule that c is about, if c may be proposed.
func (r *Retention) checked(ctx context.Context, q postgres.Querier, c Change) (Rule, error) {
	rule, err := r.Rule(ctx, q, c.Kind)
	if err != nil {
		return Rule{}, err
	}
	if r.Fixed(rule.Rule) {
		return Rule{}, fmt.Errorf("change a fixed retention rule: %w", fault.ErrForbidden)
	}
	if err := r.Validate(c, rule.Rule); err != nil {
		return Rule{}, err
	}
	if c.Base != rule.Version {
		return Rule{}, fmt.Errorf("change a retention rule that has changed: %w", fault.ErrConflict)
	}
	return rule, nil
}

// Propose puts c before a second officer. One that waits already is
// fault.ErrConflict, unless it is the same.
func (r *Retention) Propose(ctx context.Context, officer identity.Session, c Change) error {
	if err := r.mayChange(officer, true); err != nil {
		return err
	}
	c.Reason = richtext.Line(c.Reason)
	c.WarnDays = append([]int{}, c.WarnDays...) // none is not null
	return r.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := lockRules(ctx, tx); err != nil {
			return err
		}
		rule, err := r.checked(ctx, tx, c)
		if err != nil {
			return err
		}
		f, err := r.forecast(ctx, tx, rule.Rule, c.Period)
		if err != nil {
			return err
		}
		p := Proposal{Change: c, Forecast: f, ProposedBy: officer.PersonID, ProposedAt: tx.Now}
		isNew, err := insertProposal(ctx, tx, p)
		if err != nil {
			return err
		}
		if !isNew {
			return sameOrConflict(ctx, tx, p)
		}
		return recordChange(ctx, tx, officer, actionProposed, p, f)
	})
}

func sameOrConflict(ctx context.Context, tx *postgres.Tx, p Proposal) error {
	there, err := selectProposal(ctx, tx, p.Kind, tx.Now)
	if err != nil {
		return err
	}
	if there.Period == p.Period && there.Reason == p.Reason && slices.Equal(there.WarnDays, p.WarnDays) && there.ProposedBy == p.ProposedBy {
		return nil
	}
	return fmt.Errorf("a change of the retention rule waits already: %w", fault.ErrConflict)
}

// Withdraw takes back the change of kind that was proposed at a moment, the
// officer's own or another's. One that is gone has no effect.
func (r *Retention) Withdraw(ctx context.Context, officer identity.Session, kind string, proposed time.Time) error {
	return r.decide(ctx, officer, false, kind, proposed, func(tx *postgres.Tx, p Proposal) error {
		if err := deleteProposal(ctx, tx, kind); err != nil {
			return err
		}
		return recordChange(ctx, tx, officer, actionWithdrawn, p, p.Forecast)
	})
}

// Approve puts the change of kind in force that was proposed at a moment. The
// officer must be another than the one who proposed it, else it is
// fault.ErrForbidden. What becomes due goes with the next run.
func (r *Retention) Approve(ctx context.Context, officer identity.Session, kind string, proposed time.Time) error {
	return r.decide(ctx, officer, true, kind, proposed, func(tx *postgres.Tx, p Proposal) error {
		if p.ProposedBy == officer.PersonID {
			return fmt.Errorf("approve one's own proposal: %w", fault.ErrForbidden)
		}
		rule, err := r.checked(ctx, tx, p.Change)
		if err != nil {
			return err
		}
		f, err := r.forecast(ctx, tx, rule.Rule, p.Period)
		if err != nil {
			return err
		}
		next := rule.Rule
		next.Version, next.Period, next.WarnDays = rule.Version+1, p.Period, p.WarnDays
		if err := insertRule(ctx, tx, next, p, officer.PersonID); err != nil {
			return err
		}
		if err := deleteProposal(ctx, tx, kind); err != nil {
			return err
		}
		return recordChange(ctx, tx, officer, actionChanged, p, f)
	})
}

// decide runs fn on the proposal that the officer saw.
func (r *Retention) decide(ctx context.Context, officer identity.Session, fresh bool, kind string, proposed time.Time, fn func(tx *postgres.Tx, p Proposal) error) error {
	if err := r.mayChange(officer, fresh); err != nil {
		return err
	}
	return r.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := lockRules(ctx, tx); err != nil {
			return err
		}
		p, err := selectProposal(ctx, tx, kind, tx.Now)
		if err != nil {
			return err
		}
		if !p.ProposedAt.Equal(proposed) {
			return fmt.Errorf("decide on a proposal that has changed: %w", fault.ErrConflict)
		}
		return fn(tx, p)
	})
}

func recordChange(ctx context.Context, tx *postgres.Tx, officer identity.Session, action string, p Proposal, f Forecast) error {
	return audit.Record(ctx, tx, audit.Event{
		Actor: officer.Actor(), Action: action, Subject: audit.Ref{Kind: "retention_rule", ID: p.Kind},
		Detail: map[string]any{
			"base": p.Base, "period": p.Period.String(), "warn_days": p.WarnDays, "proposed_by": p.ProposedBy.String(),
			"due": f.Due, "due_before": f.DueNow,
		},
	})
}
