package profile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const (
	actionPublished = "eures_profile.published"
	actionWithdrawn = "eures_profile.withdrawn"
)

// Shown is what others see of a person in EURES, and all that they see.
type Shown struct {
	Sex string
	// Country is the country of residence, "" under a protection order.
	Country string
	// Languages are those that the person can work in, Citizenship countries.
	Languages, Citizenship []string
}

// Mark tells two profiles apart, so that what is published is what was looked at.
func (s Shown) Mark() string {
	return Values{"sex": {s.Sex}, "country": {s.Country}, "languages": s.Languages, "citizenship": s.Citizenship}.Mark()
}

// shown is what of r is for EURES.
func (r row) shown(protected bool) Shown {
	s := Shown{Sex: r.sex, Country: r.country, Languages: r.languages, Citizenship: r.citizenship}
	if protected {
		s.Country = ""
	}
	return s
}

// missing returns what a profile still lacks as *fault.InvalidError, or nil.
func (s Shown) missing(protected bool) error {
	var c fault.Checker
	c.Check(s.Sex != "", "sex", "profile.missing.eures.sex")
	c.Check(protected || s.Country != "", "country", "profile.missing.eures.country")
	c.Check(len(s.Languages) > 0, "working_languages", "profile.missing.eures.working_languages")
	c.Check(len(s.Citizenship) > 0, "citizenship", "profile.missing.eures.citizenship")
	return c.Err()
}

// Publication is an EURES profile that was published. It never changes; a new one
// takes its place.
type Publication struct {
	ID int64
	// Version counts a person's publications.
	Version     int
	Shown       Shown
	PublishedAt time.Time
	// WithdrawnAt is zero for the one in force.
	WithdrawnAt time.Time
}

// InForce tells whether others see it.
func (p Publication) InForce() bool { return p.WithdrawnAt.IsZero() }

// Eures is where a person stands with EURES.
type Eures struct {
	// Preview is what would be published now.
	Preview Shown
	// Missing is what it lacks.
	Missing []fault.FieldError
	// Publications are all there were, the newest first.
	Publications []Publication
	Protected    bool
	// Restricted tells that the data may not be used: nobody sees what is published.
	Restricted bool
}

// Published returns the one in force; false for none.
func (e Eures) Published() (Publication, bool) {
	i := slices.IndexFunc(e.Publications, Publication.InForce)
	if i < 0 {
		return Publication{}, false
	}
	return e.Publications[i], true
}

// Eures tells where s's person stands with EURES.
func (p *Profiles) Eures(ctx context.Context, s identity.Session) (Eures, error) {
	if err := checkPerson(s); err != nil {
		return Eures{}, err
	}
	protected, err := p.protected(ctx, s.PersonID)
	if err != nil {
		return Eures{}, err
	}
	r, err := selectProfile(ctx, p.db, s.PersonID)
	if err != nil {
		return Eures{}, err
	}
	e := Eures{Preview: r.shown(protected), Protected: protected}
	if invalid, ok := errors.AsType[*fault.InvalidError](e.Preview.missing(protected)); ok {
		e.Missing = invalid.Fields
	}
	err = p.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		e.Restricted, err = p.restricted(ctx, tx, s.PersonID)
		return err
	})
	if err != nil {
		return Eures{}, err
	}
	e.Publications, err = selectPublications(ctx, p.db, s.PersonID)
	for i := range e.Publications {
		if protected {
			e.Publications[i].Shown.Country = ""
		}
	}
	return e, err
}

