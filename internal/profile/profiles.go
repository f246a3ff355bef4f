package profile

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// The audited actions on profiles. Which section is told, never what it holds.
const (
	actionSaved     = "profile.saved"
	actionRemoved   = "profile.removed"
	actionMoved     = "profile.moved"
	actionForgotten = "profile.forgotten"
)

// Entry is one entry of a section, as it is kept.
type Entry struct {
	// ID is 1 for the entry of a section of one, 0 for an entry that is not there.
	ID     int64
	Values Values
	// ChangedAt is zero when nobody knows.
	ChangedAt time.Time
	// Expired tells that the validity of what the entry names is over.
	Expired bool
}

// Profile is all that a person keeps here.
type Profile struct {
	Entries map[Section][]Entry
	// Drafts are what has been typed and not been saved.
	Drafts []Draft
	// ChangedAt is the newest change, zero for none.
	ChangedAt time.Time
	// Protected tells of a protection order: the country of residence and the
	// telephone number are neither asked for nor shown.
	Protected bool
}

// Profiles keeps profiles.
type Profiles struct {
	Occupations *Occupations
	// Restricted tells whether a person's data may not be used; then nothing of it is
	// published. nil restricts nobody.
	Restricted func(ctx context.Context, tx *postgres.Tx, person identity.PersonID) (bool, error)
	// Discloses tells whether a person lets employers have data now; SectionEmployer
	// is kept for nobody else. With nil it is kept for everybody. Set it before the
	// first use.
	Discloses func(ctx context.Context, tx *postgres.Tx, person identity.PersonID) (bool, error)

	db     *postgres.DB
	people *identity.People
}

// New returns the profiles in db. People keeps e-mail and phone.
func New(db *postgres.DB, people *identity.People) *Profiles {
	return &Profiles{Occupations: NewOccupations(db), db: db, people: people}
}

// Of returns the profile of s's person, an empty one when there is none.
func (p *Profiles) Of(ctx context.Context, s identity.Session) (Profile, error) {
	if err := checkPerson(s); err != nil {
		return Profile{}, err
	}
	person, err := p.people.ByID(ctx, s.PersonID)
	if err != nil {
		return Profile{}, err
	}
	r, err := selectProfile(ctx, p.db, s.PersonID)
	if err != nil {
		return Profile{}, err
	}
	entries, err := selectEntries(ctx, p.db, s.PersonID)
	if err != nil {
		return Profile{}, err
	}
	for i, e := range entries[SectionCards] {
		entries[SectionCards][i].Expired = e.Values.expired(p.db.Now())
	}
	for _, section := range []Section{SectionResidence, SectionEmployer, SectionEures} {
		if v := r.values(section); len(v) > 0 {
			entries[section] = []Entry{{ID: 1, Values: v, ChangedAt: r.changedAt}}
		}
	}
	if v := contactOf(person); len(v) > 0 {
		entries[SectionContact] = []Entry{{ID: 1, Values: v}}
	}
	profile := Profile{Entries: entries, ChangedAt: r.changedAt, Protected: person.NonDisclosure}
	if profile.Drafts, err = selectDrafts(ctx, p.db, s.PersonID, p.db.Now().Add(-DraftKept)); err != nil {
		return Profile{}, err
	}
	if person.NonDisclosure {
		profile.hide()
	}
	return profile, nil
}

// hide takes out what tells where somebody under a protection order is.
func (p *Profile) hide() {
	delete(p.Entries, SectionResidence)
	for i := range p.Entries[SectionContact] {
		delete(p.Entries[SectionContact][i].Values, "phone")
	}
	p.Drafts = slices.DeleteFunc(p.Drafts, func(d Draft) bool { return d.Section == SectionResidence })
	for i := range p.Drafts {
		delete(p.Drafts[i].Values, "phone")
	}
}

// Asks tells whether the section is asked for at all, and its field name if that
// is not "".
func (p Profile) Asks(s Section, field string) bool {
	return !p.Protected || s != SectionResidence && (s != SectionContact || field != "phone")
}

// Entry returns an entry of s; 0 is a new one and always there.
func (p Profile) Entry(s Section, id int64) (Entry, bool) {
	for _, e := range p.Entries[s] {
		if e.ID == id {
			return e, true
		}
	}
	return Entry{}, id == 0 || id == 1 && s.Many() == 1
}

