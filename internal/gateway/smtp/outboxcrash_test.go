package smtp_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/cmd/simulator/mailsink"
	"tyomarkkinatori.fi/portal/internal/gateway/smtp"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// TestFrozenWorkerCannotCommit freezes a process in the midst of its mails, and
// wakes it when another has taken them over.
func TestFrozenWorkerCannotCommit(t *testing.T) {
	t.Parallel()

	const mails = 10
	db, url := pgtest.NewWithURL(t)
	sink, err := mailsink.Start(mailsink.Options{Addr: "127.0.0.1:0", Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sink.Close() })
	o := &office{db: db, sink: sink}
	db.Now = time.Now
	for n := range mails {
		o.enqueue(t, message(n))
	}
	o.outbox = mail.NewOutbox(db, render, serverAt(t, sink.Addr()))
	o.fault(t, mailsink.Fault{Mode: "slow", Wait: 0.1})
	asleep := startWorker(t, url, sink.Addr())
	o.await(t, 2)
	if err := asleep.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	o.fault(t, mailsink.Fault{})
	time.Sleep(workerLease / 4)
	if err := o.work(t); err != nil || o.states(t)["waiting"] == 0 {
		t.Errorf("another took what was still claimed: %v, %v", o.states(t), err)
	}
	time.Sleep(workerLease)
	if err := o.work(t); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o.states(t), map[string]int{"sent": mails}); diff != "" {
		t.Error(diff)
	}
	if err := asleep.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := asleep.Wait(); err != nil {
		t.Errorf("the worker that woke up: %v", err)
	}
	var tries int
	if err := db.QueryRow(t.Context(), `SELECT max(tries) FROM mail_outbox`).Scan(&tries); err != nil || tries != 1 {
		t.Errorf("a mail was recorded %d times (%v)", tries, err)
	}
	if all, ids := len(sink.Messages("")), len(o.copies()); all > mails+1 || ids != mails {
		t.Errorf("%d mails with %d Message-IDs, want at most one extra copy", all, ids)
	}
}

// await waits until the server has that many mails.
func (o *office) await(t *testing.T, n int) {
	t.Helper()
	for try := 0; len(o.sink.Messages("")) < n && try < 2000; try++ {
		time.Sleep(5 * time.Millisecond)
	}
}

// The variables that make this test's program a worker that is to be killed.
const (
	workerDatabase = "MAIL_TEST_DATABASE"
	workerServer   = "MAIL_TEST_SERVER"
)

// workerLease is how long such a worker keeps its mails without a sign of life.
const workerLease = 600 * time.Millisecond

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
	db, err := postgres.Open(ctx, os.Getenv(workerDatabase), time.Now, postgres.Options{MaxConns: 6})
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
	o := mail.NewOutbox(db, slowly, s)
	o.Lease = workerLease
	return o.Work(ctx)
}

func startWorker(t *testing.T, url, server string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), workerDatabase+"="+url, workerServer+"="+server)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
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
	for range kills {
		before := len(sink.Messages(""))
		cmd := startWorker(t, url, sink.Addr())
		o.await(t, before+2)
		time.Sleep(rand.N(40 * time.Millisecond))
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		time.Sleep(workerLease) // until the next can have what this one had
	}
	if err := startWorker(t, url, sink.Addr()).Wait(); err != nil {
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
