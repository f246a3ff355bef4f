package partner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// DutyDays is how many days a partner has from its leaving to confirm what it
// had to do at once.
const DutyDays = 14

// reminded is how many days before that end it is reminded.
const reminded = 3

// The audited actions of leaving.
const (
	actionPartnerLeft      = "partner.left"
	actionDutyConfirmed    = "duty.confirmed"
	actionDutiesReminded   = "duty.reminded"
	taskRemindOfDepartures = "partner.departures"
)

// DutyCode names what a partner that leaves must do and confirm.
type DutyCode string

// The duties: to stop processing personal data for the operator, to delete the
// personal data that came through the portal, and to delete other copies of what
// came from it.
const (
	DutyProcessing   DutyCode = "processing"
	DutyPersonalData DutyCode = "personal_data"
	DutyCopies       DutyCode = "copies"
)

// Answer is how a duty was met.
type Answer string

// Done means that it was done, None that there was nothing to do it to, Kept
// that a legal basis lets the organisation keep personal data.
const (
	AnswerDone Answer = "done"
	AnswerNone Answer = "none"
	AnswerKept Answer = "kept"
)

// MaxGround is the length of the ground for keeping data, in characters.
const MaxGround = 1000

// Answers lists the answers that the duty can be met with.
func (c DutyCode) Answers() []Answer {
	switch c {
	case DutyPersonalData:
		return []Answer{AnswerDone, AnswerNone, AnswerKept}
	case DutyCopies:
		return []Answer{AnswerDone, AnswerNone}
	case DutyProcessing:
	}
	return []Answer{AnswerDone}
}

// Duty is one thing that a partner must do when it leaves, and confirm.
type Duty struct {
	Code  DutyCode
	DueOn time.Time
	// Answer is "" until the duty is confirmed.
	Answer Answer
	// Ground is the legal basis of AnswerKept.
	Ground      string
	ConfirmedAt time.Time
}

// Departure is a partner's leaving by notice (palvelusta vetäytyminen).
type Departure struct {
	ID         int64
	BusinessID organisation.BusinessID
	Name       string
	JoinedAt   time.Time
	LeftAt     time.Time
	// SettledAt is when the last duty was confirmed, zero until then.
	SettledAt time.Time
	Duties    []Duty
	// Mailed tells that a receipt went to a contact person; it is not known any
	// more when everything is settled.
	Mailed bool

	partnerID int64
	language  i18n.Lang
	email     string
}

// Ref is how audit events name the departure.
func (d Departure) Ref() audit.Ref {
	return audit.Ref{Kind: "departure", ID: strconv.FormatInt(d.ID, 10)}
}

// DueOn is the day by which everything must be confirmed.
func (d Departure) DueOn() time.Time {
	var last time.Time
	for _, duty := range d.Duties {
		if duty.DueOn.After(last) {
			last = duty.DueOn
		}
	}
	return last
}

// Departures lets partners leave. Make it with NewDepartures and set the
// exported fields before use.
type Departures struct {
	// OnLeft is called in the transaction that ends a partnership: what the
	// partner has published must be out of sight when it commits.
	OnLeft func(ctx context.Context, tx *postgres.Tx, p Partner) error

	db           *postgres.DB
	applications *Applications
}

// NewDepartures returns the Departures in db. An open change of the partner that
// leaves is withdrawn through applications.
func NewDepartures(db *postgres.DB, applications *Applications) *Departures {
	return &Departures{db: db, applications: applications}
}

// DutiesOf tells what p will have to do when it leaves now.
func (d *Departures) DutiesOf(p Partner) []Duty { return dutiesOf(p, d.db.Now()) }

func dutiesOf(p Partner, now time.Time) []Duty {
	y, m, d := now.In(i18n.Helsinki).Date()
	due := time.Date(y, m, d+DutyDays, 0, 0, 0, 0, time.UTC)
	var duties []Duty
	if p.Form.ProcessesPersonalData {
		duties = append(duties, Duty{Code: DutyProcessing, DueOn: due})
	}
	return append(duties, Duty{Code: DutyPersonalData, DueOn: due}, Duty{Code: DutyCopies, DueOn: due})
}

