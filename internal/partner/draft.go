package partner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const (
	// DraftKept is how long a draft is kept from its last change.
	DraftKept = 7 * 24 * time.Hour
	// DraftWarned is how long before its end its writer is told.
	DraftWarned = 2 * 24 * time.Hour
)

// The audited actions on drafts. That one is saved again leaves no event.
const (
	actionDraftBegun     = "draft.begun"
	actionDraftDiscarded = "draft.discarded"
	actionDraftsPurged   = "draft.purged"
	actionDraftsWarned   = "draft.warned"
)

// Draft is an application that is being written. It belongs to one person
// acting for one organisation; nobody else sees it.
type Draft struct {
	ID         int64
	PersonID   identity.PersonID
	BusinessID organisation.BusinessID
	// ApplicationID is the application that the draft corrects, 0 for a new one.
	ApplicationID int64
	Language      i18n.Lang
	// Version rises with each save; it is 0 for a draft that is not there yet.
	Version int
	// Form is as it was typed.
	Form Form
	// Saved holds for each part the version of the draft that its last save
	// made.
	Saved              map[Part]int
	SavedAt, ExpiresAt time.Time
}

// Drafts keeps drafts.
type Drafts struct {
	// Link returns the path of the page on which an application, 0 for a new
	// one, is written; nil leaves it to the mail.
	Link func(lang i18n.Lang, application int64) string

	db *postgres.DB
}

// NewDrafts returns the Drafts in db.
func NewDrafts(db *postgres.DB) *Drafts { return &Drafts{db: db} }

// Of returns the draft of s's person for the organisation that it acts for, of
// a correction of application or of a new application when that is 0. The zero
// Draft means that there is none.
func (d *Drafts) Of(ctx context.Context, s identity.Session, application int64) (Draft, error) {
	if s.Acting == nil {
		return Draft{}, errNotActing
	}
	return selectDraft(ctx, d.db, ownerOf(s, application), d.db.Now())
}

var errNotActing = fmt.Errorf("no organisation is acted for: %w", fault.ErrForbidden)

// Save keeps one part of form as it was typed, valid or not. seen is the version
// of the draft that the writer was shown. When the part has been saved since,
// with another content, nothing is kept: the error is fault.ErrConflict, and the
// Draft is the one that is there. A draft that is not there begins with base.
func (d *Drafts) Save(ctx context.Context, s identity.Session, application int64, lang i18n.Lang, seen int, p Part, form, base Form) (Draft, error) {
	if s.Acting == nil {
		return Draft{}, errNotActing
	}
	if !form.storable() {
		return Draft{}, &fault.InvalidError{}
	}
	var draft Draft
	err := d.db.InTx(ctx, func(tx *postgres.Tx) error {
		owner := ownerOf(s, application)
		begun, err := insertDraft(ctx, tx, owner, lang, base)
		if err != nil {
			return err
		}
		if draft, err = lockDraft(ctx, tx, owner); err != nil {
			return err
		}
		next := draft.Form.WithPart(p, form)
		if draft.Saved[p] > seen && len(Diff(draft.Form, next)) > 0 {
			return fmt.Errorf("part %s of the draft was saved meanwhile: %w", p, fault.ErrConflict)
		}
		draft.Form, draft.Language = next, lang
		draft.Version++
		draft.Saved[p] = draft.Version
		draft.SavedAt, draft.ExpiresAt = tx.Now, tx.Now.Add(DraftKept)
		if err := updateDraft(ctx, tx, draft); err != nil || !begun {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: s.Actor(), Action: actionDraftBegun, Subject: draftRef(draft.ID),
			Detail: map[string]any{"application": application},
		})
	})
	return draft, err
}

// Discard takes the draft away; that there is none has no effect.
func (d *Drafts) Discard(ctx context.Context, s identity.Session, application int64) error {
	if s.Acting == nil {
		return errNotActing
	}
	return d.db.InTx(ctx, func(tx *postgres.Tx) error {
		id, err := deleteDraft(ctx, tx, ownerOf(s, application))
		if err != nil || id == 0 {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Actor: s.Actor(), Action: actionDraftDiscarded, Subject: draftRef(id)})
	})
}

