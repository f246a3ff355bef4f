package cluster_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/cmd/dev/internal/child"
	"tyomarkkinatori.fi/portal/cmd/dev/internal/cluster"
	"tyomarkkinatori.fi/portal/cmd/dev/internal/provision"
)

// config is a cluster in a fresh folder that the server's user can enter, which t.TempDir is not for root.
func config(t *testing.T) cluster.Config {
	t.Helper()
	checkout, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	state := os.Getenv("DEV_STATE")
	if state == "" {
		state = filepath.Join(checkout, ".dev")
	}
	kit := provision.Kit{Checkout: checkout, State: state, System: "/", Env: os.Environ(), Getenv: os.Getenv, Out: io.Discard}
	bin, _, err := kit.Postgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	base, err := os.MkdirTemp("", "cluster-test-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	conf := cluster.Config{Bin: bin.Path, Env: append(os.Environ(), bin.Env...), Dir: filepath.Join(base, "pg"), Throwaway: true}
	if zones := kit.Zones(bin); zones != "" {
		conf.Links = map[string]string{provision.ZonesLink: zones}
	}
	return conf
}

func start(t *testing.T, conf cluster.Config) *cluster.Cluster {
	t.Helper()
	c, err := cluster.Start(t.Context(), child.NewKeeper(), conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	return c
}

func text(t *testing.T, url, query string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	var s string
	if err := conn.QueryRow(t.Context(), query).Scan(&s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s
}

func TestClusterKeepsItsData(t *testing.T) {
	t.Parallel()

	conf := config(t)
	first := start(t, conf)
	db, err := first.Database(t.Context(), "portal")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), db.Owner)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLE kept AS SELECT 'yes' AS answer"); err != nil {
		t.Fatal(err)
	}
	conn.Close(t.Context())
	first.Stop()

	second := start(t, conf)
	db, err = second.Database(t.Context(), "portal")
	if err != nil {
		t.Fatal(err)
	}

	if got := text(t, db.Owner, "SELECT answer FROM kept"); got != "yes" {
		t.Errorf("kept answer = %q, want yes", got)
	}
}

func TestClusterIsPrivate(t *testing.T) {
	t.Parallel()

	conf := config(t)
	c := start(t, conf)
	for setting, want := range map[string]string{
		"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "server_encoding": "UTF8", "password_encryption": "scram-sha-256",
	} {
		if got := text(t, c.BaseURL(), "SELECT current_setting('"+setting+"')"); got != want {
			t.Errorf("%s = %q, want %q", setting, got, want)
		}
	}
	if got := text(t, c.BaseURL(), "SELECT (timestamptz '2026-07-01 00:00Z' AT TIME ZONE 'Europe/Helsinki')::text"); got != "2026-07-01 03:00:00" {
		t.Errorf("midnight in Helsinki = %s, want 03:00", got)
	}

	server := "@127.0.0.1:" + strconv.Itoa(c.Port()) + "/postgres"
	for _, user := range []string{"postgres", "postgres:wrong"} {
		if conn, err := pgx.Connect(t.Context(), "postgres://"+user+server); err == nil {
			conn.Close(t.Context())
			t.Errorf("the server lets %s in", user)
		}
	}
	info, err := os.Stat(c.PasswordFile())
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode of the password file = %o, want 600", got)
	}
}

func TestSecondStartJoinsTheFirst(t *testing.T) {
	t.Parallel()

	conf := config(t)
	first := start(t, conf)

	second := start(t, conf)

	if first.Shared() || !second.Shared() {
		t.Errorf("shared = %t and %t, want false and true", first.Shared(), second.Shared())
	}
	if got, want := second.BaseURL(), first.BaseURL(); got != want {
		t.Error("the second start has another address than the first")
	}
	second.Stop()
	if got := text(t, first.BaseURL(), "SELECT 'runs'"); got != "runs" {
		t.Errorf("answer after the joined one stopped = %q", got)
	}
}

func TestKeepUpBringsAKilledServerBack(t *testing.T) {
	t.Parallel()

	conf := config(t)
	c := start(t, conf)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.KeepUp(ctx) }()
	content, err := os.ReadFile(c.PIDFile())
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}

	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}

	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := pgx.Connect(t.Context(), c.BaseURL())
		if err == nil {
			conn.Close(t.Context())
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server does not come back: %v", err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestSweepRemovesWhatNobodyRuns(t *testing.T) {
	t.Parallel()

	conf := config(t)
	running := start(t, conf)
	all := filepath.Dir(conf.Dir)
	left := filepath.Join(all, "left")
	if err := os.MkdirAll(filepath.Join(left, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	longAgo := time.Now().Add(-time.Hour)
	for _, dir := range []string{left, conf.Dir} {
		if err := os.Chtimes(dir, longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
	}

	if err := cluster.Sweep(t.Context(), all); err != nil {
		t.Fatal(err)
	}

	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("the abandoned cluster is still there: %v", err)
	}
	if got := text(t, running.BaseURL(), "SELECT 'runs'"); got != "runs" {
		t.Errorf("answer of the running cluster = %q", got)
	}
	inUse, err := cluster.InUse(all)
	if err != nil {
		t.Fatal(err)
	}
	if !inUse {
		t.Error("InUse = false while a cluster runs")
	}
}

// TestServersLogHoldsNoValues fails statements over what a person could have told.
func TestServersLogHoldsNoValues(t *testing.T) {
	t.Parallel()

	const canary = "Kanarialintu"
	c := start(t, config(t))
	conn, err := pgx.Connect(t.Context(), c.BaseURL()+"/postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), `CREATE TABLE aviary (name text UNIQUE, n int CHECK (n > 0))`); err != nil {
		t.Fatal(err)
	}
	for i, statement := range []string{
		`INSERT INTO aviary (name) VALUES ($1)`, `INSERT INTO aviary (name) VALUES ($1)`, `INSERT INTO aviary (name, n) VALUES ($1 || 'o', -1)`,
		`SELECT $1::text::int`, `SELECT $1::text::jsonb`, `SELECT pg_sleep(0.1), $1::text::date`,
	} {
		if _, err := conn.Exec(t.Context(), statement, canary); (err == nil) != (i == 0) {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if _, err := conn.Exec(t.Context(), `SELECT '`+canary+`'::int`); err == nil {
		t.Fatal("a text was taken for a number")
	}
	for _, setting := range []string{"log_statement = 'all'", "log_min_duration_statement = 0"} {
		if _, err := conn.Exec(t.Context(), `SET `+setting); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), `SELECT $1::text AS marked`, canary); err != nil {
			t.Fatal(err)
		}
	}
	log, err := os.ReadFile(c.LogFile())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(log), canary) || !strings.Contains(string(log), "AS marked") {
		t.Errorf("the server's log is:\n%s", log)
	}
}
