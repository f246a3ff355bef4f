package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
)

// The audited actions of logging in.
const (
	actionStarted   = "session.started"
	actionContinued = "session.continued"
	actionRefused   = "session.refused"
)

// LogIn finds or makes the person who was identified and opens a session. old is
// the token that the browser had, "" for none: a live session of the same person
// and kind goes on under the new token and keeps its ID and the organisation
// acted for, any other ends. Of more than MaxSessions live ones the oldest end.
//
// It is fault.ErrForbidden for a person who is blocked, and for a staff session
// of somebody in no group.
func (p *People) LogIn(ctx context.Context, who Identified, kind Kind, lang i18n.Lang, old string) (token string, s Session, err error) {
	if !who.Code.IsSet() && who.ForeignID == "" {
		return "", Session{}, &RefusedError{"no_identifier"}
	}
	var refused error
	err = p.inTx(ctx, func(c *change) error {
		person, reason, err := p.admit(ctx, c, who, kind, lang)
		if err != nil {
			return err
		}
		if reason != "" {
			refused = fmt.Errorf("log-in refused, %s: %w", reason, fault.ErrForbidden)
			c.record(actorOf(person.ID), actionRefused, actorOf(person.ID), map[string]any{"kind": kind, "reason": reason})
			return nil
		}
		token, s, err = p.start(ctx, c, opening{person.ID, who, kind, lang}, old)
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return "", Session{}, err
	}
	return token, s, nil
}

// actorOf is who tries to log in, before there is a session; 0 is a stranger.
func actorOf(id PersonID) audit.Ref {
	if id == 0 {
		return Session{}.Actor()
	}
	return personRef(id)
}

// admit brings what is known of the person up to date, or says why they are not
// let in; then nothing of them is changed.
func (p *People) admit(ctx context.Context, c *change, who Identified, kind Kind, lang i18n.Lang) (person known, reason string, err error) {
	person, err = p.find(ctx, c, who)
	if err != nil {
		return known{}, "", err
	}
	if person.Blocked {
		return person, "blocked", nil
	}
	isMain := kind == KindStaff && p.isConfigured(who.Code)
	if kind == KindStaff {
		in, err := inSomeGroup(ctx, c, person.ID, isMain)
		if err != nil {
			return known{}, "", err
		}
		if !in {
			return person, "in_no_group", nil
		}
	}
	if person.ID == 0 {
		person, err = p.register(ctx, c, who, lang)
	} else {
		err = p.refresh(ctx, c, &person, who, lang)
	}
	if err == nil && isMain {
		err = grantConfigured(ctx, c, person.ID)
	}
	if err != nil {
		return known{}, "", err
	}
	return person, "", nil
}

// isConfigured tells whether the configuration names the person a main user.
func (p *People) isConfigured(code Code) bool {
	return code.IsSet() && p.mainUsers[string(p.codeIndex(code))]
}

// opening is a session that is to be opened.
type opening struct {
	person PersonID
	who    Identified
	kind   Kind
	lang   i18n.Lang
}

func (p *People) start(ctx context.Context, c *change, o opening, old string) (string, Session, error) {
	before, err := selectSession(ctx, c, old)
	if err != nil {
		return "", Session{}, err
	}
	token := makeToken()
	row := p.prepare(o, token)
	action := actionStarted
	if before.live(c.Now) && before.PersonID == o.person && before.Kind == o.kind {
		action = actionContinued
		row.id = before.ID
		err = p.continueSession(ctx, c, row)
	} else {
		err = p.open(ctx, c, row, before)
	}
	if err != nil {
		return "", Session{}, err
	}
	now, err := selectSession(ctx, c, token)
	if err != nil {
		return "", Session{}, err
	}
	c.record(now.Actor(), action, sessionRef(now.ID), map[string]any{"kind": o.kind, "level": o.who.Level})
	return token, now.Session, nil
}

// open ends the session that the browser had before and puts in the new one.
func (p *People) open(ctx context.Context, c *change, n newSession, before storedSession) error {
	if before.LoggedIn() {
		if err := endSessions(ctx, c, personRef(before.PersonID), []int64{before.ID}, endReplaced); err != nil {
			return err
		}
	}
	if err := makeRoom(ctx, c, n.person); err != nil {
		return err
	}
	return p.insertSession(ctx, c, n)
}

// makeRoom ends the oldest sessions of a person so that one more may live.
func makeRoom(ctx context.Context, c *change, id PersonID) error {
	live, err := selectSessionsOf(ctx, c, id)
	if err != nil {
		return err
	}
	var over []int64
	for _, s := range live {
		if s.live(c.Now) {
			over = append(over, s.ID)
		}
	}
	if len(over) < MaxSessions {
		return nil
	}
	return endSessions(ctx, c, personRef(id), over[MaxSessions-1:], endLimit)
}

func sessionRef(id int64) audit.Ref { return audit.Ref{Kind: "session", ID: strconv.FormatInt(id, 10)} }

const tokenSize = 32

// makeToken returns 256 random bits as text for a cookie.
func makeToken() string {
	b := make([]byte, tokenSize)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// tokenHash is what is kept of a token, nil for what cannot be one.
func tokenHash(token string) []byte {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenSize) {
		return nil
	}
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
