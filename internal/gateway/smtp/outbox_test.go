package smtp_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/cmd/simulator/mailsink"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

func TestWorkSendsAndForgets(t *testing.T) {
	t.Parallel()

	o := openOffice(t)
	for n := range 50 {
		o.enqueue(t, message(n), message(n))
	}
	if err := o.work(t); err != nil {
		t.Fatal(err)
	}
	if got := o.copies(); len(got) != 50 || len(o.sink.Messages("")) != 50 {
		t.Errorf("%d mails, %d Message-IDs; want 50 of each: a key goes once", len(o.sink.Messages("")), len(got))
	}
	m := o.sink.Messages("n7@")[0]
	c := m.Content()
	if m.From != "portaali@portal.example" || !strings.HasSuffix(m.MessageID, "@portal.example") || !strings.Contains(c.Text, "Oy Äyrämö") || c.HTML == "" {
		t.Errorf("mail: %+v %+v", m, c)
	}
	var left int
	err := o.db.QueryRow(t.Context(), `SELECT count(*) FROM mail_outbox WHERE mail_outbox::text LIKE '%person.example%' OR mail_outbox::text LIKE '%Äyrämö%'`).Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("%d sent mails still hold an address or a text (%v)", left, err)
	}

	o.pass(29 * 24 * time.Hour)
	if n, err := o.outbox.Purges()[0].Run(t.Context(), keeping.Rule{Period: keeping.Period{Hours: 720}}, 100); n != 0 || err != nil {
		t.Errorf("after 29 days %d were purged, %v", n, err)
	}
	o.pass(24 * time.Hour)
	if n, err := o.outbox.Purges()[0].Run(t.Context(), keeping.Rule{Period: keeping.Period{Hours: 720}}, 100); n != 50 || err != nil {
		t.Errorf("after 30 days %d were purged, %v", n, err)
	}
}

func TestEnqueueFollowsItsTransaction(t *testing.T) {
	t.Parallel()

	o := openOffice(t)
	failed := errors.New("failed")
	err := o.db.InTx(t.Context(), func(tx *postgres.Tx) error {
		return errors.Join(mail.Enqueue(t.Context(), tx, message(1)), failed)
	})
	if !errors.Is(err, failed) || len(o.states(t)) != 0 {
		t.Errorf("after a failure: %v, %v", o.states(t), err)
	}
	for name, spoil := range map[string]func(*mail.Message){
		"no key":      func(m *mail.Message) { m.Key = "" },
		"no kind":     func(m *mail.Message) { m.Kind = "" },
		"no language": func(m *mail.Message) { m.Lang = "en" },
		"no address":  func(m *mail.Message) { m.To = "a@b.example\r\nBcc: c@d.example" },
	} {
		m := message(1)
		spoil(&m)
		err := o.db.InTx(t.Context(), func(tx *postgres.Tx) error { return mail.Enqueue(t.Context(), tx, m) })
		if err == nil || strings.Contains(err.Error(), "example") {
			t.Errorf("%s: %v; want a refusal that repeats no address", name, err)
		}
	}
}

func TestConfirmationsGoFirst(t *testing.T) {
	t.Parallel()

	o := openOffice(t)
	o.outbox.Connections = 1
	for n := range 60 {
		m := message(n)
		m.Priority = mail.PriorityBulk
		o.enqueue(t, m)
	}
	confirmation := message(100)
	confirmation.Priority = mail.PriorityConfirmation
	o.enqueue(t, confirmation)
	if err := o.work(t); err != nil {
		t.Fatal(err)
	}
	all := o.sink.Messages("")
	if first := all[len(all)-1]; first.To[0] != "n100@person.example" {
		t.Errorf("first went %v", first.To)
	}
}

