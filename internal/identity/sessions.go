package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
)

// The audited actions on sessions.
const (
	actionEnded           = "session.ended"
	actionPurged          = "session.purged"
	actionActingStarted   = "acting.started"
	actionActingStopped   = "acting.stopped"
	actionActingConfirmed = "acting.confirmed"
	actionActingRevoked   = "acting.revoked"
)

// touchEvery is how exactly the last use of a session is kept: a page does not
// write when the one before has just written.
const touchEvery = 10 * time.Second

// endedKept is how long an ended session still tells whose it was.
const endedKept = 24 * time.Hour

// Session returns the session with that token, or the zero Session when there is
// none that lives. What it tells of person and groups is in force now. It counts
// as use.
func (p *People) Session(ctx context.Context, token string) (Session, error) {
	now := p.now()
	s, err := selectSession(ctx, p.db, token)
	if err != nil || !s.live(now) {
		return Session{}, err
	}
	if now.Sub(s.SeenAt) >= touchEvery {
		if err := touchSession(ctx, p.db, s.ID, now); err != nil {
			return Session{}, err
		}
		s.IdleUntil = now.Add(idleTime(s.Kind))
	}
	return s.Session, nil
}

// Ended returns the session that had the token and ended no more than a day ago,
// so that what was sent too late can be kept for its person; it opens nothing.
// It is the zero Session when there is none.
func (p *People) Ended(ctx context.Context, token string) (Session, error) {
	now := p.now()
	s, err := selectSession(ctx, p.db, token)
	if err != nil || s.live(now) {
		return Session{}, err
	}
	ended := s.endedAt
	if ended.IsZero() {
		ended = slices.MinFunc([]time.Time{now, s.IdleUntil, s.EndsAt}, time.Time.Compare)
	}
	if now.Sub(ended) > endedKept {
		return Session{}, nil
	}
	return s.Session, nil
}

// Sessions lists the live sessions of a person, the newest first.
func (p *People) Sessions(ctx context.Context, id PersonID) ([]Session, error) {
	stored, err := selectSessionsOf(ctx, p.db, id)
	if err != nil {
		return nil, err
	}
	now := p.now()
	var live []Session
	for _, s := range stored {
		if s.live(now) {
			live = append(live, s.Session)
		}
	}
	return live, nil
}

// EndSession ends one of person's sessions. One that has ended already, or is
// somebody else's, is fault.ErrNotFound.
func (p *People) EndSession(ctx context.Context, actor audit.Ref, person PersonID, id int64) error {
	return p.inTx(ctx, func(c *change) error {
		sessions, err := selectSessionsOf(ctx, c, person)
		if err != nil {
			return err
		}
		isTheirs := slices.ContainsFunc(sessions, func(s storedSession) bool { return s.ID == id && s.live(c.Now) })
		if err := mustBe(isTheirs, "session"); err != nil {
			return err
		}
		return endSessions(ctx, c, actor, []int64{id}, endPerson)
	})
}

// LogOut ends the session with that token and returns it as it was, the zero
// Session when there was none. idToken is what the provider gave at the log-in,
// to be handed back to it; it may be empty.
func (p *People) LogOut(ctx context.Context, token string) (s Session, idToken string, err error) {
	err = p.inTx(ctx, func(c *change) error {
		stored, err := selectSession(ctx, c, token)
		if err != nil || !stored.LoggedIn() || !stored.endedAt.IsZero() {
			return err
		}
		s = stored.Session
		if idToken, err = p.openIDToken(ctx, c, s.ID); err != nil {
			return err
		}
		return endSessions(ctx, c, s.Actor(), []int64{s.ID}, endLogOut)
	})
	if err != nil {
		return Session{}, "", err
	}
	return s, idToken, nil
}

