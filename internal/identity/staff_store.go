package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlSelectGroups = `SELECT staff_group FROM staff_grant WHERE person_id = $1 AND status = 'granted'`

func selectGroups(ctx context.Context, q postgres.Querier, id PersonID) ([]Group, error) {
	rows, err := q.Query(ctx, sqlSelectGroups, id)
	if err != nil {
		return nil, fmt.Errorf("select groups: %w", err)
	}
	groups, err := pgx.CollectRows(rows, pgx.RowTo[Group])
	if err != nil {
		return nil, fmt.Errorf("select groups: %w", err)
	}
	return groups, nil
}

const sqlSelectInSomeGroup = `
SELECT EXISTS (SELECT FROM staff_grant WHERE person_id = $1 AND status = 'granted')
    OR $2 AND NOT EXISTS (SELECT FROM staff_grant WHERE person_id = $1 AND configured)`

// inSomeGroup tells whether an officer may log in. Whom the configuration names
// is as good as in a group until it has had its say.
func inSomeGroup(ctx context.Context, c *change, id PersonID, configured bool) (bool, error) {
	var in bool
	if err := c.QueryRow(ctx, sqlSelectInSomeGroup, id, configured).Scan(&in); err != nil {
		return false, fmt.Errorf("select membership: %w", err)
	}
	return in, nil
}

const sqlLockMainUsers = `
SELECT id
  FROM staff_grant
 WHERE staff_group = 'main'
   AND status = 'granted'
 ORDER BY id
   FOR UPDATE`

const sqlSelectMainUsers = `
SELECT person_id
  FROM staff_grant
  JOIN person ON person.id = person_id
 WHERE staff_group = 'main'
   AND status = 'granted'
   AND blocked_at IS NULL`

