package terms

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/richtext"
)

// Limits of a draft, in characters for each language. Two texts of the greatest
// length still fit into one form.
const (
	MaxTitle = 200
	MaxText  = 60_000
)

// The audited actions of staff.
const (
	actionDrafted   = "terms.drafted"
	actionEdited    = "terms.draft_edited"
	actionWithdrawn = "terms.draft_withdrawn"
	actionRequested = "terms.publication_requested"
	actionReturned  = "terms.publication_returned"
)

// Draft is the next version of a kind while it is written. There is at most one
// of each kind.
type Draft struct {
	Kind Kind
	// Revision grows with every change.
	Revision    int
	Title, Text map[i18n.Lang]string
	// EffectiveOn is zero until a day is chosen.
	EffectiveOn time.Time
	Reporting   bool
	EditedBy    identity.PersonID
	EditedAt    time.Time
	// RequestedBy is the officer who asked for it to be published, 0 for none. A
	// requested draft cannot be edited.
	RequestedBy identity.PersonID
	RequestedAt time.Time
}

// Whole is Version's Whole of the draft.
func (d Draft) Whole(lang i18n.Lang) string { return whole(d.Title[lang], d.Text[lang]) }

// Edit is what an officer has made of a draft.
type Edit struct {
	Kind Kind
	// Revision is that of the draft that the officer saw.
	Revision    int
	Title, Text map[i18n.Lang]string
	// EffectiveOn is as it was typed: 2026-12-01 or 1.12.2026; it may be empty.
	EffectiveOn string
	Reporting   bool
}

// tidied is e as it is kept: cleaned, each text with one line end at its end.
func (e Edit) tidied() Edit {
	title, text := map[i18n.Lang]string{}, map[i18n.Lang]string{}
	for _, lang := range i18n.Langs {
		title[lang] = richtext.Line(e.Title[lang])
		if s := richtext.Clean(e.Text[lang]); s != "" {
			text[lang] = s + "\n"
		}
	}
	e.Title, e.Text, e.EffectiveOn = title, text, strings.TrimSpace(e.EffectiveOn)
	return e
}

// Validate returns what breaks a rule as *fault.InvalidError, or nil. A draft
// may be unfinished; RequestPublication asks for the rest.
func (e Edit) Validate() error {
	e = e.tidied()
	var c fault.Checker
	for _, lang := range i18n.Langs {
		c.Check(utf8.RuneCountInString(e.Title[lang]) <= MaxTitle, "title_"+string(lang), "terms.draft.title_long")
	}
	for _, lang := range i18n.Langs {
		c.Check(utf8.RuneCountInString(e.Text[lang]) <= MaxText, "text_"+string(lang), "terms.draft.text_long")
	}
	_, err := parseDay(e.EffectiveOn)
	c.Check(err == nil, "effective_on", "terms.draft.effective_format")
	return c.Err()
}

// parseDay returns the zero time for "".
func parseDay(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse("2.1.2006", s); err == nil {
		return t, nil
	}
	return time.Parse(time.DateOnly, s)
}

// Preview is the text that an edit would be kept with.
func (e Edit) Preview(lang i18n.Lang) string { return e.tidied().Text[lang] }

// Draft returns the draft of kind, or fault.ErrNotFound.
func (t *Terms) Draft(ctx context.Context, kind Kind) (Draft, error) {
	return selectDraft(ctx, t.db, kind)
}

// All returns every published version of kind, newest first, for staff: of
// kinds that are not open too.
func (t *Terms) All(ctx context.Context, kind Kind) ([]Version, error) {
	if !kind.Known() {
		return nil, notOpen(kind)
	}
	return selectVersions(ctx, t.db, kind)
}

// StartDraft begins the next version from the newest one. When there is a draft
// already, it stays as it is.
func (t *Terms) StartDraft(ctx context.Context, officer identity.Session, kind Kind) error {
	return t.work(ctx, officer, kind, func(tx *postgres.Tx) (string, map[string]any, error) {
		latest, err := selectLatest(ctx, tx, kind)
		if err != nil {
			return "", nil, err
		}
		d := Draft{
			Kind: kind, Revision: 1, Title: latest.Title, Text: latest.Text, Reporting: latest.Reporting,
			EditedBy: officer.PersonID, EditedAt: tx.Now,
		}
		isNew, err := insertDraft(ctx, tx, d)
		if err != nil || !isNew {
			return "", nil, err
		}
		return actionDrafted, map[string]any{"from": latest.Number}, nil
	})
}

// SaveDraft keeps what an officer has written and returns the draft as it is
// kept. When somebody has changed the draft meanwhile, or has asked for it to be
// published, it is fault.ErrConflict; the same edit sent twice is not.
func (t *Terms) SaveDraft(ctx context.Context, officer identity.Session, e Edit) (Draft, error) {
	e = e.tidied()
	if err := e.Validate(); err != nil {
		return Draft{}, err
	}
	on, err := parseDay(e.EffectiveOn)
	if err != nil {
		return Draft{}, fmt.Errorf("parse the day of effect: %w", err)
	}
	var saved Draft
	err = t.work(ctx, officer, e.Kind, func(tx *postgres.Tx) (string, map[string]any, error) {
		d, err := selectDraft(ctx, tx, e.Kind)
		if err != nil {
			return "", nil, err
		}
		next := d
		next.Title, next.Text, next.EffectiveOn, next.Reporting = e.Title, e.Text, on, e.Reporting
		if saved = d; d.same(next) {
			return "", nil, nil
		}
		if d.Revision != e.Revision || d.RequestedBy != 0 {
			return "", nil, fmt.Errorf("edit a draft that has changed: %w", fault.ErrConflict)
		}
		next.Revision, next.EditedBy, next.EditedAt = d.Revision+1, officer.PersonID, tx.Now
		saved = next
		return actionEdited, map[string]any{"revision": next.Revision}, updateDraft(ctx, tx, next)
	})
	return saved, err
}

func (d Draft) same(other Draft) bool {
	for _, lang := range i18n.Langs {
		if d.Title[lang] != other.Title[lang] || d.Text[lang] != other.Text[lang] {
			return false
		}
	}
	return d.EffectiveOn.Equal(other.EffectiveOn) && d.Reporting == other.Reporting
}

// WithdrawDraft throws the draft away.
func (t *Terms) WithdrawDraft(ctx context.Context, officer identity.Session, kind Kind, revision int) error {
	return t.work(ctx, officer, kind, func(tx *postgres.Tx) (string, map[string]any, error) {
		if _, err := t.seen(ctx, tx, kind, revision); err != nil {
			return "", nil, err
		}
		return actionWithdrawn, map[string]any{"revision": revision}, deleteDraft(ctx, tx, kind)
	})
}

// work does one act of an officer on the terms of a kind, one at a time, and
// audits it unless nothing was done.
func (t *Terms) work(ctx context.Context, officer identity.Session, kind Kind, do func(tx *postgres.Tx) (action string, detail map[string]any, err error)) error {
	if !officer.In(identity.GroupContent) {
		return fmt.Errorf("work on terms: %w", fault.ErrForbidden)
	}
	if !kind.Known() {
		return notOpen(kind)
	}
	return t.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := lockKind(ctx, tx, kind); err != nil {
			return err
		}
		action, detail, err := do(tx)
		if err != nil || action == "" {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: officer.Actor(), Action: action, Subject: audit.Ref{Kind: "terms", ID: string(kind)}, Detail: detail,
		})
	})
}
