package retention

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// HandOver gives an organisation's data to the National Archives
// (Kansallisarkisto) when its time here is up: it writes a package, and deletes
// the data in the transaction that finds it to be just what the package holds. A
// run that is killed leaves a package without deletion, never the other way
// round; the next run takes that package if it is whole and still true.
type HandOver struct {
	db  *postgres.DB
	dir string
	// parts is what a package is made of, in the order in which it is deleted.
	parts []keeping.Part
}

// NewHandOver returns the hand-over of parts into dir. While dir is "" nothing is
// handed over and nothing deleted.
func NewHandOver(db *postgres.DB, dir string, parts ...keeping.Part) *HandOver {
	return &HandOver{db: db, dir: dir, parts: parts}
}

// The kinds that go as packages: organisations that were partners, and those that
// only applied.
const (
	kindCustomership = "customership"
	kindApplication  = "application"
)

const actionHandedOver = "handover.finished"

// packagesAtOnce is how many packages one step of a run makes at most.
const packagesAtOnce = 10

// Purges returns the purges of what goes as packages.
func (h *HandOver) Purges() []keeping.Purge {
	var all []keeping.Purge
	for _, kind := range []string{kindCustomership, kindApplication} {
		all = append(all, keeping.Purge{
			Kind: kind,
			Due: func(ctx context.Context, tx *postgres.Tx, r keeping.Rule) (int, error) {
				due, err := selectDue(ctx, tx, r, "", 0)
				return len(due), err
			},
			Run: h.run,
		})
	}
	return all
}

// run hands over organisations that are due. One that fails holds up none of the
// others.
func (h *HandOver) run(ctx context.Context, r keeping.Rule, limit int) (int, error) {
	if h.dir == "" {
		return 0, nil
	}
	var due []string
	var forgotten []pack
	err := h.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		var err error
		if due, err = selectDue(ctx, tx, r, "", 0); err != nil {
			return err
		}
		forgotten, err = selectForgotten(ctx, tx, r.Kind, due)
		return err
	})
	if err != nil {
		return 0, err
	}
	n := 0
	failed := h.sweep(ctx)
	for _, p := range forgotten {
		failed = errors.Join(failed, h.void(ctx, p))
	}
	for _, organisation := range due {
		if n >= min(limit, packagesAtOnce) || ctx.Err() != nil {
			break
		}
		if err := h.one(ctx, r, organisation); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		n++
	}
	if n > 0 {
		return n, nil // what failed is due still and fails again when nothing else is left
	}
	return n, failed
}

// sweep takes away packages that were left half done by a process that woke up
// after another had taken over.
func (h *HandOver) sweep(ctx context.Context) error {
	half, err := halfPackages(h.dir)
	if err != nil || len(half) == 0 {
		return err
	}
	// Whoever writes one has opened it before.
	open, err := selectOpenNames(ctx, h.db)
	if err != nil {
		return err
	}
	for _, name := range half {
		if !slices.Contains(open, name) {
			err = errors.Join(err, sweep(h.dir, name))
		}
	}
	return err
}

// one hands over one organisation. When its data changes between the package and
// the deletion, the package is void and a new one is made.
func (h *HandOver) one(ctx context.Context, r keeping.Rule, organisation string) error {
	for range 3 {
		var p pack
		var ok bool
		err := h.db.InTx(ctx, func(tx *postgres.Tx) error {
			var err error
			p, ok, err = h.begin(ctx, tx, r, organisation)
			return err
		})
		if err != nil || !ok {
			return err
		}
		written, err := writePackage(h.dir, p)
		if err != nil {
			return fmt.Errorf("write package %s: %w", p.name, err)
		}
		if written {
			if written, err = h.finish(ctx, r, organisation, p); err != nil {
				return fmt.Errorf("delete what package %s holds: %w", p.name, err)
			}
		}
		if written {
			return nil
		}
		if err := h.void(ctx, p); err != nil {
			return err
		}
	}
	return errors.New("the data of an organisation changed at every try to hand it over")
}

