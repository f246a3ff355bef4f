// Package datarequest is the work on what persons ask about their own data: to
// see it, to have it corrected or deleted, or to have its use restricted. A
// request comes from the person's own page, or an officer enters it from an
// e-mail or a letter; it is a case with a day by which it must be answered.
package datarequest

import (
	"context"
	"slices"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/viewing"
)

// Kind says what is asked for.
type Kind string

// The kinds.
const (
	Inspection  Kind = "inspection"
	Correction  Kind = "correction"
	Deletion    Kind = "deletion"
	Restriction Kind = "restriction"
)

// Kinds lists them in the order in which they are offered.
func Kinds() []Kind { return []Kind{Inspection, Correction, Deletion, Restriction} }

// Channel says how a request came.
type Channel string

// The channels.
const (
	Page  Channel = "page"
	Email Channel = "email"
	Post  Channel = "post"
)

// Identification says how it was made sure who asks.
type Identification string

// The ways of identification. Strong is that of a log-in.
const (
	Strong       Identification = "strong"
	Signature    Identification = "signature"
	IdentityCard Identification = "document"
	Unidentified Identification = "none"
)

// State says whether an officer has work to do.
type State string

// The states.
const (
	Waiting State = "waiting"
	Settled State = "settled"
)

// Outcome says how a request ended.
type Outcome string

// The outcomes. A refusal to correct is told by a certificate.
const (
	Granted       Outcome = "granted"
	Partly        Outcome = "partly"
	Refused       Outcome = "refused"
	NothingHeld   Outcome = "nothing_held"
	NotIdentified Outcome = "not_identified"
	Withdrawn     Outcome = "withdrawn"
)

// Refuses tells whether something of what was asked is not done, so that the
// person must be told where to take the matter.
func (o Outcome) Refuses() bool { return o == Refused || o == Partly }

// Outcomes lists those by which an officer can settle a request.
func Outcomes() []Outcome { return []Outcome{Granted, Partly, Refused, NothingHeld, NotIdentified} }

// Request (tietopyyntö) is what somebody asks about their own data.
type Request struct {
	ID      int64
	Kind    Kind
	Channel Channel
	// Language is that of the answer.
	Language i18n.Lang
	// Person is 0 when nobody in the portal is known to have asked.
	Person identity.PersonID
	// Requester and Address are what an officer wrote down from a letter or an
	// e-mail: a name, and where to answer to.
	Requester, Address string
	Message            string
	Identification     Identification
	State              State
	Outcome            Outcome
	ReceivedAt         time.Time
	// DueAt is the end of the last day on which it may be answered.
	DueAt     time.Time
	EnteredBy identity.PersonID
	// ClaimedBy has the request in hand until ClaimedUntil; 0 for nobody.
	ClaimedBy    identity.PersonID
	ClaimedUntil time.Time
	Answer       string
	SettledBy    identity.PersonID
	SettledAt    time.Time
	// LiftedAt is when a restriction ended, zero for one in force.
	LiftedAt time.Time
	// ErasedAt is when the personal data of the request was erased, zero before.
	ErasedAt time.Time
}

// Ref is how audit events and documents that came with the request name it.
func (q Request) Ref() audit.Ref { return ref(q.ID) }

// AnswerRef is how documents that go with the answer name it.
func (q Request) AnswerRef() audit.Ref { return answerRef(q.ID) }

func ref(id int64) audit.Ref { return audit.Ref{Kind: "data_request", ID: strconv.FormatInt(id, 10)} }

func answerRef(id int64) audit.Ref {
	return audit.Ref{Kind: "data_request_answer", ID: strconv.FormatInt(id, 10)}
}

// Held tells whether anybody has the request in hand at now.
func (q Request) Held(now time.Time) bool { return q.ClaimedBy != 0 && now.Before(q.ClaimedUntil) }

// HeldBy tells whether officer has the request in hand at now.
func (q Request) HeldBy(officer identity.PersonID, now time.Time) bool {
	return q.Held(now) && q.ClaimedBy == officer
}

// Late tells whether it should have been answered before now.
func (q Request) Late(now time.Time) bool { return q.State == Waiting && !now.Before(q.DueAt) }

