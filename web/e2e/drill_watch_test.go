//go:build drill

package e2e_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/web/paths"
)

// watchDrill is a portal whose processes are killed while it matches, makes mails
// and sends them. Its clock jumps from morning to morning.
type watchDrill struct {
	*site

	bag      *mailbag
	tasks    []string // environment of those that are killed; that of the pages changes
	began    time.Time
	days     atomic.Int64
	jump     sync.RWMutex // no process lives through a jump
	kills    atomic.Int64
	byKind   sync.Map
	postings []int // by number: the version that was published last

	orders                  sync.Mutex
	acknowledged, confirmed []string
}

// watchTasks are the tasks that are killed, each as often as it stands here.
var watchTasks = slices.Concat(
	slices.Repeat([]string{"job_watch.digests"}, 3), slices.Repeat([]string{"mail.send"}, 6),
	[]string{"job_watch.settle", "job_watch.confirmations"},
)

// TestDrillKillsDuringJobWatch kills the portal's processes a thousand times, and
// then counts: every order that was acknowledged is there, every watch has got
// every posting, and hardly a mail came twice.
func TestDrillKillsDuringJobWatch(t *testing.T) {
	const atOnce, longest = 10, 15 * time.Minute

	kills := int64(1000)
	if n, err := strconv.ParseInt(os.Getenv("DRILL_KILLS"), 10, 64); err == nil {
		kills = n
	}
	d := newWatchDrill(t)
	d.multiply(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var busy sync.WaitGroup
	for range atOnce {
		busy.Go(func() {
			for ctx.Err() == nil && d.kills.Load() < kills {
				if err := d.kill(ctx, watchTasks[rand.IntN(len(watchTasks))]); err != nil {
					t.Errorf("kill: %v", err)
					return
				}
			}
		})
	}
	busy.Go(func() { d.takeOrders(ctx, t) })
	for d.kills.Load() < kills && time.Since(d.began) < longest && !t.Failed() {
		for range 8 {
			d.publish(t, 1) // few enough for a mail to list what heaps up in days
			time.Sleep(2 * time.Second)
		}
		d.nextMorning()
		d.serveAgain(t)
		t.Logf("%d kills, %d mails", d.kills.Load(), d.bag.number())
	}
	if n := d.kills.Load(); n < kills {
		t.Errorf("only %d of %d kills in %s: the machine has too much else to do", n, kills, longest)
	}
	cancel()
	busy.Wait()
	d.settleAll(t)
	d.count(t)
}

func newWatchDrill(t *testing.T) *watchDrill {
	t.Helper()
	d := &watchDrill{site: newSurroundings(t, 1), bag: openMailbag(t), began: time.Now()}
	t.Cleanup(d.stop)
	d.env = append(d.env, "TRUSTED_PROXIES=127.0.0.1", "SERVE_WITHOUT_TASKS=true", "SMTP_ADDR="+d.bag.addr, "DATABASE_CONNS=6", "MAILS_PER_MINUTE=1000000")
	d.tasks = slices.Clone(d.env)
	d.portal(t, "migrate")
	d.serve(t)
	eventually(t, "the portal is ready", d.ready)
	return d
}

func (d *watchDrill) ahead() time.Duration {
	return time.Duration(d.days.Load()) * 24 * time.Hour
}

func (d *watchDrill) now() time.Time { return time.Now().Add(d.ahead()) }

// nextMorning moves the clock by a day, when no process is at work.
func (d *watchDrill) nextMorning() {
	d.jump.Lock()
	d.days.Add(1)
	d.jump.Unlock()
}

// kill starts a process for one run of a task and kills it at some instant of
// its work. A run that ends before is none.
func (d *watchDrill) kill(ctx context.Context, kind string) error {
	d.jump.RLock()
	defer d.jump.RUnlock()
	dir, err := binaries()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, dir+"/portal", "work", "-run", kind)
	cmd.Env = append(slices.Clone(d.tasks), "CLOCK_OFFSET="+d.ahead().String())
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "portal works") {
	}
	// Many die early; some live long enough for the work to go on.
	time.Sleep(rand.N(60*time.Millisecond) << rand.N(7))
	_ = cmd.Process.Signal(syscall.SIGKILL)
	ended, killed := errors.AsType[*exec.ExitError](cmd.Wait())
	if ctx.Err() != nil || !killed {
		return nil // it was through, or the drill is
	}
	if status, ok := ended.Sys().(syscall.WaitStatus); !ok || !status.Signaled() { //nolint:misspell // the library's spelling
		return nil // the task failed: the others were in its way, and it comes again
	}
	d.kills.Add(1)
	n, _ := d.byKind.LoadOrStore(kind, new(atomic.Int64))
	if count, ok := n.(*atomic.Int64); ok {
		count.Add(1)
	}
	return nil
}

