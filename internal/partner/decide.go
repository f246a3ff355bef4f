package partner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Decide asks the rules again about every application that waits for the
// business register, and returns how many left the wait.
func (a *Applications) Decide(ctx context.Context) (int, error) {
	waiting, err := selectApplications(ctx, a.db, filter{statuses: []Status{Submitted}})
	if err != nil {
		return 0, err
	}
	n := 0
	var failed error
	for _, app := range waiting {
		moved, err := a.decideOne(ctx, app)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("application %d: %w", app.ID, err))
		}
		if moved {
			n++
		}
	}
	return n, failed
}

func (a *Applications) decideOne(ctx context.Context, app Application) (moved bool, err error) {
	known, err := a.ask(ctx, app.BusinessID)
	if err != nil {
		return false, err
	}
	if !known.told && a.db.Now().Before(app.SubmittedAt.Add(patience)) {
		return false, a.db.InTx(ctx, func(tx *postgres.Tx) error { return a.register.Ask(ctx, tx, app.BusinessID) })
	}
	err = a.db.InTx(ctx, func(tx *postgres.Tx) error {
		app, err := lockApplication(ctx, tx, app.ID)
		if err != nil || app.Status != Submitted {
			return err
		}
		areas, err := selectServiceAreas(ctx, tx)
		if err != nil {
			return err
		}
		app.Organisation = known.or(app.Organisation)
		app, err = a.decide(ctx, tx, audit.System(taskDecide), "", app, known, areas)
		moved = app.Status != Submitted
		return err
	})
	return moved, err
}

// Withdraw ends an open application of the organisation that s acts for.
func (a *Applications) Withdraw(ctx context.Context, s identity.Session, id int64) (Application, error) {
	if s.Acting == nil {
		return Application{}, errNotActing
	}
	var app Application
	err := a.db.InTx(ctx, func(tx *postgres.Tx) error {
		var err error
		if app, err = lockOwnApplication(ctx, tx, organisation.BusinessID(s.Acting.BusinessID), id); err != nil {
			return err
		}
		if app.Status == Withdrawn {
			return nil
		}
		app, err = a.move(ctx, tx, s.Actor(), app, Withdrawn)
		return err
	})
	return app, err
}

// Approve is an officer's approval, in the officer's transaction; the
// organisation becomes a partner. A status that does not allow it is
// fault.ErrConflict; so it is with the other acts.
func (a *Applications) Approve(ctx context.Context, tx *postgres.Tx, actor audit.Ref, id int64) (Application, error) {
	return a.act(ctx, tx, actor, id, Approved, nil)
}

// Reject is an officer's rejection. The decision that gives the reasons is the
// caller's, and so is the mail.
func (a *Applications) Reject(ctx context.Context, tx *postgres.Tx, actor audit.Ref, id int64) (Application, error) {
	return a.act(ctx, tx, actor, id, Rejected, nil)
}

// AskToSpecify gives the application back to the applicant, who may change the
// parts in fields and no others. The question and its mail are the caller's.
func (a *Applications) AskToSpecify(ctx context.Context, tx *postgres.Tx, actor audit.Ref, id int64, fields []string) (Application, error) {
	var parts []Part
	for _, name := range fields {
		if !slices.Contains(Fields(), name) {
			return Application{}, invalid("fields", "partner.invalid.fields")
		}
		if !slices.Contains(parts, Part(name)) {
			parts = append(parts, Part(name))
		}
	}
	return a.act(ctx, tx, actor, id, Specify, parts)
}

// BackToReview ends the wait for the applicant's correction.
func (a *Applications) BackToReview(ctx context.Context, tx *postgres.Tx, actor audit.Ref, id int64) (Application, error) {
	return a.act(ctx, tx, actor, id, InReview, nil)
}

// Lock keeps an application from changing until tx ends. Whoever locks rows of
// their own beside it locks it first.
func (a *Applications) Lock(ctx context.Context, tx *postgres.Tx, id int64) error {
	_, err := lockApplication(ctx, tx, id)
	return err
}

