package partner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/terms"
)

// The audited actions on applications. Each change of status has the one of its
// new status.
const (
	actionSubmitted  = "application.submitted"
	actionRevised    = "application.revised"
	actionInReview   = "application.sent_to_review"
	actionSpecify    = "application.returned"
	actionApproved   = "application.approved"
	actionRejected   = "application.rejected"
	actionWithdrawn  = "application.withdrawn"
	actionSupervised = "application.supervised"
)

// System actors.
const (
	taskRules  = "partner.rules"
	taskDecide = "partner.decide"
)

// patience is how long an application waits for the business register before an
// officer sees it.
const patience = 24 * time.Hour

// goodFor is how old an answer of the business register may be to decide by.
const goodFor = 48 * time.Hour

// remembered is for how many months after a rejection an officer sees the next
// application.
const remembered = 6

// ErrRecheck means that the right to act could not be confirmed again; it wraps
// the reason, which is fault.ErrForbidden when the right has ended.
var ErrRecheck = errors.New("check the right to act again")

// Applications takes in and decides applications. Make it with NewApplications
// and set the exported fields before use.
type Applications struct {
	// Recheck asks e-Authorizations again whether the session may act for its
	// organisation; nil asks nobody.
	Recheck func(ctx context.Context, s identity.Session) error
	// OnStatus is called in the transaction that files an application or gives
	// it another status; a.Status and a.Revision are the new ones.
	OnStatus func(ctx context.Context, tx *postgres.Tx, a Application) error
	// PersonalData opens the processing of personal data for the operator;
	// while it is off, nobody can ask for it.
	PersonalData bool
	// Link returns the path of an application's page, for mails; nil leaves it
	// to the mail.
	Link func(lang i18n.Lang, application int64) string

	db       *postgres.DB
	register *organisation.Register
	terms    *terms.Terms
	rules    Rules
}

// NewApplications returns Applications kept in db.
func NewApplications(db *postgres.DB, register *organisation.Register, t *terms.Terms, rules Rules) *Applications {
	return &Applications{db: db, register: register, terms: t, rules: rules}
}

// Submit files the draft of s for the organisation that it acts for, in the
// version that the applicant has checked, and asks the rules. The same
// submission again returns the same application. Another version of the draft,
// and an organisation that has an open application, are fault.ErrConflict; what
// breaks a rule is *fault.InvalidError; a right that has ended is
// fault.ErrForbidden.
func (a *Applications) Submit(ctx context.Context, s identity.Session, submission string, version int) (Application, error) {
	return a.send(ctx, s, submission, func(tx *postgres.Tx, known answer, areas []ServiceArea) (Application, error) {
		draft, err := lockDraft(ctx, tx, ownerOf(s, 0))
		if err != nil {
			return Application{}, err
		}
		if draft.Version != version || !draft.ExpiresAt.After(tx.Now) {
			return Application{}, fmt.Errorf("the draft has changed since it was checked: %w", fault.ErrConflict)
		}
		if _, err := selectPartner(ctx, tx, draft.BusinessID); !errors.Is(err, fault.ErrNotFound) {
			return Application{}, errors.Join(err, errPartner)
		}
		app, err := a.file(ctx, tx, s, Join, draft.Language, submission, draft.Form, known, areas)
		if err != nil {
			return Application{}, err
		}
		if _, err := deleteDraft(ctx, tx, ownerOf(s, 0)); err != nil {
			return Application{}, err
		}
		return a.decide(ctx, tx, s.Actor(), actionSubmitted, app, known, areas)
	})
}

// SubmitChange files a change of the active partner's data that the rules look
// at; approval gives the partner the form. It fails like Submit, and with
// fault.ErrConflict when the partner's data is not of that version any more.
func (a *Applications) SubmitChange(ctx context.Context, s identity.Session, lang i18n.Lang, submission string, version int, form Form) (Application, error) {
	return a.send(ctx, s, submission, func(tx *postgres.Tx, known answer, areas []ServiceArea) (Application, error) {
		p, err := lockPartner(ctx, tx, organisation.BusinessID(s.Acting.BusinessID))
		if err != nil {
			return Application{}, err
		}
		if p.Version != version {
			return Application{}, fmt.Errorf("the partner's data has changed: %w", fault.ErrConflict)
		}
		app, err := a.file(ctx, tx, s, ChangeData, lang, submission, form, known, areas)
		if err != nil {
			return Application{}, err
		}
		return a.decide(ctx, tx, s.Actor(), actionSubmitted, app, known, areas)
	})
}