// Leave ends the partnership of the organisation that s acts for, by one-sided
// notice: it is out of sight at once, what it must do is kept, and a receipt
// goes out by mail. The same submission again returns the same departure. There
// is no partner: fault.ErrNotFound; the right to act has ended:
// fault.ErrForbidden.
func (d *Departures) Leave(ctx context.Context, s identity.Session, lang i18n.Lang, submission string) (Departure, error) {
	if s.Acting == nil || s.Kind != identity.KindPerson {
		return Departure{}, errNotActing
	}
	id := organisation.BusinessID(s.Acting.BusinessID)
	if done, err := selectDepartureSent(ctx, d.db, id, submission); err == nil || !errors.Is(err, fault.ErrNotFound) {
		return done, err
	}
	if d.applications.Recheck != nil {
		if err := d.applications.Recheck(ctx, s); err != nil {
			return Departure{}, fmt.Errorf("check the right to act again: %w", err)
		}
	}
	var dep Departure
	err := d.db.InTx(ctx, func(tx *postgres.Tx) error {
		// Officers lock a change before its partner, and so does this.
		if err := d.withdrawChange(ctx, tx, s, id); err != nil {
			return err
		}
		p, err := lockPartner(ctx, tx, id)
		if errors.Is(err, fault.ErrNotFound) {
			// Another copy of the form may have been quicker.
			dep, err = selectDepartureSent(ctx, tx, id, submission)
			return err
		}
		if err != nil {
			return err
		}
		dep, err = d.leave(ctx, tx, s, lang, submission, p)
		return err
	})
	return dep, err
}

func (d *Departures) leave(ctx context.Context, tx *postgres.Tx, s identity.Session, lang i18n.Lang, submission string, p Partner) (Departure, error) {
	dep := Departure{
		BusinessID: p.BusinessID, Name: p.Name, JoinedAt: p.JoinedAt, LeftAt: tx.Now, Duties: dutiesOf(p, tx.Now),
		partnerID: p.ID, language: lang,
	}
	if to, ok := p.Form.mainContact(lang); ok {
		dep.email, dep.language, dep.Mailed = to.Email, to.Language, true
	}
	// One more may have been filed until the partner was locked.
	if err := d.withdrawChange(ctx, tx, s, p.BusinessID); err != nil {
		return Departure{}, err
	}
	if d.OnLeft != nil {
		if err := d.OnLeft(ctx, tx, p); err != nil {
			return Departure{}, err
		}
	}
	if err := endPartner(ctx, tx, p); err != nil {
		return Departure{}, err
	}
	var err error
	if dep.ID, err = insertDeparture(ctx, tx, s, submission, dep); err != nil {
		return Departure{}, err
	}
	if err := dep.tell(ctx, tx, "partner_left", "partner_left:"); err != nil {
		return Departure{}, err
	}
	return dep, audit.Record(ctx, tx, audit.Event{
		Actor: s.Actor(), Action: actionPartnerLeft, Subject: p.Ref(),
		Detail: map[string]any{"departure": dep.ID, "duties": len(dep.Duties)},
	})
}

// withdrawChange ends a change of the partner's data that is not decided yet.
func (d *Departures) withdrawChange(ctx context.Context, tx *postgres.Tx, s identity.Session, id organisation.BusinessID) error {
	open, err := selectApplications(ctx, tx, filter{business: id, statuses: []Status{Submitted, InReview, Specify}})
	if err != nil {
		return err
	}
	for _, app := range open {
		if app, err = lockOwnApplication(ctx, tx, id, app.ID); err != nil {
			return err
		}
		if app.Kind != ChangeData || !app.Status.Open() {
			continue
		}
		if _, err := d.applications.move(ctx, tx, s.Actor(), app, Withdrawn); err != nil {
			return err
		}
	}
	return nil
}

// tell puts a mail in for the organisation, if it has left an address.
func (d Departure) tell(ctx context.Context, tx *postgres.Tx, kind mail.Kind, key string) error {
	if d.email == "" {
		return nil
	}
	id := strconv.FormatInt(d.ID, 10)
	return mail.Enqueue(ctx, tx, mail.Message{
		Kind: kind, To: d.email, Lang: d.language, Key: key + id,
		Data: map[string]string{"organisation": d.Name, "departure": id, "date": d.DueOn().Format(time.DateOnly)},
	})
}

