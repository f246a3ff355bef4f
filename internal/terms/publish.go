package terms

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// RequestPublication asks a second officer to publish the draft. What is missing
// is *fault.InvalidError.
func (t *Terms) RequestPublication(ctx context.Context, officer identity.Session, kind Kind, revision int) error {
	return t.work(ctx, officer, kind, func(tx *postgres.Tx) (string, map[string]any, error) {
		d, err := t.seen(ctx, tx, kind, revision)
		if err != nil {
			return "", nil, err
		}
		if d.RequestedBy == officer.PersonID {
			return "", nil, nil
		}
		if d.RequestedBy != 0 {
			return "", nil, fmt.Errorf("request what is requested: %w", fault.ErrConflict)
		}
		if err := t.publishable(ctx, tx, d); err != nil {
			return "", nil, err
		}
		d.RequestedBy, d.RequestedAt = officer.PersonID, tx.Now
		return actionRequested, map[string]any{"revision": revision}, updateDraft(ctx, tx, d)
	})
}

// ReturnDraft takes a request back, the officer's own or another's, so that the
// draft can be edited again.
func (t *Terms) ReturnDraft(ctx context.Context, officer identity.Session, kind Kind, revision int) error {
	return t.work(ctx, officer, kind, func(tx *postgres.Tx) (string, map[string]any, error) {
		d, err := t.seen(ctx, tx, kind, revision)
		if err != nil || d.RequestedBy == 0 {
			return "", nil, err
		}
		d.RequestedBy, d.RequestedAt = 0, time.Time{}
		return actionReturned, map[string]any{"revision": revision}, updateDraft(ctx, tx, d)
	})
}

// Publish makes the draft the next version. The officer must be another than the
// one who asked for it, else it is fault.ErrForbidden; a day of effect that has
// come too near meanwhile is *fault.InvalidError.
func (t *Terms) Publish(ctx context.Context, officer identity.Session, kind Kind, revision int) (Version, error) {
	var v Version
	err := t.work(ctx, officer, kind, func(tx *postgres.Tx) (string, map[string]any, error) {
		d, err := t.seen(ctx, tx, kind, revision)
		if err != nil {
			return "", nil, err
		}
		switch d.RequestedBy {
		case 0:
			return "", nil, fmt.Errorf("publish what nobody asked for: %w", fault.ErrConflict)
		case officer.PersonID:
			return "", nil, fmt.Errorf("publish one's own request: %w", fault.ErrForbidden)
		}
		if err := t.publishable(ctx, tx, d); err != nil {
			return "", nil, err
		}
		latest, err := selectLatest(ctx, tx, kind)
		if err != nil {
			return "", nil, err
		}
		v = Version{
			Kind: kind, Number: latest.Number + 1, Title: d.Title, Text: d.Text, Hash: map[i18n.Lang]string{},
			EffectiveOn: d.EffectiveOn, Reporting: d.Reporting, PublishedAt: tx.Now,
			RequestedBy: d.RequestedBy, ApprovedBy: officer.PersonID,
		}
		for _, lang := range i18n.Langs {
			v.Hash[lang] = Hash(v.Text[lang])
		}
		if err := insertVersion(ctx, tx, v); err != nil {
			return "", nil, err
		}
		detail := v.detail()
		detail["number"], detail["requested_by"] = v.Number, v.RequestedBy.String()
		return actionPublished, detail, deleteDraft(ctx, tx, kind)
	})
	return v, err
}

// seen returns the draft when it is still the one that the officer saw.
func (t *Terms) seen(ctx context.Context, tx *postgres.Tx, kind Kind, revision int) (Draft, error) {
	d, err := selectDraft(ctx, tx, kind)
	if err == nil && d.Revision != revision {
		err = fmt.Errorf("decide on a draft that has changed: %w", fault.ErrConflict)
	}
	return d, err
}

// publishable returns what stands in the way of publishing d now.
func (t *Terms) publishable(ctx context.Context, tx *postgres.Tx, d Draft) error {
	latest, err := selectLatest(ctx, tx, d.Kind)
	if err != nil {
		return err
	}
	var c fault.Checker
	for _, lang := range i18n.Langs {
		c.Check(d.Title[lang] != "", "title_"+string(lang), "terms.draft.title_missing")
	}
	for _, lang := range i18n.Langs {
		c.Check(d.Text[lang] != "", "text_"+string(lang), "terms.draft.text_missing")
	}
	same := latest.Number > 0 && d.same(Draft{Title: latest.Title, Text: latest.Text, EffectiveOn: d.EffectiveOn, Reporting: latest.Reporting})
	c.Check(!same, "text_fi", "terms.draft.same")
	earliest := t.earliest(tx.Now, latest, d.Reporting)
	switch {
	case d.EffectiveOn.IsZero():
		c.Check(false, "effective_on", "terms.draft.effective_missing")
	case d.EffectiveOn.Before(earliest):
		c.Add(fault.FieldError{Field: "effective_on", MessageID: "terms.draft.effective_early", Data: map[string]any{"Date": day(earliest)}})
	case d.EffectiveOn.After(today(tx.Now).AddDate(maxYears, 0, 0)):
		c.Check(false, "effective_on", "terms.draft.effective_far")
	}
	return c.Err()
}

// day writes a date so that Finnish and Swedish readers understand it.
func day(t time.Time) string { return t.Format("2.1.2006") }
