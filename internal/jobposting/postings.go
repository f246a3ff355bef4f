package jobposting

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// BatchSize is how many postings one transaction should take in: enough to make
// statements cheap, few enough to keep locks short.
const BatchSize = 200

// The audited actions.
const (
	ActionReceived = "job_posting.received"
	ActionClosed   = "job_posting.closed"
	ActionSwept    = "job_posting.swept"
)

// Postings takes in, closes and reads postings.
type Postings struct {
	db *postgres.DB

	// OnChange, if set, runs in the transaction of each change, before the
	// change has its place in the sequence (Seq is 0). What it writes commits
	// with the change. Closed postings come without Content.
	OnChange func(ctx context.Context, tx *postgres.Tx, changed []Posting) error
}

// NewPostings returns Postings kept in db.
func NewPostings(db *postgres.DB) *Postings { return &Postings{db: db} }

// errRaced says that another writer stored one of our new postings first.
var errRaced = errors.New("another writer was first")

// Receive stores what a source publishes now, in one transaction: it is best
// called with up to BatchSize postings. What is known as it stands costs next
// to nothing. Of several postings with one ExternalID the last one counts.
func (p *Postings) Receive(ctx context.Context, actor audit.Ref, source Source, batch []Incoming) (Report, error) {
	list, err := arrivals(batch)
	if err != nil {
		return Report{}, err
	}
	for {
		r, err := p.receive(ctx, actor, source, list)
		if errors.Is(err, errRaced) {
			// The other writer has committed, so its row is there to be changed
			// in the next round.
			continue
		}
		return r, err
	}
}

func (p *Postings) receive(ctx context.Context, actor audit.Ref, source Source, list []*arrival) (Report, error) {
	var r Report
	err := p.db.InTx(ctx, func(tx *postgres.Tx) error {
		r = Report{}
		current, err := selectHashes(ctx, tx, source, externalIDs(list))
		if err != nil {
			return err
		}
		differing := make([]*arrival, 0, len(list))
		var known []*arrival
		for _, a := range list {
			switch c, ok := current[a.ExternalID]; {
			case ok && bytes.Equal(c.hash, a.hash):
				r.Unchanged++
				if len(a.SourceHash) > 0 && !bytes.Equal(c.sourceHash, a.SourceHash) {
					known = append(known, a)
				}
			case ok && c.status == StatusClosed && a.statusAt(tx.Now) == StatusClosed:
				r.Unchanged++
			default:
				differing = append(differing, a)
			}
		}
		if err := updateSourceHashes(ctx, tx, source, known); err != nil {
			return err
		}
		writes, err := p.store(ctx, tx, source, differing, &r)
		if err != nil || len(writes) == 0 {
			return err
		}
		return p.finish(ctx, tx, writes, audit.Event{
			Actor:   actor,
			Action:  ActionReceived,
			Subject: audit.Ref{Kind: "source", ID: string(source)},
			Detail: map[string]any{
				"new": r.New, "changed": r.Changed, "reopened": r.Reopened, "expired": r.Expired,
			},
		})
	})
	if err != nil {
		return Report{}, fmt.Errorf("receive postings: %w", err)
	}
	return r, nil
}

// store inserts and updates what differs and returns what it wrote.
func (p *Postings) store(ctx context.Context, tx *postgres.Tx, source Source, differing []*arrival, r *Report) ([]write, error) {
	if len(differing) == 0 {
		return nil, nil
	}
	olds, err := selectForUpdate(ctx, tx, source, externalIDs(differing))
	if err != nil {
		return nil, err
	}
	var inserts, updates []write
	for _, a := range differing {
		old := olds[a.ExternalID]
		// Another writer may have brought the same change since the first look.
		if old != nil && (bytes.Equal(old.hash, a.hash) ||
			old.Status == StatusClosed && a.statusAt(tx.Now) == StatusClosed) {
			r.Unchanged++
			continue
		}
		w, err := a.posting(source, old, tx.Now)
		if err != nil {
			return nil, err
		}
		switch {
		case w.Status == StatusClosed:
			r.Expired++
		case old == nil:
			r.New++
		case old.Status == StatusClosed:
			r.Reopened++
		default:
			r.Changed++
		}
		if old == nil {
			inserts = append(inserts, w)
		} else {
			updates = append(updates, w)
		}
	}
	if err := insertPostings(ctx, tx, source, inserts); err != nil {
		return nil, err
	}
	if err := updatePostings(ctx, tx, updates); err != nil {
		return nil, err
	}
	return slices.Concat(inserts, updates), nil
}

