package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/cmd/dev/internal/child"
	"tyomarkkinatori.fi/portal/cmd/dev/internal/provision"
)

// The test binary plays the portal and the simulator, and notes how it was called.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Getenv("DEV_TEST_PLAYS")) {
	case "portal":
		if os.Args[1] == "keys" {
			fmt.Println("keys made by portal keys " + os.Args[2])
			return
		}
		note("portal " + strings.Join(os.Args[1:], " "))
		if os.Args[1] == "serve" {
			content, err := json.Marshal(os.Environ())
			if err != nil {
				os.Exit(1)
			}
			if err := os.WriteFile(os.Getenv("DEV_TEST_NOTES")+".env", content, 0o600); err != nil {
				os.Exit(1)
			}
			go func() {
				_ = http.ListenAndServe(os.Getenv("LISTEN_ADDR"), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			}()
			untilTold()
			note("portal stopped")
		}
	case "simulator":
		note("simulator " + strings.Join(os.Args[1:], " "))
		fmt.Println(`{"te_url":"http://te","p67_url":"http://te/p67","v1_url":"http://te/v1","token_url":"http://te/token","smtp_addr":"mail:25","inbox_url":"http://inbox","identity_url":"http://identity","mandates_url":"http://mandates","register_url":"http://register","scanner_addr":"scanner:1"}`)
		untilTold()
		note("simulator stopped")
	default:
		os.Exit(m.Run())
	}
}

func untilTold() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	<-told
}

