package mandate

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/secret"
)

const (
	// patience is how long a person waits for e-Authorizations, however many
	// calls it takes.
	patience = 5 * time.Second
	// away is how long a person may take to choose there.
	away = 30 * time.Minute
)

// Deps is what Mandates stand on. All of it is required.
type Deps struct {
	DB       *postgres.DB
	Register Register
	People   *identity.People
	// Organisations is asked for the organisation that somebody begins to act
	// for.
	Organisations *organisation.Register
	Keys          *secret.Keyring
	Accepted      Accepted
}

// Mandates let people act for organisations.
type Mandates struct{ Deps }

// New returns Mandates that learn from People when a session ends.
func New(d Deps) *Mandates {
	m := &Mandates{d}
	d.People.OnEnd(m.sessionsEnded)
	return m
}

// Begin opens a visit at e-Authorizations and returns the address to which the
// browser goes to choose, after the person has asked for it. back is the path to
// go to afterwards. It fails with ErrNoCode or ErrUnavailable.
func (m *Mandates) Begin(ctx context.Context, s identity.Session, lang i18n.Lang, back string) (string, error) {
	if s.Kind != identity.KindPerson {
		return "", fmt.Errorf("act for an organisation: %w", fault.ErrForbidden)
	}
	code, err := m.People.OwnCode(ctx, s)
	if err != nil {
		return "", err
	}
	if !code.IsSet() {
		return "", ErrNoCode
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	visit, err := m.Register.Open(waiting, code)
	if err != nil {
		return "", err
	}
	state := base64.RawURLEncoding.EncodeToString(random())
	err = m.DB.InTx(ctx, func(tx *postgres.Tx) error {
		return m.keepBegun(ctx, tx, s.ID, visit.ID, hash(state), back)
	})
	if err != nil {
		return "", err
	}
	return m.Register.ChoosePage(visit, state, lang), nil
}

// random returns 256 random bits.
func random() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return b
}

