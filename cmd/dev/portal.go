package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"tyomarkkinatori.fi/portal/cmd/dev/internal/child"
)

// databaseName names the kept database and the role that owns it.
const databaseName = "portal"

// stage is one run of the portal with its surroundings. What the caller's environment names is used; the rest is started.
type stage struct {
	*shop

	shared bool              // another dev runs the database
	vars   map[string]string // what the portal is told beside the caller's environment
	rows   [][2]string       // what runs where, for people
	logs   [][2]string       // and who logs where
	ends   []func()          // undone in reverse order
	dead   chan error        // a child that ended by itself
}

func runPortal(ctx context.Context, s *shop, _ []string) error {
	st := &stage{shop: s, vars: map[string]string{}, dead: make(chan error, 4)}
	defer st.stop()
	if err := st.start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	st.print()
	select {
	case <-ctx.Done():
		fmt.Fprintln(s.stdout, "\nStopping.")
		return nil
	case err := <-st.dead:
		return err
	}
}

func (st *stage) stop() {
	for _, end := range slices.Backward(st.ends) {
		end()
	}
}

// get is a variable as the portal will see it.
func (st *stage) get(name string) string {
	return cmp.Or(st.getenv(name), st.vars[name])
}

func (st *stage) start(ctx context.Context) error {
	if err := st.startDatabase(ctx); err != nil {
		return err
	}
	if err := st.address(ctx); err != nil {
		return err
	}
	if err := st.startSimulator(ctx); err != nil {
		return err
	}
	if dictionary, err := st.kit.Dictionary(ctx); err == nil {
		st.vars["VOIKKO_DICTIONARY"] = dictionary
	} else {
		fmt.Fprintf(st.stderr, "%v\nThe portal runs without the dictionary and finds less in Finnish.\n", err)
	}
	st.vars["ENVIRONMENT"] = "development"
	st.vars["ERASURE_JOURNAL"], st.vars["HANDOVER_DIR"] = filepath.Join(st.state, "erasures"), filepath.Join(st.state, "handover")
	if err := st.secrets(ctx, st.vars); err != nil {
		return err
	}
	st.say("migration of the database")
	out, err := st.command(ctx, "portal", "migrate").CombinedOutput()
	if err != nil {
		return fmt.Errorf("migrate the database: %w\n%s", err, bytes.TrimSpace(out))
	}
	st.say("portal")
	portal, err := st.launch(ctx, "portal", nil, "serve")
	if err != nil {
		return err
	}
	return st.waitReady(ctx, portal)
}

// startDatabase runs the private Postgres, or takes the one that another dev runs already.
func (st *stage) startDatabase(ctx context.Context) error {
	if st.getenv("DATABASE_URL") != "" || st.getenv("DATABASE_URL_FILE") != "" {
		st.rows = append(st.rows, [2]string{"Postgres", "the one that DATABASE_URL names"})
		return nil
	}
	c, err := st.kept(ctx)
	if err != nil {
		return err
	}
	st.ends = append(st.ends, c.Stop)
	db, err := c.Database(ctx, databaseName)
	if err != nil {
		return err
	}
	st.vars["DATABASE_URL"], st.vars["DATABASE_OWNER_URL"] = db.App, db.Owner
	where := fmt.Sprintf("127.0.0.1:%[1]d, database and its owner %[2]s, user %[2]s_app, password in %[3]s", c.Port(), databaseName, c.PasswordFile())
	st.shared = c.Shared()
	if st.shared {
		where += "; another make run started it and will stop it"
	} else {
		st.watch("postgres", c.Done(), c.LogFile())
	}
	st.rows = append(st.rows, [2]string{"Postgres", where})
	return nil
}