// Publish publishes the profile to EURES as it is now, in place of the one in
// force. mark is that of what the person was shown: when it has changed since, the
// error is fault.ErrConflict. What is missing is *fault.InvalidError. Data that may
// not be used are not published: fault.ErrForbidden.
func (p *Profiles) Publish(ctx context.Context, s identity.Session, mark string) (Publication, error) {
	if err := checkPerson(s); err != nil {
		return Publication{}, err
	}
	var published Publication
	err := p.db.InTx(ctx, func(tx *postgres.Tx) error {
		protected, err := identity.Stay(ctx, tx, s.PersonID)
		if err != nil {
			return err
		}
		r, err := lockProfile(ctx, tx, s.PersonID)
		if err != nil {
			return err
		}
		if protected {
			if err := Protect(ctx, tx, s.PersonID); err != nil {
				return err
			}
		}
		restricted, err := p.restricted(ctx, tx, s.PersonID)
		if err != nil {
			return err
		}
		if restricted {
			return fmt.Errorf("publish under a restriction: %w", fault.ErrForbidden)
		}
		shown := r.shown(protected)
		if err := shown.missing(protected); err != nil {
			return err
		}
		if shown.Mark() != mark {
			return fmt.Errorf("EURES profile was changed meanwhile: %w", fault.ErrConflict)
		}
		all, err := selectPublications(ctx, tx, s.PersonID)
		if err != nil {
			return err
		}
		// Sent twice, or once in each of two windows.
		if len(all) > 0 && all[0].InForce() && all[0].Shown.Mark() == mark {
			published = all[0]
			return nil
		}
		if _, err := updateWithdrawn(ctx, tx, s.PersonID); err != nil {
			return err
		}
		published = Publication{Version: len(all) + 1, Shown: shown, PublishedAt: tx.Now}
		if published.ID, err = insertPublication(ctx, tx, s.PersonID, published); err != nil {
			return err
		}
		return audit.Record(ctx, tx, euresEvent(s, actionPublished, published.Version))
	})
	return published, err
}

// Withdraw takes the profile back from EURES. From the return on nobody sees it;
// that none is there has no effect.
func (p *Profiles) Withdraw(ctx context.Context, s identity.Session) error {
	if err := checkPerson(s); err != nil {
		return err
	}
	return p.db.InTx(ctx, func(tx *postgres.Tx) error {
		version, err := updateWithdrawn(ctx, tx, s.PersonID)
		if err != nil || version == 0 {
			return err
		}
		return audit.Record(ctx, tx, euresEvent(s, actionWithdrawn, version))
	})
}

func euresEvent(s identity.Session, action string, version int) audit.Event {
	return audit.Event{
		Actor: actor(s), Action: action, Subject: audit.Ref{Kind: "profile", ID: s.PersonID.String()},
		Detail: map[string]any{"version": version},
	}
}

// Published returns at most n profiles in force whose ID is above after, by ID:
// all that EURES is given. They are numbered by publication, not by person. Those
// of people whose data may not be used are left out for as long.
func (p *Profiles) Published(ctx context.Context, after int64, n int) ([]Publication, error) {
	var all []Publication
	err := p.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		for more := true; more; {
			next, err := selectPublished(ctx, tx, after, n-len(all))
			if err != nil {
				return err
			}
			for _, o := range next {
				after = o.ID
				restricted, err := p.restricted(ctx, tx, o.person)
				if err != nil {
					return err
				}
				if !restricted {
					all = append(all, o.Publication)
				}
			}
			more = len(next) > 0 && len(all) < n
		}
		return nil
	})
	return all, err
}

func (p *Profiles) restricted(ctx context.Context, tx *postgres.Tx, person identity.PersonID) (bool, error) {
	if p.Restricted == nil {
		return false, nil
	}
	return p.Restricted(ctx, tx, person)
}

// Protect takes away what must not be kept of somebody under a protection order.
func Protect(ctx context.Context, tx *postgres.Tx, person identity.PersonID) error {
	return deleteResidence(ctx, tx, person)
}

// Forget empties a section in tx, when the consent that it was asked for is taken
// back.
func (p *Profiles) Forget(ctx context.Context, tx *postgres.Tx, person identity.PersonID, section Section) error {
	if !section.inRow() {
		return fmt.Errorf("forget section %s: %w", section, fault.ErrForbidden)
	}
	r, err := lockProfile(ctx, tx, person)
	if err != nil {
		return err
	}
	r.set(section, Values{})
	if err := updateProfile(ctx, tx, r); err != nil {
		return err
	}
	if err := deleteAnyDraft(ctx, tx, person, section, 1); err != nil {
		return err
	}
	return audit.Record(ctx, tx, event(identity.Session{PersonID: person}, actionForgotten, section))
}
