package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
)

// The audited actions on grants.
const (
	actionGrantRequested = "staff_grant.requested"
	actionGrantApproved  = "staff_grant.approved"
	actionGrantRefused   = "staff_grant.refused"
	actionGrantWithdrawn = "staff_grant.withdrawn"
)

// GrantStatus says how far a grant has come.
type GrantStatus string

// The statuses of a grant.
const (
	GrantRequested GrantStatus = "requested"
	GrantGranted   GrantStatus = "granted"
	GrantRefused   GrantStatus = "refused"
	// GrantExpired is a request that nobody decided within RequestLife.
	GrantExpired   GrantStatus = "expired"
	GrantWithdrawn GrantStatus = "withdrawn"
)

// RequestLife is how long a request for a grant waits for the second officer.
const RequestLife = 24 * time.Hour

// Grant is the membership of an officer in a group, and how it came about.
type Grant struct {
	ID       int64
	PersonID PersonID
	Group    Group
	Status   GrantStatus
	// Configured grants came from the configuration.
	Configured bool
	// An ID is 0, and a time zero, as long as nobody has done it.
	RequestedBy, DecidedBy, WithdrawnBy PersonID
	RequestedAt, DecidedAt, WithdrawnAt time.Time
}

// RequestGrant asks for person, who is in the register, to be let into g, and
// returns the ID of the request; a second main user decides on it within
// RequestLife. The same request again is the same one; somebody who is in the
// group already is fault.ErrConflict.
func (s *Staff) RequestGrant(ctx context.Context, actor Session, person PersonID, g Group) (int64, error) {
	if !slices.Contains(Groups(), g) {
		return 0, &fault.InvalidError{Fields: []fault.FieldError{{Field: "group", MessageID: "identity.group.missing"}}}
	}
	var id int64
	err := s.people.inTx(ctx, func(c *change) error {
		if err := checkMain(ctx, c, actor); err != nil {
			return err
		}
		if err := lockMember(ctx, c, person); err != nil {
			return err
		}
		if err := expireRequests(ctx, c, person); err != nil {
			return err
		}
		open, err := selectOpenGrant(ctx, c, person, g)
		switch {
		case err != nil:
			return err
		case open.Status == GrantGranted:
			return fmt.Errorf("in the group already: %w", fault.ErrConflict)
		case open.Status == GrantRequested:
			id = open.ID
			return nil
		}
		if id, err = insertRequest(ctx, c, person, g, actor.PersonID); err != nil {
			return err
		}
		c.record(actor.Actor(), actionGrantRequested, grantRef(id), map[string]any{"person": person, "group": g})
		return nil
	})
	return id, err
}

// ApproveGrant lets an officer into the group that was requested. actor is a
// main user who was identified within Fresh, and neither the one who asked nor
// the one who is let in; anybody else gets fault.ErrForbidden. Approving again
// changes nothing. A request that was decided otherwise or has expired is
// fault.ErrConflict.
func (s *Staff) ApproveGrant(ctx context.Context, actor Session, grantID int64) error {
	if !actor.FreshAt(s.people.now()) {
		return fmt.Errorf("approve without a fresh identification: %w", fault.ErrForbidden)
	}
	return s.decide(ctx, actor, grantID, GrantGranted, actionGrantApproved)
}

// RefuseGrant turns a request down; the same rules hold as for ApproveGrant, but
// who asked may take the request back by it.
func (s *Staff) RefuseGrant(ctx context.Context, actor Session, grantID int64) error {
	return s.decide(ctx, actor, grantID, GrantRefused, actionGrantRefused)
}

func (s *Staff) decide(ctx context.Context, actor Session, grantID int64, to GrantStatus, action string) error {
	return s.people.inTx(ctx, func(c *change) error {
		if err := checkMain(ctx, c, actor); err != nil {
			return err
		}
		g, err := lockGrant(ctx, c, grantID)
		if err != nil {
			return err
		}
		isOwn := g.RequestedBy == actor.PersonID || g.PersonID == actor.PersonID
		switch {
		case isOwn && to == GrantGranted:
			return fmt.Errorf("approve a grant of one's own: %w", fault.ErrForbidden)
		case g.Status == to:
			return nil
		case g.Status != GrantRequested || !c.Now.Before(g.RequestedAt.Add(RequestLife)):
			return fmt.Errorf("grant is decided or has expired: %w", fault.ErrConflict)
		}
		if err := updateDecided(ctx, c, grantID, to, actor.PersonID, isOwn); err != nil {
			return err
		}
		c.record(actor.Actor(), action, grantRef(grantID), map[string]any{"person": g.PersonID, "group": g.Group})
		return nil
	})
}

// fewestMainUsers is how many it takes to give anybody a group.
const fewestMainUsers = 2

// ErrLastMainUser means that too few would be left to maintain the register.
var ErrLastMainUser = fmt.Errorf("the last main users: %w", fault.ErrConflict)

// Withdraw takes a grant away, from the officer's next request on. One main user
// is enough for that; it is ErrLastMainUser when fewer than two would be left,
// who could give no group to anybody. Block is for what cannot wait.
func (s *Staff) Withdraw(ctx context.Context, actor Session, grantID int64) error {
	return s.people.inTx(ctx, func(c *change) error {
		mains, err := holdMainUsers(ctx, c, actor)
		if err != nil {
			return err
		}
		g, err := lockGrant(ctx, c, grantID)
		switch {
		case err != nil:
			return err
		case g.Status == GrantWithdrawn:
			return nil
		case g.Status != GrantGranted:
			return fmt.Errorf("grant is not in force: %w", fault.ErrConflict)
		case g.Group == GroupMain && mains[g.PersonID] && len(mains) <= fewestMainUsers:
			return ErrLastMainUser
		}
		if err := updateWithdrawn(ctx, c, grantID, actor.PersonID); err != nil {
			return err
		}
		c.record(actor.Actor(), actionGrantWithdrawn, grantRef(grantID), map[string]any{"person": g.PersonID, "group": g.Group})
		left, err := selectGroups(ctx, c, g.PersonID)
		if err != nil || len(left) > 0 {
			return err
		}
		return endSessionsOf(ctx, c, actor.Actor(), g.PersonID, endWithdrawn, KindStaff)
	})
}

// grantConfigured makes a person whom the configuration names a main user, once.
func grantConfigured(ctx context.Context, c *change, person PersonID) error {
	if _, err := insertMember(ctx, c, person, "", 0); err != nil {
		return err
	}
	id, err := insertConfigured(ctx, c, person)
	if err != nil || id == 0 {
		return err
	}
	c.record(audit.System("configuration"), actionGrantApproved, grantRef(id), map[string]any{"person": person, "group": GroupMain})
	return nil
}
