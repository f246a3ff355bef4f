package review

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/workday"
)

// RequestKind says what an applicant is asked for.
type RequestKind string

// An applicant is asked to specify parts of the application, or for documents.
const (
	Specify   RequestKind = "specify"
	Documents RequestKind = "documents"
)

// RequestState says what became of a request.
type RequestState string

// An open request waits for the applicant.
const (
	RequestOpen      RequestState = "open"
	RequestAnswered  RequestState = "answered"
	RequestLapsed    RequestState = "lapsed"
	RequestWithdrawn RequestState = "withdrawn"
)

// Request (täsmennyspyyntö, asiakirjapyyntö) is what an officer asks of an
// applicant.
type Request struct {
	ID            int64
	ApplicationID int64
	// Revision is the one that the officer asks about.
	Revision int
	Kind     RequestKind
	// Fields are the parts of the application to specify.
	Fields  []string
	Message string
	// DueOn is the last day to answer, as the midnight in Helsinki that begins it.
	DueOn     time.Time
	State     RequestState
	MadeBy    identity.PersonID
	MadeAt    time.Time
	SettledAt time.Time
}

// Ref is the matter that documents sent for the request belong to.
func (q Request) Ref() audit.Ref {
	return audit.Ref{Kind: "request", ID: strconv.FormatInt(q.ID, 10)}
}

// Ask is a request as the officer words it.
type Ask struct {
	Kind    RequestKind
	Fields  []string
	Message string
	// DueOn is a moment of the last day to answer; zero for a text that is no
	// date.
	DueOn time.Time
}

// Limits of a request.
const (
	maxMessage = 4000
	maxDueDays = 90
)

// DueOn is the last day to answer that is offered to the officer.
func (r *Reviews) DueOn() time.Time { return workday.Add(r.db.Now(), r.options.AnswerDays) }

// ValidateAsk returns what breaks a rule as *fault.InvalidError, or nil.
func (r *Reviews) ValidateAsk(ask Ask) error { return ask.tidied().validate(r.db.Now()) }

func (ask Ask) tidied() Ask {
	ask.Message = strings.TrimSpace(strings.ReplaceAll(ask.Message, "\r\n", "\n"))
	return ask
}

func (ask Ask) validate(now time.Time) error {
	var c fault.Checker
	if ask.Kind == Specify {
		known := len(ask.Fields) > 0 && !slices.ContainsFunc(ask.Fields, func(f string) bool { return !slices.Contains(partner.Fields(), f) })
		c.Check(known, "fields", "review.ask.fields")
	}
	c.Check(ask.Message != "", "message", "review.ask.message")
	c.Check(utf8.RuneCountInString(ask.Message) <= maxMessage, "message", "review.ask.long")
	days := i18n.DaysUntil(now, ask.DueOn)
	switch {
	case ask.DueOn.IsZero():
		c.Check(false, "due_on", "review.ask.due_format")
	case days < 1:
		c.Check(false, "due_on", "review.ask.due_past")
	case days > maxDueDays:
		c.Check(false, "due_on", "review.ask.due_far")
	case !workday.Is(ask.DueOn):
		c.Check(false, "due_on", "review.ask.due_closed")
	}
	return c.Err()
}

// Ask asks the applicant and hands the case to them until they answer or the day
// is over.
func (r *Reviews) Ask(ctx context.Context, a Act, ask Ask) error {
	ask = ask.tidied()
	if err := ask.validate(r.db.Now()); err != nil {
		return err
	}
	return r.act(ctx, a, "ask_"+string(ask.Kind), func(tx *postgres.Tx, c Case) error {
		if err := setState(ctx, tx, c, Asked, ""); err != nil {
			return err
		}
		q := Request{
			ApplicationID: a.ID, Revision: c.Revision, Kind: ask.Kind, Fields: ask.Fields, Message: ask.Message,
			DueOn: ask.DueOn, State: RequestOpen, MadeBy: a.Officer.PersonID, MadeAt: tx.Now,
		}
		kind := MailSpecify
		if q.Kind == Documents {
			q.Fields, kind = []string{}, MailDocuments
		}
		var err error
		if q.ID, err = insertRequest(ctx, tx, q); err != nil {
			return err
		}
		app, err := r.applications.AskToSpecify(ctx, tx, a.Officer.Actor(), a.ID, q.Fields)
		if err != nil {
			return err
		}
		if err := r.tell(ctx, tx, News{Kind: kind, Application: app, Request: q}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: a.Officer.Actor(), Action: actionAsked, Subject: c.Ref(),
			Detail: map[string]any{"request": q.ID, "kind": q.Kind, "fields": q.Fields, "due_on": q.DueOn.In(i18n.Helsinki).Format(time.DateOnly)},
		})
	})
}

// Requests lists what was asked about an application, the oldest first.
func (r *Reviews) Requests(ctx context.Context, id int64) ([]Request, error) {
	return selectRequests(ctx, r.db, id)
}

// Open lists the requests that wait for the applicant.
func (r *Reviews) Open(ctx context.Context, id int64) ([]Request, error) {
	all, err := selectRequests(ctx, r.db, id)
	return slices.DeleteFunc(all, func(q Request) bool { return q.State != RequestOpen }), err
}

// RequestByID returns a request, or fault.ErrNotFound.
func (r *Reviews) RequestByID(ctx context.Context, id int64) (Request, error) {
	return selectRequest(ctx, r.db, id)
}
