package smtp_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/cmd/simulator/mailsink"
	"tyomarkkinatori.fi/portal/internal/gateway/smtp"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// freezing is a server after whose acceptance the worker stands still.
type freezing struct {
	mail.Sender

	taken, wake chan struct{}
}

func (f freezing) Open(ctx context.Context) (mail.Connection, error) {
	c, err := f.Sender.Open(ctx)
	return frozen{c, f}, err
}

type frozen struct {
	mail.Connection

	at freezing
}

func (f frozen) Send(ctx context.Context, l mail.Letter) error {
	err := f.Connection.Send(ctx, l)
	f.at.taken <- struct{}{}
	<-f.at.wake
	return err
}

func TestFrozenWorkerCannotCommit(t *testing.T) {
	t.Parallel()

	o := openOffice(t)
	for n := range 10 {
		o.enqueue(t, message(n))
	}
	f := freezing{serverAt(t, o.sink.Addr()), make(chan struct{}), make(chan struct{})}
	asleep := mail.NewOutbox(o.db, render, f)
	asleep.Connections = 1
	done := make(chan error)
	go func() { done <- asleep.Work(t.Context()) }()
	<-f.taken

	if err := o.work(t); err != nil {
		t.Fatal(err)
	}
	if n := len(o.sink.Messages("")); n != 1 {
		t.Errorf("%d mails while the claim holds, want 1", n)
	}
	o.pass(10 * time.Second)
	if err := o.work(t); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o.states(t), map[string]int{"sent": 10}); diff != "" {
		t.Error(diff)
	}
	close(f.wake)
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-f.taken:
		t.Error("the worker that woke up went on sending")
	}
	var tries int
	if err := o.db.QueryRow(t.Context(), `SELECT max(tries) FROM mail_outbox`).Scan(&tries); err != nil || tries != 1 {
		t.Errorf("a mail was recorded %d times (%v)", tries, err)
	}
	if all, ids := len(o.sink.Messages("")), len(o.copies()); all != 11 || ids != 10 {
		t.Errorf("%d mails with %d Message-IDs, want one extra copy of one", all, ids)
	}
}

// The variables that make this test's program a worker that is to be killed.
const (
	workerDatabase = "MAIL_TEST_DATABASE"
	workerServer   = "MAIL_TEST_SERVER"
	workerAhead    = "MAIL_TEST_AHEAD"
)

func TestMain(m *testing.M) {
	if os.Getenv(workerDatabase) == "" {
		os.Exit(m.Run())
	}
	if err := beWorker(context.Background()); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func beWorker(ctx context.Context) error {
	ahead, err := time.ParseDuration(os.Getenv(workerAhead))
	if err != nil {
		return err
	}
	now := func() time.Time { return time.Now().Add(ahead) }
	db, err := postgres.Open(ctx, os.Getenv(workerDatabase), now, postgres.Options{MaxConns: 6})
	if err != nil {
		return err
	}
	defer db.Close()
	s, err := smtp.New(smtp.Config{Addr: os.Getenv(workerServer), TLS: smtp.TLSNone, From: "portaali@portal.example"})
	if err != nil {
		return err
	}
	// Time goes by before the server has the mail, not while it decides: then no
	// client can know whether it was taken.
	slowly := func(ctx context.Context, m mail.Message) (mail.Rendered, error) {
		time.Sleep(10 * time.Millisecond)
		return render(ctx, m)
	}
	return mail.NewOutbox(db, slowly, s).Work(ctx)
}

func TestKilledWorkersLoseNothing(t *testing.T) {
	t.Parallel()

	const mails, kills = 400, 12
	db, url := pgtest.NewWithURL(t)
	db.Now = time.Now
	sink, err := mailsink.Start(mailsink.Options{Addr: "127.0.0.1:0", Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sink.Close() })
	o := &office{db: db, sink: sink}
	for n := range mails {
		o.enqueue(t, message(n))
	}
	start := func(n int) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		// Each worker comes when the claim of the one before has lapsed.
		cmd.Env = append(os.Environ(), workerDatabase+"="+url, workerServer+"="+sink.Addr(), fmt.Sprintf("%s=%ds", workerAhead, 10*n))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	for n := range kills {
		before := len(sink.Messages(""))
		cmd := start(n)
		for try := 0; len(sink.Messages("")) < before+2 && try < 2000; try++ {
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(rand.N(40 * time.Millisecond))
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
	}
	if err := start(kills).Wait(); err != nil {
		t.Fatalf("the last worker: %v", err)
	}
	if diff := cmp.Diff(o.states(t), map[string]int{"sent": mails}); diff != "" {
		t.Errorf("states:\n%s", diff)
	}
	copies := o.copies()
	extra := len(sink.Messages("")) - len(copies)
	if len(copies) != mails {
		t.Errorf("%d mails arrived, want %d", len(copies), mails)
	}
	if extra > kills {
		t.Errorf("%d extra copies after %d kills", extra, kills)
	}
	t.Logf("%d kills: %d mails, %d extra copies", kills, len(copies), extra)
}
