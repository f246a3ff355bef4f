package mail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// batchSize is how many mails a connection takes on at a time. A mail that
	// must go first waits for one batch at most.
	batchSize = 20
	// patience is how long a mail is tried before it is given up.
	patience = 72 * time.Hour
	// mostCopies is how often a mail is handed over whole whose answer is lost
	// each time.
	mostCopies = 3
)

// Work sends what is due and returns when nothing is, when the mail server does
// not answer, or when ctx ends; a mail under way is finished first. Call it every
// few seconds, in as many processes as there are; a call while another of this
// process is at work returns at once.
//
// A mail is sent at least once. It is sent twice when the process ends between
// the server's acceptance and the commit that follows at once, or when the
// server took a mail and its answer was lost; both copies have one Message-ID.
func (o *Outbox) Work(ctx context.Context) error {
	if !o.busy.TryLock() {
		return nil
	}
	defer o.busy.Unlock()
	var wg sync.WaitGroup
	errs := make([]error, max(1, o.Connections))
	for i := range errs {
		wg.Go(func() { errs[i] = o.lane(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// lane claims and delivers batches over one connection.
func (o *Outbox) lane(ctx context.Context) error {
	l := lane{o: o}
	defer l.hangUp()
	var faults []error
	for ctx.Err() == nil {
		began := startWatch()
		batch, err := o.claim(ctx)
		if err != nil {
			return errors.Join(append(faults, err)...)
		}
		if len(batch.mails) == 0 {
			break
		}
		if err := l.deliver(ctx, batch, began); err != nil {
			faults = append(faults, err)
		}
		if l.away {
			break
		}
	}
	return errors.Join(faults...)
}

type lane struct {
	o    *Outbox
	conn Connection
	// away means that the mail server does not answer or works for nobody, took
	// that it has taken a mail of the batch, refused that it has refused an
	// address of the batch for good.
	away, took, refused bool
	doubt               doubt
}

func (l *lane) hangUp() {
	if l.conn != nil {
		// What was accepted is accepted, whatever the farewell brings.
		_ = l.conn.Close()
		l.conn = nil
	}
}

// deliver sends the mails of b one by one and gives back those that it did not
// come to. The first fault is returned, so that it is logged; a fault of one
// mail's own ends nothing.
func (l *lane) deliver(ctx context.Context, b batch, since stopwatch) error {
	k := l.o.keep(ctx, b.claim, since)
	defer k.stop()
	l.took, l.refused = false, false
	// Ending a mail in the middle would leave open whether it was sent.
	whole := context.WithoutCancel(ctx)
	held, withdrawn, err := true, false, error(nil)
	for i := 0; i < len(b.mails) && held && !l.away && ctx.Err() == nil; i++ {
		if held = k.holds(); !held {
			break
		}
		var failed error
		if held, failed = l.one(whole, b.mails[i]); failed != nil && err == nil {
			err = fmt.Errorf("mail %d: %w", b.mails[i].id, failed)
		}
		withdrawn = !held && failed == nil
	}
	if l.took && (b.failing || b.refusals > 0 || l.refused) {
		err = errors.Join(err, l.o.resume(whole))
	}
	if l.away || withdrawn || ctx.Err() != nil {
		err = errors.Join(err, l.o.giveBack(whole, b.claim))
	}
	if l.away {
		err = errors.Join(err, l.o.pause(whole))
	}
	return err
}

// one sends m and records what became of it. It tells whether the claim still
// held.
func (l *lane) one(ctx context.Context, m queued) (held bool, err error) {
	if !m.ExpiresAt.IsZero() && !l.o.db.Now().Before(m.ExpiresAt) {
		return l.o.end(ctx, m, statusDropped, 0)
	}
	if m.lost >= mostCopies {
		return l.o.end(ctx, m, statusGivenUp, 0)
	}
	rendered, err := l.o.render(ctx, m.Message)
	if errors.Is(err, ErrDropped) {
		return l.o.end(ctx, m, statusDropped, 0)
	}
	if err != nil {
		held, failed := l.o.putOff(ctx, m, 0)
		return held, errors.Join(fmt.Errorf("write mail of kind %s: %w", m.Kind, err), failed)
	}
	if l.conn == nil {
		if l.conn, err = l.o.sender.Open(ctx); err != nil {
			l.away = true
			return true, err
		}
	}
	err = l.conn.Send(ctx, Letter{Rendered: rendered, ID: m.messageID(), To: m.To, Lang: m.Lang, Date: m.createdAt})
	if err == nil {
		l.took, l.doubt = true, doubt{}
		return l.o.sent(ctx, m)
	}
	return l.failed(ctx, m, err)
}

// failed records that m was not sent, or may not have been, and whose fault it
// is.
func (l *lane) failed(ctx context.Context, m queued, err error) (held bool, _ error) {
	reply, answered := errors.AsType[*ReplyError](err)
	if !answered {
		reply = &ReplyError{}
	}
	switch {
	case !answered, reply.Code == replyClosing:
		// The connection has ended. This mail may be the reason, so it steps back;
		// the server may be, so it is left alone for a moment.
		l.hangUp()
		l.away = true
		if errors.Is(err, ErrLost) {
			m.lost++
		}
		held, failed := l.o.putOff(ctx, m, reply.Code)
		return held, errors.Join(err, failed)
	case reply.Address:
		l.refused = true
		held, err = l.o.end(ctx, m, statusRefused, reply.Code)
		if !errors.Is(err, errRefusesAll) {
			return held, err
		}
		err = errRefusesAll
	default:
		err = nil
	}
	if l.doubt.grow(m.To) {
		l.away = true
		err = cmp.Or(err, errPutsOffAll)
	}
	held, failed := l.o.putOff(ctx, m, reply.Code)
	return held, errors.Join(err, failed)
}

// replyClosing is the reply with which a server ends the connection.
const replyClosing = 421

// keeper holds a claim until it is stopped. A frozen process renews nothing, so
// another takes its mails over.
type keeper struct {
	lease   time.Duration
	since   stopwatch    // the claim began
	renewed atomic.Int64 // how long after that it was last renewed
	stop    func()
}

func (o *Outbox) keep(ctx context.Context, claim int64, since stopwatch) *keeper {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	k := &keeper{lease: o.Lease, since: since}
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(o.Lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				at := since.elapsed()
				// What fails now is made up for by the next one, or the claim ends.
				if held, err := o.renew(ctx, claim); err == nil && held {
					k.renewed.Store(int64(at))
				}
			}
		}
	})
	k.stop = func() { cancel(); wg.Wait() }
	return k
}

// holds tells whether the claim is in force as far as this process can know,
// whatever is done to its clock.
func (k *keeper) holds() bool { return k.since.elapsed()-time.Duration(k.renewed.Load()) < k.lease }

// stopwatch tells how long something has taken, whatever is done to the clock
// meanwhile.
type stopwatch struct{ began time.Time }

func startWatch() stopwatch {
	return stopwatch{time.Now()} //nolint:forbidigo // for the difference only
}

func (s stopwatch) elapsed() time.Duration {
	return time.Since(s.began) //nolint:forbidigo // measures, and reads no clock
}

// backOff is the time before the next try after n of them: twice as long each
// time, up to most, and never the same for two mails.
func backOff(n int, first, most time.Duration) time.Duration {
	d := first << min(n-1, 20)
	if d > most || d <= 0 {
		d = most
	}
	return d/2 + rand.N(d/2+1) //nolint:gosec // spreads load, protects nothing
}
