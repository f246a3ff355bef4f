package smtp_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/mail"
)

// moody is a mail server that answers each receiver as it is told.
type moody struct {
	taken  []string
	answer func(to string) error
}

func (m *moody) Open(context.Context) (mail.Connection, error) { return m, nil }
func (*moody) Close() error                                    { return nil }

func (m *moody) Send(_ context.Context, l mail.Letter) error {
	if err := m.answer(l.To); err != nil {
		return err
	}
	m.taken = append(m.taken, l.To)
	return nil
}

// at is a mail to the n-th of several domains.
func at(n, domains int) mail.Message {
	m := message(n)
	m.To = fmt.Sprintf("n%d@d%d.example", n, n%domains)
	return m
}

func TestOneBadDomainOrReceiverBlocksNobody(t *testing.T) {
	t.Parallel()

	for name, answer := range map[string]error{
		"put off": &mail.ReplyError{Code: 450}, "hung up on": &mail.ReplyError{Code: 421}, "refused": &mail.ReplyError{Code: 550, Address: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			o := openOffice(t)
			m := &moody{answer: func(to string) error {
				if strings.HasSuffix(to, "@bad.example") {
					return answer
				}
				return nil
			}}
			o.outbox = mail.NewOutbox(o.db, render, m)
			o.outbox.Connections = 1
			for n := range 40 { // the bad come first
				bad := message(n)
				bad.To = fmt.Sprintf("n%d@bad.example", n)
				o.enqueue(t, bad)
			}
			for n := range 10 {
				o.enqueue(t, at(100+n, 3))
			}
			limit := 1
			if name == "hung up on" {
				limit = 4 * 60 // each ends the connection, and costs a pause
			}
			for range limit {
				_ = o.work(t)
				o.pass(time.Minute)
			}
			if len(m.taken) != 10 {
				t.Errorf("%d of 10 others were served", len(m.taken))
			}
		})
	}
}

func TestAServerThatWorksForNobodyIsLeftAlone(t *testing.T) {
	t.Parallel()

	for name, answer := range map[string]error{
		"puts everybody off": &mail.ReplyError{Code: 450}, "refuses everybody": &mail.ReplyError{Code: 550, Address: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			o := openOffice(t)
			tries := 0
			m := &moody{answer: func(string) error { tries++; return answer }}
			o.outbox = mail.NewOutbox(o.db, render, m)
			o.outbox.Connections = 1
			for n := range 200 {
				o.enqueue(t, at(n, 5))
			}
			var failed error
			for range 60 { // an hour
				failed = errors.Join(failed, o.work(t))
				o.pass(time.Minute)
			}
			if failed == nil {
				t.Error("nobody is told that the server works for nobody")
			}
			if tries > 400 {
				t.Errorf("%d tries in an hour: a storm", tries)
			}
			if n := o.states(t)["refused"]; n > 10 {
				t.Errorf("%d addresses pass for bad", n)
			}
			m.answer = func(string) error { return nil }
			for range 3 * 60 {
				_ = o.work(t)
				o.pass(time.Minute)
			}
			if got := o.states(t); got["sent"]+got["refused"] != 200 {
				t.Errorf("in the end: %v", got)
			}
		})
	}
}

// TestWhatIsTakenBackHoldsNothingUp takes a mail back while the mails before it
// are being sent.
func TestWhatIsTakenBackHoldsNothingUp(t *testing.T) {
	t.Parallel()

	o := openOffice(t)
	m := &moody{}
	m.answer = func(to string) error {
		if to != "n0@person.example" {
			return nil
		}
		_, err := o.db.Exec(t.Context(), `UPDATE mail_outbox SET status = 'dropped', finished_at = $1, address = '', data = '{}', claimed_until = NULL WHERE key = 'test:0'`, o.db.Now())
		return err
	}
	o.outbox = mail.NewOutbox(o.db, render, m)
	o.outbox.Connections = 1
	for n := range 10 {
		o.enqueue(t, message(n))
	}
	if err := o.work(t); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o.states(t), map[string]int{"dropped": 1, "sent": 9}); diff != "" {
		t.Error(diff)
	}
}

// TestWhatMayHaveArrivedIsNotWrittenAnew tells a renderer that a copy may be with
// the receiver.
func TestWhatMayHaveArrivedIsNotWrittenAnew(t *testing.T) {
	t.Parallel()

	o := openOffice(t)
	lost := true
	m := &moody{answer: func(string) error {
		if lost {
			lost = false
			return fmt.Errorf("the line went dead: %w", mail.ErrLost)
		}
		return nil
	}}
	var again []bool
	o.outbox = mail.NewOutbox(o.db, func(ctx context.Context, msg mail.Message) (mail.Rendered, error) {
		again = append(again, msg.Again)
		return render(ctx, msg)
	}, m)
	o.outbox.Connections = 1
	o.enqueue(t, message(1))
	for range 3 {
		_ = o.work(t)
		o.pass(5 * time.Minute)
	}
	if diff := cmp.Diff(again, []bool{false, true}); diff != "" {
		t.Error(diff)
	}
}
