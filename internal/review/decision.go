package review

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// DecisionKind says what a decision does.
type DecisionKind string

// Rejection refuses an application. The others belong to supervision.
const (
	Rejection   DecisionKind = "rejection"
	Restriction DecisionKind = "restriction"
	Suspension  DecisionKind = "suspension"
	Removal     DecisionKind = "removal"
)

// Ground is a ground on which an application is rejected; each stands in the
// terms of joining.
type Ground string

// The grounds.
const (
	GroundNoServices   Ground = "no_services"
	GroundRequirements Ground = "requirements"
	GroundAuthority    Ground = "authority"
	GroundData         Ground = "data"
	GroundLaw          Ground = "law"
	GroundTerms        Ground = "terms"
)

// Grounds lists them in the order in which they are offered.
func Grounds() []Ground {
	return []Ground{GroundNoServices, GroundRequirements, GroundAuthority, GroundData, GroundLaw, GroundTerms}
}

// Decision (päätös) is a document that binds. It never changes.
type Decision struct {
	ID int64
	// Year and Serial make the number; serials of a year have no gaps.
	Year, Serial  int
	Kind          DecisionKind
	ApplicationID int64
	BusinessID    organisation.BusinessID
	Organisation  string
	Language      i18n.Lang
	Grounds       []Ground
	Wording       Wording
	MadeBy        identity.PersonID
	MadeAt        time.Time
}

// Number is the number as it is written: 2026/000123.
func (d Decision) Number() string { return fmt.Sprintf("%d/%06d", d.Year, d.Serial) }

// Ref is how audit events name the decision.
func (d Decision) Ref() audit.Ref {
	return audit.Ref{Kind: "decision", ID: strconv.FormatInt(d.ID, 10)}
}

// Wording is the text of a decision, as it was given.
type Wording struct {
	Title    string    `json:"title"`
	Sections []Section `json:"sections"`
}

// Section is a part of a decision under one heading.
type Section struct {
	Heading    string   `json:"heading"`
	Paragraphs []string `json:"paragraphs"`
	// List stands after the paragraphs.
	List []string `json:"list,omitempty"`
}

// Refusal is a rejection as the officer words it.
type Refusal struct {
	Grounds []Ground
	// Reasons say why, in the applicant's language.
	Reasons string
}

// Limits of the reasons, in characters: a decision without reasons is none.
const (
	minReasons = 20
	maxReasons = 8000
)

// Validate returns what breaks a rule as *fault.InvalidError, or nil.
func (f Refusal) Validate() error {
	f = f.tidied()
	var c fault.Checker
	known := len(f.Grounds) > 0 && !slices.ContainsFunc(f.Grounds, func(g Ground) bool { return !slices.Contains(Grounds(), g) })
	c.Check(known, "grounds", "review.reject.grounds")
	n := utf8.RuneCountInString(f.Reasons)
	c.Check(n >= minReasons, "reasons", "review.reject.reasons")
	c.Check(n <= maxReasons, "reasons", "review.reject.long")
	return c.Err()
}

func (f Refusal) tidied() Refusal {
	f.Reasons = strings.TrimSpace(strings.ReplaceAll(f.Reasons, "\r\n", "\n"))
	return f
}

// Draft is the decision that a refusal would make of an application, without a
// number, to be looked at before it is made.
func (r *Reviews) Draft(a partner.Application, officer identity.PersonID, f Refusal) Decision {
	return draft(a, officer, f, r.db.Now())
}

func draft(a partner.Application, officer identity.PersonID, f Refusal, now time.Time) Decision {
	return Decision{
		Year: yearOf(now), Kind: Rejection, ApplicationID: a.ID, BusinessID: a.BusinessID,
		Organisation: a.Organisation.Name, Language: a.Language, Grounds: f.Grounds, MadeBy: officer, MadeAt: now,
	}
}

func yearOf(t time.Time) int { return t.In(i18n.Helsinki).Year() }

// Word writes the text of a decision about an application; reasons are the
// officer's.
type Word func(d Decision, a partner.Application, reasons string) Wording

// Reject rejects the application by a decision. word writes its text once its
// number is known. The decision of a form that
// is sent again is the one that it made.
func (r *Reviews) Reject(ctx context.Context, a Act, f Refusal, word Word) (Decision, error) {
	f = f.tidied()
	if err := f.Validate(); err != nil {
		return Decision{}, err
	}
	var d Decision
	err := r.act(ctx, a, "reject", func(tx *postgres.Tx, c Case) error {
		if err := setState(ctx, tx, c, Rejected, ""); err != nil {
			return err
		}
		// The number comes before the first event: whoever holds the end of the
		// audit log must wait for nobody.
		serial, err := nextSerial(ctx, tx, yearOf(tx.Now))
		if err != nil {
			return err
		}
		app, err := r.applications.Reject(ctx, tx, a.Officer.Actor(), a.ID)
		if err != nil {
			return err
		}
		d = draft(app, a.Officer.PersonID, f, tx.Now)
		d.Serial = serial
		d.Wording = word(d, app, f.Reasons)
		if d.ID, err = insertDecision(ctx, tx, d); err != nil {
			return err
		}
		if err := r.tell(ctx, tx, News{Kind: MailDecision, Application: app, Decision: d}); err != nil {
			return err
		}
		err = audit.Record(ctx, tx, audit.Event{
			Actor: a.Officer.Actor(), Action: actionDecided, Subject: d.Ref(),
			Detail: map[string]any{"number": d.Number(), "kind": d.Kind, "grounds": d.Grounds},
		})
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: a.Officer.Actor(), Action: actionRejected, Subject: c.Ref(), Detail: map[string]any{"decision": d.ID},
		})
	})
	if err == nil && d.ID == 0 {
		return selectRejection(ctx, r.db, a.ID)
	}
	return d, err
}

// Decisions lists the decisions that concern an organisation, the newest first.
func (r *Reviews) Decisions(ctx context.Context, id organisation.BusinessID) ([]Decision, error) {
	return selectDecisions(ctx, r.db, id)
}

// AllDecisions lists the newest decisions, for officers.
func (r *Reviews) AllDecisions(ctx context.Context) ([]Decision, error) {
	return selectNewestDecisions(ctx, r.db)
}

// Decision returns a decision to an officer, or to a representative of the
// organisation that it concerns; to anybody else it is fault.ErrNotFound. The
// reading is recorded.
func (r *Reviews) Decision(ctx context.Context, reader identity.Session, id int64) (Decision, error) {
	d, err := selectDecision(ctx, r.db, id)
	if err != nil {
		return Decision{}, err
	}
	own := reader.Kind == identity.KindPerson && reader.Acting != nil && reader.Acting.BusinessID == string(d.BusinessID)
	if !own && reader.Kind != identity.KindStaff {
		return Decision{}, fmt.Errorf("decision of another organisation: %w", fault.ErrNotFound)
	}
	err = r.db.InTx(ctx, func(tx *postgres.Tx) error {
		return audit.Record(ctx, tx, audit.Event{Actor: reader.Actor(), Action: actionRead, Subject: d.Ref()})
	})
	return d, err
}
