package terms

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlSelectDraft = `
SELECT kind, revision, title_fi, title_sv, text_fi, text_sv, effective_on, reporting,
       edited_by, edited_at, coalesce(requested_by, 0), requested_at
  FROM terms_draft
 WHERE kind = $1`

func selectDraft(ctx context.Context, q postgres.Querier, kind Kind) (Draft, error) {
	var d Draft
	var titleFi, titleSv, textFi, textSv string
	var on, requested *time.Time
	err := q.QueryRow(ctx, sqlSelectDraft, kind).Scan(&d.Kind, &d.Revision, &titleFi, &titleSv, &textFi, &textSv, &on, &d.Reporting,
		&d.EditedBy, &d.EditedAt, &d.RequestedBy, &requested)
	if errors.Is(err, pgx.ErrNoRows) {
		return Draft{}, fmt.Errorf("draft of terms: %w", fault.ErrNotFound)
	}
	if err != nil {
		return Draft{}, fmt.Errorf("select draft of terms: %w", err)
	}
	d.Title, d.Text = both(titleFi, titleSv), both(textFi, textSv)
	if on != nil {
		d.EffectiveOn = *on
	}
	if requested != nil {
		d.RequestedAt = *requested
	}
	return d, nil
}

const sqlInsertDraft = `
INSERT INTO terms_draft
    (kind, revision, title_fi, title_sv, text_fi, text_sv, reporting, edited_by, edited_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT ON CONSTRAINT terms_draft_pkey DO NOTHING`

func insertDraft(ctx context.Context, tx *postgres.Tx, d Draft) (isNew bool, err error) {
	tag, err := tx.Exec(ctx, sqlInsertDraft, d.Kind, d.Revision,
		d.Title[i18n.Finnish], d.Title[i18n.Swedish], d.Text[i18n.Finnish], d.Text[i18n.Swedish],
		d.Reporting, d.EditedBy, d.EditedAt)
	if err != nil {
		return false, fmt.Errorf("insert draft of terms: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

const sqlUpdateDraft = `
UPDATE terms_draft
   SET revision = $2, title_fi = $3, title_sv = $4, text_fi = $5, text_sv = $6, effective_on = $7, reporting = $8,
       edited_by = $9, edited_at = $10, requested_by = $11, requested_at = $12
 WHERE kind = $1`

func updateDraft(ctx context.Context, tx *postgres.Tx, d Draft) error {
	_, err := tx.Exec(ctx, sqlUpdateDraft, d.Kind, d.Revision,
		d.Title[i18n.Finnish], d.Title[i18n.Swedish], d.Text[i18n.Finnish], d.Text[i18n.Swedish],
		timeOrNull(d.EffectiveOn), d.Reporting, d.EditedBy, d.EditedAt, orNull(d.RequestedBy), timeOrNull(d.RequestedAt))
	if err != nil {
		return fmt.Errorf("update draft of terms: %w", err)
	}
	return nil
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

const sqlDeleteDraft = `DELETE FROM terms_draft WHERE kind = $1`

func deleteDraft(ctx context.Context, tx *postgres.Tx, kind Kind) error {
	if _, err := tx.Exec(ctx, sqlDeleteDraft, kind); err != nil {
		return fmt.Errorf("delete draft of terms: %w", err)
	}
	return nil
}
