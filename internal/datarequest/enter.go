package datarequest

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Entry is a request that an officer enters from an e-mail or a letter.
type Entry struct {
	Kind               Kind
	Channel            Channel
	Language           i18n.Lang
	Requester, Address string
	Message            string
	Identification     Identification
	// ReceivedOn is a moment of the day on which it came; the time to answer runs
	// from it.
	ReceivedOn time.Time
	// Code, or the ForeignID of a foreign identification, finds the person; neither
	// is kept. They may be empty.
	Code, ForeignID string
	// Submission is the number of the form: sent again it has no second effect.
	Submission string
}

const (
	maxName = 200
	// oldest is how long ago a request may have come that is entered now.
	oldest = 366 * 24 * time.Hour
)

func (e Entry) tidied() Entry {
	e.Requester, e.Address, e.Message = i18n.VisibleLine(e.Requester), i18n.VisibleText(e.Address), i18n.VisibleText(e.Message)
	return e
}

func (e Entry) validate(now time.Time) (identity.Code, error) {
	var c fault.Checker
	c.Check(slices.Contains(Kinds(), e.Kind), "kind", "datarequests.kind.missing")
	c.Check(e.Channel == Email || e.Channel == Post, "channel", "datarequests.channel.missing")
	c.Check(e.Language == i18n.Finnish || e.Language == i18n.Swedish, "language", "datarequests.language.missing")
	passed := now.Sub(e.ReceivedOn)
	c.Check(!e.ReceivedOn.IsZero() && passed >= 0 && passed < oldest, "received", "datarequests.received.invalid")
	c.Check(e.Requester != "", "requester", "datarequests.requester.missing")
	checkShort(&c, "requester", e.Requester)
	checkShort(&c, "address", e.Address)
	c.Check(slices.Contains(Identifications(), e.Identification), "identification", "datarequests.identification.missing")
	code, err := identity.ParseCode(e.Code)
	c.Check(e.Code == "" || err == nil, "code", "identity.code.invalid")
	checkMessage(&c, e.Kind, e.Message)
	return code, c.Err()
}

func checkShort(c *fault.Checker, field, text string) {
	c.Check(utf8.RuneCountInString(text) <= maxName, field, "datarequests.name.long")
	identity.RefuseCodes(c, field, text)
}

// Identifications lists the ways in which an officer makes sure who asks.
func Identifications() []Identification {
	return []Identification{Signature, IdentityCard, Strong, Unidentified}
}

// Enter takes in a request that came by e-mail or by post and returns its number.
// With a code or identifier it is that of the person who has it, if anybody does
// and the sender was identified; that is a search, with all that Search asks for. Where a protected person lives
// is not kept.
func (r *Requests) Enter(ctx context.Context, officer identity.Session, e Entry) (int64, error) {
	if err := mayHandle(officer); err != nil {
		return 0, err
	}
	e = e.tidied()
	code, err := e.validate(r.Now())
	if err != nil {
		return 0, err
	}
	person, err := r.find(ctx, officer, identity.Sought{Code: code, ForeignID: e.ForeignID})
	if err != nil {
		return 0, err
	}
	var id int64
	err = r.DB.InTx(ctx, func(tx *postgres.Tx) error {
		if person.ID != 0 {
			protected, err := identity.Stay(ctx, tx, person.ID)
			if err != nil {
				return err
			}
			if protected {
				e.Address = ""
			}
		}
		owner := person.ID
		if e.Identification == Unidentified {
			owner = 0 // whoever names a code is not yet the one who has it
		}
		var isNew bool
		id, isNew, err = insertRequest(ctx, tx, e.Submission, Request{
			Kind: e.Kind, Channel: e.Channel, Language: e.Language, Person: owner, Requester: e.Requester, Address: e.Address, Message: e.Message,
			Identification: e.Identification, ReceivedAt: e.ReceivedOn, DueAt: r.Options.dueAt(e.Kind, e.ReceivedOn), EnteredBy: officer.PersonID,
		})
		if err != nil || !isNew {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: officer.Actor(), Action: actionEntered, Subject: ref(id),
			Detail: map[string]any{"kind": e.Kind, "channel": e.Channel, "identification": e.Identification, "found": person.ID != 0},
		})
	})
	return id, err
}

// find searches for a person; nobody is nobody, and who is not sought neither.
func (r *Requests) find(ctx context.Context, officer identity.Session, sought identity.Sought) (identity.Person, error) {
	if !sought.IsSet() {
		return identity.Person{}, nil
	}
	found, err := r.Search(ctx, officer, sought, identity.ReasonDataRequest)
	if errors.Is(err, fault.ErrNotFound) {
		return identity.Person{}, nil
	}
	return found.Person, err
}

// Identify notes how it was made sure who asks. With a code, or the identifier of
// a foreign identification, the request becomes that of the person who has it, if
// anybody does and it was nobody's.
func (r *Requests) Identify(ctx context.Context, a Act, how Identification, code, foreignID, note string) error {
	if err := mayHandle(a.Officer); err != nil {
		return err
	}
	var c fault.Checker
	c.Check(slices.Contains(Identifications(), how), "identification", "datarequests.identification.missing")
	parsed, err := identity.ParseCode(code)
	c.Check(code == "" || err == nil, "code", "identity.code.invalid")
	note, err = checkNote(note)
	if invalid, ok := errors.AsType[*fault.InvalidError](err); ok {
		for _, f := range invalid.Fields {
			c.Add(f)
		}
	}
	if err := c.Err(); err != nil {
		return err
	}
	person, err := r.find(ctx, a.Officer, identity.Sought{Code: parsed, ForeignID: foreignID})
	if err != nil {
		return err
	}
	return r.act(ctx, a, "identify", func(tx *postgres.Tx, q Request) error {
		if q.Channel == Page {
			return nil // the log-in has told
		}
		owner := person.ID
		if how == Unidentified {
			owner = 0
		}
		if err := setIdentified(ctx, tx, a.ID, how, owner, person.NonDisclosure && q.Person == 0); err != nil {
			return err
		}
		if err := insertNote(ctx, tx, a, noteIdentified, note); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: a.Officer.Actor(), Action: actionIdentified, Subject: q.Ref(),
			Detail: map[string]any{"identification": how, "found": person.ID != 0},
		})
	})
}