func hash(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// Outcome is what came of a visit.
type Outcome struct {
	Choices []Choice
	// Back is the path that Begin was given.
	Back string
	// Confirmed tells that the right that the session acts with stands, Ended
	// that it has ended and been taken away.
	Confirmed, Ended bool
}

// Finish takes the answer that the browser brought from e-Authorizations to the
// session that began there. An answer is taken once. It fails with ErrCancelled,
// ErrUnavailable, or *RefusedError for an answer that must not be believed. Back
// is told even then when it is known.
func (m *Mandates) Finish(ctx context.Context, s identity.Session, answer url.Values) (Outcome, error) {
	var visit secret.String
	var out Outcome
	err := m.DB.InTx(ctx, func(tx *postgres.Tx) error {
		var err error
		visit, out.Back, err = m.takeBegun(ctx, tx, s.ID, answer["state"])
		return err
	})
	if err != nil {
		return out, m.note(ctx, s, err)
	}
	checkedAt := m.DB.Now()
	tokens, choices, err := m.told(ctx, visit, answer)
	if err == nil {
		err = m.DB.InTx(ctx, func(tx *postgres.Tx) error {
			k := kept{visit: visit, tokens: tokens, choices: choices, checkedAt: checkedAt}
			if err := m.keepVisit(ctx, tx, s.ID, k); err != nil {
				return err
			}
			return audit.Record(ctx, tx, audit.Event{Actor: s.Actor(), Action: actionTold, Subject: subject(s), Detail: counted(choices)})
		})
	}
	if err != nil {
		return out, errors.Join(m.note(ctx, s, err), m.leave(ctx, s.ID, visit, err))
	}
	out.Choices = choices
	return m.renew(ctx, s, out, checkedAt)
}

// told asks what the person has chosen.
func (m *Mandates) told(ctx context.Context, visit secret.String, answer url.Values) (Tokens, []Choice, error) {
	code, err := codeIn(answer)
	if err != nil {
		return Tokens{}, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tokens, err := m.Register.Exchange(ctx, code)
	if err != nil {
		return Tokens{}, nil, over(err, "code")
	}
	granted, err := m.Register.Organisations(ctx, visit, tokens.Access, "")
	if err != nil {
		return Tokens{}, nil, over(err, "visit")
	}
	choices, err := m.choices(granted)
	return tokens, choices, err
}

// over makes a refusal of the end of what has only just begun.
func over(err error, reason string) error {
	if errors.Is(err, ErrConfirm) {
		return &RefusedError{reason}
	}
	return err
}

// codeIn reads what the browser brought back besides the state.
func codeIn(answer url.Values) (string, error) {
	switch e := answer["error"]; {
	case len(e) == 0:
	case len(e) == 1 && (e[0] == "server_error" || e[0] == "temporarily_unavailable"):
		return "", ErrUnavailable
	case len(e) == 1 && e[0] == "access_denied":
		return "", ErrCancelled
	default:
		return "", &RefusedError{"error"}
	}
	if code := answer["code"]; len(code) == 1 && code[0] != "" {
		return code[0], nil
	}
	return "", &RefusedError{"code"}
}

// choices judges what e-Authorizations told. One thing in it that is no
// organisation spoils all of it: it is then about something else, or somebody.
func (m *Mandates) choices(granted []Granted) ([]Choice, error) {
	choices := make([]Choice, 0, len(granted))
	for _, g := range granted {
		id, err := organisation.ParseBusinessID(g.Identifier)
		if err != nil || slices.ContainsFunc(choices, func(c Choice) bool { return c.BusinessID == id }) {
			return nil, &RefusedError{"organisation"}
		}
		choices = append(choices, m.judge(id, g))
	}
	return choices, nil
}

func (m *Mandates) judge(id organisation.BusinessID, g Granted) Choice {
	c := Choice{BusinessID: id, Name: g.Name, Roles: g.Roles, Standing: StandingRefused}
	if c.Name == "" {
		c.Name = string(id)
	}
	authority, ok := m.Accepted.Authority(g.Roles)
	switch {
	case ok:
		c.Standing, c.Authority = StandingAccepted, authority
	case !g.Complete:
		c.Standing = StandingIncomplete
	}
	return c
}

// renew has a session that acts already go on with what has just been told.
func (m *Mandates) renew(ctx context.Context, s identity.Session, out Outcome, checkedAt time.Time) (Outcome, error) {
	if s.Acting == nil {
		return out, nil
	}
	i := slices.IndexFunc(out.Choices, func(c Choice) bool { return string(c.BusinessID) == s.Acting.BusinessID })
	switch {
	case i < 0 || out.Choices[i].Standing == StandingIncomplete:
		return out, nil
	case out.Choices[i].Standing == StandingRefused:
		out.Ended = true
		return out, m.People.ActingEnded(ctx, s.ID, s.Acting.BusinessID)
	}
	out.Confirmed = true
	return out, m.People.Confirmed(ctx, s.ID, out.Choices[i].acting(checkedAt))
}

// Choices returns what the last visit of the session told, and when; nothing
// when there was none.
func (m *Mandates) Choices(ctx context.Context, s identity.Session) ([]Choice, time.Time, error) {
	k, err := m.visitOf(ctx, m.DB, s.ID)
	if errors.Is(err, ErrConfirm) {
		return nil, time.Time{}, nil
	}
	return k.choices, k.checkedAt, err
}

// Choose has the session act for one of its choices; the browser gets the new
// token. It fails with fault.ErrNotFound when there is no such choice, with
// fault.ErrForbidden when it is not accepted, with ErrUnavailable when it is
// incomplete, and with ErrConfirm when it was told too long ago.
func (m *Mandates) Choose(ctx context.Context, token string, s identity.Session, id organisation.BusinessID) (string, identity.Session, error) {
	k, err := m.visitOf(ctx, m.DB, s.ID)
	if err != nil {
		return "", identity.Session{}, err
	}
	i := slices.IndexFunc(k.choices, func(c Choice) bool { return c.BusinessID == id })
	switch {
	case i < 0:
		return "", identity.Session{}, fmt.Errorf("choice of an organisation: %w", fault.ErrNotFound)
	case k.choices[i].Standing == StandingIncomplete:
		return "", identity.Session{}, ErrUnavailable
	case k.choices[i].Standing != StandingAccepted:
		return "", identity.Session{}, fmt.Errorf("choice of an organisation: %w", fault.ErrForbidden)
	case m.DB.Now().Sub(k.checkedAt) > CheckedFor:
		return "", identity.Session{}, ErrConfirm
	}
	err = m.DB.InTx(ctx, func(tx *postgres.Tx) error { return m.Organisations.Ask(ctx, tx, id) })
	if err != nil {
		return "", identity.Session{}, err
	}
	acting := k.choices[i].acting(k.checkedAt)
	return m.People.Act(ctx, token, &acting)
}

// Stop has the session act for nobody but the person; the browser gets the new
// token.
func (m *Mandates) Stop(ctx context.Context, token string) (string, identity.Session, error) {
	return m.People.Act(ctx, token, nil)
}

// note audits what was refused or given up, and returns err.
func (m *Mandates) note(ctx context.Context, s identity.Session, err error) error {
	event := audit.Event{Actor: s.Actor(), Subject: subject(s)}
	refused, isRefused := errors.AsType[*RefusedError](err)
	switch {
	case isRefused:
		event.Action, event.Detail = actionRefused, map[string]any{"reason": refused.Reason}
	case errors.Is(err, ErrCancelled):
		event.Action = actionCancelled
	default:
		return err
	}
	return errors.Join(err, m.DB.InTx(ctx, func(tx *postgres.Tx) error { return audit.Record(ctx, tx, event) }))
}

func subject(s identity.Session) audit.Ref {
	return audit.Ref{Kind: "person", ID: s.PersonID.String()}
}

func counted(choices []Choice) map[string]any {
	n := map[string]any{}
	for _, c := range choices {
		k := string(c.Standing)
		was, _ := n[k].(int)
		n[k] = was + 1
	}
	return n
}