// lockMainUsers returns the main users who are not blocked. It takes a second
// look after the lock, which may have waited for one of them to be blocked.
func lockMainUsers(ctx context.Context, c *change) (map[PersonID]bool, error) {
	if _, err := c.Exec(ctx, sqlLockMainUsers); err != nil {
		return nil, fmt.Errorf("lock main users: %w", err)
	}
	rows, err := c.Query(ctx, sqlSelectMainUsers)
	if err != nil {
		return nil, fmt.Errorf("select main users: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[PersonID])
	if err != nil {
		return nil, fmt.Errorf("select main users: %w", err)
	}
	mains := map[PersonID]bool{}
	for _, id := range ids {
		mains[id] = true
	}
	return mains, nil
}

const sqlInsertMember = `
INSERT INTO staff_member (person_id, email, registered_by, registered_at)
VALUES ($1, $2, nullif($3::bigint, 0), $4)
ON CONFLICT (person_id) DO NOTHING`

// insertMember reports whether the person was not in the register before.
func insertMember(ctx context.Context, c *change, id PersonID, email string, by PersonID) (bool, error) {
	tag, err := c.Exec(ctx, sqlInsertMember, id, email, by, c.Now)
	if err != nil {
		return false, fmt.Errorf("insert staff member: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

const sqlLockMember = `SELECT person_id FROM staff_member WHERE person_id = $1 FOR NO KEY UPDATE`

func lockMember(ctx context.Context, c *change, id PersonID) error {
	tag, err := c.Exec(ctx, sqlLockMember, id)
	if err != nil {
		return fmt.Errorf("lock staff member: %w", err)
	}
	return mustBe(tag.RowsAffected() > 0, "staff member")
}

const sqlSelectMembers = `
SELECT person_id, first_names, call_name, family_name, coalesce(nullif(staff_member.email, ''), person.email),
       language, blocked_at IS NOT NULL, registered_at, coalesce(logged_in_at, '0001-01-01 00:00:00Z')
  FROM staff_member
  JOIN person ON person.id = person_id
 ORDER BY family_name, first_names, person_id`

func selectMembers(ctx context.Context, q postgres.Querier) ([]Member, error) {
	rows, err := q.Query(ctx, sqlSelectMembers)
	if err != nil {
		return nil, fmt.Errorf("select staff members: %w", err)
	}
	members, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Member, error) {
		var m Member
		var firstNames, callName, familyName string
		err := row.Scan(&m.PersonID, &firstNames, &callName, &familyName, &m.Email,
			&m.Language, &m.Blocked, &m.RegisteredAt, &m.LoggedInAt)
		m.Name = fullName(firstNames, callName, familyName)
		return m, err
	})
	if err != nil {
		return nil, fmt.Errorf("select staff members: %w", err)
	}
	grants, err := selectGrants(ctx, q)
	if err != nil {
		return nil, err
	}
	for i := range members {
		members[i].Grants = grants[members[i].PersonID]
	}
	return members, nil
}

const sqlSelectGrants = `
SELECT id, person_id, staff_group, status, configured,
       coalesce(requested_by, 0), coalesce(decided_by, 0), coalesce(withdrawn_by, 0),
       requested_at, decided_at, withdrawn_at
  FROM staff_grant
 ORDER BY id DESC`

func selectGrants(ctx context.Context, q postgres.Querier) (map[PersonID][]Grant, error) {
	rows, err := q.Query(ctx, sqlSelectGrants)
	if err != nil {
		return nil, fmt.Errorf("select grants: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Grant, error) { return scanGrant(row) })
	if err != nil {
		return nil, fmt.Errorf("select grants: %w", err)
	}
	grants := map[PersonID][]Grant{}
	for _, g := range all {
		grants[g.PersonID] = append(grants[g.PersonID], g)
	}
	return grants, nil
}

func scanGrant(row pgx.Row) (Grant, error) {
	var g Grant
	var decidedAt, withdrawnAt *time.Time
	err := row.Scan(&g.ID, &g.PersonID, &g.Group, &g.Status, &g.Configured,
		&g.RequestedBy, &g.DecidedBy, &g.WithdrawnBy, &g.RequestedAt, &decidedAt, &withdrawnAt)
	if decidedAt != nil {
		g.DecidedAt = *decidedAt
	}
	if withdrawnAt != nil {
		g.WithdrawnAt = *withdrawnAt
	}
	return g, err
}

const sqlLockGrant = `
SELECT id, person_id, staff_group, status, configured,
       coalesce(requested_by, 0), coalesce(decided_by, 0), coalesce(withdrawn_by, 0),
       requested_at, decided_at, withdrawn_at
  FROM staff_grant
 WHERE id = $1
   FOR UPDATE`

func lockGrant(ctx context.Context, c *change, id int64) (Grant, error) {
	g, err := scanGrant(c.QueryRow(ctx, sqlLockGrant, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return Grant{}, mustBe(false, "grant")
	}
	if err != nil {
		return Grant{}, fmt.Errorf("lock grant: %w", err)
	}
	return g, nil
}

const sqlExpireRequests = `
UPDATE staff_grant
   SET status = 'expired'
 WHERE person_id = $1
   AND status = 'requested'
   AND requested_at <= $2`

func expireRequests(ctx context.Context, c *change, id PersonID) error {
	if _, err := c.Exec(ctx, sqlExpireRequests, id, c.Now.Add(-RequestLife)); err != nil {
		return fmt.Errorf("expire requests: %w", err)
	}
	return nil
}

const sqlSelectOpenGrant = `
SELECT id, status
  FROM staff_grant
 WHERE person_id = $1
   AND staff_group = $2
   AND status IN ('requested', 'granted')`

func selectOpenGrant(ctx context.Context, c *change, id PersonID, g Group) (Grant, error) {
	var open Grant
	err := c.QueryRow(ctx, sqlSelectOpenGrant, id, g).Scan(&open.ID, &open.Status)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Grant{}, fmt.Errorf("select open grant: %w", err)
	}
	return open, nil
}

const sqlInsertRequest = `
INSERT INTO staff_grant (person_id, staff_group, status, requested_by, requested_at)
VALUES ($1, $2, 'requested', $3, $4)
RETURNING id`

func insertRequest(ctx context.Context, c *change, id PersonID, g Group, by PersonID) (int64, error) {
	var grant int64
	if err := c.QueryRow(ctx, sqlInsertRequest, id, g, by, c.Now).Scan(&grant); err != nil {
		return 0, fmt.Errorf("insert request for a grant: %w", err)
	}
	return grant, nil
}

const sqlInsertConfigured = `
INSERT INTO staff_grant (person_id, staff_group, status, configured, requested_at, decided_at)
SELECT $1, 'main', 'granted', true, $2, $2
 WHERE NOT EXISTS (SELECT FROM staff_grant WHERE person_id = $1 AND configured)
ON CONFLICT (person_id, staff_group) WHERE status IN ('requested', 'granted') DO NOTHING
RETURNING id`

// insertConfigured returns 0 when the configuration has had its say before.
func insertConfigured(ctx context.Context, c *change, id PersonID) (int64, error) {
	var grant int64
	err := c.QueryRow(ctx, sqlInsertConfigured, id, c.Now).Scan(&grant)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("insert configured grant: %w", err)
	}
	return grant, nil
}

const sqlUpdateDecided = `
UPDATE staff_grant
   SET status = $2, decided_by = nullif($3::bigint, 0), decided_at = $4
 WHERE id = $1`

// updateDecided names nobody as the one who decided when a request was taken
// back.
func updateDecided(ctx context.Context, c *change, id int64, to GrantStatus, by PersonID, takenBack bool) error {
	if takenBack {
		by = 0
	}
	if _, err := c.Exec(ctx, sqlUpdateDecided, id, to, by, c.Now); err != nil {
		return fmt.Errorf("decide on grant: %w", err)
	}
	return nil
}

const sqlUpdateWithdrawn = `
UPDATE staff_grant
   SET status = 'withdrawn', withdrawn_by = $2, withdrawn_at = $3
 WHERE id = $1`

func updateWithdrawn(ctx context.Context, c *change, id int64, by PersonID) error {
	if _, err := c.Exec(ctx, sqlUpdateWithdrawn, id, by, c.Now); err != nil {
		return fmt.Errorf("withdraw grant: %w", err)
	}
	return nil
}
