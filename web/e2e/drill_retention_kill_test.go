//go:build drill

package e2e_test

import (
	"bufio"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// keepingRun is a process that does one run of retention. works closes when it is
// at it, or over.
type keepingRun struct {
	*exec.Cmd

	works chan struct{}
}

func (d *keepingDrill) start(t *testing.T) keepingRun {
	t.Helper()
	r := keepingRun{d.command(t, "portal", "work", "-run", "retention.run"), make(chan struct{})}
	out, err := r.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Stderr = d.complaints
	r.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	d.starts <- r.Cmd
	if err := <-d.started; err != nil {
		t.Fatal(err)
	}
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() && !strings.Contains(lines.Text(), "portal works") {
		}
		close(r.works)
		for lines.Scan() {
		}
	}()
	return r
}

// strike starts a run, or several at once, and kills all at some instant, while
// people log in whose accounts are about to end.
func (d *keepingDrill) strike(t *testing.T) {
	t.Helper()
	runs := []keepingRun{d.start(t)}
	for rand.IntN(4) == 0 {
		runs = append(runs, d.start(t))
	}
	for _, r := range runs {
		<-r.works
	}
	d.logIn(t)
	time.Sleep(rand.N(d.patience))
	if d.kill(t, runs...) {
		d.patience += d.patience / 30
	} else {
		d.patience -= d.patience / 10
	}
}

// freeze stops a process in the middle of its run for so long that the database
// takes its lock away and another process begins. Then it wakes up, and both are
// at work until they are killed.
func (d *keepingDrill) freeze(t *testing.T) {
	t.Helper()
	old := d.start(t)
	<-old.works
	if until := time.Now().Add(rand.N(d.patience)); rand.IntN(2) == 0 {
		time.Sleep(time.Until(until))
	} else {
		for len(d.halfPackages(t)) == 0 && time.Now().Before(until) {
			time.Sleep(time.Millisecond)
		}
	}
	_ = old.Process.Signal(syscall.SIGSTOP)
	d.exec(t, `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	frozen := d.number(t, `SELECT count(*) FROM retention_run WHERE state = 'running'`) == 1
	d.tick(t)
	other := d.start(t)
	select {
	case <-other.works:
	case <-time.After(2 * time.Second): // it waits for somebody whom the frozen one holds
	}
	time.Sleep(rand.N(100 * time.Millisecond))
	_ = old.Process.Signal(syscall.SIGCONT)
	time.Sleep(rand.N(300 * time.Millisecond))
	d.kill(t, old, other)
	if frozen {
		d.thawed++
	}
}

// kill kills processes, after a look at what they are about. It reports whether
// that was before they were through.
func (d *keepingDrill) kill(t *testing.T, runs ...keepingRun) (killed bool) {
	t.Helper()
	for _, r := range runs {
		_ = r.Process.Signal(syscall.SIGSTOP)
	}
	inTx := d.number(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL`)
	half := d.halfPackages(t)
	for _, r := range runs {
		_ = r.Process.Kill()
		_ = r.Wait()
		if status, ok := r.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() { //nolint:misspell // the library's spelling
			killed = true
			d.signals++
		}
	}
	run := d.number(t, `SELECT coalesce(max(id), 0) FROM retention_run WHERE state = 'running'`)
	if !killed || run <= d.lastRun {
		return killed // it came too early or too late
	}
	d.lastRun = run
	d.met++
	d.inTx += int(min(inTx, 1))
	if len(half) > d.halves {
		d.inPackage++
	}
	d.halves = len(half)
	return true
}

// halfPackages are the folders of packages that are not finished.
func (d *keepingDrill) halfPackages(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(d.folder + "/.*.partial-*")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// logIn now and then logs somebody in whose account ends just then.
func (d *keepingDrill) logIn(t *testing.T) {
	t.Helper()
	if rand.IntN(4) > 0 {
		return
	}
	err := d.db.InTx(t.Context(), func(tx *postgres.Tx) error {
		_, err := tx.Exec(t.Context(), `
			WITH near AS (SELECT n FROM drill.row AS r WHERE kind = 'account' AND ends_at BETWEEN $1::timestamptz - interval '5 minutes' AND $1::timestamptz + interval '5 minutes'
			                 AND NOT EXISTS (SELECT FROM drill.gone AS g WHERE g.n = r.n)
			               ORDER BY random() LIMIT 1),
			     came AS (UPDATE person SET logged_in_at = $1, warned_at = NULL, warned_days = NULL FROM near WHERE id = near.n RETURNING id)
			UPDATE drill.row AS r SET ends_at = keeping_end($1, 12, 0, 0) FROM came WHERE r.n = came.id`, tx.Now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
