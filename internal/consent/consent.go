// Package consent keeps what persons consent to: one thing at a time, to a named
// receiver, in words that are kept, and withdrawn as easily as given.
package consent

import (
	"context"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Purpose says what a consent (suostumus) is for.
type Purpose string

// The purposes.
const (
	// Employer lets the data needed to fill a post be disclosed to employers.
	Employer Purpose = "employer"
	// Health lets certain data on health be disclosed to one employer. Employer
	// never covers it.
	Health Purpose = "health"
	// Survey lets the person be asked by mail how the service could be better.
	Survey Purpose = "survey"
	// PartnerArea tells interest in one service area and lets its partners
	// process the person's data. It is open only when the configuration says so.
	PartnerArea Purpose = "partner_area"
)

// Specific tells whether each consent is for one receiver that it names.
func (p Purpose) Specific() bool { return p == Health || p == PartnerArea }

// Consent is one that was given.
type Consent struct {
	ID      int64
	Purpose Purpose
	// Receiver is an employer's name for Health, the code of a service area for
	// PartnerArea, and "" for purposes that are not specific.
	Receiver string
	// Matter is what the person wrote of the data and the job, for Health only.
	Matter string
	// Words are what the person read and consented to, in Language.
	Words    string
	Language i18n.Lang
	GivenAt  time.Time
	// WithdrawnAt is zero for a consent in force.
	WithdrawnAt time.Time
}

// InForce tells whether the consent has not been withdrawn.
func (c Consent) InForce() bool { return c.WithdrawnAt.IsZero() }

// Ref is how audit events name the consent.
func (c Consent) Ref() audit.Ref { return ref(c.ID) }

func ref(id int64) audit.Ref { return audit.Ref{Kind: "consent", ID: strconv.FormatInt(id, 10)} }

// Giving is a consent about to be given.
type Giving struct {
	Purpose          Purpose
	Receiver, Matter string
	// Words are what the page has shown; they are kept.
	Words    string
	Language i18n.Lang
	// Submission is the number of the form: sent again it has no second effect.
	Submission string
}

// Limits of what a person writes, in characters.
const (
	MaxReceiver = 200
	MaxMatter   = 1000
)

func (g Giving) tidied() Giving {
	g.Receiver = i18n.VisibleLine(g.Receiver)
	g.Matter = i18n.VisibleText(g.Matter)
	if !g.Purpose.Specific() {
		g.Receiver = ""
	}
	if g.Purpose != Health {
		g.Matter = ""
	}
	return g
}

func (g Giving) validate() error {
	var c fault.Checker
	if g.Purpose == Health {
		c.Check(g.Receiver != "", "receiver", "consents.receiver.missing")
		c.Check(utf8.RuneCountInString(g.Receiver) <= MaxReceiver, "receiver", "consents.receiver.long")
		c.Check(g.Matter != "", "matter", "consents.matter.missing")
		c.Check(utf8.RuneCountInString(g.Matter) <= MaxMatter, "matter", "consents.matter.long")
		identity.RefuseCodes(&c, "receiver", g.Receiver)
		identity.RefuseCodes(&c, "matter", g.Matter)
	}
	return c.Err()
}

// Consents keeps consents. Set its fields before the first use.
type Consents struct {
	db *postgres.DB

	// Areas opens the purpose PartnerArea and tells whether a code is that of a
	// service area one can be interested in; with nil the purpose is closed, and
	// what was given earlier does not count.
	Areas func(ctx context.Context, code string) (bool, error)
	// Restricted tells whether the processing of a person's data is restricted;
	// then no consent counts. nil restricts nobody.
	Restricted func(ctx context.Context, tx *postgres.Tx, person identity.PersonID) (bool, error)
	// OnWithdraw are called in the transaction that withdraws a consent, so that
	// what stands on it ends with it.
	OnWithdraw []func(ctx context.Context, tx *postgres.Tx, person identity.PersonID, c Consent) error
}

// New returns the consents kept in db.
func New(db *postgres.DB) *Consents { return &Consents{db: db} }

// Purposes lists those that are open, in the order in which they are shown.
func (c *Consents) Purposes() []Purpose {
	all := []Purpose{Employer, Health, Survey, PartnerArea}
	return slices.DeleteFunc(all, func(p Purpose) bool { return !c.open(p) })
}

func (c *Consents) open(p Purpose) bool {
	switch p {
	case Employer, Health, Survey:
		return true
	case PartnerArea:
		return c.Areas != nil
	}
	return false
}