// Draft returns the draft of an entry; false when there is none.
func (p Profile) Draft(s Section, id int64) (Draft, bool) {
	i := slices.IndexFunc(p.Drafts, func(d Draft) bool { return d.Section == s && d.EntryID == id })
	if i < 0 {
		return Draft{}, false
	}
	return p.Drafts[i], true
}

// Save keeps an entry of s's person; id 0 adds one. seen is the mark of the
// values that the writer was shown. What breaks a rule is *fault.InvalidError.
// When the entry has changed since, into something else than v, nothing is kept:
// the error is fault.ErrConflict, and the Entry is the one that is there. An entry
// that has been removed is fault.ErrGone. draft is the mark of the draft that the
// writer has been typing; it goes.
func (p *Profiles) Save(ctx context.Context, s identity.Session, section Section, id int64, seen, draft string, v Values) (Entry, error) {
	if err := checkPerson(s); err != nil {
		return Entry{}, err
	}
	v = section.Tidy(v)
	if err := section.Validate(v); err != nil {
		return Entry{}, err
	}
	if err := section.checkNow(v, p.db.Now()); err != nil {
		return Entry{}, err
	}
	if err := p.link(ctx, section, v); err != nil {
		return Entry{}, err
	}
	if section == SectionContact {
		return p.saveContact(ctx, s, seen, draft, v)
	}
	var kept Entry
	err := p.db.InTx(ctx, func(tx *postgres.Tx) error {
		protected, err := stay(ctx, tx, s.PersonID, section)
		if err != nil {
			return err
		}
		r, err := lockProfile(ctx, tx, s.PersonID)
		if err != nil {
			return err
		}
		if err := p.checkAsked(ctx, tx, s.PersonID, section); err != nil {
			return err
		}
		if protected {
			r.country, err = "", Protect(ctx, tx, s.PersonID)
		}
		if err != nil {
			return err
		}
		if section.inRow() {
			kept, err = r.save(ctx, tx, section, seen, v)
		} else {
			kept, err = saveEntry(ctx, tx, s.PersonID, section, id, seen, v)
		}
		if err != nil {
			return err
		}
		if err := deleteDraft(ctx, tx, s.PersonID, section, id, draft); err != nil {
			return err
		}
		return audit.Record(ctx, tx, event(s, actionSaved, section))
	})
	return kept, err
}

// stay is identity.Stay, and refuses to keep where somebody under a protection order
// lives.
func stay(ctx context.Context, tx *postgres.Tx, person identity.PersonID, section Section) (protected bool, err error) {
	protected, err = identity.Stay(ctx, tx, person)
	if err == nil && protected && section == SectionResidence {
		err = fmt.Errorf("residence under a protection order: %w", fault.ErrForbidden)
	}
	return protected, err
}

// checkAsked is fault.ErrForbidden for what is asked of those only who let
// employers have it. The caller holds the profile, which the end of the consent
// empties.
func (p *Profiles) checkAsked(ctx context.Context, tx *postgres.Tx, person identity.PersonID, section Section) error {
	if section != SectionEmployer || p.Discloses == nil {
		return nil
	}
	discloses, err := p.Discloses(ctx, tx, person)
	if err == nil && !discloses {
		err = fmt.Errorf("what employers need, without a consent: %w", fault.ErrForbidden)
	}
	return err
}

// saveEntry is Save within a transaction that holds the profile.
func saveEntry(ctx context.Context, tx *postgres.Tx, person identity.PersonID, section Section, id int64, seen string, v Values) (Entry, error) {
	all, err := selectSection(ctx, tx, person, section)
	if err != nil {
		return Entry{}, err
	}
	if section.Many() == 1 {
		id = 0
		if len(all) > 0 {
			id = all[0].ID
		}
	}
	i := slices.IndexFunc(all, func(e Entry) bool { return e.ID == id })
	if i < 0 && id != 0 {
		return Entry{}, fmt.Errorf("entry of a profile: %w", fault.ErrGone)
	}
	if err := section.checkOnce(v, all, id); err != nil {
		return Entry{}, err
	}
	switch {
	case i < 0 && section.Many() > 1 && len(all) >= section.Many():
		return Entry{}, tooMany(section)
	case i < 0 && len(v) == 0:
		return Entry{}, nil
	case i < 0:
		id, err := insertEntry(ctx, tx, person, section, len(all)+1, v)
		return section.entry(id, v, tx.Now), err
	}
	if kept := all[i]; kept.Values.Mark() != seen && kept.Values.Mark() != v.Mark() {
		return section.entry(kept.ID, kept.Values, kept.ChangedAt), fmt.Errorf("entry was saved meanwhile: %w", fault.ErrConflict)
	}
	if len(v) == 0 {
		return Entry{}, deleteEntry(ctx, tx, person, section, id)
	}
	return section.entry(id, v, tx.Now), updateEntry(ctx, tx, person, id, v)
}