// OfOrganisation returns an organisation's departures, the newest first.
func (d *Departures) OfOrganisation(ctx context.Context, id organisation.BusinessID) ([]Departure, error) {
	return selectDepartures(ctx, d.db, departureFilter{business: id})
}

// Own returns a departure of an organisation; one of another organisation is
// fault.ErrNotFound too.
func (d *Departures) Own(ctx context.Context, business organisation.BusinessID, id int64) (Departure, error) {
	return oneDeparture(selectDepartures(ctx, d.db, departureFilter{business: business, id: id}))
}

// Confirmation is what an organisation says of a duty.
type Confirmation struct {
	Duty   DutyCode
	Answer Answer
	Ground string
}

// Validate returns what breaks a rule as *fault.InvalidError, or nil.
func (c Confirmation) Validate() error {
	var check fault.Checker
	ground := tidyText(c.Ground)
	check.Check(slices.Contains(c.Duty.Answers(), c.Answer), "answer", "desk.invalid.answer")
	if c.Answer == AnswerKept {
		check.Check(saysSomething(ground), "ground", "desk.invalid.ground")
		checkText(&check, "ground", ground, MaxGround)
	}
	return check.Err()
}

// Confirm records that a duty is met. The first answer stands: the same one
// again has no effect, another one is fault.ErrConflict.
func (d *Departures) Confirm(ctx context.Context, s identity.Session, id int64, c Confirmation) (Departure, error) {
	if s.Acting == nil || s.Kind != identity.KindPerson {
		return Departure{}, errNotActing
	}
	if err := c.Validate(); err != nil {
		return Departure{}, err
	}
	c.Ground = tidyText(c.Ground)
	if c.Answer != AnswerKept {
		c.Ground = ""
	}
	business := organisation.BusinessID(s.Acting.BusinessID)
	var dep Departure
	err := d.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := lockDeparture(ctx, tx, business, id); err != nil {
			return err
		}
		var err error
		if dep, err = oneDeparture(selectDepartures(ctx, tx, departureFilter{business: business, id: id})); err != nil {
			return err
		}
		i := slices.IndexFunc(dep.Duties, func(duty Duty) bool { return duty.Code == c.Duty })
		if i < 0 {
			return fmt.Errorf("duty of a departure: %w", fault.ErrNotFound)
		}
		duty := &dep.Duties[i]
		if duty.Answer != "" {
			if duty.Answer == c.Answer && duty.Ground == c.Ground {
				return nil
			}
			return fmt.Errorf("a duty was confirmed with another answer: %w", fault.ErrConflict)
		}
		duty.Answer, duty.Ground, duty.ConfirmedAt = c.Answer, c.Ground, tx.Now
		if !slices.ContainsFunc(dep.Duties, func(duty Duty) bool { return duty.Answer == "" }) {
			dep.SettledAt = tx.Now
		}
		if err := updateDuty(ctx, tx, s, dep, *duty); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: s.Actor(), Action: actionDutyConfirmed, Subject: dep.Ref(),
			Detail: map[string]any{"duty": c.Duty, "answer": c.Answer, "settled": !dep.SettledAt.IsZero()},
		})
	})
	return dep, err
}

// Remind reminds once each organisation that has left and not confirmed
// everything, three days before the end of its time, and returns how many
// departures that were.
func (d *Departures) Remind(ctx context.Context) (int, error) {
	n := 0
	err := d.db.InTx(ctx, func(tx *postgres.Tx) error {
		due, err := markReminded(ctx, tx, tx.Now.AddDate(0, 0, reminded-DutyDays))
		if err != nil {
			return err
		}
		for _, id := range due {
			dep, err := oneDeparture(selectDepartures(ctx, tx, departureFilter{id: id}))
			if err != nil {
				return err
			}
			if err := dep.tell(ctx, tx, "departure_reminder", "departure_reminder:"); err != nil {
				return err
			}
		}
		if n = len(due); n == 0 {
			return nil
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: audit.System(taskRemindOfDepartures), Action: actionDutiesReminded,
			Subject: audit.Ref{Kind: "departure", ID: "*"}, Detail: map[string]any{"count": n},
		})
	})
	return n, err
}
