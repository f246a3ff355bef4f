package organisation

import (
	"context"
	"errors"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Client asks the business register.
type Client interface {
	// Company returns what the register holds under id, or fault.ErrNotFound,
	// or *fault.BusyError when the register wants to be left alone for a while.
	// Any other error is an outage.
	Company(ctx context.Context, id BusinessID) (Organisation, error)
}

const (
	// fresh is how long an answer of the business register is good.
	fresh = 24 * time.Hour

	// A look-up that failed is tried again after this time, and twice as long
	// each time that it fails again.
	firstPause = 30 * time.Second
	maxPause   = 30 * time.Minute
	// busyPause is how long a busy register is left alone that does not say for
	// how long, and maxBusyPause the most that it can ask for.
	busyPause    = time.Minute
	maxBusyPause = time.Hour

	// batch is how many look-ups one run does, and failures how many may fail in
	// a row before the run takes the register for down.
	batch    = 100
	failures = 3
)

// Register keeps what the business register has told.
type Register struct {
	db     *postgres.DB
	client Client
}

// NewRegister returns a Register in db that asks client.
func NewRegister(db *postgres.DB, client Client) *Register { return &Register{db: db, client: client} }

// Known returns what the business register told of id, and false when it has
// not answered yet. It fails with fault.ErrNotFound when the register knows no
// such organisation. The answer may be older than a day while the register is
// down: FetchedAt says how old.
func (r *Register) Known(ctx context.Context, id BusinessID) (Organisation, bool, error) {
	return selectOrganisation(ctx, r.db, id)
}

// KnownIn is Known within the caller's transaction.
func (r *Register) KnownIn(ctx context.Context, tx *postgres.Tx, id BusinessID) (Organisation, bool, error) {
	return selectOrganisation(ctx, tx, id)
}

// Ask calls for a look-up of id, which Work does within seconds unless the
// register answered less than a day ago. The organisation is then looked up
// again each day, until nobody has asked for it for 30 days.
func (r *Register) Ask(ctx context.Context, tx *postgres.Tx, id BusinessID) error {
	return upsertAsked(ctx, tx, id)
}

// Work does the look-ups that are due. A register that is down or busy delays
// them and is no error: it is asked again later. Only one Work may run at a
// time.
func (r *Register) Work(ctx context.Context) error {
	due, err := selectDue(ctx, r.db, r.db.Now())
	if err != nil {
		return err
	}
	failed := 0
	for _, d := range due {
		found, err := r.client.Company(ctx, d.id)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		busy, isBusy := errors.AsType[*fault.BusyError](err)
		switch {
		case err == nil:
			failed = 0
			err = r.keep(ctx, d.id, &found)
		case errors.Is(err, fault.ErrNotFound):
			failed = 0
			err = r.keep(ctx, d.id, nil)
		case isBusy:
			return r.rest(ctx, d, busy.RetryAfter)
		default:
			if failed++; failed == failures {
				return errors.Join(err, r.delay(ctx, d))
			}
			err = r.delay(ctx, d)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// keep stores an answer; nil means that there is no such organisation.
func (r *Register) keep(ctx context.Context, id BusinessID, o *Organisation) error {
	return r.db.InTx(ctx, func(tx *postgres.Tx) error {
		if o != nil {
			o.FetchedAt = tx.Now
		}
		return updateFetched(ctx, tx, id, o)
	})
}

// delay puts off one look-up that failed.
func (r *Register) delay(ctx context.Context, d due) error {
	return r.db.InTx(ctx, func(tx *postgres.Tx) error {
		return updateDelayed(ctx, tx, d.id, tx.Now.Add(pause(firstPause, d.tries, maxPause)))
	})
}

// rest puts off every look-up, since the register is busy.
func (r *Register) rest(ctx context.Context, d due, wanted time.Duration) error {
	if wanted <= 0 {
		wanted = pause(busyPause, d.tries, maxBusyPause)
	}
	return r.db.InTx(ctx, func(tx *postgres.Tx) error {
		until := tx.Now.Add(min(wanted, maxBusyPause))
		if err := updateDelayed(ctx, tx, d.id, until); err != nil {
			return err
		}
		return updateResting(ctx, tx, until)
	})
}

// pause doubles first with each try, up to most.
func pause(first time.Duration, tries int, most time.Duration) time.Duration {
	for range tries {
		if first *= 2; first >= most {
			return most
		}
	}
	return first
}
