package smtp_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/mailsink"
	"tyomarkkinatori.fi/portal/internal/gateway/smtp"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// office is an outbox over a database and a mail server of its own, with a
// clock that the test moves.
type office struct {
	db     *postgres.DB
	sink   *mailsink.Sink
	outbox *mail.Outbox
	ahead  atomic.Int64
}

func openOffice(t *testing.T) *office {
	t.Helper()
	sink, err := mailsink.Start(mailsink.Options{Addr: "127.0.0.1:0", Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sink.Close() })
	o := &office{db: pgtest.New(t), sink: sink}
	o.db.Now = func() time.Time { return pgtest.Now.Add(time.Duration(o.ahead.Load())) }
	o.outbox = mail.NewOutbox(o.db, render, serverAt(t, sink.Addr()))
	return o
}

func serverAt(t *testing.T, addr string) *smtp.Server {
	t.Helper()
	s, err := smtp.New(smtp.Config{Addr: addr, TLS: smtp.TLSNone, From: "Portaali <portaali@portal.example>", Step: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func render(_ context.Context, m mail.Message) (mail.Rendered, error) {
	return mail.Rendered{Subject: "Viesti: " + string(m.Kind), Text: "Hei " + m.Data["organisation"], HTML: "<p>Hei</p>"}, nil
}

func (o *office) pass(d time.Duration) { o.ahead.Add(int64(d)) }

func (o *office) enqueue(t *testing.T, messages ...mail.Message) {
	t.Helper()
	err := o.db.InTx(t.Context(), func(tx *postgres.Tx) error {
		for _, m := range messages {
			if err := mail.Enqueue(t.Context(), tx, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// message is the n-th mail of a test, to a receiver of its own.
func message(n int) mail.Message {
	return mail.Message{
		Kind: "test", To: fmt.Sprintf("n%d@person.example", n), Lang: i18n.Finnish,
		Key: fmt.Sprintf("test:%d", n), Data: map[string]string{"organisation": "Oy Äyrämö"},
	}
}

// work runs the outbox, whose errors are for the log.
func (o *office) work(t *testing.T) error {
	t.Helper()
	return o.outbox.Work(t.Context())
}

// states counts the mails by status.
func (o *office) states(t *testing.T) map[string]int {
	t.Helper()
	rows, err := o.db.Query(t.Context(), `SELECT status, count(*) FROM mail_outbox GROUP BY status`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	states := map[string]int{}
	for rows.Next() {
		var status string
		var n int
		if err := rows.Scan(&status, &n); err != nil {
			t.Fatal(err)
		}
		states[status] = n
	}
	return states
}

// copies counts what the server has by Message-ID.
func (o *office) copies() map[string]int {
	copies := map[string]int{}
	for _, m := range o.sink.Messages("") {
		copies[m.MessageID]++
	}
	return copies
}

func (o *office) events(t *testing.T, action string) (n int) {
	t.Helper()
	if err := o.db.QueryRow(t.Context(), `SELECT count(*) FROM audit_event WHERE action = $1`, action).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
