// Package review is the officers' work on applications: the queue and who has
// what in hand, questions to applicants, and decisions.
package review

import (
	"context"
	"slices"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// State says whom a case waits for.
type State string

// A waiting case waits for an officer, an asked one for the applicant; the
// others are settled.
const (
	Waiting   State = "waiting"
	Asked     State = "asked"
	Approved  State = "approved"
	Rejected  State = "rejected"
	Withdrawn State = "withdrawn"
)

// States lists every state.
func States() []State { return []State{Waiting, Asked, Approved, Rejected, Withdrawn} }

// transitions are all ways from one state to another.
//
//nolint:gochecknoglobals // a constant table
var transitions = map[State][]State{
	Waiting: {Asked, Approved, Rejected, Withdrawn},
	Asked:   {Waiting, Withdrawn},
}

// CanBecome tells whether a case may go from s to next.
func (s State) CanBecome(next State) bool { return slices.Contains(transitions[s], next) }

// Settled tells whether nobody waits any more.
func (s State) Settled() bool { return len(transitions[s]) == 0 }

// Mark says why a case is in the queue again.
type Mark string

// The applicant has answered, or the time to answer is over.
const (
	Resubmitted Mark = "resubmitted"
	Lapsed      Mark = "lapsed"
)

// Case (käsiteltävä asia) is an application that an officer decides.
type Case struct {
	ApplicationID int64
	// Revision is the newest one that the applicant has sent.
	Revision int
	State    State
	Mark     Mark
	// ArrivedAt is when the case first came; it gives the place in the queue.
	ArrivedAt time.Time
	// WaitingSince is when the wait for an officer began that DueAt ends.
	WaitingSince, DueAt time.Time
	// ClaimedBy has the case in hand until ClaimedUntil; 0 for nobody.
	ClaimedBy    identity.PersonID
	ClaimedUntil time.Time
	// SettledAt is zero before the end.
	SettledAt time.Time
}

// Ref is how audit events name the case: by its application.
func (c Case) Ref() audit.Ref { return applicationRef(c.ApplicationID) }

func applicationRef(id int64) audit.Ref {
	return audit.Ref{Kind: "application", ID: strconv.FormatInt(id, 10)}
}

// Held tells whether anybody has the case in hand at now.
func (c Case) Held(now time.Time) bool { return c.ClaimedBy != 0 && now.Before(c.ClaimedUntil) }

// HeldBy tells whether officer has the case in hand at now.
func (c Case) HeldBy(officer identity.PersonID, now time.Time) bool {
	return c.Held(now) && c.ClaimedBy == officer
}

// Late tells whether an officer should have acted before now.
func (c Case) Late(now time.Time) bool { return c.State == Waiting && !now.Before(c.DueAt) }

// Options are what can be set about the work.
type Options struct {
	// WorkingDays is how long an applicant waits at most.
	WorkingDays int
	// AnswerDays is how many working days an applicant is given to answer when
	// the officer names no other day.
	AnswerDays int
	// ReminderDays is how many working days before the end of that time the
	// applicant is reminded.
	ReminderDays int
	// Claim is how long an officer has a case in hand without acting.
	Claim time.Duration
	// AppealDays is how many days after being informed of a decision one may
	// demand its rectification; 0 leaves the time to the law that sets it.
	AppealDays int
	// Asker is where one asks about a decision.
	Asker Contact
}

// Contact is where an authority is reached.
type Contact struct{ Phone, Email string }

// DefaultOptions are what is promised to applicants.
func DefaultOptions() Options {
	return Options{
		WorkingDays: 5, AnswerDays: 10, ReminderDays: 3, Claim: 30 * time.Minute,
		Asker: Contact{Phone: "0295 020 000", Email: "kirjaamo.keha@ely-keskus.fi"},
	}
}

// News is what an applicant must be told by mail.
type News struct {
	Kind        mail.Kind
	Application partner.Application
	// Request is set for mails about one, Decision for decision_waits.
	Request  Request
	Decision Decision
}

// The mails.
const (
	MailSpecify   mail.Kind = "application_specify"
	MailDocuments mail.Kind = "application_documents"
	MailReminder  mail.Kind = "request_reminder"
	MailDecision  mail.Kind = "decision_waits"
)

// Reviews keeps the officers' work. It needs to hear of applications: the
// partner's hooks must call Follow.
type Reviews struct {
	db           *postgres.DB
	applications *partner.Applications
	documents    *document.Documents
	options      Options
	tell         func(ctx context.Context, tx *postgres.Tx, n News) error
}

// New returns Reviews kept in db. tell puts a mail in for the applicant, in the
// transaction that calls for it; nil tells nobody.
func New(db *postgres.DB, applications *partner.Applications, documents *document.Documents, o Options, tell func(ctx context.Context, tx *postgres.Tx, n News) error) *Reviews {
	if tell == nil {
		tell = func(context.Context, *postgres.Tx, News) error { return nil }
	}
	return &Reviews{db: db, applications: applications, documents: documents, options: o, tell: tell}
}

// Options returns what is set about the work.
func (r *Reviews) Options() Options { return r.options }

// The audited actions.
const (
	actionClaimed    = "case.claimed"
	actionHandedBack = "case.handed_back"
	actionReleased   = "case.released"
	actionAsked      = "case.asked"
	actionAnswered   = "case.answered"
	actionLapsed     = "case.lapsed"
	actionReminded   = "case.reminded"
	actionApproved   = "case.approved"
	actionRejected   = "case.rejected"
	actionNoted      = "case.noted"
	actionDecided    = "decision.made"
	actionRead       = "decision.read"
	actionLookedAt   = "application.looked_at"
)