// address chooses where the portal listens and how people reach it.
func (st *stage) address(ctx context.Context) error {
	for name, preferred := range map[string]string{"LISTEN_ADDR": "127.0.0.1:8080", "METRICS_ADDR": "127.0.0.1:9090"} {
		if st.getenv(name) != "" {
			continue
		}
		addr, err := freeAddress(ctx, preferred)
		if err != nil {
			return err
		}
		st.vars[name] = addr
	}
	if st.getenv("PUBLIC_URL") == "" {
		host, port, err := net.SplitHostPort(st.get("LISTEN_ADDR"))
		if err != nil {
			return fmt.Errorf("LISTEN_ADDR: %w", err)
		}
		if ip := net.ParseIP(host); host == "" || ip != nil && (ip.IsUnspecified() || ip.IsLoopback()) {
			host = "localhost"
		}
		st.vars["PUBLIC_URL"] = "http://" + net.JoinHostPort(host, port)
	}
	return nil
}

// freeAddress is the preferred one unless it is taken.
func freeAddress(ctx context.Context, preferred string) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", preferred)
	if err != nil {
		l, err = lc.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// command is one of the project's own programs in the portal's environment.
func (st *stage) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(st.checkout, "bin", name), args...)
	var set []string
	for variable, value := range st.vars {
		if st.getenv(variable) == "" && st.getenv(variable+"_FILE") == "" {
			set = append(set, variable+"="+value)
		}
	}
	cmd.Env = st.environ(set...)
	return cmd
}

// launch starts one of the project's own programs with its output in a log file; first takes its standard output
// instead when it is not nil.
func (st *stage) launch(ctx context.Context, name string, first *os.File, args ...string) (*child.Child, error) {
	logs := filepath.Join(st.state, "log")
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return nil, fmt.Errorf("make log folder: %w", err)
	}
	file := name + ".log"
	if st.shared {
		file = fmt.Sprintf("%s-%d.log", name, os.Getpid())
	}
	log, err := os.Create(filepath.Join(logs, file))
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	defer log.Close()
	cmd := st.command(context.WithoutCancel(ctx), name, args...)
	cmd.Stdout, cmd.Stderr = log, log
	if first != nil {
		cmd.Stdout = first
	}
	c, err := st.keeper.Start(cmd, syscall.SIGKILL)
	if err != nil {
		return nil, err
	}
	st.ends = append(st.ends, func() { c.Stop(syscall.SIGTERM, 30*time.Second) })
	st.watch(name, c.Done(), log.Name())
	st.logs = append(st.logs, [2]string{"log of " + name, log.Name()})
	return c, nil
}

// watch reports a child that ends without being told to.
func (st *stage) watch(name string, done <-chan struct{}, log string) {
	go func() {
		<-done
		content, _ := os.ReadFile(log)
		st.dead <- fmt.Errorf("%s ended by itself; the end of its log:\n%s", name, content[max(0, len(content)-2000):])
	}()
}

func (st *stage) waitReady(ctx context.Context, portal *child.Child) error {
	host, port, err := net.SplitHostPort(st.get("LISTEN_ADDR"))
	if err != nil {
		return fmt.Errorf("LISTEN_ADDR: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	client := &http.Client{Timeout: 2 * time.Second}
	for range 1200 {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/health/ready", nil)
		if err != nil {
			return fmt.Errorf("ask the portal whether it is ready: %w", err)
		}
		if res, err := client.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-portal.Done():
			return <-st.dead
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("the portal does not become ready; its log says why")
}

func (st *stage) print() {
	public := st.get("PUBLIC_URL")
	table := tabwriter.NewWriter(st.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(st.stdout)
	rows := append([][2]string{
		{"Portal", public + "/fi   " + public + "/sv"},
		{"metrics", "http://" + st.get("METRICS_ADDR") + "/metrics"},
	}, append(st.rows, st.logs...)...)
	for _, row := range rows {
		fmt.Fprintf(table, "%s\t%s\n", row[0], row[1])
	}
	_ = table.Flush()
	fmt.Fprintln(st.stdout, "\nOn the first start the postings come in within a minute. Ctrl-C stops everything; the data stay.")
}