// Purge takes away the drafts whose time has come and returns how many they
// were.
func (d *Drafts) Purge(ctx context.Context, actor audit.Ref) (int, error) {
	var n int
	err := d.db.InTx(ctx, func(tx *postgres.Tx) error {
		var err error
		if n, err = deleteExpiredDrafts(ctx, tx); err != nil || n == 0 {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: actor, Action: actionDraftsPurged, Subject: audit.Ref{Kind: "draft", ID: "*"},
			Detail: map[string]any{"count": n},
		})
	})
	return n, err
}

// Warn tells the writers of drafts that end soon, once, if the draft has an
// address to write to, and returns how many mails that were.
func (d *Drafts) Warn(ctx context.Context, actor audit.Ref) (int, error) {
	n := 0
	err := d.db.InTx(ctx, func(tx *postgres.Tx) error {
		drafts, err := warnDrafts(ctx, tx)
		if err != nil {
			return err
		}
		for _, draft := range drafts {
			to, ok := draft.Form.mainContact(draft.Language)
			if !ok {
				continue
			}
			data := map[string]string{"date": draft.ExpiresAt.UTC().Format(time.RFC3339)}
			if d.Link != nil {
				data["link"] = d.Link(to.Language, draft.ApplicationID)
			}
			err := mail.EnqueueTo(ctx, tx, int64(draft.PersonID), mail.Message{
				Kind: "draft_expires", To: to.Email, Lang: to.Language,
				Key:       "draft_expires:" + strconv.FormatInt(draft.ID, 10) + ":" + strconv.Itoa(draft.Version),
				ExpiresAt: draft.ExpiresAt, Data: data,
			})
			if err != nil {
				return err
			}
			n++
		}
		if n == 0 {
			return nil
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: actor, Action: actionDraftsWarned, Subject: audit.Ref{Kind: "draft", ID: "*"},
			Detail: map[string]any{"count": n},
		})
	})
	return n, err
}

// maxStored is the size of a draft's form in bytes beyond which nobody types.
const maxStored = 512 << 10

// storable tells whether the form can be kept as it is, which all is that a
// browser can send.
func (f Form) storable() bool {
	b, err := json.Marshal(f)
	return err == nil && len(b) <= maxStored && !bytes.Contains(b, []byte(`\u0000`))
}

func draftRef(id int64) audit.Ref { return audit.Ref{Kind: "draft", ID: strconv.FormatInt(id, 10)} }

// mainContact is the first contact that a mail can be sent to, with a language
// to write in.
func (f Form) mainContact(lang i18n.Lang) (Contact, bool) {
	for _, c := range f.Tidied().Contacts {
		if !mail.ValidAddress(c.Email) {
			continue
		}
		if c.Language != i18n.Finnish && c.Language != i18n.Swedish {
			c.Language = lang
		}
		return c, true
	}
	return Contact{}, false
}

// owner is whom a draft belongs to.
type owner struct {
	person      identity.PersonID
	business    string
	application *int64
}

// ownerOf is for sessions that act for an organisation.
func ownerOf(s identity.Session, application int64) owner {
	o := owner{person: s.PersonID, business: s.Acting.BusinessID}
	if application != 0 {
		o.application = &application
	}
	return o
}

const sqlSelectDraft = `
SELECT id, person_id, business_id, coalesce(application_id, 0), language, version, form, saved, saved_at, expires_at
  FROM application_draft
 WHERE person_id = $1
   AND business_id = $2
   AND application_id IS NOT DISTINCT FROM $3
   AND expires_at > $4`

// selectDraft returns the zero Draft when there is none.
func selectDraft(ctx context.Context, q postgres.Querier, o owner, now time.Time) (Draft, error) {
	rows, err := q.Query(ctx, sqlSelectDraft, o.person, o.business, o.application, now)
	if err != nil {
		return Draft{}, fmt.Errorf("select draft: %w", err)
	}
	draft, err := pgx.CollectExactlyOneRow(rows, scanDraft)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Draft{}, fmt.Errorf("read draft: %w", err)
	}
	return draft, nil
}

func scanDraft(row pgx.CollectableRow) (Draft, error) {
	var d Draft
	err := row.Scan(&d.ID, &d.PersonID, &d.BusinessID, &d.ApplicationID, &d.Language, &d.Version, &d.Form, &d.Saved, &d.SavedAt, &d.ExpiresAt)
	return d, err
}

