package owndata

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Replayed is what Replay has done.
type Replayed struct {
	// Restored tells that the database came from a backup.
	Restored bool
	// Erased is how many accounts and other things that the journal knows were there
	// again, or still, and are gone now.
	Erased int
	// Withdrawn is how many old mails were taken back.
	Withdrawn int
}

// lag is how many beats a database may be behind the file and still be the same:
// a standby that takes over may lack the last minutes.
const lag = 5

// ErrNoJournal is of a database that has lived with a journal which is not there,
// or not whole: whoever was deleted may be back, and nobody would notice.
var ErrNoJournal = errors.New("the journal of erasures that the database knows is not there")

// Replay compares the database with the journal. What the journal calls gone is
// erased, be it that a backup has brought them back or that the database
// was lost in the very moment of a deletion. In a database that was restored from
// a backup, all mails that wait are taken back: they are old. It must have
// succeeded before anything is served or sent, and runs every minute then.
func (o *OwnData) Replay(ctx context.Context) (Replayed, error) {
	var done Replayed
	if o.journal == nil {
		return done, nil
	}
	o.replaying.Lock()
	defer o.replaying.Unlock()
	beat, begun, err := o.journal.beat()
	if err != nil {
		return done, err
	}
	number, err := o.compare(ctx, beat, begun, &done)
	if err != nil {
		return done, err
	}
	lines, end, err := o.journal.from(o.read)
	if err != nil {
		return done, err
	}
	for len(lines) > 0 {
		batch := lines[:min(len(lines), 1000)]
		lines = lines[len(batch):]
		n, err := o.eraseMissing(ctx, batch)
		done.Erased += n
		if err != nil {
			return done, err
		}
	}
	o.read = end
	return done, o.count(ctx, beat, number)
}

const sqlSelectBeat = `SELECT number FROM erasure_beat FOR UPDATE`

// compare has the journal read anew when the database is behind it, if only by a
// beat, and withdraws old mails when it is far behind. It returns how far the
// database has counted.
func (o *OwnData) compare(ctx context.Context, beat int64, begun bool, done *Replayed) (number int64, err error) {
	err = o.db.InTx(ctx, func(tx *postgres.Tx) error {
		number = 0
		err := tx.QueryRow(ctx, sqlSelectBeat).Scan(&number)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("select beat: %w", err)
		}
		// The file follows at once, so that one which is far behind is an old copy. A
		// beat of 0 is written by whoever begins a new journal.
		if !begun && number > 0 || beat > 0 && number > beat+lag {
			return ErrNoJournal
		}
		if beat > number {
			o.read = 0
		}
		if beat <= number+lag {
			return nil
		}
		n, err := mail.WithdrawAll(ctx, tx)
		if err != nil {
			return err
		}
		if err := upsertBeat(ctx, tx, beat); err != nil {
			return err
		}
		done.Restored, done.Withdrawn = true, n
		return audit.Record(ctx, tx, audit.Event{
			Actor: audit.System("own_data.replay"), Action: actionReplayed, Subject: audit.Ref{Kind: "database", ID: "*"},
			Detail: map[string]any{"behind": beat - number, "mails_withdrawn": n},
		})
	})
	return number, err
}

const sqlUpsertBeat = `
INSERT INTO erasure_beat (single, number, at)
VALUES (true, $1, $2)
    ON CONFLICT (single) DO UPDATE SET number = greatest(erasure_beat.number, excluded.number), at = excluded.at
RETURNING number`

func upsertBeat(ctx context.Context, tx *postgres.Tx, number int64) error {
	if err := tx.QueryRow(ctx, sqlUpsertBeat, number, tx.Now).Scan(&number); err != nil {
		return fmt.Errorf("write beat: %w", err)
	}
	return nil
}

const sqlRaiseBeat = `
INSERT INTO erasure_beat (single, number, at)
VALUES (true, $1, $2)
    ON CONFLICT (single) DO UPDATE SET number = greatest(erasure_beat.number + 1, excluded.number), at = excluded.at
RETURNING number`

// count lets the database count on, and the file follow it. As long as the file
// cannot follow, the database does not run away from it.
func (o *OwnData) count(ctx context.Context, beat, number int64) error {
	if number > beat {
		return o.journal.setBeat(number)
	}
	err := o.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := tx.QueryRow(ctx, sqlRaiseBeat, beat+1, tx.Now).Scan(&number); err != nil {
			return fmt.Errorf("raise beat: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return o.journal.setBeat(number)
}

const sqlSelectMissing = `
SELECT line.key::text
  FROM unnest($1::text[]) AS line (key)
 WHERE NOT EXISTS (SELECT FROM erasure WHERE erasure.key = line.key::uuid)`

// eraseMissing erases what stands in lines that the database does not know to be
// gone. Their people stay erased even where a backup has made them officers again.
func (o *OwnData) eraseMissing(ctx context.Context, lines []erased) (int, error) {
	keys := make([]string, len(lines))
	for i, l := range lines {
		keys[i] = l.key
	}
	rows, err := o.db.Query(ctx, sqlSelectMissing, keys)
	if err != nil {
		return 0, fmt.Errorf("select erasures that are missing: %w", err)
	}
	missing, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, fmt.Errorf("select erasures that are missing: %w", err)
	}
	n := 0
	for _, key := range missing {
		there := false
		err := o.inErasure(ctx, func(tx *postgres.Tx) error {
			account, err := o.people.HoldByKey(ctx, tx, key)
			if errors.Is(err, fault.ErrNotFound) {
				there, err = o.eraseOther(ctx, tx, key)
				return err
			}
			if err != nil {
				return err
			}
			there = true
			return o.erase(ctx, tx, account, erasure{cause: causeReplay, actor: audit.System("own_data.replay")})
		})
		if err != nil {
			return n, fmt.Errorf("erase again: %w", err)
		}
		if there {
			n++
		}
	}
	return n, nil
}

func (o *OwnData) eraseOther(ctx context.Context, tx *postgres.Tx, key string) (there bool, err error) {
	if o.Again != nil {
		if there, err = o.Again(ctx, tx, key); err != nil {
			return there, err
		}
	}
	return there, insertErasure(ctx, tx, key, causeReplay)
}

// Remember notes that what key, a random UUID, stands for goes in this
// transaction, so that no restore from backup brings it back: Again is asked to
// erase it.
func (o *OwnData) Remember(ctx context.Context, tx *postgres.Tx, key string) error {
	if err := insertErasure(ctx, tx, key, causeOther); err != nil || o.journal == nil {
		return err
	}
	return o.journal.append(tx.Now, key)
}
