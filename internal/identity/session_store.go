package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// storedSession is a session with what decides whether it lives.
type storedSession struct {
	Session

	blocked bool
	// endedAt is zero unless something ended it before its time.
	endedAt time.Time
}

// live tells whether the session opens anything at now. A staff session lives
// only as long as its officer is in some group.
func (s storedSession) live(now time.Time) bool {
	return s.LoggedIn() && s.endedAt.IsZero() && !s.blocked && now.Before(s.IdleUntil) && now.Before(s.EndsAt) &&
		(s.Kind != KindStaff || len(s.Groups) > 0)
}

const sqlSelectSession = `
SELECT session.id, session.person_id, session.kind, session.language,
       person.first_names, person.call_name, person.family_name, person.blocked_at IS NOT NULL,
       CASE session.kind WHEN 'staff' THEN
            ARRAY (SELECT staff_group FROM staff_grant WHERE person_id = session.person_id AND status = 'granted')
            ELSE '{}' END,
       acting_business_id, acting_name, acting_roles, acting_authority, acting_checked_at,
       session.created_at, identified_at, seen_at, ended_at
  FROM session
  JOIN person ON person.id = session.person_id
 WHERE token_hash = $1`

// selectSession returns the session that has or had the token, the zero one when
// there is none. It is on the way of every page of who is logged in.
func selectSession(ctx context.Context, q postgres.Querier, token string) (storedSession, error) {
	hash := tokenHash(token)
	if hash == nil {
		return storedSession{}, nil
	}
	s, err := scanSession(q.QueryRow(ctx, sqlSelectSession, hash))
	if errors.Is(err, pgx.ErrNoRows) {
		return storedSession{}, nil
	}
	if err != nil {
		return storedSession{}, fmt.Errorf("select session: %w", err)
	}
	return s, nil
}

const sqlSelectSessionsOf = `
SELECT session.id, session.person_id, session.kind, session.language,
       person.first_names, person.call_name, person.family_name, person.blocked_at IS NOT NULL,
       CASE session.kind WHEN 'staff' THEN
            ARRAY (SELECT staff_group FROM staff_grant WHERE person_id = session.person_id AND status = 'granted')
            ELSE '{}' END,
       acting_business_id, acting_name, acting_roles, acting_authority, acting_checked_at,
       session.created_at, identified_at, seen_at, ended_at
  FROM session
  JOIN person ON person.id = session.person_id
 WHERE person_id = $1
   AND ended_at IS NULL
 ORDER BY session.created_at DESC, session.id DESC`

// selectSessionsOf returns a person's sessions that nothing has ended, the
// newest first; some may have expired.
func selectSessionsOf(ctx context.Context, q postgres.Querier, id PersonID) ([]storedSession, error) {
	rows, err := q.Query(ctx, sqlSelectSessionsOf, id)
	if err != nil {
		return nil, fmt.Errorf("select sessions: %w", err)
	}
	sessions, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (storedSession, error) { return scanSession(row) })
	if err != nil {
		return nil, fmt.Errorf("select sessions: %w", err)
	}
	return sessions, nil
}

func scanSession(row pgx.Row) (storedSession, error) {
	var s storedSession
	var a Acting
	var firstNames, callName, familyName string
	var checkedAt, endedAt *time.Time
	err := row.Scan(&s.ID, &s.PersonID, &s.Kind, &s.Language,
		&firstNames, &callName, &familyName, &s.blocked, &s.Groups,
		&a.BusinessID, &a.Name, &a.Roles, &a.Authority, &checkedAt,
		&s.CreatedAt, &s.IdentifiedAt, &s.SeenAt, &endedAt)
	if err != nil {
		return storedSession{}, err
	}
	s.Name = fullName(firstNames, callName, familyName)
	if checkedAt != nil {
		a.CheckedAt = *checkedAt
		s.Acting = &a
	}
	if endedAt != nil {
		s.endedAt = *endedAt
	}
	s.IdleUntil = s.SeenAt.Add(idleTime(s.Kind))
	s.EndsAt = s.IdentifiedAt.Add(SessionAge)
	return s, nil
}

func idleTime(k Kind) time.Duration {
	if k == KindStaff {
		return StaffIdle
	}
	return PersonIdle
}

// newSession is what is written when somebody logs in.
type newSession struct {
	opening

	id                       int64
	tokenHash                []byte
	subject, providerSession []byte
}

func (p *People) prepare(o opening, token string) newSession {
	n := newSession{opening: o, tokenHash: tokenHash(token)}
	if o.who.Subject != "" {
		n.subject = p.subjectIndex(o.who.Subject)
	}
	if o.who.ProviderSession != "" {
		n.providerSession = p.providerSessionIndex(o.who.ProviderSession)
	}
	return n
}

func (p *People) subjectIndex(subject string) []byte {
	return p.keys.Index("session.subject", subject)
}

func (p *People) providerSessionIndex(session string) []byte {
	return p.keys.Index("session.provider_session", session)
}

const sqlNextSession = `SELECT nextval('session_id_seq')`

const sqlInsertSession = `
INSERT INTO session
    (id, token_hash, person_id, kind, level, language, subject_index, provider_session_index,
     id_token_sealed, key_id, created_at, identified_at, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $11)`

