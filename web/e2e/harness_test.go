// Package e2e_test tries the whole portal as its users meet it: the real
// binary over a database of its own, with the simulated outside world, over
// HTTP and in a browser.
package e2e_test

import (
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
	serveHello()
	code := m.Run()
	shared.stop()
	journeys.stop()
	watching.stop()
	owners.stop()
	if !logsTellNothing() {
		code = max(code, 1)
	}
	if dir, err := binaries(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// site is a running portal with its surroundings.
type site struct {
	url       string     // origin of the portal
	simulator string     // origin of the simulated TE system
	world     neighbours // the simulated systems that know people
	database  string     // address of the database
	env       []string
	processes []*exec.Cmd
	logs      []string // files that portals have logged to
}

// sharedSite is one portal that many tests share.
type sharedSite struct {
	once sync.Once
	site *site
}

var (
	// shared is for tests that only read.
	shared sharedSite
	// journeys is for people who log in, each for an organisation that no other
	// test acts for.
	journeys sharedSite
)

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

// theJourneys returns the shared portal of people who log in.
func theJourneys(t *testing.T) *site {
	t.Helper()
	journeys.once.Do(func() { journeys.site = newSite(t, 5) })
	if journeys.site == nil {
		t.Fatal("the portal did not start; the first test says why")
	}
	return journeys.site
}

// newSite starts surroundings with that many postings and a portal in them, and
// waits until the portal shows them.
func newSite(tb testing.TB, postings int) *site {
	tb.Helper()
	s := newSurroundings(tb, postings)
	s.begin(tb)
	return s
}

// begin starts a portal on s's empty database, and waits until it shows what the
// simulator has.
func (s *site) begin(tb testing.TB) {
	tb.Helper()
	s.portal(tb, "migrate")
	s.serve(tb)
	eventually(tb, "the portal shows the postings", func() bool {
		want := s.openAtSource(tb)
		return want > 0 && s.openPostings(tb) == want && s.shown(tb) == want
	})
}

// newSurroundings starts a simulator with that many postings, told more, and
// makes an empty database.
func newSurroundings(tb testing.TB, postings int, more ...string) *site {
	tb.Helper()
	s := &site{url: "http://" + freeAddr(tb)}
	s.startSimulator(tb, postings, more...)
	s.settle(tb)
	return s
}

// settle gives s a database of its own and an environment.
func (s *site) settle(tb testing.TB) {
	tb.Helper()
	_, s.database = pgtest.NewWithURL(keeper{tb})
	s.env = append(os.Environ(),
		"ENVIRONMENT=development", "LISTEN_ADDR="+strings.TrimPrefix(s.url, "http://"), "PUBLIC_URL="+s.url, "METRICS_ADDR="+freeAddr(tb),
		"FORM_KEY=0123456789abcdef0123456789abcdef", "DATABASE_URL="+s.database,
		"TE_FEED_URL="+s.simulator+"/kipa/p67/v2/jobpostings", "TE_FEED_KIND=p67", "TE_FEED_KEY="+feedKey,
		"TE_FEED_INTERVAL=1s", "PAGES_PER_MINUTE=1000000", "SEARCHES_PER_MINUTE=1000000",
		"VOIKKO_DICTIONARY="+dictionary(tb))
	s.env = append(s.env, s.world.env(tb)...)
	kept, err := os.MkdirTemp("", "e2e-kept-") //nolint:usetesting // it outlives the test that started the shared portal
	if err != nil {
		tb.Fatal(err)
	}
	s.env = append(s.env, "ERASURE_JOURNAL="+filepath.Join(kept, "erasures"), "HANDOVER_DIR="+filepath.Join(kept, "handover"))
}

// feedKey is the subscription key that the simulator takes.
const feedKey = "test-key"

// keeper keeps the database of the shared site until the process ends: the test
// that happened to come first must not take it away.
type keeper struct{ testing.TB }

func (keeper) Cleanup(func()) {}

// serve runs the portal in s's surroundings until the test ends; its output is
// kept for whoever looks into a failure.
func (s *site) serve(tb testing.TB) {
	tb.Helper()
	cmd := s.command(tb, "portal", "serve")
	log := newLog(tb)
	cmd.Stdout, cmd.Stderr = log, log
	s.logs = append(s.logs, log.Name())
	s.run(tb, cmd)
	tb.Logf("portal logs to %s", log.Name())
}

func (s *site) command(tb testing.TB, name string, args ...string) *exec.Cmd {
	tb.Helper()
	dir, err := binaries()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, name), args...)
	cmd.Env = s.env
	return cmd
}

// portal runs a command of the portal to its end and returns what it prints.
func (s *site) portal(tb testing.TB, args ...string) string {
	tb.Helper()
	out, err := s.command(tb, "portal", args...).CombinedOutput()
	log := newLog(tb)
	_, _ = log.Write(out)
	_ = log.Close()
	if err != nil {
		tb.Fatalf("portal %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (s *site) run(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	if cmd.Stdout == nil {
		log := newLog(tb)
		cmd.Stdout, cmd.Stderr = log, log
	}
	// The signal follows the thread that started the child, and a locked thread
	// ends with its goroutine: this one never does.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		started <- cmd.Start()
		select {}
	}()
	if err := <-started; err != nil {
		tb.Fatal(err)
	}
	s.processes = append(s.processes, cmd)
}

func (s *site) stop() {
	for _, p := range s.processes {
		_ = p.Process.Kill()
		_ = p.Wait()
	}
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
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

// routes asks the portal for its router.
func (s *site) routes(t *testing.T) []routeEntry {
	t.Helper()
	var routes []routeEntry
	if err := json.Unmarshal([]byte(s.portal(t, "routes")), &routes); err != nil {
		t.Fatal(err)
	}
	return routes
}

type routeEntry struct{ Method, Pattern, Audience, CSRF, Cache, Rate string }

func freeAddr(tb testing.TB) string {
	tb.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