// serveAgain kills the process that serves the pages and starts it with the
// clock of the drill.
func (d *watchDrill) serveAgain(t *testing.T) {
	t.Helper()
	d.env = append(d.env, "CLOCK_OFFSET="+d.ahead().String())
	d.revive(t)
	d.kills.Add(1)
}

// publish publishes n postings and changes the title of an older one.
func (d *watchDrill) publish(t *testing.T, n int) {
	t.Helper()
	var numbers []int
	for range n {
		d.postings = append(d.postings, 0)
		numbers = append(numbers, len(d.postings)-1)
	}
	if old := rand.IntN(len(d.postings)); rand.IntN(3) == 0 && d.postings[old] == 1 {
		numbers = append(numbers, old)
	}
	db, err := postgres.Open(t.Context(), d.database, d.now, postgres.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var batch []jobposting.Incoming
	for _, i := range numbers {
		d.postings[i]++
		batch = append(batch, jobposting.Incoming{
			ExternalID: strconv.Itoa(i),
			Content: jobposting.Content{
				Languages: []string{"fi"}, Positions: 1, Title: jobposting.Localised{"fi": fmt.Sprintf("Kokki nro%dv%d", i, d.postings[i])},
			},
			CreatedAt: d.began.Add(-time.Hour), ModifiedAt: db.Now(), PublishedAt: d.began.Add(-time.Hour),
		})
	}
	if _, err := jobposting.NewPostings(db).Receive(t.Context(), audit.System("drill"), jobposting.SourceTE, batch); err != nil {
		t.Fatal(err)
	}
}

// likewise is how many watches there are by rhythm.
var likewise = map[string]int{"daily": 240, "at_once": 60}

// multiply has two people order watches, and many more like theirs.
func (d *watchDrill) multiply(t *testing.T) {
	t.Helper()
	for rhythm, n := range likewise {
		first := &orderer{visitor: d.visitor(from(n)), drill: d, address: rhythm + "@first.example", rhythm: rhythm}
		if err := first.order(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.portal(t, "work", "-run", "job_watch.confirmations")
		d.portal(t, "work", "-run", "mail.send")
		if err := first.confirm(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.exec(t, `INSERT INTO job_watch (submission, state, address, address_index, language, rhythm, daily_cap, weekday, params_version, criteria,
			       search_id, terms_version, terms_hash, seed, created_at, confirmed_at, ends_at, start_seq, done_seq, next_at, regular_at)
			SELECT rhythm || i, state, rhythm || i || '@drill.example', sha256((rhythm || i)::bytea), language, rhythm, 20, weekday, params_version, criteria,
			       search_id, terms_version, terms_hash, sha256((rhythm || i)::bytea), created_at, confirmed_at, ends_at, start_seq, done_seq, next_at, regular_at
			  FROM job_watch, generate_series(1, $1) AS i WHERE address = $2`, n, first.address)
	}
}

// takeOrders orders and confirms watches until ctx ends.
func (d *watchDrill) takeOrders(ctx context.Context, t *testing.T) {
	t.Helper()
	for n := 0; ctx.Err() == nil; n++ {
		o := &orderer{visitor: d.visitor(from(1000 + n)), drill: d, address: fmt.Sprintf("tilaaja%d@person.example", n), rhythm: "daily"}
		err := o.order(ctx)
		if err == nil && n%2 == 0 {
			err = o.confirm(ctx)
		}
		if err != nil && ctx.Err() == nil {
			t.Errorf("order %d: %v", n, err)
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
}

// orderer is somebody who orders a watch, whatever happens to the portal.
type orderer struct {
	*visitor

	drill           *watchDrill
	address, rhythm string
}

func (o *orderer) order(ctx context.Context) error {
	err := errOldForm
	for errors.Is(err, errOldForm) {
		err = o.orderOnce(ctx)
	}
	return err
}

func (o *orderer) orderOnce(ctx context.Context) error {
	fields, err := o.form(ctx, paths.Watch.Fi+"?q=kokki", paths.Watch.Fi)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{"email": o.address, "rhythm": o.rhythm, "language": "fi", "terms": "yes", "cap": "20"} {
		fields.Set(name, value)
	}
	if err := o.insist(ctx, paths.Watch.Fi, fields); err != nil {
		return err
	}
	o.drill.orders.Lock()
	o.drill.acknowledged = append(o.drill.acknowledged, o.address)
	o.drill.orders.Unlock()
	return nil
}

// confirm waits for the confirmation and presses its button. An order may lapse
// before its mail goes, as the days of the drill are short.
func (o *orderer) confirm(ctx context.Context) error {
	for range 300 {
		link := o.drill.bag.link(o.address)
		if link == "" {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		fields, err := o.form(ctx, link, link)
		if err != nil {
			return err
		}
		fields.Set("act", "confirm")
		if err := o.insist(ctx, link, fields); errors.Is(err, errOldForm) {
			continue
		} else if err != nil {
			return err
		}
		o.drill.orders.Lock()
		o.drill.confirmed = append(o.drill.confirmed, o.address)
		o.drill.orders.Unlock()
		return nil
	}
	return nil
}

// form opens a page until it comes, and returns its form.
func (o *orderer) form(ctx context.Context, page, action string) (url.Values, error) {
	for ctx.Err() == nil {
		if a, err := o.get(ctx, page); err == nil && a.status < http.StatusInternalServerError {
			fields, ok := formOf(a.body, action)
			if !ok {
				return nil, fmt.Errorf("no form: %s", a)
			}
			return fields, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, ctx.Err()
}

// errOldForm tells that days have gone by since the form was opened.
var errOldForm = errors.New("the form is too old")

// insist sends a form until it is acknowledged.
func (o *orderer) insist(ctx context.Context, path string, fields url.Values) error {
	for ctx.Err() == nil {
		if a, err := o.post(ctx, path, fields, "X-Forwarded-For", o.key); err == nil && a.status < http.StatusInternalServerError {
			if a.status == http.StatusForbidden {
				return errOldForm
			}
			if a.status != http.StatusSeeOther {
				return fmt.Errorf("not taken: %s", a)
			}
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return ctx.Err()
}

// TestDrillFrozenMailServer freezes the mail server while a mail is due: pages
// are served all the while, and the mail comes once when the server wakes up.
func TestDrillFrozenMailServer(t *testing.T) {
	const frozen = 45 * time.Second // longer than one step of SMTP may take

	d := &watchDrill{site: newWatching(t), began: time.Now()}
	t.Cleanup(d.stop)
	d.env = append(d.env, "TE_FEED_URL=") // which would close what it does not know
	d.revive(t)
	w := d.subscriber(t, i18n.Finnish, "q=kokki", "odottaja@frozen.example", nil)
	simulator := d.processes[0].Process
	if err := simulator.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	d.publish(t, 1)
	eventually(t, "the mail is made", func() bool {
		return d.number(t, `SELECT count(*) FROM mail_outbox WHERE kind = 'watch_digest' AND status = 'waiting'`) == 1
	})
	slowest := time.Duration(0)
	for began := time.Now(); time.Since(began) < frozen; time.Sleep(100 * time.Millisecond) {
		asked := time.Now()
		w.see(t, w.own)
		slowest = max(slowest, time.Since(asked))
	}
	if slowest > 5*time.Second {
		t.Errorf("a page took %s while the mail server was frozen", slowest)
	}
	if err := simulator.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	told := func() (n int) {
		for _, m := range d.mails(t, w.address) {
			n += min(1, strings.Count(m.Text, "nro0v1"))
		}
		return n
	}
	eventually(t, "the mail comes", func() bool { return told() > 0 })
	time.Sleep(15 * time.Second)
	if n := told(); n != 1 {
		t.Errorf("the mail came %d times", n)
	}
	t.Logf("slowest page in %s: %s", frozen, slowest.Round(time.Millisecond))
}