// Revise files the draft of a correction as a new revision and gives the
// application back to the officer. Only the parts that were asked for change.
func (a *Applications) Revise(ctx context.Context, s identity.Session, id int64, submission string, version int) (Application, error) {
	return a.send(ctx, s, submission, func(tx *postgres.Tx, known answer, areas []ServiceArea) (Application, error) {
		draft, err := lockDraft(ctx, tx, ownerOf(s, id))
		if err != nil {
			return Application{}, err
		}
		if draft.Version != version || !draft.ExpiresAt.After(tx.Now) {
			return Application{}, fmt.Errorf("the draft has changed since it was checked: %w", fault.ErrConflict)
		}
		app, err := lockOwnApplication(ctx, tx, organisation.BusinessID(s.Acting.BusinessID), id)
		if err != nil {
			return Application{}, err
		}
		if app.Status != Specify {
			return Application{}, fmt.Errorf("revise an application that is %s: %w", app.Status, fault.ErrConflict)
		}
		form := app.Form
		for _, p := range app.Editable {
			form = form.WithPart(p, draft.Form)
		}
		app.Form = a.allowed(form)
		if err := app.Form.Validate(areas); err != nil {
			return Application{}, err
		}
		app.Revision++
		app.Organisation = known.or(app.Organisation)
		if err := insertRevision(ctx, tx, s, submission, app); err != nil {
			return Application{}, err
		}
		if _, err := deleteDraft(ctx, tx, ownerOf(s, id)); err != nil {
			return Application{}, err
		}
		return a.decide(ctx, tx, s.Actor(), actionRevised, app, known, areas)
	})
}

var errPartner = fmt.Errorf("the organisation is a partner already: %w", fault.ErrConflict)

// send does what is the same for everything that an applicant sends: the same
// submission again has no second effect, the right to act is asked for again,
// and the register's answer is there before the transaction begins.
func (a *Applications) send(ctx context.Context, s identity.Session, submission string,
	file func(tx *postgres.Tx, known answer, areas []ServiceArea) (Application, error),
) (Application, error) {
	if s.Acting == nil || s.Kind != identity.KindPerson {
		return Application{}, errNotActing
	}
	business := organisation.BusinessID(s.Acting.BusinessID)
	if done, err := selectSubmission(ctx, a.db, business, submission); err == nil || !errors.Is(err, fault.ErrNotFound) {
		return done, err
	}
	if a.Recheck != nil {
		if err := a.Recheck(ctx, s); err != nil {
			return Application{}, fmt.Errorf("%w: %w", ErrRecheck, err)
		}
	}
	awaited, err := a.terms.Awaited(ctx, s, terms.Partner)
	if err != nil {
		return Application{}, err
	}
	if awaited.State != terms.Done {
		return Application{}, invalid("terms", "partner.invalid.terms")
	}
	known, err := a.ask(ctx, business)
	if err != nil {
		return Application{}, err
	}
	var app Application
	err = a.db.InTx(ctx, func(tx *postgres.Tx) error {
		areas, err := selectServiceAreas(ctx, tx)
		if err != nil {
			return err
		}
		if !known.told {
			if err := a.register.Ask(ctx, tx, business); err != nil {
				return err
			}
		}
		app, err = file(tx, known, areas)
		if errors.Is(err, fault.ErrNotFound) {
			// The draft is gone: another copy of the form was quicker.
			done, doneErr := selectSubmission(ctx, tx, business, submission)
			if doneErr == nil {
				app = done
				return nil
			}
		}
		return err
	})
	return app, err
}

func invalid(field, messageID string) error {
	return &fault.InvalidError{Fields: []fault.FieldError{{Field: field, MessageID: messageID}}}
}

