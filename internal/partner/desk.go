package partner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/terms"
)

// Desk is where a partner keeps its own data current (omat tiedot).
type Desk struct {
	db           *postgres.DB
	applications *Applications
}

// NewDesk returns the desk of the partners in db. Changes that the rules look at
// go through applications.
func NewDesk(db *postgres.DB, applications *Applications) *Desk { return &Desk{db, applications} }

// Fingerprint stands for what a part of the form says. Two forms that say the
// same in it have the same one.
func (f Form) Fingerprint(p Part) string {
	b, err := json.Marshal(Form{}.WithPart(p, f.Tidied()))
	if err != nil {
		panic(err) // plain values only
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// DeskParts lists the parts that a partner can change, in the order in which
// they are shown. personalData tells whether processing personal data for the
// operator is open.
func DeskParts(personalData bool) []Part {
	parts := []Part{PartOrganisation, PartContacts, PartServiceAreas, PartPlaces, PartDescription, PartLanguages}
	if personalData {
		parts = append(parts, PartPersonalData)
	}
	return parts
}

// Changed is what became of a change.
type Changed struct {
	// Partner is as it is now.
	Partner Partner
	// Application is the change that was filed for the rules to look at; nil
	// when the change is in force.
	Application *Application
}

// Change gives one part of the data of the partner that s acts for the content
// that it has in form. seen is the fingerprint of the part that the writer was
// shown: when it has been changed meanwhile, the error is fault.ErrConflict and
// the partner returned is the one that is there. A change that the rules look at
// (see Looked) is filed as an application. The same submission again, and a change
// that changes nothing, have no effect.
func (d *Desk) Change(ctx context.Context, s identity.Session, lang i18n.Lang, submission string, p Part, seen string, form Form) (Changed, error) {
	if s.Acting == nil || s.Kind != identity.KindPerson {
		return Changed{}, errNotActing
	}
	if !slices.Contains(DeskParts(d.applications.PersonalData), p) {
		return Changed{}, fmt.Errorf("part of a partner's data: %w", fault.ErrNotFound)
	}
	id := organisation.BusinessID(s.Acting.BusinessID)
	areas, err := selectServiceAreas(ctx, d.db)
	if err != nil {
		return Changed{}, err
	}
	if err := form.ValidatePart(p, areas); err != nil {
		return Changed{}, err
	}
	form = d.applications.allowed(form)
	now, err := selectPartner(ctx, d.db, id)
	if err != nil {
		return Changed{}, err
	}
	if Looked(p, now.Form, form) {
		return d.file(ctx, s, lang, submission, id, p, seen, form)
	}
	err = d.db.InTx(ctx, func(tx *postgres.Tx) error {
		var err error
		if now, err = lockPartner(ctx, tx, id); err != nil {
			return err
		}
		next := now.Form.WithPart(p, form)
		if next.Fingerprint(p) == now.Form.Fingerprint(p) {
			return nil
		}
		if now.Form.Fingerprint(p) != seen {
			return errChangedMeanwhile
		}
		changes := len(Diff(now.Form, next))
		if now, err = updatePartner(ctx, tx, now, next); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: s.Actor(), Action: actionPartnerChanged, Subject: now.Ref(),
			Detail: map[string]any{"part": p, "fields": changes, "version": now.Version},
		})
	})
	return Changed{Partner: now}, err
}

// Looked tells whether the rules look at a change of one part of a partner's form:
// of service areas, one that turns processing of personal data on, and one that
// says something of the organisation that the register does not.
func Looked(p Part, before, after Form) bool {
	after = after.Tidied()
	switch p {
	case PartServiceAreas:
		return true
	case PartPersonalData:
		return after.ProcessesPersonalData
	case PartOrganisation:
		return slices.ContainsFunc(after.Corrections, func(c Correction) bool { return c.Value != before.Correction(c.Field) })
	case PartContacts, PartPlaces, PartDescription, PartLanguages, PartDeclarations:
	}
	return false
}

var errChangedMeanwhile = fmt.Errorf("the partner's data was changed meanwhile: %w", fault.ErrConflict)

// ErrChangeOpen means that an earlier change still waits for its approval.
var ErrChangeOpen = errors.New("an earlier change is not decided yet")

