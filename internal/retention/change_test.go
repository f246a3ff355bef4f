package retention_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/retention"
)

// officers are two of data protection who were identified just now.
func (d *desk) officers() (one, two identity.Session) {
	d.t.Helper()
	_, one = identitytest.Officer(d.t, d.db, identity.GroupDataProtection)
	_, two = identitytest.Officer(d.t, d.db, identity.GroupDataProtection)
	return one, two
}

func shorter(months int) retention.Change {
	return retention.Change{Kind: "feedback", Base: 1, Period: keeping.Period{Months: months}, Reason: "Päätös 12/2026"}
}

// TestProposalsAge lets a proposal wait for a day: then nobody sees or approves it,
// and another may take its place.
func TestProposalsAge(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	one, two := d.officers()
	now := d.db.Now()
	if err := d.Propose(t.Context(), one, shorter(6)); err != nil {
		t.Fatal(err)
	}
	d.set(now.Add(identity.RequestLife - time.Second))
	if _, err := d.Proposal(t.Context(), "feedback"); err != nil {
		t.Errorf("a second before its end: %v", err)
	}
	if err := d.Propose(t.Context(), refreshed(two, d), shorter(3)); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("a second proposal: %v", err)
	}
	d.set(now.Add(identity.RequestLife))
	if _, err := d.Proposal(t.Context(), "feedback"); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("at its end: %v", err)
	}
	if err := d.Approve(t.Context(), refreshed(two, d), "feedback", now); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("approved at its end: %v", err)
	}
	if err := d.Propose(t.Context(), refreshed(two, d), shorter(3)); err != nil {
		t.Errorf("another proposal: %v", err)
	}
	if err := d.Approve(t.Context(), refreshed(one, d), "feedback", d.db.Now()); err != nil {
		t.Errorf("approved in time: %v", err)
	}
	if rule, err := d.Rule(t.Context(), d.db, "feedback"); err != nil || rule.Version != 2 || rule.Period.Months != 3 {
		t.Errorf("the rule in force: %+v, %v", rule, err)
	}
}

func refreshed(s identity.Session, d *desk) identity.Session {
	s.IdentifiedAt = d.db.Now()
	return s
}

// TestChangesNeedAFreshIdentification of both officers.
func TestChangesNeedAFreshIdentification(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	one, two := d.officers()
	if err := d.Propose(t.Context(), one, shorter(6)); err != nil {
		t.Fatal(err)
	}
	proposed := d.db.Now()
	d.set(proposed.Add(identity.Fresh + time.Second))
	if err := d.Propose(t.Context(), one, retention.Change{Kind: "mail", Base: 1, Period: keeping.Period{Days: 60}, Reason: "x"}); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("proposed without one: %v", err)
	}
	if err := d.Approve(t.Context(), two, "feedback", proposed); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("approved without one: %v", err)
	}
	if err := d.Withdraw(t.Context(), two, "feedback", proposed); err != nil {
		t.Errorf("withdrawn without one: %v", err)
	}
}

// TestLeastPeriods refuses what would go in the middle of its use, and warnings
// that nobody sends.
func TestLeastPeriods(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	warned := keeping.Purge{Kind: "account", Warn: func(context.Context, keeping.Rule, int) (int, error) { return 0, nil }}
	d.Retention = retention.New(d.db, append(purges(t, d.db), append(audit.Purges(d.db), warned)...))
	for _, tt := range []struct {
		kind   string
		period keeping.Period
		warn   []int
		ok     bool
	}{
		{"audit", keeping.Period{Months: 12}, nil, true},
		{"audit", keeping.Period{Days: 366}, nil, true},
		{"audit", keeping.Period{Days: 365}, nil, false}, // a leap year is longer
		{"account", keeping.Period{Hours: 1}, nil, false},
		{"account", keeping.Period{Days: 61}, nil, false}, // July and August are longer
		{"account", keeping.Period{Days: 62}, []int{30, 7}, true},
		{"feedback", keeping.Period{Months: 6}, []int{7}, false},
		{"register_entry", keeping.Period{Hours: 24}, nil, true},
		{"register_entry", keeping.Period{Hours: 23}, nil, false},
		{"mail", keeping.Period{Days: 6}, nil, false},
	} {
		rule, err := d.Rule(t.Context(), d.db, tt.kind)
		if err != nil {
			t.Fatal(err)
		}
		err = d.Validate(retention.Change{Kind: tt.kind, Base: 1, Period: tt.period, WarnDays: tt.warn, Reason: "x"}, rule.Rule)
		if (err == nil) != tt.ok {
			t.Errorf("%s for %v, warned %v: %v", tt.kind, tt.period, tt.warn, err)
		}
	}
}
