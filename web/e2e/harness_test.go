// Package e2e_test tries the whole portal as its users meet it: the real
// binary over a database of its own, with the simulated outside world, over
// HTTP and in a browser.
package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// binaries builds the portal and the simulator once.
var binaries = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "e2e-")
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", dir+"/", "../../cmd/portal", "../../cmd/simulator").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	shared.stop()
	if dir, err := binaries(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// site is a running portal with its surroundings.
type site struct {
	url       string // origin of the portal
	simulator string // origin of the simulated TE system
	env       []string
	processes []*exec.Cmd
}

// sharedSite is the one portal that tests which only read share.
type sharedSite struct {
	once sync.Once
	site *site
	err  string
}

var shared sharedSite

func (s *sharedSite) stop() {
	if s.site != nil {
		s.site.stop()
	}
}

// theSite returns the shared portal, filled with postings.
func theSite(t *testing.T) *site {
	t.Helper()
	shared.once.Do(func() { shared.site = newSite(t, 400) })
	if shared.site == nil {
		t.Fatal("the portal did not start; the first test says why")
	}
	return shared.site
}

// newSite starts a simulator with that many postings and a portal, and waits
// until the portal shows them.
func newSite(t *testing.T, postings int) *site {
	t.Helper()
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	_, dsn := pgtest.NewWithURL(keeper{t})
	s := &site{}
	s.simulator = s.startSimulator(t, dir, postings)
	addr := freeAddr(t)
	s.url = "http://" + addr
	s.env = append(os.Environ(),
		"ENVIRONMENT=development", "LISTEN_ADDR="+addr, "PUBLIC_URL="+s.url, "METRICS_ADDR="+freeAddr(t),
		"DATABASE_URL="+dsn, "TE_FEED_URL="+s.simulator+"/kipa/p67/v2/jobpostings",
		"TE_FEED_KIND=p67", "TE_FEED_KEY=test-key", "TE_FEED_INTERVAL=1s", "RATE_LIMIT=100000",
		"VOIKKO_DICTIONARY="+dictionary(t))
	s.start(t, filepath.Join(dir, "portal"), "serve")
	s.waitFor(t, func() bool { return s.openPostings() >= postings*7/10 })
	return s
}

// keeper keeps the database of the shared site until the process ends: the test
// that happened to come first must not take it away.
type keeper struct{ testing.TB }

func (keeper) Cleanup(func()) {}

// start runs a program in s's surroundings and keeps its output for a failure.
func (s *site) start(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = s.env
	log, err := os.CreateTemp("", filepath.Base(name)+"-*.log")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	s.run(t, cmd)
	t.Logf("%s logs to %s", filepath.Base(name), log.Name())
	return cmd
}

func (s *site) run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	// The signal follows the thread that started the child, so that thread must
	// live as long as the tests do.
	runtime.LockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.processes = append(s.processes, cmd)
}

func (s *site) stop() {
	for _, p := range s.processes {
		_ = p.Process.Kill()
		_ = p.Wait()
	}
}

// waitFor waits until ok or fails the test after a minute.
func (s *site) waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("waited a minute in vain")
}

// get fetches a page without following redirects.
func (s *site) get(t *testing.T, path string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.do(t, req)
}

func (s *site) do(t *testing.T, req *http.Request) (int, http.Header, string) {
	t.Helper()
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

// routes asks the portal for its router.
func (s *site) routes(t *testing.T) []routeEntry {
	t.Helper()
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "portal"), "routes")
	cmd.Env = s.env
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var routes []routeEntry
	if err := json.Unmarshal(out, &routes); err != nil {
		t.Fatal(err)
	}
	return routes
}

type routeEntry struct{ Method, Pattern, Audience, CSRF, Cache, Rate string }

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// firstLine returns the first line that cmd prints.
func firstLine(t *testing.T, r io.Reader) string {
	t.Helper()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}