// ask returns what the business register has told, and asks for it when it has
// not.
func (a *Applications) ask(ctx context.Context, id organisation.BusinessID) (answer, error) {
	o, told, err := a.register.Known(ctx, id)
	switch {
	case errors.Is(err, fault.ErrNotFound):
		return answer{told: true, missing: true}, nil
	case err != nil:
		return answer{}, err
	}
	return answer{told: told && a.db.Now().Sub(o.FetchedAt) < goodFor, organisation: o}, nil
}

// or is what the register told, or before when it has told nothing.
func (k answer) or(before organisation.Organisation) organisation.Organisation {
	if k.organisation.BusinessID != "" {
		return k.organisation
	}
	return before
}

// allowed is form without what is switched off.
func (a *Applications) allowed(form Form) Form {
	form = form.Tidied()
	form.ProcessesPersonalData = form.ProcessesPersonalData && a.PersonalData
	return form
}

// file stores a new application, without asking the rules yet.
func (a *Applications) file(ctx context.Context, tx *postgres.Tx, s identity.Session, kind Kind, lang i18n.Lang, submission string,
	form Form, known answer, areas []ServiceArea,
) (Application, error) {
	app := Application{
		Kind: kind, BusinessID: organisation.BusinessID(s.Acting.BusinessID), Status: Submitted, Revision: 1,
		Form: a.allowed(form), Language: lang, SubmittedBy: s.PersonID,
		Authority: s.Acting.Authority, AuthorityAt: s.Acting.CheckedAt,
		SubmittedAt: tx.Now, ChangedAt: tx.Now,
	}
	app.Organisation = known.or(organisation.Organisation{BusinessID: app.BusinessID, Name: s.Acting.Name})
	if err := app.Form.Validate(areas); err != nil {
		return Application{}, err
	}
	if err := a.processorAccepted(ctx, app); err != nil {
		return Application{}, err
	}
	var err error
	if app.ID, err = insertApplication(ctx, tx, submission, app); err != nil {
		return Application{}, err
	}
	return app, insertRevision(ctx, tx, s, submission, app)
}

// processorAccepted refuses processing of personal data without its agreement.
func (a *Applications) processorAccepted(ctx context.Context, app Application) error {
	if !app.Form.ProcessesPersonalData {
		return nil
	}
	current, err := a.terms.Current(ctx, terms.Processor)
	if err != nil {
		return err
	}
	accepted, err := a.terms.Accepted(ctx, string(app.BusinessID), terms.Processor)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(accepted, func(x terms.Acceptance) bool { return x.Number >= current.Number }) {
		return invalid("personal_data", "partner.invalid.processor_terms")
	}
	return nil
}

// decide asks the rules and does what they say. action, by actor, is what the
// rules are asked for: a new application, or a revision, which goes to an
// officer whatever they say.
func (a *Applications) decide(ctx context.Context, tx *postgres.Tx, actor audit.Ref, action string, app Application, known answer, areas []ServiceArea) (Application, error) {
	f, err := a.gather(ctx, tx, app, known, areas)
	if err != nil {
		return Application{}, err
	}
	app.Verdicts = a.rules.judge(f, tx.Now)
	if err := insertVerdicts(ctx, tx, &app); err != nil {
		return Application{}, err
	}
	next := conclude(app.Verdicts)
	if app.Status == Specify || next == Submitted && !tx.Now.Before(app.SubmittedAt.Add(patience)) {
		next = InReview
	}
	event := audit.Event{Actor: actor, Action: action, Subject: app.Ref(), Detail: map[string]any{"kind": app.Kind, "revision": app.Revision}}
	if next == app.Status {
		app.ChangedAt = tx.Now
		if err := updateApplication(ctx, tx, app); err != nil {
			return Application{}, err
		}
		if action == "" {
			return app, nil
		}
		if err := a.told(ctx, tx, app); err != nil {
			return Application{}, err
		}
		return app, audit.Record(ctx, tx, event)
	}
	app.Supervise = next == Approved && sampled(app.Verdicts)
	var first []audit.Event
	if action != "" {
		first = append(first, event)
	}
	return a.move(ctx, tx, audit.System(taskRules), app, next, first...)
}