// LogOutEverywhere obeys a log-out message of the provider: it ends every session
// of each person who has a session that the message names, and returns how many
// those were. A message that came before is *RefusedError.
func (p *People) LogOutEverywhere(ctx context.Context, out LoggedOut) (int, error) {
	switch {
	case out.ID == "":
		return 0, &RefusedError{"no_message_id"}
	case out.Subject == "" && out.ProviderSession == "":
		return 0, &RefusedError{"no_subject"}
	}
	n := 0
	err := p.inTx(ctx, func(c *change) error {
		isNew, err := p.insertLogoutMessage(ctx, c, out.ID)
		if err != nil {
			return err
		}
		if !isNew {
			return &RefusedError{"replayed"}
		}
		people, err := p.lockPeopleOf(ctx, c, out)
		if err != nil {
			return err
		}
		for _, id := range people {
			if err := endSessionsOf(ctx, c, audit.Ref{Kind: "provider", ID: "log_out_message"}, id, endProvider); err != nil {
				return err
			}
		}
		n = len(c.ended)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// Act has the session with that token act for an organisation from now on, or
// for none when a is nil. It keeps its ID and gets a new token. A staff session,
// and one that has ended, is fault.ErrForbidden.
func (p *People) Act(ctx context.Context, token string, a *Acting) (newToken string, s Session, err error) {
	newToken = makeToken()
	err = p.inTx(ctx, func(c *change) error {
		before, err := selectSession(ctx, c, token)
		if err != nil {
			return err
		}
		if !before.live(c.Now) || before.Kind != KindPerson {
			return errEnded
		}
		done, err := updateActing(ctx, c, token, newToken, a)
		if err != nil {
			return err
		}
		if !done {
			return errEnded
		}
		now, err := selectSession(ctx, c, newToken)
		if err != nil {
			return err
		}
		s = now.Session
		switch {
		case a != nil:
			c.record(s.Actor(), actionActingStarted, organisationRef(a.BusinessID), map[string]any{"authority": a.Authority})
		case before.Acting != nil:
			c.record(s.Actor(), actionActingStopped, organisationRef(before.Acting.BusinessID), nil)
		}
		return nil
	})
	if err != nil {
		return "", Session{}, err
	}
	return newToken, s, nil
}

// Confirmed keeps what e-Authorizations told anew of the right that the session
// acts with. When the session acts for that organisation no more it is
// fault.ErrForbidden.
func (p *People) Confirmed(ctx context.Context, sessionID int64, a Acting) error {
	return p.inTx(ctx, func(c *change) error {
		person, err := confirmActing(ctx, c, sessionID, a)
		if err != nil {
			return err
		}
		if person == 0 {
			return errEnded
		}
		c.record(representative(person, a.BusinessID), actionActingConfirmed, organisationRef(a.BusinessID), map[string]any{"authority": a.Authority})
		return nil
	})
}

// ActingEnded takes the right to act for businessID away from the session, since
// e-Authorizations knows it no more. The session goes on.
func (p *People) ActingEnded(ctx context.Context, sessionID int64, businessID string) error {
	return p.inTx(ctx, func(c *change) error {
		person, err := endActing(ctx, c, sessionID, businessID)
		if err != nil || person == 0 {
			return err
		}
		c.record(representative(person, businessID), actionActingRevoked, organisationRef(businessID), nil)
		return nil
	})
}

// errEnded means that the session is not one that may go on.
var errEnded = fmt.Errorf("session: %w", fault.ErrForbidden)

func mustLive(is bool) error {
	if !is {
		return errEnded
	}
	return nil
}

func representative(id PersonID, businessID string) audit.Ref {
	return Session{ID: 1, PersonID: id, Kind: KindPerson, Acting: &Acting{BusinessID: businessID}}.Actor()
}

func organisationRef(businessID string) audit.Ref {
	return audit.Ref{Kind: "organisation", ID: businessID}
}

// Purge ends the sessions whose time is up and erases those that ended a day
// ago. It returns how many were erased.
func (p *People) Purge(ctx context.Context, actor audit.Ref) (int, error) {
	erased := 0
	err := p.inTx(ctx, func(c *change) error {
		expired, err := endExpired(ctx, c)
		if err != nil {
			return err
		}
		c.ended = expired
		if erased, err = deleteEnded(ctx, c); err != nil {
			return err
		}
		if len(expired)+erased > 0 {
			c.record(actor, actionPurged, audit.Ref{Kind: "session", ID: "*"}, map[string]any{"ended": len(expired), "erased": erased})
		}
		return nil
	})
	return erased, err
}