func note(line string) {
	f, err := os.OpenFile(os.Getenv("DEV_TEST_NOTES"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		os.Exit(1)
	}
	fmt.Fprintln(f, line)
	f.Close()
}

// notes are what the players wrote in one run of dev.
type notes struct {
	lines []string
	env   map[string]string
	out   string
}

// runOnce runs the portal with these variables until it is ready, and then stops it.
func runOnce(t *testing.T, state string, vars map[string]string) notes {
	t.Helper()
	checkout := t.TempDir()
	file := filepath.Join(t.TempDir(), "notes")
	for _, name := range []string{"portal", "simulator"} {
		script := "#!/bin/sh\nDEV_TEST_PLAYS=" + name + " DEV_TEST_NOTES='" + file + "' exec '" + os.Args[0] + "' \"$@\"\n"
		if err := os.MkdirAll(filepath.Join(checkout, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(checkout, "bin", name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	env := os.Environ()
	for name, value := range vars {
		env = append(env, name+"="+value)
	}
	getenv := func(name string) string { return vars[name] }
	out := &output{ready: make(chan struct{})}
	s := &shop{
		keeper: child.NewKeeper(), checkout: checkout, state: state, getenv: getenv, env: env, stdout: out, stderr: out,
		kit: &provision.Kit{Checkout: checkout, State: fetched(t), System: "/", Env: os.Environ(), Getenv: os.Getenv, Out: io.Discard},
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- runPortal(ctx, s, nil) }()
	select {
	case <-out.ready:
	case err := <-ended:
		t.Fatalf("dev run ended: %v\n%s", err, out)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return read(t, file, out.String())
}

func read(t *testing.T, file, out string) notes {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n := notes{lines: strings.Split(strings.TrimSpace(string(content)), "\n"), env: map[string]string{}, out: out}
	content, err = os.ReadFile(file + ".env")
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	if err := json.Unmarshal(content, &env); err != nil {
		t.Fatal(err)
	}
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		n.env[name] = value
	}
	return n
}

// fetched is the state folder that holds what make test fetched.
func fetched(t *testing.T) string {
	t.Helper()
	if state := os.Getenv("DEV_STATE"); state != "" {
		return state
	}
	state, err := filepath.Abs("../../.dev")
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// stateFor is a fresh state folder that the server's user can enter, which t.TempDir is not for root.
func stateFor(t *testing.T) string {
	t.Helper()
	state, err := os.MkdirTemp("", "dev-test-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(state) })
	if err := os.Chmod(state, 0o755); err != nil {
		t.Fatal(err)
	}
	return state
}

// output tells when the table of addresses has been printed whole.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	ready chan struct{}
	told  bool
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	if !o.told && strings.Contains(o.text.String(), "Ctrl-C") {
		o.told = true
		close(o.ready)
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func TestRunStartsWhatTheCallerDoesNotName(t *testing.T) {
	t.Parallel()

	state := stateFor(t)
	first := runOnce(t, state, nil)

	if got, want := first.env["TE_FEED_URL"], "http://te/p67"; got != want {
		t.Errorf("TE_FEED_URL = %q, want %q", got, want)
	}
	if got, want := first.env["SMTP_ADDR"], "mail:25"; got != want {
		t.Errorf("SMTP_ADDR = %q, want %q", got, want)
	}
	for name, want := range map[string]string{
		"SUOMIFI_ISSUER": "http://identity", "MANDATES_URL": "http://mandates", "SCANNER_ADDR": "scanner:1",
		"BUSINESS_REGISTER_URL": "http://register/opendata-ytj-api/v3",
		"PERSON_KEYS":           "keys made by portal keys generate", "SUOMIFI_KEYS": "keys made by portal keys suomifi",
	} {
		if got := first.env[name]; got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if got := first.env["DATABASE_URL"]; !strings.HasPrefix(got, "postgres://portal_app:") {
		t.Error("DATABASE_URL is not the private database's, as the role that the portal runs as")
	}
	if got := first.env["DATABASE_OWNER_URL"]; !strings.HasPrefix(got, "postgres://portal:") {
		t.Error("DATABASE_OWNER_URL is not the private database's")
	}
	order := first.lines
	if len(order) > 0 && strings.HasPrefix(order[0], "simulator ") {
		order[0] = "simulator"
	}
	if diff := cmp.Diff(order, []string{"simulator", "portal migrate", "portal serve", "portal stopped", "simulator stopped"}); diff != "" {
		t.Errorf("order of events (-got +want):\n%s", diff)
	}
	for _, secret := range []string{first.env["FORM_KEY"], first.env["PERSON_KEYS"], password(t, state)} {
		if strings.Contains(first.out, secret) {
			t.Error("a secret is printed")
		}
	}
	if !strings.Contains(first.out, first.env["PUBLIC_URL"]+"/fi") {
		t.Errorf("the portal's address is not printed:\n%s", first.out)
	}

	second := runOnce(t, state, nil)

	if got, want := second.env["FORM_KEY"], first.env["FORM_KEY"]; got != want {
		t.Error("the second run has another key for forms")
	}
}

func password(t *testing.T, state string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(state, "postgres/*/password"))
	if err != nil || len(found) != 1 {
		t.Fatalf("password files = %q, want one", found)
	}
	content, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(content))
}

func TestRunLetsTheCallersVariablesWin(t *testing.T) {
	t.Parallel()

	state := stateFor(t)
	addr, err := freeAddress(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{
		"DATABASE_URL": "postgres://elsewhere", "TE_FEED_URL": "http://elsewhere", "SMTP_ADDR": "elsewhere:25",
		"SUOMIFI_ISSUER": "http://elsewhere", "MANDATES_URL": "http://elsewhere", "BUSINESS_REGISTER_URL": "http://elsewhere",
		"SCANNER_ADDR": "elsewhere:1", "LISTEN_ADDR": addr, "PUBLIC_URL": "https://example.fi",
	}
	n := runOnce(t, state, vars)

	for _, line := range n.lines {
		if strings.HasPrefix(line, "simulator") {
			t.Errorf("a simulator ran: %s", line)
		}
	}
	if _, err := os.Stat(filepath.Join(state, "postgres")); !os.IsNotExist(err) {
		t.Error("a private Postgres was made")
	}
	for _, name := range []string{"DATABASE_URL", "TE_FEED_URL", "TE_FEED_KEY", "SMTP_ADDR", "LISTEN_ADDR", "PUBLIC_URL"} {
		if got, want := n.env[name], vars[name]; got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestRunGivesTheOldInterfaceWhenAsked(t *testing.T) {
	t.Parallel()

	n := runOnce(t, stateFor(t), map[string]string{"DATABASE_URL": "postgres://elsewhere", "TE_FEED_KIND": "v1"})

	for name, want := range map[string]string{"TE_FEED_URL": "http://te/v1", "TE_TOKEN_URL": "http://te/token", "TE_CLIENT_ID": simulatedClient} {
		if got := n.env[name]; got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestFuzzTargetsAreListedWithTheirPackages(t *testing.T) {
	t.Parallel()

	got := fuzzTargets([]byte("ok  \tm/a\t0.01s\nFuzzX\nFuzzY\nok  \tm/b\t0.02s\n?   \tm/c\t[no test files]\nFuzzZ\nok  \tm/d\t(cached)\n"))

	want := []fuzzTarget{{"FuzzX", "m/b"}, {"FuzzY", "m/b"}, {"FuzzZ", "m/d"}}
	if diff := cmp.Diff(got, want, cmp.AllowUnexported(fuzzTarget{})); diff != "" {
		t.Errorf("targets (-got +want):\n%s", diff)
	}
}

func TestExitCodeIsTheChilds(t *testing.T) {
	t.Parallel()

	err := exec.Command("sh", "-c", "exit 3").Run()

	if got := exitCode(fmt.Errorf("run: %w", err)); got != 3 {
		t.Errorf("exit code = %d, want 3", got)
	}
	if got := exitCode(errors.New("no child")); got != 1 {
		t.Errorf("exit code without a child = %d, want 1", got)
	}
}