// finish tells OnChange, gives the changes their places and records the audit
// event. The places come as late as can be, for from there to the commit no
// other writer can take one: that is what keeps the sequence in the order of
// commits and free of gaps.
func (p *Postings) finish(ctx context.Context, tx *postgres.Tx, writes []write, e audit.Event) error {
	if p.OnChange != nil {
		changed := make([]Posting, len(writes))
		for i, w := range writes {
			changed[i] = w.Posting
			if w.Status == StatusClosed {
				changed[i].Content = Content{}
			}
		}
		if err := p.OnChange(ctx, tx, changed); err != nil {
			return fmt.Errorf("follow changed postings: %w", err)
		}
	}
	last, err := insertChanges(ctx, tx, writes)
	if err != nil {
		return err
	}
	e.Detail["last_seq"] = last
	return audit.Record(ctx, tx, e)
}

// Known returns which of the records hashed by their sources are stored as they
// are, by the hash's bytes. A closed posting is never among them.
func (p *Postings) Known(ctx context.Context, source Source, sourceHashes [][]byte) (map[string]Known, error) {
	return selectKnown(ctx, p.db, source, sourceHashes)
}

// AllKnown returns all that Known could return: what to ask for once before a
// whole snapshot is compared. It holds about 200 bytes for each posting.
func (p *Postings) AllKnown(ctx context.Context, source Source) (map[string]Known, error) {
	return selectAllKnown(ctx, p.db, source)
}

// Close closes the postings of a source that are not closed yet and returns how
// many were. IDs that are not known are passed over.
func (p *Postings) Close(ctx context.Context, actor audit.Ref, source Source, externalIDs []string, reason CloseReason) (int, error) {
	closed := 0
	err := p.db.InTx(ctx, func(tx *postgres.Tx) error {
		writes, err := closePostings(ctx, tx, source, externalIDs, reason)
		closed = len(writes)
		if err != nil || closed == 0 {
			return err
		}
		return p.finish(ctx, tx, writes, audit.Event{
			Actor:   actor,
			Action:  ActionClosed,
			Subject: audit.Ref{Kind: "source", ID: string(source)},
			Detail:  map[string]any{"reason": string(reason), "closed": closed},
		})
	})
	if err != nil {
		return 0, fmt.Errorf("close postings: %w", err)
	}
	return closed, nil
}

// Sweep closes the postings whose deadline has passed and opens the scheduled
// ones whose time has come, in transactions of BatchSize.
func (p *Postings) Sweep(ctx context.Context, actor audit.Ref) (SweepReport, error) {
	var r SweepReport
	for {
		var opened, closed int
		err := p.db.InTx(ctx, func(tx *postgres.Tx) error {
			closing, err := closeExpired(ctx, tx)
			if err != nil {
				return err
			}
			opening, err := openScheduled(ctx, tx)
			if err != nil {
				return err
			}
			opened, closed = len(opening), len(closing)
			if opened+closed == 0 {
				return nil
			}
			return p.finish(ctx, tx, append(closing, opening...), audit.Event{
				Actor:   actor,
				Action:  ActionSwept,
				Subject: audit.Ref{Kind: "job_posting", ID: "due"},
				Detail:  map[string]any{"opened": opened, "closed": closed},
			})
		})
		if err != nil {
			return r, fmt.Errorf("sweep postings: %w", err)
		}
		r.Opened += opened
		r.Closed += closed
		if opened < BatchSize && closed < BatchSize {
			return r, nil
		}
	}
}

func externalIDs(list []*arrival) []string {
	ids := make([]string, len(list))
	for i, a := range list {
		ids[i] = a.ExternalID
	}
	return ids
}
