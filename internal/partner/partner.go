// Package partner holds the organisations that work with the portal, from the
// application to join to the day they leave.
package partner

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Membership says whether an organisation is a partner now.
type Membership string

// The statuses of a partner. One that has left may join again; one that was
// removed may not before its time.
const (
	Active  Membership = "active"
	Left    Membership = "left"
	Removed Membership = "removed"
)

// Partner is an organisation that works with the portal (yhteistyökumppani), or
// did.
type Partner struct {
	ID         int64
	BusinessID organisation.BusinessID
	// Name is the business register's.
	Name   string
	Status Membership
	// Version rises with each change of Form.
	Version int
	// ApplicationID is the application by which it joined.
	ApplicationID int64
	Form          Form
	JoinedAt      time.Time
	ChangedAt     time.Time
	// LeftAt is zero unless it has left.
	LeftAt time.Time
}

// Ref is how audit events name the partner.
func (p Partner) Ref() audit.Ref { return audit.Ref{Kind: "partner", ID: strconv.FormatInt(p.ID, 10)} }

// The audited actions on partners.
const (
	actionPartnerJoined  = "partner.joined"
	actionPartnerChanged = "partner.changed"
)

// Partners reads partners.
type Partners struct{ db *postgres.DB }

// NewPartners returns the Partners in db.
func NewPartners(db *postgres.DB) *Partners { return &Partners{db} }

// ByBusinessID returns the active partner of that business ID, or
// fault.ErrNotFound.
func (p *Partners) ByBusinessID(ctx context.Context, id organisation.BusinessID) (Partner, error) {
	return selectPartner(ctx, p.db, id)
}

const sqlSelectPartner = `
SELECT id, business_id, name, status, version, application_id, form, joined_at, changed_at, left_at
  FROM partner
 WHERE business_id = $1
   AND status = 'active'`

func selectPartner(ctx context.Context, q postgres.Querier, id organisation.BusinessID) (Partner, error) {
	return collectPartner(q.Query(ctx, sqlSelectPartner, id))
}

const sqlLockPartner = `
SELECT id, business_id, name, status, version, application_id, form, joined_at, changed_at, left_at
  FROM partner
 WHERE business_id = $1
   AND status = 'active'
   FOR UPDATE`

func lockPartner(ctx context.Context, tx *postgres.Tx, id organisation.BusinessID) (Partner, error) {
	return collectPartner(tx.Query(ctx, sqlLockPartner, id))
}

func collectPartner(rows pgx.Rows, err error) (Partner, error) {
	if err != nil {
		return Partner{}, fmt.Errorf("select partner: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanPartner)
	if errors.Is(err, pgx.ErrNoRows) {
		return Partner{}, fmt.Errorf("partner: %w", fault.ErrNotFound)
	}
	if err != nil {
		return Partner{}, fmt.Errorf("read partner: %w", err)
	}
	return p, nil
}

func scanPartner(row pgx.CollectableRow) (Partner, error) {
	var p Partner
	var left *time.Time
	err := row.Scan(&p.ID, &p.BusinessID, &p.Name, &p.Status, &p.Version, &p.ApplicationID, &p.Form, &p.JoinedAt, &p.ChangedAt, &left)
	p.LeftAt = orZero(left)
	return p, err
}

const sqlInsertPartner = `
INSERT INTO partner (business_id, name, status, application_id, form, joined_at, changed_at)
VALUES ($1, $2, 'active', $3, $4, $5, $5)
ON CONFLICT (business_id) WHERE status = 'active' DO NOTHING
RETURNING id`

// insertPartner makes the organisation of an approved application a partner; one
// that is there already is fault.ErrConflict.
func insertPartner(ctx context.Context, tx *postgres.Tx, a Application) (Partner, error) {
	p := Partner{
		BusinessID: a.BusinessID, Name: a.Organisation.Name, Status: Active, Version: 1,
		ApplicationID: a.ID, Form: a.Form, JoinedAt: tx.Now, ChangedAt: tx.Now,
	}
	err := tx.QueryRow(ctx, sqlInsertPartner, p.BusinessID, p.Name, p.ApplicationID, p.Form, tx.Now).Scan(&p.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		return Partner{}, fmt.Errorf("second partner of a business ID: %w", fault.ErrConflict)
	}
	if err != nil {
		return Partner{}, fmt.Errorf("insert partner: %w", err)
	}
	return p, nil
}

const sqlUpdatePartner = `
UPDATE partner
   SET form = $3, version = version + 1, changed_at = $4
 WHERE business_id = $1
   AND id = $2
   AND status = 'active'`

// updatePartner gives a partner, locked by the caller, another form.
func updatePartner(ctx context.Context, tx *postgres.Tx, p Partner, form Form) (Partner, error) {
	tag, err := tx.Exec(ctx, sqlUpdatePartner, p.BusinessID, p.ID, form, tx.Now)
	if err != nil {
		return Partner{}, fmt.Errorf("update partner: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return Partner{}, fmt.Errorf("partner: %w", fault.ErrNotFound)
	}
	p.Form, p.Version, p.ChangedAt = form, p.Version+1, tx.Now
	return p, nil
}
