package consent

import (
	"context"
	"fmt"
	"slices"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// The audited actions.
const (
	actionGiven     = "consent.given"
	actionWithdrawn = "consent.withdrawn"
)

// Give gives a consent for the person of s. One that is given already, or a form
// that is sent again, has no effect. A purpose that is not open is
// fault.ErrNotFound; what breaks a rule is *fault.InvalidError, an account that has
// been deleted fault.ErrGone.
func (c *Consents) Give(ctx context.Context, s identity.Session, g Giving) error {
	if err := ownOnly(s); err != nil {
		return err
	}
	if err := c.checkOpen(ctx, g); err != nil {
		return err
	}
	g = g.tidied()
	if err := g.validate(); err != nil {
		return err
	}
	return c.db.InTx(ctx, func(tx *postgres.Tx) error {
		if _, err := identity.Stay(ctx, tx, s.PersonID); err != nil {
			return err
		}
		id, err := insertConsent(ctx, tx, s.PersonID, g)
		if err != nil || id == 0 {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: s.Actor(), Action: actionGiven, Subject: personRef(s.PersonID),
			Detail: map[string]any{"consent": id, "purpose": g.Purpose},
		})
	})
}

func (c *Consents) checkOpen(ctx context.Context, g Giving) error {
	if !c.open(g.Purpose) {
		return fmt.Errorf("consent for a purpose that is not open: %w", fault.ErrNotFound)
	}
	if g.Purpose != PartnerArea {
		return nil
	}
	known, err := c.Areas(ctx, g.Receiver)
	if err == nil && !known {
		err = fmt.Errorf("consent for no service area: %w", fault.ErrNotFound)
	}
	return err
}

// Withdraw withdraws a consent of the person of s. It counts from the moment
// that the transaction ends. One that was withdrawn before stays so; that of
// another person is fault.ErrNotFound, an account that has been deleted
// fault.ErrGone.
func (c *Consents) Withdraw(ctx context.Context, s identity.Session, id int64) error {
	if err := ownOnly(s); err != nil {
		return err
	}
	return c.db.InTx(ctx, func(tx *postgres.Tx) error {
		// First, as a deletion does, which may go on in another window.
		if _, err := identity.Stay(ctx, tx, s.PersonID); err != nil {
			return err
		}
		given, err := lockConsent(ctx, tx, s.PersonID, id)
		if err != nil || !given.InForce() {
			return err
		}
		if err := setWithdrawn(ctx, tx, id); err != nil {
			return err
		}
		given.WithdrawnAt = tx.Now
		for _, end := range c.OnWithdraw {
			if err := end(ctx, tx, s.PersonID, given); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: s.Actor(), Action: actionWithdrawn, Subject: personRef(s.PersonID),
			Detail: map[string]any{"consent": id, "purpose": given.Purpose},
		})
	})
}

// History lists all consents of the person of s, also those that were withdrawn,
// the newest first.
func (c *Consents) History(ctx context.Context, s identity.Session) ([]Consent, error) {
	if err := ownOnly(s); err != nil {
		return nil, err
	}
	return selectConsents(ctx, c.db, s.PersonID)
}

// Suspended tells that no consent of the person of s counts, whatever was given:
// the use of their data is restricted.
func (c *Consents) Suspended(ctx context.Context, s identity.Session) (bool, error) {
	if c.Restricted == nil {
		return false, nil
	}
	var restricted bool
	err := c.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		var err error
		restricted, err = c.Restricted(ctx, tx, s.PersonID)
		return err
	})
	return restricted, err
}

// Receivers lists to whom the person of s lets data go now for a specific
// purpose, in the words of the consents and the newest first.
func (c *Consents) Receivers(ctx context.Context, s identity.Session, purpose Purpose) ([]string, error) {
	all, err := c.History(ctx, s)
	if err != nil {
		return nil, err
	}
	var receivers []string
	err = c.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		for _, given := range all {
			if given.Purpose != purpose {
				continue
			}
			counts, err := c.GivenTo(ctx, tx, s.PersonID, purpose, given.Receiver)
			if err != nil {
				return err
			}
			if counts && !slices.Contains(receivers, given.Receiver) {
				receivers = append(receivers, given.Receiver)
			}
		}
		return nil
	})
	return receivers, err
}

// Given tells whether the person consents to purpose now. It is false for a
// specific purpose, which GivenTo answers for one receiver at a time, for one
// that is not open, and for a person whose data may not be processed.
func (c *Consents) Given(ctx context.Context, tx *postgres.Tx, person identity.PersonID, purpose Purpose) (bool, error) {
	if purpose.Specific() {
		return false, nil
	}
	return c.counts(ctx, tx, person, purpose, "")
}

// GivenTo tells whether the person consents now to what a specific purpose lets
// receiver have: an employer by the name that the person gave, or a service area
// by its code.
func (c *Consents) GivenTo(ctx context.Context, tx *postgres.Tx, person identity.PersonID, purpose Purpose, receiver string) (bool, error) {
	if !purpose.Specific() || receiver == "" {
		return false, nil
	}
	return c.counts(ctx, tx, person, purpose, receiver)
}

func (c *Consents) counts(ctx context.Context, tx *postgres.Tx, person identity.PersonID, purpose Purpose, receiver string) (bool, error) {
	if !c.open(purpose) {
		return false, nil
	}
	given, err := selectGiven(ctx, tx, person, purpose, receiver)
	if err != nil || !given || c.Restricted == nil {
		return given, err
	}
	restricted, err := c.Restricted(ctx, tx, person)
	return !restricted, err
}

func ownOnly(s identity.Session) error {
	if !s.LoggedIn() || s.Kind != identity.KindPerson {
		return fmt.Errorf("consents of nobody: %w", fault.ErrForbidden)
	}
	return nil
}

func personRef(id identity.PersonID) audit.Ref { return audit.Ref{Kind: "person", ID: id.String()} }