func (a *Applications) act(ctx context.Context, tx *postgres.Tx, actor audit.Ref, id int64, next Status, editable []Part) (Application, error) {
	app, err := lockApplication(ctx, tx, id)
	if err != nil {
		return Application{}, err
	}
	// A submitted application waits for the rules, not for an officer.
	if app.Status == Submitted {
		return Application{}, fmt.Errorf("act on an application that waits for the rules: %w", fault.ErrConflict)
	}
	app.Editable = editable
	return a.move(ctx, tx, actor, app, next)
}

// MarkSupervised ends the post-supervision of an approved application; a second
// time has no effect.
func (a *Applications) MarkSupervised(ctx context.Context, tx *postgres.Tx, actor audit.Ref, id int64) error {
	app, err := lockApplication(ctx, tx, id)
	if err != nil {
		return err
	}
	if !app.Supervise {
		return fmt.Errorf("application %d is not to be supervised: %w", id, fault.ErrConflict)
	}
	if !app.SupervisedAt.IsZero() {
		return nil
	}
	app.SupervisedAt = tx.Now
	if err := updateApplication(ctx, tx, app); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Event{Actor: actor, Action: actionSupervised, Subject: app.Ref()})
}

// ByID returns an application for an officer, or fault.ErrNotFound.
func (a *Applications) ByID(ctx context.Context, id int64) (Application, error) {
	return one(selectApplications(ctx, a.db, filter{id: id}))
}

// Own returns an application of an organisation; one of another organisation is
// fault.ErrNotFound too.
func (a *Applications) Own(ctx context.Context, business organisation.BusinessID, id int64) (Application, error) {
	return one(selectApplications(ctx, a.db, filter{id: id, business: business}))
}

func one(all []Application, err error) (Application, error) {
	if err != nil {
		return Application{}, err
	}
	if len(all) != 1 {
		return Application{}, fmt.Errorf("application: %w", fault.ErrNotFound)
	}
	return all[0], nil
}

// ForOrganisation returns an organisation's applications, oldest first.
func (a *Applications) ForOrganisation(ctx context.Context, business organisation.BusinessID) ([]Application, error) {
	if business == "" {
		return nil, nil
	}
	return selectApplications(ctx, a.db, filter{business: business})
}

// Waiting returns the applications that wait for an officer, oldest first.
func (a *Applications) Waiting(ctx context.Context) ([]Application, error) {
	return selectApplications(ctx, a.db, filter{statuses: []Status{InReview}})
}

// Supervised returns the approved applications that the sample took and nobody
// has looked at yet, oldest first.
func (a *Applications) Supervised(ctx context.Context) ([]Application, error) {
	return selectApplications(ctx, a.db, filter{supervise: true})
}

// Revisions returns what was sent, oldest first: the application as it was with
// each revision's form, sender, register data and time. Verdicts are left out.
func (a *Applications) Revisions(ctx context.Context, id int64) ([]Application, error) {
	return selectRevisions(ctx, a.db, id)
}

// notify tells the applicant by mail where a new status leaves the application.
// Questions and rejections are told by whoever makes them.
func (a *Applications) notify(ctx context.Context, tx *postgres.Tx, app Application) error {
	var kind mail.Kind
	switch app.Status {
	case Submitted:
		kind = "application_received"
	case InReview:
		kind = "application_in_review"
	case Approved:
		kind = "application_approved"
	case Specify, Rejected, Withdrawn:
		return nil
	}
	if app.Kind == ChangeData && app.Status != Approved {
		kind = "change_received"
	}
	to, ok := app.Form.mainContact(app.Language)
	if !ok {
		return nil
	}
	id := strconv.FormatInt(app.ID, 10)
	data := map[string]string{"organisation": app.Organisation.Name, "application": id, "kind": string(app.Kind), "status": string(app.Status)}
	if a.Link != nil && app.Status != Approved {
		data["link"] = a.Link(to.Language, app.ID)
	}
	return mail.Enqueue(ctx, tx, mail.Message{
		Kind: kind, To: to.Email, Lang: to.Language,
		Key: string(kind) + ":" + id + ":" + strconv.Itoa(app.Revision), Data: data,
	})
}
