package businessregister_test

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/registersim"
	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/gateway/businessregister"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// bench is a register over a database whose clock the test moves.
type bench struct {
	*organisation.Register

	t   *testing.T
	db  *postgres.DB
	sim *registersim.System
	now time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, db: pgtest.New(t), now: pgtest.Now}
	b.db.Now = func() time.Time { return b.now }
	b.sim = registersim.New(world.Default(), registersim.Options{Clock: b.db.Now})
	server := httptest.NewServer(b.sim)
	t.Cleanup(server.Close)
	b.Register = organisation.NewRegister(b.db, businessregister.New(server.URL+"/opendata-ytj-api/v3", b.db.Now))
	return b
}

func (b *bench) ask(ids ...organisation.BusinessID) {
	b.t.Helper()
	for _, id := range ids {
		if err := b.db.InTx(b.t.Context(), func(tx *postgres.Tx) error { return b.Ask(b.t.Context(), tx, id) }); err != nil {
			b.t.Fatal(err)
		}
	}
}

// work runs the task at a later time and returns how many requests it made.
func (b *bench) work(later time.Duration) int {
	b.t.Helper()
	b.now = b.now.Add(later)
	before := b.sim.Served()
	if err := b.Work(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	return b.sim.Served() - before
}

func (b *bench) fail(f registersim.Fault) {
	b.t.Helper()
	if err := b.sim.SetFault(f); err != nil {
		b.t.Fatal(err)
	}
}

const (
	koivutyo    = organisation.BusinessID("9000000-3")
	vararikko   = organisation.BusinessID("9000012-6")
	kuntayhtyma = organisation.BusinessID("9000016-9")
)

func TestAskedOrganisationsAreKnownAfterWork(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	if _, known, err := b.Known(t.Context(), koivutyo); known || err != nil {
		t.Fatalf("before it was asked for: %v, %v", known, err)
	}
	b.ask(koivutyo, vararikko, kuntayhtyma)
	if _, known, err := b.Known(t.Context(), koivutyo); known || err != nil {
		t.Fatalf("before work: %v, %v", known, err)
	}
	if n := b.work(0); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}

	o, known, err := b.Known(t.Context(), koivutyo)
	if err != nil || !known || o.Name != "Koivutyö Oy" || !o.FetchedAt.Equal(b.now) || o.RegisteredOn.IsZero() || len(o.Addresses) != 2 {
		t.Errorf("got %+v, %v, %v", o, known, err)
	}
	if o, _, err := b.Known(t.Context(), vararikko); err != nil || !o.Bankruptcy || o.Sound() {
		t.Errorf("bankrupt: got %+v, %v", o, err)
	}
	if _, known, err := b.Known(t.Context(), kuntayhtyma); known || !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("not in the register: got %v, %v", known, err)
	}
}

func TestAnAnswerIsGoodForADay(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.ask(koivutyo)
	b.work(0)
	b.ask(koivutyo)
	if n := b.work(23*time.Hour + 59*time.Minute); n != 0 {
		t.Errorf("%d requests within a day", n)
	}
	if err := b.sim.Change("koivutyo", world.Liquidation); err != nil {
		t.Fatal(err)
	}
	if n := b.work(time.Minute); n != 1 {
		t.Errorf("%d requests after a day, want 1", n)
	}
	if o, _, err := b.Known(t.Context(), koivutyo); err != nil || !o.Liquidation {
		t.Errorf("got %+v, %v", o, err)
	}
}

func TestWhatNobodyAsksForIsForgotten(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.ask(koivutyo)
	b.work(0)
	for _, step := range []struct {
		pass time.Duration
		want int
	}{{30*24*time.Hour - time.Second, 0}, {time.Second, 1}} {
		b.work(step.pass)
		n, err := b.Purges()[0].Run(t.Context(), keeping.Rule{Period: keeping.Period{Hours: 720}}, 10)
		if _, known, _ := b.Known(t.Context(), koivutyo); n != step.want || err != nil || known != (n == 0) {
			t.Errorf("%d forgotten, known %t, %v, want %d", n, known, err, step.want)
		}
	}
	if n := b.work(24 * time.Hour); n != 0 {
		t.Errorf("%d requests for what is forgotten", n)
	}
}

func TestABusyRegisterIsLeftAlone(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.ask(koivutyo, vararikko)
	b.fail(registersim.Fault{Mode: "429", Wait: 90})
	if n := b.work(0); n != 1 {
		t.Errorf("%d requests, want 1: the first that is refused ends the run", n)
	}
	if n := b.work(89 * time.Second); n != 0 {
		t.Errorf("%d requests before the register's time", n)
	}
	b.fail(registersim.Fault{Mode: "429"})
	b.work(time.Second) // says nothing of how long
	b.fail(registersim.Fault{})
	b.ask(koivutyo) // asking again must not wake it
	if n := b.work(59 * time.Second); n != 0 {
		t.Errorf("%d requests within a minute", n)
	}
	if n := b.work(4 * time.Minute); n != 2 {
		t.Errorf("%d requests in the end, want 2", n)
	}
}

func TestADeadRegisterDelaysAndDecidesNothing(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.ask(koivutyo)
	b.work(0)
	b.ask(vararikko)
	b.fail(registersim.Fault{Mode: "500"})
	if n := b.work(time.Second); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	if n := b.work(29 * time.Second); n != 0 {
		t.Errorf("%d requests within half a minute", n)
	}
	b.work(time.Second)
	if n := b.work(59 * time.Second); n != 0 {
		t.Errorf("%d requests within a minute after the second failure", n)
	}
	b.work(24 * time.Hour)
	if o, known, err := b.Known(t.Context(), koivutyo); err != nil || !known || o.Name != "Koivutyö Oy" {
		t.Errorf("what was known is gone: %+v, %v, %v", o, known, err)
	}
	b.fail(registersim.Fault{})
	b.work(30 * time.Minute)
	if _, known, err := b.Known(t.Context(), vararikko); err != nil || !known {
		t.Errorf("after the outage: %v, %v", known, err)
	}
}

func TestARunGivesUpOnADeadRegister(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	for _, o := range world.Default().Organisations {
		b.ask(organisation.BusinessID(o.BusinessID))
	}
	b.fail(registersim.Fault{Mode: "drop"})
	if err := b.Work(t.Context()); err == nil || b.sim.Served() > 6 {
		t.Errorf("got %v after %d requests", err, b.sim.Served())
	}
}