const sqlLockDraft = `
SELECT id, person_id, business_id, coalesce(application_id, 0), language, version, form, saved, saved_at, expires_at
  FROM application_draft
 WHERE person_id = $1
   AND business_id = $2
   AND application_id IS NOT DISTINCT FROM $3
   FOR UPDATE`

// lockDraft fails with fault.ErrNotFound when there is none.
func lockDraft(ctx context.Context, tx *postgres.Tx, o owner) (Draft, error) {
	rows, err := tx.Query(ctx, sqlLockDraft, o.person, o.business, o.application)
	if err != nil {
		return Draft{}, fmt.Errorf("lock draft: %w", err)
	}
	draft, err := pgx.CollectExactlyOneRow(rows, scanDraft)
	if errors.Is(err, pgx.ErrNoRows) {
		return Draft{}, fmt.Errorf("draft: %w", fault.ErrNotFound)
	}
	if err != nil {
		return Draft{}, fmt.Errorf("read draft: %w", err)
	}
	return draft, nil
}

const sqlDeleteStaleDraft = `
DELETE FROM application_draft
 WHERE person_id = $1
   AND business_id = $2
   AND application_id IS NOT DISTINCT FROM $3
   AND expires_at <= $4`

const sqlInsertDraft = `
INSERT INTO application_draft (person_id, business_id, application_id, language, form, created_at, saved_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
ON CONFLICT ON CONSTRAINT application_draft_owner_key DO NOTHING`

// insertDraft reports whether there was none yet. One whose time has come is as
// good as none.
func insertDraft(ctx context.Context, tx *postgres.Tx, o owner, lang i18n.Lang, base Form) (bool, error) {
	if _, err := tx.Exec(ctx, sqlDeleteStaleDraft, o.person, o.business, o.application, tx.Now); err != nil {
		return false, fmt.Errorf("delete stale draft: %w", err)
	}
	tag, err := tx.Exec(ctx, sqlInsertDraft, o.person, o.business, o.application, lang, base, tx.Now, tx.Now.Add(DraftKept))
	if err != nil {
		return false, fmt.Errorf("insert draft: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

const sqlUpdateDraft = `
UPDATE application_draft
   SET language = $2, version = $3, form = $4, saved = $5, saved_at = $6, expires_at = $7, warned_at = NULL
 WHERE id = $1`

// updateDraft stores a draft that the caller has locked.
func updateDraft(ctx context.Context, tx *postgres.Tx, d Draft) error {
	if _, err := tx.Exec(ctx, sqlUpdateDraft, d.ID, d.Language, d.Version, d.Form, d.Saved, d.SavedAt, d.ExpiresAt); err != nil {
		return fmt.Errorf("update draft: %w", err)
	}
	return nil
}

const sqlDeleteDraft = `
DELETE FROM application_draft
 WHERE person_id = $1
   AND business_id = $2
   AND application_id IS NOT DISTINCT FROM $3
RETURNING id`

// deleteDraft returns 0 when there is none.
func deleteDraft(ctx context.Context, tx *postgres.Tx, o owner) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, sqlDeleteDraft, o.person, o.business, o.application).Scan(&id)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("delete draft: %w", err)
	}
	return id, nil
}

const sqlDeleteExpiredDrafts = `DELETE FROM application_draft WHERE expires_at <= $1`

func deleteExpiredDrafts(ctx context.Context, tx *postgres.Tx) (int, error) {
	tag, err := tx.Exec(ctx, sqlDeleteExpiredDrafts, tx.Now)
	if err != nil {
		return 0, fmt.Errorf("delete expired drafts: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

const sqlWarnDrafts = `
   UPDATE application_draft
      SET warned_at = $1
    WHERE expires_at > $1
      AND expires_at <= $2
      AND warned_at IS NULL
RETURNING id, person_id, business_id, coalesce(application_id, 0), language, version, form, saved, saved_at, expires_at`

func warnDrafts(ctx context.Context, tx *postgres.Tx) ([]Draft, error) {
	rows, err := tx.Query(ctx, sqlWarnDrafts, tx.Now, tx.Now.Add(DraftWarned))
	if err != nil {
		return nil, fmt.Errorf("warn of drafts: %w", err)
	}
	drafts, err := pgx.CollectRows(rows, scanDraft)
	if err != nil {
		return nil, fmt.Errorf("read drafts: %w", err)
	}
	return drafts, nil
}