func TestLimitPerMinute(t *testing.T) {
	t.Parallel()

	o := openOffice(t)
	o.outbox.PerMinute = 60
	for n := range 200 {
		o.enqueue(t, message(n))
	}
	o.pass(time.Hour) // long idle gives no more than the burst
	sent := []int{0}
	for range 180 { // three minutes of runs each second
		if err := o.work(t); err != nil {
			t.Fatal(err)
		}
		o.pass(time.Second)
		sent = append(sent, len(o.sink.Messages("")))
	}
	for at := 60; at < len(sent); at++ {
		if n := sent[at] - sent[at-60]; n > 60 {
			t.Fatalf("%d mails in the minute up to second %d, want at most 60", n, at)
		}
	}
	if n := sent[len(sent)-1]; n < 160 {
		t.Errorf("%d mails in three minutes: the limit of 60 is not used", n)
	}
}

func TestTemporaryRefusalIsWaitedOut(t *testing.T) {
	t.Parallel()

	o := openOffice(t)
	o.fault(t, mailsink.Fault{Mode: "450", Address: "n1@person.example"})
	o.enqueue(t, message(1), message(2))
	tries := 0
	for range 72 * 12 { // every five minutes of 72 hours
		if err := o.work(t); err != nil {
			t.Fatal(err)
		}
		o.pass(5 * time.Minute)
	}
	if err := o.db.QueryRow(t.Context(), `SELECT tries FROM mail_outbox WHERE key = 'test:1'`).Scan(&tries); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o.states(t), map[string]int{"waiting": 1, "sent": 1}); diff != "" {
		t.Errorf("after 72 hours:\n%s", diff)
	}
	// Seven doublings from half a minute, then between half an hour and an hour.
	if tries < 72+3 || tries > 2*72+10 {
		t.Errorf("%d tries in 72 hours", tries)
	}
	for range 2 * 12 {
		if err := o.work(t); err != nil {
			t.Fatal(err)
		}
		o.pass(5 * time.Minute)
	}
	if diff := cmp.Diff(o.states(t), map[string]int{"given_up": 1, "sent": 1}); diff != "" {
		t.Errorf("after 74 hours:\n%s", diff)
	}
	if n := o.events(t, "mail.given_up"); n != 1 {
		t.Errorf("%d audit events, want 1", n)
	}
}

func TestRefusedAddressParksOnlyItself(t *testing.T) {
	t.Parallel()

	o := openOffice(t)
	var told []string
	o.outbox.OnRefused = func(_ context.Context, _ *postgres.Tx, m mail.Message) error {
		told = append(told, m.Key)
		return nil
	}
	o.fault(t, mailsink.Fault{Mode: "550", Address: "n3@person.example"})
	for n := range 10 {
		o.enqueue(t, message(n))
	}
	if err := o.work(t); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o.states(t), map[string]int{"refused": 1, "sent": 9}); diff != "" {
		t.Error(diff)
	}
	if n := o.events(t, "mail.refused"); n != 1 || !cmp.Equal(told, []string{"test:3"}) {
		t.Errorf("%d audit events, told of %v", n, told)
	}
}

func TestServerIsWaitedFor(t *testing.T) {
	t.Parallel()

	for _, mode := range []string{"421", "down", "unconfirmed"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()

			o := openOffice(t)
			o.fault(t, mailsink.Fault{Mode: mode})
			for n := range 30 {
				o.enqueue(t, message(n))
			}
			attempts := 0
			for range 10 * 3600 / 20 { // ten hours
				if o.work(t) != nil {
					attempts++
				}
				o.pass(20 * time.Second)
			}
			copies := 0
			for _, n := range o.copies() {
				copies = max(copies, n)
			}
			if mode == "unconfirmed" && (attempts > 60 || copies != 2) {
				t.Errorf("%d attempts, %d copies of one mail, want two of each while nobody knows whether the server takes them", attempts, copies)
			}
			if mode != "unconfirmed" && (attempts < 100 || attempts > 1000) {
				t.Errorf("%d attempts in ten hours: too few to notice the end, or a storm", attempts)
			}
			if diff := cmp.Diff(o.states(t), map[string]int{"waiting": 30}); diff != "" {
				t.Fatal(diff)
			}
			o.sink.Clear()
			o.fault(t, mailsink.Fault{})
			o.enqueue(t, message(30)) // shows that the server is back
			for range 70 {
				if err := o.work(t); err != nil {
					t.Fatal(err)
				}
				o.pass(time.Minute)
			}
			if diff := cmp.Diff(o.states(t), map[string]int{"sent": 31}); diff != "" || len(o.sink.Messages("")) != 31 {
				t.Errorf("%d mails:\n%s", len(o.sink.Messages("")), diff)
			}
		})
	}
}

