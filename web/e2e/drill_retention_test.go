//go:build drill

package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/owndata/owndatatest"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// drillStep is how far the clock moves between two kills. It is more than the
// silence after which a run is taken for dead, and several fit into the time
// within which data must go.
const drillStep = 20 * time.Minute

// keepingDrill is a portal whose runs of retention are killed while data of every
// kind falls due.
type keepingDrill struct {
	*site

	db      *postgres.DB
	folder  string // for packages
	begins  time.Time
	step    int
	ahead   time.Duration
	leavers int64 // how many accounts end

	met, signals, thawed, inTx, inPackage, halves int

	lastRun    int64
	patience   time.Duration // how long a run lives at most, so that a quarter gets through
	complaints *os.File      // what processes said at their end
	starts     chan *exec.Cmd
	started    chan error
}

// TestDrillKillsDuringRetention kills runs of retention a thousand times, and then
// counts: nothing went before its time, everything went within a day of it, nobody
// is half deleted, and each organisation's data is either here or in one whole
// package. Several databases share the kills, as each waits most of the time.
func TestDrillKillsDuringRetention(t *testing.T) {
	kills, databases := 1000, min(4, runtime.GOMAXPROCS(0)) // as many as run at once
	if n, err := strconv.Atoi(os.Getenv("DRILL_KILLS")); err == nil {
		kills = n
	}
	for n := range databases {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()

			newKeepingDrill(t).drill(t, (kills+databases-1)/databases)
		})
	}
}

func (d *keepingDrill) drill(t *testing.T, kills int) {
	t.Helper()
	began := time.Now()
	d.plant(t, 3*kills+40) // about half of it is not due yet at the end
	t.Logf("planted %d rows and %d people in %s", d.number(t, `SELECT count(*) FROM drill.row`), d.leavers, time.Since(began).Round(time.Second))
	for d.met < kills && d.step < 2*kills+20 && !t.Failed() {
		d.tick(t)
		if rand.IntN(12) == 0 {
			d.freeze(t)
		} else {
			d.strike(t)
		}
		d.isSound(t)
		if d.step%30 == 0 {
			d.portal(t, "work", "-run", "mail.send")
		}
		if d.step%50 == 0 {
			t.Logf("%d kills met a run, %d rows are gone", d.met, d.number(t, `SELECT count(*) FROM drill.gone`))
		}
	}
	if d.met < kills {
		t.Errorf("only %d of %d kills met a run", d.met, kills)
	}
	d.tick(t)
	end := d.now()
	d.portal(t, "work", "-run", "retention.run")
	d.portal(t, "work", "-run", "mail.send")
	t.Logf("%d runs were killed in %s (%d signals to processes), in %d steps of %s: %d within a transaction that had written something, %d with a package half written; %d processes were frozen and woke up beside another",
		d.met, time.Since(began).Round(time.Second), d.signals, d.step, drillStep, d.inTx, d.inPackage, d.thawed)
	d.count(t, end)
}

func newKeepingDrill(t *testing.T) *keepingDrill {
	t.Helper()
	d := &keepingDrill{site: newSurroundings(t, 1), begins: time.Now().Add(time.Hour), patience: 4 * time.Second, starts: make(chan *exec.Cmd), started: make(chan error)}
	t.Cleanup(d.stop)
	// Those whom the drill starts die with this thread, be they frozen.
	go func() {
		runtime.LockOSThread()
		for cmd := range d.starts {
			d.started <- cmd.Start()
		}
	}()
	t.Cleanup(func() { close(d.starts) })
	d.env = append(d.env, "DATABASE_CONNS=4", "MAILS_PER_MINUTE=1000000", "TE_FEED_URL=")
	for _, variable := range d.env {
		if value, ok := strings.CutPrefix(variable, "HANDOVER_DIR="); ok {
			d.folder = value
		}
	}
	var err error
	if d.complaints, err = os.Create(filepath.Join(t.TempDir(), "complaints")); err != nil {
		t.Fatal(err)
	}
	// The log's first events must be its oldest.
	migrate := d.command(t, "portal", "migrate")
	migrate.Env = append(slices.Clone(d.env), "CLOCK_OFFSET="+time.Until(d.begins.AddDate(-5, 0, 0)).String())
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("migrate: %v\n%s", err, out)
	}
	db, err := postgres.Open(t.Context(), d.database, d.now, postgres.Options{MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	d.db = db
	return d
}

func (d *keepingDrill) now() time.Time { return time.Now().Add(d.ahead) }

// number returns the one number that a query finds.
func (d *keepingDrill) number(t *testing.T, query string) (n int64) {
	t.Helper()
	if err := d.db.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func (d *keepingDrill) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := d.db.Exec(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// tick moves the clock to the next step.
func (d *keepingDrill) tick(t *testing.T) {
	t.Helper()
	d.step++
	d.ahead = time.Until(d.begins.Add(time.Duration(d.step) * drillStep)).Truncate(time.Microsecond)
	d.env = append(slices.DeleteFunc(d.env, func(v string) bool { return strings.HasPrefix(v, "CLOCK_OFFSET=") }), "CLOCK_OFFSET="+d.ahead.String())
	d.exec(t, `UPDATE drill.clock SET ahead = $1::text::interval`, fmt.Sprintf("%d microseconds", d.ahead.Microseconds()))
}

// isSound fails when somebody is half deleted, an organisation is half handed
// over, or something went too early. People go in the order of their numbers, but
// for those who are warned late.
func (d *keepingDrill) isSound(t *testing.T) {
	t.Helper()
	first, last := firstLeaver+int64(d.step-600), firstLeaver+int64(d.step+10)
	if d.step%50 == 0 {
		last = firstLeaver + d.leavers
	}
	_, half, err := owndatatest.Count(t.Context(), d.db, max(first, firstLeaver), last)
	if err != nil || half > 0 {
		t.Fatalf("step %d: %d people are half deleted: %v", d.step, half, err)
	}
	if _, half := d.customersLeft(t); half > 0 {
		t.Fatalf("step %d: %d organisations are half handed over", d.step, half)
	}
	if n := d.number(t, `SELECT count(*) FROM drill.gone WHERE gone_at < ends_at`); n > 0 {
		t.Fatalf("step %d: %d rows went too early: %s", d.step, n, d.text(t, `SELECT string_agg(DISTINCT kind, ', ') FROM drill.gone JOIN drill.row USING (n) WHERE gone_at < gone.ends_at`))
	}
}

// customersLeft counts the organisations that have all their rows, and those that
// have some.
func (d *keepingDrill) customersLeft(t *testing.T) (whole, half int) {
	t.Helper()
	var all []string
	applied, partner := 0, 0
	for _, c := range customers() {
		all, applied, partner = append(all, c.find), applied+c.applied, partner+c.partner
	}
	err := d.db.QueryRow(t.Context(), `
		SELECT count(*) FILTER (WHERE rows = want), count(*) FILTER (WHERE rows <> want)
		  FROM (SELECT n, count(*) AS rows, max(CASE kind WHEN 'application' THEN $1::bigint ELSE $2::bigint END) AS want
		          FROM (`+strings.Join(all, " UNION ALL ")+`) AS every (n) JOIN drill.row USING (n) GROUP BY n) AS one`, applied, partner).Scan(&whole, &half)
	if err != nil {
		t.Fatal(err)
	}
	return whole, half
}
