package partner

import (
	"slices"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
)

// Status is where an application stands.
type Status string

// The statuses. A submitted application waits for the rules, which wait for the
// business register; one in review waits for an officer; one to specify waits
// for the applicant. The others are the end.
const (
	Submitted Status = "submitted"
	InReview  Status = "in_review"
	Specify   Status = "specify"
	Approved  Status = "approved"
	Rejected  Status = "rejected"
	Withdrawn Status = "withdrawn"
)

// Statuses lists every status.
func Statuses() []Status {
	return []Status{Submitted, InReview, Specify, Approved, Rejected, Withdrawn}
}

// transitions are all ways from one status to another.
//
//nolint:gochecknoglobals // a constant table
var transitions = map[Status][]Status{
	Submitted: {InReview, Approved, Withdrawn},
	InReview:  {Specify, Approved, Rejected, Withdrawn},
	Specify:   {InReview, Withdrawn},
}

// CanBecome tells whether an application may go from s to next.
func (s Status) CanBecome(next Status) bool { return slices.Contains(transitions[s], next) }

// Open tells whether the application is still to be decided.
func (s Status) Open() bool { return len(transitions[s]) > 0 }

// Kind says what an application is for.
type Kind string

// Join asks to become a partner; ChangeData asks to change data of a partner that
// the rules look at.
const (
	Join       Kind = "join"
	ChangeData Kind = "change"
)

// Application is a request to become a partner (liittymishakemus), or to change
// what a partner does.
type Application struct {
	ID         int64
	Kind       Kind
	BusinessID organisation.BusinessID
	Status     Status
	// Revision is the number of the newest one; Form is what it holds.
	Revision int
	Form     Form
	Language i18n.Lang
	// SubmittedBy and Authority are of the first revision, or in Revisions of
	// each one.
	SubmittedBy identity.PersonID
	Authority   string
	AuthorityAt time.Time
	// Organisation is what the business register told last; FetchedAt is zero
	// when it has not told anything yet, and the name is that of
	// e-Authorizations then.
	Organisation organisation.Organisation
	// Verdicts are those of the newest run of the rules.
	Verdicts []Verdict
	// Editable are the parts that the applicant is asked to specify.
	Editable []Part
	// Supervise marks one that the sample took for post-supervision;
	// SupervisedAt is zero until that is done.
	Supervise    bool
	SupervisedAt time.Time
	SubmittedAt  time.Time
	ChangedAt    time.Time
	// DecidedAt is zero while the application is open.
	DecidedAt time.Time
}

// Ref is how audit events name the application.
func (a Application) Ref() audit.Ref {
	return audit.Ref{Kind: "application", ID: strconv.FormatInt(a.ID, 10)}
}

// Broken returns the verdicts that keep the rules from approving.
func (a Application) Broken() []Verdict {
	return slices.DeleteFunc(slices.Clone(a.Verdicts), func(v Verdict) bool { return v.Outcome == Pass })
}

// ByRules tells whether the rules approved the application, and no officer.
func (a Application) ByRules() bool {
	return a.Status == Approved && a.Revision == 1 && len(a.Verdicts) > 0 && conclude(a.Verdicts) == Approved
}

// Passed lists the rules that spoke for the application. The sample is none of
// them: it never speaks against one.
func (a Application) Passed() []string {
	var rules []string
	for _, v := range a.Verdicts {
		if v.Outcome == Pass && v.Evidence["off"] == "" && v.Rule != RuleSample {
			rules = append(rules, v.Rule)
		}
	}
	return rules
}
