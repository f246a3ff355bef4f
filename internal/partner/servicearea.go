package partner

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// ServiceArea is a kind of service that a partner offers (palvelualue). Staff
// maintain the table.
type ServiceArea struct {
	Code              string
	Name, Description map[i18n.Lang]string
	// NeedsLook sends an application that names the area to an officer.
	NeedsLook bool
	// Version tells two officers at the same area apart.
	Version int
	// RetiredAt is zero while the area can be chosen.
	RetiredAt time.Time
}

// Retired tells whether the area cannot be chosen any more.
func (a ServiceArea) Retired() bool { return !a.RetiredAt.IsZero() }

// The audited actions on service areas.
const (
	actionAreaAdded   = "service_area.added"
	actionAreaChanged = "service_area.changed"
	actionAreaRetired = "service_area.retired"
)

// ServiceAreas maintains the table of service areas.
type ServiceAreas struct{ db *postgres.DB }

// NewServiceAreas returns the ServiceAreas in db.
func NewServiceAreas(db *postgres.DB) *ServiceAreas { return &ServiceAreas{db} }

// List returns every area by code, the retired ones too: old applications name
// them.
func (s *ServiceAreas) List(ctx context.Context) ([]ServiceArea, error) {
	return selectServiceAreas(ctx, s.db)
}

// Add takes a new area into use. A code that is taken is *fault.InvalidError.
func (s *ServiceAreas) Add(ctx context.Context, actor audit.Ref, a ServiceArea) error {
	a = a.tidied()
	if err := a.Validate(); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := insertServiceArea(ctx, tx, a); err != nil {
			return err
		}
		return audit.Record(ctx, tx, areaEvent(actor, actionAreaAdded, a))
	})
}

// Change gives the area of a's code a's names, descriptions and mark. A
// version that is not the newest is fault.ErrConflict.
func (s *ServiceAreas) Change(ctx context.Context, actor audit.Ref, a ServiceArea) error {
	a = a.tidied()
	if err := a.Validate(); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := updateServiceArea(ctx, tx, a); err != nil {
			return err
		}
		return audit.Record(ctx, tx, areaEvent(actor, actionAreaChanged, a))
	})
}

// Retire ends the choosing of an area; a second time has no effect.
func (s *ServiceAreas) Retire(ctx context.Context, actor audit.Ref, code string) error {
	return s.db.InTx(ctx, func(tx *postgres.Tx) error {
		n, err := retireServiceArea(ctx, tx, code)
		if err != nil || n == 0 {
			return err
		}
		return audit.Record(ctx, tx, areaEvent(actor, actionAreaRetired, ServiceArea{Code: code}))
	})
}

func areaEvent(actor audit.Ref, action string, a ServiceArea) audit.Event {
	return audit.Event{
		Actor: actor, Action: action, Subject: audit.Ref{Kind: "service_area", ID: a.Code},
		Detail: map[string]any{"needs_look": a.NeedsLook},
	}
}

var areaCode = regexp.MustCompile(`^[a-z][a-z_]{1,39}$`)

// Validate returns what breaks a rule as *fault.InvalidError, or nil.
func (a ServiceArea) Validate() error {
	var c fault.Checker
	c.Check(areaCode.MatchString(a.Code), "code", "partner.invalid.area_code")
	for _, lang := range i18n.Langs {
		name, description := "name_"+string(lang), "description_"+string(lang)
		c.Check(saysSomething(a.Name[lang]), name, "partner.invalid.area_"+name)
		checkLine(&c, name, a.Name[lang], MaxName)
		c.Check(saysSomething(a.Description[lang]), description, "partner.invalid.area_"+description)
		checkLine(&c, description, a.Description[lang], 300)
	}
	return c.Err()
}

func (a ServiceArea) tidied() ServiceArea {
	name, description := map[i18n.Lang]string{}, map[i18n.Lang]string{}
	for _, lang := range i18n.Langs {
		name[lang], description[lang] = strings.TrimSpace(a.Name[lang]), strings.TrimSpace(a.Description[lang])
	}
	a.Code, a.Name, a.Description = strings.TrimSpace(a.Code), name, description
	return a
}

const sqlSelectServiceAreas = `
SELECT code, name_fi, name_sv, description_fi, description_sv, needs_look, version, retired_at
  FROM service_area
 ORDER BY code`

func selectServiceAreas(ctx context.Context, q postgres.Querier) ([]ServiceArea, error) {
	rows, err := q.Query(ctx, sqlSelectServiceAreas)
	if err != nil {
		return nil, fmt.Errorf("select service areas: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (ServiceArea, error) {
		var a ServiceArea
		var nameFi, nameSv, descriptionFi, descriptionSv string
		var retired *time.Time
		err := row.Scan(&a.Code, &nameFi, &nameSv, &descriptionFi, &descriptionSv, &a.NeedsLook, &a.Version, &retired)
		a.Name = map[i18n.Lang]string{i18n.Finnish: nameFi, i18n.Swedish: nameSv}
		a.Description = map[i18n.Lang]string{i18n.Finnish: descriptionFi, i18n.Swedish: descriptionSv}
		a.RetiredAt = orZero(retired)
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("read service areas: %w", err)
	}
	return all, nil
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

const sqlInsertServiceArea = `
INSERT INTO service_area (code, name_fi, name_sv, description_fi, description_sv, needs_look)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (code) DO NOTHING`

func insertServiceArea(ctx context.Context, tx *postgres.Tx, a ServiceArea) error {
	tag, err := tx.Exec(ctx, sqlInsertServiceArea, a.Code, a.Name[i18n.Finnish], a.Name[i18n.Swedish],
		a.Description[i18n.Finnish], a.Description[i18n.Swedish], a.NeedsLook)
	if err != nil {
		return fmt.Errorf("insert service area: %w", err)
	}
	var c fault.Checker
	c.Check(tag.RowsAffected() == 1, "code", "partner.invalid.area_code_taken")
	return c.Err()
}

const sqlUpdateServiceArea = `
UPDATE service_area
   SET name_fi = $3, name_sv = $4, description_fi = $5, description_sv = $6, needs_look = $7, version = version + 1
 WHERE code = $1
   AND version = $2`

func updateServiceArea(ctx context.Context, tx *postgres.Tx, a ServiceArea) error {
	tag, err := tx.Exec(ctx, sqlUpdateServiceArea, a.Code, a.Version, a.Name[i18n.Finnish], a.Name[i18n.Swedish],
		a.Description[i18n.Finnish], a.Description[i18n.Swedish], a.NeedsLook)
	if err != nil {
		return fmt.Errorf("update service area: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("service area %s: %w", a.Code, fault.ErrConflict)
	}
	return nil
}

const sqlRetireServiceArea = `
UPDATE service_area
   SET retired_at = $2, version = version + 1
 WHERE code = $1
   AND retired_at IS NULL`

const sqlCountServiceArea = `
SELECT count(*)
  FROM service_area
 WHERE code = $1`

func retireServiceArea(ctx context.Context, tx *postgres.Tx, code string) (int64, error) {
	tag, err := tx.Exec(ctx, sqlRetireServiceArea, code, tx.Now)
	if err != nil {
		return 0, fmt.Errorf("retire service area: %w", err)
	}
	if tag.RowsAffected() > 0 {
		return tag.RowsAffected(), nil
	}
	var n int
	if err := tx.QueryRow(ctx, sqlCountServiceArea, code).Scan(&n); err != nil {
		return 0, fmt.Errorf("count service areas: %w", err)
	}
	if n == 0 {
		return 0, fmt.Errorf("service area: %w", fault.ErrNotFound)
	}
	return 0, nil
}