// file hands a change to the rules.
func (d *Desk) file(ctx context.Context, s identity.Session, lang i18n.Lang, submission string, id organisation.BusinessID, p Part, seen string, form Form) (Changed, error) {
	if done, err := selectSubmission(ctx, d.db, id, submission); err == nil {
		now, err := selectPartner(ctx, d.db, id)
		return filed(now, done), err
	}
	now, err := selectPartner(ctx, d.db, id)
	if err != nil {
		return Changed{}, err
	}
	next := now.Form.WithPart(p, form)
	switch {
	case next.Fingerprint(p) == now.Form.Fingerprint(p):
		return Changed{Partner: now}, nil
	case now.Form.Fingerprint(p) != seen:
		return Changed{Partner: now}, errChangedMeanwhile
	}
	all, err := d.applications.ForOrganisation(ctx, id)
	if err != nil {
		return Changed{}, err
	}
	for _, a := range all {
		if a.Status.Open() {
			// A copy of the same form may have been faster meanwhile.
			if done, err := selectSubmission(ctx, d.db, id, submission); err == nil {
				return filed(now, done), nil
			}
			return Changed{Partner: now, Application: &a}, ErrChangeOpen
		}
	}
	app, err := d.applications.SubmitChange(ctx, s, lang, submission, now.Version, next)
	if err != nil {
		return Changed{Partner: now}, err
	}
	if now, err = selectPartner(ctx, d.db, id); err != nil {
		return Changed{}, err
	}
	return filed(now, app), nil
}

func filed(now Partner, app Application) Changed {
	if app.Status == Approved {
		return Changed{Partner: now}
	}
	return Changed{Partner: now, Application: &app}
}

// Processor is the version of the agreement on processing personal data that an
// organisation has still to accept, 0 for none.
func (d *Desk) Processor(ctx context.Context, id organisation.BusinessID) (int, error) {
	current, err := d.applications.terms.Current(ctx, terms.Processor)
	if err != nil {
		return 0, err
	}
	accepted, err := d.applications.terms.Accepted(ctx, string(id), terms.Processor)
	if err != nil || slices.ContainsFunc(accepted, func(a terms.Acceptance) bool { return a.Number >= current.Number }) {
		return 0, err
	}
	return current.Number, nil
}

// AcceptProcessor accepts a version of that agreement for the organisation that
// s acts for. A right that has ended is fault.ErrForbidden.
func (d *Desk) AcceptProcessor(ctx context.Context, s identity.Session, lang i18n.Lang, number int) error {
	if d.applications.Recheck != nil {
		if err := d.applications.Recheck(ctx, s); err != nil {
			return fmt.Errorf("check the right to act again: %w", err)
		}
	}
	return d.db.InTx(ctx, func(tx *postgres.Tx) error {
		_, err := d.applications.terms.Accept(ctx, tx, s, terms.Processor, number, lang)
		return err
	})
}

const sqlSelectActivePartners = `
SELECT id, business_id, name, status, version, application_id, form, joined_at, changed_at, left_at
  FROM partner
 WHERE status = 'active'
 ORDER BY id`

// Receivers returns the contact persons of the partners that have accepted terms
// of kind, to be told of their changes: all of them for the partner terms, those
// that process personal data for the processor agreement.
func (p *Partners) Receivers(ctx context.Context, q postgres.Querier, kind terms.Kind) ([]terms.Receiver, error) {
	if kind != terms.Partner && kind != terms.Processor {
		return nil, nil
	}
	rows, err := q.Query(ctx, sqlSelectActivePartners)
	if err != nil {
		return nil, fmt.Errorf("select active partners: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanPartner)
	if err != nil {
		return nil, fmt.Errorf("read active partners: %w", err)
	}
	var receivers []terms.Receiver
	for _, one := range all {
		if kind == terms.Processor && !one.Form.ProcessesPersonalData {
			continue
		}
		for i, c := range one.Form.Contacts {
			if !mail.ValidAddress(c.Email) {
				continue
			}
			if c.Language != i18n.Swedish {
				c.Language = i18n.Finnish
			}
			receivers = append(receivers, terms.Receiver{
				Key: fmt.Sprintf("partner:%d:%d", one.ID, i+1), Organisation: one.Name, Email: c.Email, Language: c.Language,
			})
		}
	}
	return receivers, nil
}