// begin finds or opens the row of the package and collects what it holds; false
// means that the organisation is not due any more.
func (h *HandOver) begin(ctx context.Context, tx *postgres.Tx, r keeping.Rule, organisation string) (pack, bool, error) {
	due, err := selectDue(ctx, tx, r, organisation, 1)
	if err != nil || len(due) == 0 {
		return pack{}, false, err
	}
	p := pack{kind: r.Kind, rule: r}
	if p.id, p.name, p.began, err = openHandover(ctx, tx, r.Kind, organisation); err != nil {
		return pack{}, false, err
	}
	return p, true, h.fill(ctx, tx, &p, organisation)
}

func (h *HandOver) fill(ctx context.Context, tx *postgres.Tx, p *pack, organisation string) error {
	var whole keeping.Contents
	for _, part := range h.parts {
		c, err := part.Collect(ctx, tx, organisation)
		if err != nil {
			return fmt.Errorf("collect %s: %w", part.Name, err)
		}
		whole.Tables, whole.Files = append(whole.Tables, c.Tables...), append(whole.Files, c.Files...)
	}
	meanings, err := selectMeanings(ctx, tx)
	if err != nil {
		return err
	}
	return p.fill(organisation, whole, meanings)
}

// finish deletes what the package holds, unless that is not what is there any
// more.
func (h *HandOver) finish(ctx context.Context, r keeping.Rule, organisation string, p pack) (bool, error) {
	same := false
	err := h.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := lockHandover(ctx, tx, p.id); err != nil {
			return err
		}
		due, err := selectDue(ctx, tx, r, organisation, 1)
		if err != nil {
			return err
		}
		now := pack{id: p.id, name: p.name, kind: p.kind, rule: p.rule, began: p.began}
		if err := h.fill(ctx, tx, &now, organisation); err != nil {
			return err
		}
		if same = len(due) == 1 && now.digest == p.digest; !same {
			return nil
		}
		if err := markWritten(ctx, tx, p); err != nil {
			return err
		}
		n, err := h.drop(ctx, tx, organisation)
		if err != nil {
			return err
		}
		if n != p.rows {
			return fmt.Errorf("%d rows are in the package and %d would go", p.rows, n)
		}
		if err := markFinished(ctx, tx, p.id, "deleted"); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: audit.System(keeping.Task), Action: actionHandedOver, Subject: p.ref(),
			Detail: map[string]any{
				"kind": p.kind, "package": p.name, "digest": p.digest, "files": len(p.files), "rows": p.rows, "rule": r.Version,
			},
		})
	})
	return same, err
}

// drop releases what never changes first: it hangs on what the parts delete.
func (h *HandOver) drop(ctx context.Context, tx *postgres.Tx, organisation string) (int, error) {
	total, err := release(ctx, tx, organisation)
	if err != nil {
		return 0, err
	}
	for _, part := range h.parts {
		n, err := part.Drop(ctx, tx, organisation)
		if err != nil {
			return 0, fmt.Errorf("delete %s: %w", part.Name, err)
		}
		total += n
	}
	return total, nil
}

// void takes a package out of the way that does not hold what was to be deleted.
func (h *HandOver) void(ctx context.Context, p pack) error {
	return h.db.InTx(ctx, func(tx *postgres.Tx) error {
		// Once another run has finished it, the package is all that there is.
		if err := lockHandover(ctx, tx, p.id); err != nil {
			return err
		}
		if err := voidPackage(h.dir, p); err != nil {
			return fmt.Errorf("make package %s void: %w", p.name, err)
		}
		if err := markFinished(ctx, tx, p.id, "void"); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: audit.System(keeping.Task), Action: "handover.voided", Subject: p.ref(),
			Detail: map[string]any{"kind": p.kind, "package": p.name},
		})
	})
}

// Package is one that was made or is being made.
type Package struct {
	Name, Kind, Outcome string
	Files, Rows         int
	Digest              string
	StartedAt           time.Time
}

// Packages returns the newest packages, at most limit.
func (h *HandOver) Packages(ctx context.Context, limit int) ([]Package, error) {
	return selectPackages(ctx, h.db, limit)
}

// Ready tells whether there is a place for packages.
func (h *HandOver) Ready() bool { return h.dir != "" }