func (p *People) insertSession(ctx context.Context, c *change, n newSession) error {
	if err := c.QueryRow(ctx, sqlNextSession).Scan(&n.id); err != nil {
		return fmt.Errorf("number session: %w", err)
	}
	_, err := c.Exec(ctx, sqlInsertSession, n.id, n.tokenHash, n.person, n.kind, n.who.Level, n.lang,
		n.subject, n.providerSession, p.seal(placeIDToken, n.id, n.who.IDToken), p.keys.Current(), c.Now)
	if err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	return nil
}

const sqlContinueSession = `
UPDATE session
   SET token_hash = $2, level = $3, language = $4, subject_index = $5, provider_session_index = $6,
       id_token_sealed = $7, key_id = $8, identified_at = $9, seen_at = $9
 WHERE id = $1
   AND ended_at IS NULL`

func (p *People) continueSession(ctx context.Context, c *change, n newSession) error {
	tag, err := c.Exec(ctx, sqlContinueSession, n.id, n.tokenHash, n.who.Level, n.lang,
		n.subject, n.providerSession, p.seal(placeIDToken, n.id, n.who.IDToken), p.keys.Current(), c.Now)
	if err != nil {
		return fmt.Errorf("continue session: %w", err)
	}
	return mustLive(tag.RowsAffected() > 0)
}

const sqlTouchSession = `UPDATE session SET seen_at = $2 WHERE id = $1 AND ended_at IS NULL AND seen_at < $2`

func touchSession(ctx context.Context, db *postgres.DB, id int64, now time.Time) error {
	if _, err := db.Exec(ctx, sqlTouchSession, id, now); err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

const sqlUpdateActing = `
UPDATE session
   SET token_hash = $2, acting_business_id = $3, acting_name = $4, acting_roles = $5,
       acting_authority = $6, acting_checked_at = $7, seen_at = $8
 WHERE token_hash = $1
   AND ended_at IS NULL`

// updateActing reports whether the session was still there under its old token.
func updateActing(ctx context.Context, c *change, oldToken, newToken string, a *Acting) (bool, error) {
	var checkedAt *time.Time
	var set Acting
	if a != nil {
		set, checkedAt = *a, &a.CheckedAt
	}
	tag, err := c.Exec(ctx, sqlUpdateActing, tokenHash(oldToken), tokenHash(newToken),
		set.BusinessID, set.Name, append([]string{}, set.Roles...), set.Authority, checkedAt, c.Now)
	if err != nil {
		return false, fmt.Errorf("update organisation acted for: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

const sqlConfirmActing = `
UPDATE session
   SET acting_name = $3, acting_roles = $4, acting_authority = $5, acting_checked_at = $6
 WHERE id = $1
   AND acting_business_id = $2
   AND ended_at IS NULL
RETURNING person_id`

func confirmActing(ctx context.Context, c *change, id int64, a Acting) (PersonID, error) {
	var person PersonID
	err := c.QueryRow(ctx, sqlConfirmActing, id, a.BusinessID, a.Name, append([]string{}, a.Roles...), a.Authority, a.CheckedAt).Scan(&person)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("confirm organisation acted for: %w", err)
	}
	return person, nil
}

const sqlEndActing = `
UPDATE session
   SET acting_business_id = '', acting_name = '', acting_roles = '{}', acting_authority = '', acting_checked_at = NULL
 WHERE id = $1
   AND acting_business_id = $2
RETURNING person_id`

func endActing(ctx context.Context, c *change, id int64, businessID string) (PersonID, error) {
	var person PersonID
	err := c.QueryRow(ctx, sqlEndActing, id, businessID).Scan(&person)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("end acting: %w", err)
	}
	return person, nil
}

// Why a session ended.
const (
	endLogOut    = "log_out"
	endReplaced  = "replaced"
	endLimit     = "limit"
	endPerson    = "person"
	endProvider  = "provider"
	endBlocked   = "blocked"
	endWithdrawn = "withdrawn"
)

const sqlEndSessions = `
UPDATE session
   SET ended_at = $2, end_reason = $3,
       acting_business_id = '', acting_name = '', acting_roles = '{}', acting_authority = '', acting_checked_at = NULL,
       subject_index = NULL, provider_session_index = NULL, id_token_sealed = NULL
 WHERE id = ANY ($1)
   AND ended_at IS NULL
RETURNING id`

// endSessions ends those of ids that have not ended yet.
func endSessions(ctx context.Context, c *change, actor audit.Ref, ids []int64, reason string) error {
	rows, err := c.Query(ctx, sqlEndSessions, ids, c.Now, reason)
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	ended, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	c.ended = append(c.ended, ended...)
	for _, id := range ended {
		c.record(actor, actionEnded, sessionRef(id), map[string]any{"reason": reason})
	}
	return nil
}

// endSessionsOf ends all of a person's sessions, or those of one kind.
func endSessionsOf(ctx context.Context, c *change, actor audit.Ref, id PersonID, reason string, kinds ...Kind) error {
	sessions, err := selectSessionsOf(ctx, c, id)
	if err != nil {
		return err
	}
	var ids []int64
	for _, s := range sessions {
		if len(kinds) == 0 || s.Kind == kinds[0] {
			ids = append(ids, s.ID)
		}
	}
	return endSessions(ctx, c, actor, ids, reason)
}