// gather collects what the rules look at.
func (a *Applications) gather(ctx context.Context, tx *postgres.Tx, app Application, known answer, areas []ServiceArea) (facts, error) {
	f := facts{application: app, answer: known, areas: areas, invalid: invalidFields(app.Form.Validate(areas))}
	if app.Kind == ChangeData {
		now, err := selectPartner(ctx, tx, app.BusinessID)
		if err != nil && !errors.Is(err, fault.ErrNotFound) {
			return facts{}, err
		}
		f.agreed = now.Form
	}
	err := selectStanding(ctx, tx, app, &f)
	return f, err
}

// move gives an application, locked or just filed, its next status. The events
// in first are recorded before its own.
func (a *Applications) move(ctx context.Context, tx *postgres.Tx, actor audit.Ref, app Application, next Status, first ...audit.Event) (Application, error) {
	if !app.Status.CanBecome(next) {
		return Application{}, fmt.Errorf("application from %s to %s: %w", app.Status, next, fault.ErrConflict)
	}
	before := app.Status
	app.Status, app.ChangedAt = next, tx.Now
	if !next.Open() {
		app.DecidedAt = tx.Now
	}
	if next != Specify {
		app.Editable = nil
	}
	if err := updateApplication(ctx, tx, app); err != nil {
		return Application{}, err
	}
	events := append(first, audit.Event{
		Actor: actor, Action: actions[next], Subject: app.Ref(),
		Detail: map[string]any{"kind": app.Kind, "revision": app.Revision, "before": before, "after": next, "supervise": app.Supervise},
	})
	if next == Approved {
		e, err := admit(ctx, tx, actor, app)
		if err != nil {
			return Application{}, err
		}
		events = append(events, e)
	}
	if err := a.told(ctx, tx, app); err != nil {
		return Application{}, err
	}
	for _, e := range events {
		if err := audit.Record(ctx, tx, e); err != nil {
			return Application{}, err
		}
	}
	return app, nil
}

//nolint:gochecknoglobals // a constant table
var actions = map[Status]string{
	InReview: actionInReview, Specify: actionSpecify, Approved: actionApproved, Rejected: actionRejected, Withdrawn: actionWithdrawn,
}

// admit makes the organisation a partner, or gives the partner what its change
// asked for.
func admit(ctx context.Context, tx *postgres.Tx, actor audit.Ref, app Application) (audit.Event, error) {
	if app.Kind == Join {
		p, err := insertPartner(ctx, tx, app)
		return audit.Event{Actor: actor, Action: actionPartnerJoined, Subject: p.Ref(), Detail: map[string]any{"application": app.ID}}, err
	}
	p, err := lockPartner(ctx, tx, app.BusinessID)
	if errors.Is(err, fault.ErrNotFound) {
		return audit.Event{}, fmt.Errorf("change of what is no partner: %w", fault.ErrConflict)
	}
	if err != nil {
		return audit.Event{}, err
	}
	revisions, err := selectRevisions(ctx, tx, app.ID)
	if err != nil {
		return audit.Event{}, err
	}
	p, err = updatePartner(ctx, tx, p, app.changed(p.Form, revisions[0].Form))
	return audit.Event{Actor: actor, Action: actionPartnerChanged, Subject: p.Ref(), Detail: map[string]any{"application": app.ID, "version": p.Version}}, err
}

// changed is form with what a change of data is about: the parts that the rules
// look at, and those that were corrected since it was filed as first. The
// partner may have changed the others meanwhile.
func (a Application) changed(form, first Form) Form {
	parts := []Part{PartServiceAreas, PartPersonalData}
	if v, _ := verdictOf(a.Verdicts, RuleCorrections); v.Evidence["fields"] != "" {
		parts = append(parts, PartOrganisation)
	}
	for _, c := range Diff(first, a.Form) {
		parts = append(parts, c.Part)
	}
	for _, p := range parts {
		form = form.WithPart(p, a.Form)
	}
	return form
}

// told tells the hook, and the applicant by mail.
func (a *Applications) told(ctx context.Context, tx *postgres.Tx, app Application) error {
	if err := a.notify(ctx, tx, app); err != nil {
		return err
	}
	if a.OnStatus == nil {
		return nil
	}
	return a.OnStatus(ctx, tx, app)
}
