package profile

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// DraftKept is how long a draft is kept from its last change.
const DraftKept = 7 * 24 * time.Hour

const (
	actionDraftBegun     = "profile_draft.begun"
	actionDraftDiscarded = "profile_draft.discarded"
	actionDraftsPurged   = "profile_draft.purged"
)

// Draft is an entry that is being written, as it was typed.
type Draft struct {
	Section Section
	// EntryID is the entry that it changes, 0 for a new one.
	EntryID int64
	// Seen is the mark of the entry that was typed over.
	Seen               string
	Values             Values
	SavedAt, ExpiresAt time.Time
}

// KeepDraft keeps what has been typed so far into an entry. seen is the mark of
// the entry that was shown, draft that of the draft: when another window has saved
// another draft since, nothing is kept, and the error is fault.ErrConflict. Text
// that holds an identity code is not kept either: *fault.InvalidError. What says
// nothing but the entry that was shown needs no draft: the zero Draft.
func (p *Profiles) KeepDraft(ctx context.Context, s identity.Session, section Section, id int64, seen, draft string, v Values) (Draft, error) {
	if err := checkPerson(s); err != nil {
		return Draft{}, err
	}
	v, _ = section.Clean(v)
	if !storable(v) || len(seen) > maxMark {
		return Draft{}, &fault.InvalidError{}
	}
	if errs := section.codes(v); len(errs) > 0 {
		return Draft{}, &fault.InvalidError{Fields: errs}
	}
	var kept Draft
	err := p.db.InTx(ctx, func(tx *postgres.Tx) error {
		protected, err := stay(ctx, tx, s.PersonID, section)
		if err != nil {
			return err
		}
		if protected {
			delete(v, "phone")
		}
		if _, err := lockProfile(ctx, tx, s.PersonID); err != nil {
			return err
		}
		if err := p.checkAsked(ctx, tx, s.PersonID, section); err != nil {
			return err
		}
		old, err := selectDraft(ctx, tx, s.PersonID, section, id)
		if err != nil {
			return err
		}
		begun := len(old.Values) == 0 || !old.SavedAt.After(tx.Now.Add(-DraftKept))
		if !begun && old.Values.Mark() != draft && old.Values.Mark() != v.Mark() {
			kept = old
			return fmt.Errorf("draft was saved meanwhile: %w", fault.ErrConflict)
		}
		if section.Tidy(v).Mark() == seen {
			return deleteAnyDraft(ctx, tx, s.PersonID, section, id)
		}
		kept = Draft{Section: section, EntryID: id, Seen: seen, Values: v, SavedAt: tx.Now, ExpiresAt: tx.Now.Add(DraftKept)}
		if err := upsertDraft(ctx, tx, s.PersonID, kept); err != nil || !begun {
			return err
		}
		return audit.Record(ctx, tx, event(s, actionDraftBegun, section))
	})
	return kept, err
}

// DiscardDraft takes a draft away; that there is none has no effect.
func (p *Profiles) DiscardDraft(ctx context.Context, s identity.Session, section Section, id int64) error {
	if err := checkPerson(s); err != nil {
		return err
	}
	return p.db.InTx(ctx, func(tx *postgres.Tx) error {
		old, err := selectDraft(ctx, tx, s.PersonID, section, id)
		if err != nil || old.SavedAt.IsZero() {
			return err
		}
		if err := deleteAnyDraft(ctx, tx, s.PersonID, section, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, event(s, actionDraftDiscarded, section))
	})
}

const (
	// maxMark is longer than any mark.
	maxMark = 64
	// maxStored is the size of a draft in bytes beyond which nobody types.
	maxStored = 256 << 10
)

// storable tells whether a draft can be kept as it is, which all is that a
// browser can send.
func storable(v Values) bool {
	b, err := json.Marshal(v)
	return err == nil && len(b) <= maxStored && !bytes.Contains(b, []byte(`\u0000`))
}

const sqlSelectDrafts = `
SELECT section, entry_id, seen, fields, saved_at, expires_at
  FROM profile_draft
 WHERE person_id = $1
   AND saved_at > $2
 ORDER BY saved_at DESC`

func selectDrafts(ctx context.Context, q postgres.Querier, person identity.PersonID, after time.Time) ([]Draft, error) {
	rows, err := q.Query(ctx, sqlSelectDrafts, person, after)
	if err != nil {
		return nil, fmt.Errorf("select drafts: %w", err)
	}
	drafts, err := pgx.CollectRows(rows, scanDraft)
	if err != nil {
		return nil, fmt.Errorf("read drafts: %w", err)
	}
	return drafts, nil
}

func scanDraft(row pgx.CollectableRow) (Draft, error) {
	var d Draft
	err := row.Scan(&d.Section, &d.EntryID, &d.Seen, &d.Values, &d.SavedAt, &d.ExpiresAt)
	return d, err
}

const sqlSelectDraft = `
SELECT section, entry_id, seen, fields, saved_at, expires_at
  FROM profile_draft
 WHERE person_id = $1
   AND section = $2
   AND entry_id = $3`

// selectDraft returns the zero Draft when there is none.
func selectDraft(ctx context.Context, tx *postgres.Tx, person identity.PersonID, s Section, id int64) (Draft, error) {
	rows, err := tx.Query(ctx, sqlSelectDraft, person, s, id)
	if err != nil {
		return Draft{}, fmt.Errorf("select draft: %w", err)
	}
	found, err := pgx.CollectRows(rows, scanDraft)
	if err != nil {
		return Draft{}, fmt.Errorf("read draft: %w", err)
	}
	if len(found) == 0 {
		return Draft{}, nil
	}
	return found[0], nil
}

const sqlUpsertDraft = `
INSERT INTO profile_draft (person_id, section, entry_id, seen, fields, saved_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT ON CONSTRAINT profile_draft_pkey DO UPDATE
   SET seen = excluded.seen, fields = excluded.fields, saved_at = excluded.saved_at, expires_at = excluded.expires_at`

func upsertDraft(ctx context.Context, tx *postgres.Tx, person identity.PersonID, d Draft) error {
	if _, err := tx.Exec(ctx, sqlUpsertDraft, person, d.Section, d.EntryID, d.Seen, d.Values, d.SavedAt, d.ExpiresAt); err != nil {
		return fmt.Errorf("keep draft: %w", err)
	}
	return nil
}

const sqlDeleteDraft = `
DELETE FROM profile_draft
 WHERE person_id = $1
   AND section = $2
   AND entry_id = $3`

func deleteAnyDraft(ctx context.Context, tx *postgres.Tx, person identity.PersonID, s Section, id int64) error {
	if _, err := tx.Exec(ctx, sqlDeleteDraft, person, s, id); err != nil {
		return fmt.Errorf("delete draft: %w", err)
	}
	return nil
}

// deleteDraft takes away the draft that has become an entry; another one, typed
// in another window, stays.
func deleteDraft(ctx context.Context, tx *postgres.Tx, person identity.PersonID, s Section, id int64, mark string) error {
	old, err := selectDraft(ctx, tx, person, s, id)
	if err != nil || old.Values.Mark() != mark {
		return err
	}
	return deleteAnyDraft(ctx, tx, person, s, id)
}