// Restricts tells whether the request restricts the use of the person's data.
func (q Request) Restricts() bool {
	return Settling{Outcome: q.Outcome}.Restricts(q) && q.LiftedAt.IsZero()
}

// Open lists the outcomes that the request can be settled with: nothing is given
// away to somebody who has not been identified, and only somebody whose data is
// here can have it deleted or restricted.
func (q Request) Open() []Outcome {
	return slices.DeleteFunc(Outcomes(), func(o Outcome) bool {
		switch o {
		case Granted:
			return q.Identification == Unidentified || q.Person == 0
		case Partly:
			return q.Identification == Unidentified || q.Person == 0 || q.Kind == Deletion
		case NothingHeld:
			return q.Identification == Unidentified || q.Person != 0
		case NotIdentified:
			return q.Identification != Unidentified
		case Refused, Withdrawn:
		}
		return false
	})
}

// Options are what can be set about the work.
type Options struct {
	// DeletionDays is how many days there are to delete, Months how many months
	// to do anything else.
	DeletionDays, Months int
	// SoonDays is how many days before the end officers are reminded.
	SoonDays int
	// Claim is how long an officer has a request in hand without acting.
	Claim time.Duration
}

// DefaultOptions are what is promised to persons.
func DefaultOptions() Options {
	return Options{DeletionDays: 30, Months: 1, SoonDays: 7, Claim: 30 * time.Minute}
}

// dueAt is the end of the last day on which a request may be answered.
func (o Options) dueAt(k Kind, received time.Time) time.Time {
	last := received.In(i18n.Helsinki)
	if k == Deletion {
		last = last.AddDate(0, 0, o.DeletionDays)
	} else {
		last = i18n.AddMonths(last, o.Months)
	}
	y, m, d := last.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, i18n.Helsinki)
}

// News is what somebody must be told by mail.
type News struct {
	Kind    mail.Kind
	Request Request
	// Person is who is told, for MailAnswered.
	Person identity.Person
}

// The mails. MailAnswered tells the person that an answer waits and says nothing
// of it; the others tell the officers that a day to answer comes or has passed.
const (
	MailAnswered mail.Kind = "data_request_answered"
	MailSoon     mail.Kind = "data_request_soon"
	MailLate     mail.Kind = "data_request_late"
)

// Deps is what Requests stands on. DB, People, Documents and Looks are required.
type Deps struct {
	DB        *postgres.DB
	People    *identity.People
	Documents *document.Documents
	Looks     *viewing.Looks
	Options   Options
	// Tell puts a mail in, in the transaction that calls for it; nil tells
	// nobody.
	Tell func(ctx context.Context, tx *postgres.Tx, n News) error
	// Delete deletes the account of a person on their request, in a transaction
	// of its own, and with it, through Keeper, what the requests say of them. It
	// calls settle in that transaction before anything goes, and records the events.
	// With nil no officer can grant a deletion.
	Delete func(ctx context.Context, officer identity.Session, person identity.PersonID,
		settle func(ctx context.Context, tx *postgres.Tx) ([]audit.Event, error)) error
}

// Requests keeps requests.
type Requests struct{ Deps }

// New returns Requests that stand on d.
func New(d Deps) *Requests {
	if d.Tell == nil {
		d.Tell = func(context.Context, *postgres.Tx, News) error { return nil }
	}
	return &Requests{d}
}

// Now is the time by which claims and clocks are told.
func (r *Requests) Now() time.Time { return r.DB.Now() }

// The audited actions.
const (
	actionFiled      = "data_request.filed"
	actionEntered    = "data_request.entered"
	actionWithdrawn  = "data_request.withdrawn"
	actionClaimed    = "data_request.claimed"
	actionHandedBack = "data_request.handed_back"
	actionNoted      = "data_request.noted"
	actionIdentified = "data_request.identified"
	actionAnswered   = "data_request.answered"
	actionLifted     = "restriction.lifted"
	actionImposed    = "restriction.imposed"
	actionCertified  = "data_certificate.made"
	actionAlarmed    = "data_request.alarmed"
	actionCopied     = "person_data.copied"
	actionErased     = "data_request.erased"
)
