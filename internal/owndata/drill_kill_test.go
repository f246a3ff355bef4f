//go:build drill

package owndata_test

import (
	"bufio"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// kill starts a process that deletes and kills it at some moment. It returns whom
// the process said it would delete, and who it said was gone.
func (d *deletions) kill(t *testing.T) (begun, ended map[int]bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestDrillChild$")
	cmd.Env = append(os.Environ(), childDatabase+"="+d.address, childJournal+"="+d.journal)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	begun, ended = map[int]bool{}, map[int]bool{}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		word, id, _ := strings.Cut(lines.Text(), " ")
		n, _ := strconv.Atoi(id)
		switch word {
		case "ready":
			time.AfterFunc(rand.N(300*time.Millisecond), func() { d.end(t, cmd.Process) })
		case "begin":
			begun[n] = true
		case "gone":
			ended[n] = true
		default:
			t.Logf("the process says %q", lines.Text())
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
		t.Fatalf("the process was not killed: %v", err)
	}
	return begun, ended
}

// end kills the process, after a look at what it is about.
func (d *deletions) end(t *testing.T, p *os.Process) {
	t.Helper()
	defer func() { _ = p.Kill() }()
	_ = p.Signal(syscall.SIGSTOP)
	var open int
	err := d.db.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL`).Scan(&open)
	if err != nil {
		t.Error(err)
	}
	if open > 0 {
		d.amidst++
	}
}