// entry is one as it is shown.
func (s Section) entry(id int64, v Values, at time.Time) Entry {
	if s.Many() == 1 {
		id = 1
	}
	return Entry{ID: id, Values: v, ChangedAt: at}
}

func tooMany(s Section) error {
	return &fault.InvalidError{Fields: []fault.FieldError{{
		Field: s.Fields()[0].ID(), MessageID: "profile.invalid.many", Data: map[string]any{"Max": strconv.Itoa(s.Many())},
	}}}
}

// link finds the occupation whose very name a text is, if nobody has chosen one.
func (p *Profiles) link(ctx context.Context, s Section, v Values) error {
	for _, f := range s.Fields() {
		if f.Kind != Occupation || v.Get(f.Name) != "" || v.Get(f.Of) == "" {
			continue
		}
		code, err := p.Occupations.Called(ctx, v.Get(f.Of))
		if err != nil {
			return err
		}
		if code != "" {
			v[f.Name] = []string{code}
		}
	}
	return nil
}

// Remove takes an entry away, and its draft; that there is none has no effect.
func (p *Profiles) Remove(ctx context.Context, s identity.Session, section Section, id int64) error {
	if err := checkPerson(s); err != nil {
		return err
	}
	return p.db.InTx(ctx, func(tx *postgres.Tx) error {
		if _, err := lockProfile(ctx, tx, s.PersonID); err != nil {
			return err
		}
		all, err := selectSection(ctx, tx, s.PersonID, section)
		if err != nil || !slices.ContainsFunc(all, func(e Entry) bool { return e.ID == id }) {
			return err
		}
		if err := deleteEntry(ctx, tx, s.PersonID, section, id); err != nil {
			return err
		}
		if err := deleteAnyDraft(ctx, tx, s.PersonID, section, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, event(s, actionRemoved, section))
	})
}

// Move puts an entry by places further down, or up when by is negative. One that
// is not there or has nowhere to go stays.
func (p *Profiles) Move(ctx context.Context, s identity.Session, section Section, id int64, by int) error {
	if err := checkPerson(s); err != nil {
		return err
	}
	return p.db.InTx(ctx, func(tx *postgres.Tx) error {
		if _, err := lockProfile(ctx, tx, s.PersonID); err != nil {
			return err
		}
		all, err := selectSection(ctx, tx, s.PersonID, section)
		if err != nil {
			return err
		}
		from := slices.IndexFunc(all, func(e Entry) bool { return e.ID == id })
		to := min(max(from+by, 0), len(all)-1)
		if from < 0 || from == to {
			return nil
		}
		moved := slices.Insert(slices.Delete(slices.Clone(all), from, from+1), to, all[from])
		ids := make([]int64, len(moved))
		for i, e := range moved {
			ids[i] = e.ID
		}
		if err := updatePlaces(ctx, tx, s.PersonID, section, ids); err != nil {
			return err
		}
		return audit.Record(ctx, tx, event(s, actionMoved, section))
	})
}

// checkPerson lets in persons alone: an officer has no profile.
func checkPerson(s identity.Session) error {
	if !s.LoggedIn() || s.Kind != identity.KindPerson {
		return fmt.Errorf("profile without a person: %w", fault.ErrForbidden)
	}
	return nil
}

func (p *Profiles) protected(ctx context.Context, id identity.PersonID) (bool, error) {
	person, err := p.people.ByID(ctx, id)
	return person.NonDisclosure, err
}

// actor is the person alone: a profile is nobody's who acts for another.
func actor(s identity.Session) audit.Ref { return audit.Ref{Kind: "person", ID: s.PersonID.String()} }

func event(s identity.Session, action string, section Section) audit.Event {
	return audit.Event{
		Actor: actor(s), Action: action, Subject: audit.Ref{Kind: "profile", ID: s.PersonID.String()},
		Detail: map[string]any{"section": string(section)},
	}
}