func TestDeadServerIsGivenUpAfter72Hours(t *testing.T) {
	t.Parallel()

	o := openOffice(t)
	o.fault(t, mailsink.Fault{Mode: "down"})
	o.enqueue(t, message(1))
	young := func() { o.enqueue(t, message(2)) }
	for step := range 73 * 12 {
		if step == 70*12 {
			young()
		}
		_ = o.work(t)
		o.pass(5 * time.Minute)
	}
	if diff := cmp.Diff(o.states(t), map[string]int{"given_up": 1, "waiting": 1}); diff != "" {
		t.Error(diff)
	}
	if n := o.events(t, "mail.given_up"); n != 1 {
		t.Errorf("%d audit events, want 1", n)
	}
}

func TestLostAnswerMakesOneCopyWithTheSameMessageID(t *testing.T) {
	t.Parallel()

	o := openOffice(t)
	for n := range 10 {
		o.enqueue(t, message(n))
	}
	o.fault(t, mailsink.Fault{Mode: "unconfirmed", Times: 3})
	for range 60 {
		_ = o.work(t)
		o.pass(20 * time.Second)
	}
	if diff := cmp.Diff(o.states(t), map[string]int{"sent": 10}); diff != "" {
		t.Error(diff)
	}
	extra := 0
	for _, n := range o.copies() {
		extra += n - 1
	}
	if len(o.copies()) != 10 || extra != 3 {
		t.Errorf("%d mails with %d extra copies, want 10 with 3: one for each lost answer", len(o.copies()), extra)
	}
}

func TestSlowServerKeepsItsClaim(t *testing.T) {
	t.Parallel()

	o := openOffice(t)
	o.fault(t, mailsink.Fault{Mode: "slow", Wait: 0.2})
	for n := range 20 {
		o.enqueue(t, message(n))
	}
	done := make(chan error, 2)
	for _, worker := range []*mail.Outbox{o.outbox, mail.NewOutbox(o.db, render, serverAt(t, o.sink.Addr()))} {
		go func() { done <- worker.Work(t.Context()) }()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := len(o.sink.Messages("")); n != 20 || len(o.copies()) != 20 {
		t.Errorf("two workers sent %d mails, want 20", n)
	}
}

func TestRendererDecidesAtSending(t *testing.T) {
	t.Parallel()

	o := openOffice(t)
	broken := errors.New("no such template")
	o.outbox = mail.NewOutbox(o.db, func(ctx context.Context, m mail.Message) (mail.Rendered, error) {
		switch m.Key {
		case "test:1":
			return mail.Rendered{}, mail.ErrDropped
		case "test:2":
			return mail.Rendered{}, broken
		}
		return render(ctx, m)
	}, serverAt(t, o.sink.Addr()))
	late := message(4)
	late.ExpiresAt = o.db.Now().Add(time.Hour)
	o.enqueue(t, message(1), message(2), message(3), late)
	o.pass(time.Hour)
	if err := o.work(t); !errors.Is(err, broken) {
		t.Errorf("Work = %v, want what is wrong with the template", err)
	}
	if diff := cmp.Diff(o.states(t), map[string]int{"dropped": 2, "waiting": 1, "sent": 1}); diff != "" {
		t.Error(diff)
	}
}

func (o *office) fault(t *testing.T, f mailsink.Fault) {
	t.Helper()
	if err := o.sink.SetFault(f); err != nil {
		t.Fatal(err)
	}
}
