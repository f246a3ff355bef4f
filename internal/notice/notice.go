// Package notice tells readers of breaks, faults and news of the service. The
// notices are rows that staff write ahead; no deploy is needed to show one.
package notice

import (
	"context"
	"fmt"
	"hash/fnv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Kind says what a notice is about.
type Kind string

// A Break is planned, a Fault is not, and News is neither.
const (
	Break Kind = "break"
	Fault Kind = "fault"
	News  Kind = "news"
)

// Notice is a notice of the service (häiriötiedote, katkotiedote).
type Notice struct {
	Kind               Kind
	TextFi, TextSv     string
	ShownFrom, ShownTo time.Time
}

// In returns the text in lang.
func (n Notice) In(lang i18n.Lang) string {
	if lang == i18n.Swedish {
		return n.TextSv
	}
	return n.TextFi
}

const (
	// fresh is how long notices are believed before they are read again.
	fresh = 5 * time.Second
	// ahead is how far the board looks: while the database is away it goes on
	// showing and hiding notices by the clock.
	ahead       = 72 * time.Hour
	readTimeout = 2 * time.Second
)

// Board keeps the notices in memory. Reading it never waits for the database,
// so that a notice of a break stays up during the break.
type Board struct {
	db      *postgres.DB
	known   atomic.Pointer[known]
	reading atomic.Bool
}

// known is what the board has read; it is never changed.
type known struct {
	notices []Notice
	readAt  time.Time
}

// NewBoard returns a board of the notices in db. It is empty until Refresh or a
// first question has read them.
func NewBoard(db *postgres.DB) *Board {
	b := &Board{db: db}
	b.known.Store(&known{})
	return b
}

// Refresh reads the notices from the database.
func (b *Board) Refresh(ctx context.Context) error {
	now := b.db.Now()
	notices, err := selectNotices(ctx, b.db, now, now.Add(ahead))
	if err != nil {
		return err
	}
	b.known.Store(&known{notices: notices, readAt: now})
	return nil
}

// Current returns the notices to show now, faults first.
func (b *Board) Current(ctx context.Context) []Notice {
	now := b.db.Now()
	var shown []Notice
	for _, n := range b.read(ctx, now) {
		if n.shown(now) {
			shown = append(shown, n)
		}
	}
	return shown
}

// Version changes when what Current returns does.
func (b *Board) Version(ctx context.Context) uint64 {
	now := b.db.Now()
	var sum uint64
	for _, n := range b.read(ctx, now) {
		if n.shown(now) {
			h := fnv.New64a()
			_, _ = fmt.Fprint(h, sum, n.Kind, n.TextFi, n.TextSv)
			sum = h.Sum64()
		}
	}
	return sum
}

func (n Notice) shown(now time.Time) bool {
	return !now.Before(n.ShownFrom) && now.Before(n.ShownTo)
}

// read returns what is known and has it read anew, beside the caller, when it
// is no longer fresh.
func (b *Board) read(ctx context.Context, now time.Time) []Notice {
	k := b.known.Load()
	if age := now.Sub(k.readAt); (age > fresh || age < 0) && b.reading.CompareAndSwap(false, true) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
		go func() {
			defer b.reading.Store(false)
			defer cancel()
			if err := b.Refresh(ctx); err != nil {
				// Old notices are better than none; the next try is some
				// seconds away so that an outage is not made worse.
				b.known.Store(&known{notices: k.notices, readAt: now})
			}
		}()
	}
	return k.notices
}

const sqlSelectNotices = `
SELECT kind, text_fi, text_sv, shown_from, shown_to
  FROM service_notice
 WHERE shown_to > $1
   AND shown_from < $2
 ORDER BY array_position(ARRAY['fault', 'break', 'news'], kind), shown_from, id`

func selectNotices(ctx context.Context, q postgres.Querier, from, to time.Time) ([]Notice, error) {
	rows, err := q.Query(ctx, sqlSelectNotices, from, to)
	if err != nil {
		return nil, fmt.Errorf("select service notices: %w", err)
	}
	notices, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Notice])
	if err != nil {
		return nil, fmt.Errorf("select service notices: %w", err)
	}
	return notices, nil
}
