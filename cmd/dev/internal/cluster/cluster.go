// Package cluster runs a private Postgres for development and tests: on a free port of the loopback interface, with a
// password of its own, without a socket, and gone when the program that started it is gone.
package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/cmd/dev/internal/child"
)

// superuser is the name of the role that initdb makes. pgx takes the database of the same name when an address has none.
const superuser = "postgres"

// Config says which Postgres to run and where.
type Config struct {
	Bin       string            // folder with initdb and postgres
	Env       []string          // environment of the server, such as LD_LIBRARY_PATH; PG* and LC_* are dropped from it
	Dir       string            // folder of this cluster: data, password, address
	Throwaway bool              // speed before safety, for tests: nothing survives a crash of the machine
	Settings  []string          // further server settings, "name=value"
	Links     map[string]string // symbolic links to make in the data folder, name to target
}

// Cluster is a running Postgres.
type Cluster struct {
	conf     Config
	as       identity
	keeper   *child.Keeper
	server   *child.Child // nil when another process runs it
	lock     *os.File
	password string
	port     int
}

// Start makes the cluster in conf.Dir when there is none yet and runs it. When another process runs the cluster of
// conf.Dir already, Start returns that one, and Stop will leave it running.
func Start(ctx context.Context, k *child.Keeper, conf Config) (*Cluster, error) {
	as, err := identityFor(ctx, conf.Dir)
	if err != nil {
		return nil, err
	}
	if err := as.makeFolder(conf.Dir); err != nil {
		return nil, err
	}
	c := &Cluster{conf: conf, as: as, keeper: k}
	c.lock, err = lockFile(filepath.Join(conf.Dir, "lock"))
	if errors.Is(err, errLocked) {
		return c, c.join(ctx)
	}
	if err != nil {
		return nil, err
	}
	if err := c.boot(ctx); err != nil {
		unlockFile(c.lock)
		return nil, err
	}
	return c, nil
}

// Shared tells whether another process runs the cluster.
func (c *Cluster) Shared() bool { return c.lock == nil }

// Port is the port the server listens on, on 127.0.0.1.
func (c *Cluster) Port() int { return c.port }

// BaseURL is the address of the server for its superuser, with the password and without a database.
func (c *Cluster) BaseURL() string {
	return c.address(superuser, c.password, "")
}

// PasswordFile is the file with the password of the server's roles.
func (c *Cluster) PasswordFile() string { return c.file("password") }

// LogFile is the server's log.
func (c *Cluster) LogFile() string { return c.file("server.log") }

// PIDFile is the file whose first line is the process id of the running server.
func (c *Cluster) PIDFile() string { return c.file("data/postmaster.pid") }

// Done is closed when the server has ended; it is nil for a shared cluster.
func (c *Cluster) Done() <-chan struct{} {
	if c.server == nil {
		return nil
	}
	return c.server.Done()
}

// Stop ends the server in an orderly way. The data stay. A shared cluster is left alone.
func (c *Cluster) Stop() {
	if c.server != nil {
		c.server.Stop(syscall.SIGINT, 30*time.Second)
	}
	if c.lock != nil {
		_ = os.Remove(c.file("address"))
		unlockFile(c.lock)
		c.lock = nil
	}
}

// KeepUp starts the server again, on the same port and data, each time it ends without being asked to, until ctx ends.
// Drills kill the server to see how the portal takes it.
func (c *Cluster) KeepUp(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.Done():
		}
		for {
			err := c.serve(ctx)
			if err == nil || ctx.Err() != nil {
				break
			}
			// The killed server's processes may take a moment to let go of its memory.
			if leftovers := strings.Contains(err.Error(), "still in use"); !leftovers {
				return err
			}
		}
	}
}

// Address is a database with the roles that reach it.
type Address struct{ Owner, App string }

// Database makes a database of the given name, the role that owns it and a role without rights of its own that the
// portal runs as, unless they are there.
func (c *Cluster) Database(ctx context.Context, name string) (Address, error) {
	app := name + "_app"
	conn, err := pgx.Connect(ctx, c.address(superuser, c.password, "postgres"))
	if err != nil {
		return Address{}, fmt.Errorf("connect to the cluster: %w", err)
	}
	defer conn.Close(ctx)
	for _, role := range []string{name, app} {
		if err := c.makeRole(ctx, conn, role); err != nil {
			return Address{}, err
		}
	}
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil {
		return Address{}, fmt.Errorf("look for database: %w", err)
	}
	if !there {
		quoted := pgx.Identifier{name}.Sanitize()
		if _, err := conn.Exec(ctx, "CREATE DATABASE "+quoted+" OWNER "+quoted); err != nil {
			return Address{}, fmt.Errorf("make database: %w", err)
		}
	}
	return Address{Owner: c.address(name, c.password, name), App: c.address(app, c.password, name)}, nil
}

func (c *Cluster) makeRole(ctx context.Context, conn *pgx.Conn, name string) error {
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", name).Scan(&there); err != nil || there {
		return err
	}
	// The password is random text of letters and digits.
	if _, err := conn.Exec(ctx, "CREATE ROLE "+pgx.Identifier{name}.Sanitize()+" LOGIN PASSWORD '"+c.password+"'"); err != nil {
		return fmt.Errorf("make role: %w", err)
	}
	return nil
}

// Remove deletes the cluster's folder. Call it after Stop.
func (c *Cluster) Remove() error {
	if err := os.RemoveAll(c.conf.Dir); err != nil {
		return fmt.Errorf("remove cluster: %w", err)
	}
	return nil
}

func (c *Cluster) file(name string) string { return filepath.Join(c.conf.Dir, name) }

func (c *Cluster) address(user, password, database string) string {
	u := url.URL{
		Scheme: "postgres",
		User:   url.UserPassword(user, password),
		Host:   net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port)),
	}
	if database != "" {
		u.Path = "/" + database
		u.RawQuery = "sslmode=disable"
	}
	return u.String()
}

func (c *Cluster) boot(ctx context.Context) error {
	if err := c.initialise(ctx); err != nil {
		return err
	}
	password, err := os.ReadFile(c.file("password"))
	if err != nil {
		return fmt.Errorf("read cluster password: %w", err)
	}
	c.password = strings.TrimSpace(string(password))
	if err := endLeftover(ctx, c.file("data")); err != nil {
		return err
	}
	c.port, err = freePort(ctx)
	if err != nil {
		return err
	}
	if err := c.serve(ctx); err != nil {
		return err
	}
	return writeFile(c.file("address"), strconv.Itoa(c.port), 0o600)
}

// initialise makes the data folder. It is made under another name and renamed when complete, so that an initdb that was
// killed leaves nothing that looks like a cluster.
func (c *Cluster) initialise(ctx context.Context) error {
	if _, err := os.Stat(c.file("data/PG_VERSION")); err == nil {
		return nil
	}
	fresh := c.file("data.new")
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("remove half-made cluster: %w", err)
	}
	if err := writeFile(c.file("password"), rand.Text()+"\n", 0o600); err != nil {
		return err
	}
	if err := c.as.own(c.file("password")); err != nil {
		return err
	}
	args := []string{
		"-D", fresh, "-U", superuser, "-E", "UTF8", "--locale=C.UTF-8",
		"-A", "scram-sha-256", "--pwfile=" + c.file("password"),
	}
	if c.conf.Throwaway {
		args = append(args, "--no-sync")
	}
	cmd := c.command(ctx, "initdb", args...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := c.keeper.Run(ctx, cmd); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out.String())
	}
	if err := os.Rename(fresh, c.file("data")); err != nil {
		return fmt.Errorf("name the new cluster: %w", err)
	}
	return nil
}

func (c *Cluster) serve(ctx context.Context) error {
	for name, target := range c.conf.Links {
		link := filepath.Join(c.file("data"), name)
		if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove old link: %w", err)
		}
		if err := os.Symlink(target, link); err != nil {
			return fmt.Errorf("make link in the data folder: %w", err)
		}
	}
	settings := []string{
		"listen_addresses=127.0.0.1",
		"port=" + strconv.Itoa(c.port),
		"unix_socket_directories=",
		"log_timezone=GMT",
		// Messages of failed statements quote values. The portal logs its own failures, without them.
		"log_min_messages=log", "log_parameter_max_length=0",
	}
	if c.conf.Throwaway {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300",
			"wal_level=minimal", "max_wal_senders=0", "max_wal_size=4GB", "autovacuum_naptime=10s")
	}
	settings = append(settings, c.conf.Settings...)
	args := []string{"-D", c.file("data")}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	log, err := os.OpenFile(c.file("server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the server's log: %w", err)
	}
	defer log.Close()
	cmd := c.command(context.WithoutCancel(ctx), "postgres", args...)
	cmd.Stdout, cmd.Stderr = log, log
	// SIGINT is Postgres's fast shutdown.
	server, err := c.keeper.Start(cmd, syscall.SIGINT)
	if err != nil {
		return err
	}
	c.server = server
	if err := c.ready(ctx); err != nil {
		server.Stop(syscall.SIGQUIT, 5*time.Second)
		return fmt.Errorf("%w\n%s", err, tail(c.file("server.log")))
	}
	return nil
}

func (c *Cluster) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(c.conf.Bin, program), args...)
	cmd.Env = cleanEnv(c.conf.Env)
	cmd.Dir = c.conf.Dir
	c.as.apply(cmd)
	return cmd
}

// ready waits until the server answers.
func (c *Cluster) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.address(superuser, c.password, "postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.Done():
			return errors.New("postgres ended while starting")
		case <-ctx.Done():
			return errors.New("postgres did not answer in time")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// join takes the address that the process holding the lock wrote.
func (c *Cluster) join(ctx context.Context) error {
	deadline := time.Now().Add(60 * time.Second)
	for {
		port, err := os.ReadFile(c.file("address"))
		if err == nil {
			c.port, err = strconv.Atoi(strings.TrimSpace(string(port)))
		}
		if err == nil {
			password, readErr := os.ReadFile(c.file("password"))
			if readErr != nil {
				return fmt.Errorf("read cluster password: %w", readErr)
			}
			c.password = strings.TrimSpace(string(password))
			return c.ready(ctx)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("another process holds %s and says no address", c.file("lock"))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func cleanEnv(env []string) []string {
	kept := make([]string, 0, len(env)+1)
	for _, v := range env {
		if strings.HasPrefix(v, "PG") || strings.HasPrefix(v, "LC_") || strings.HasPrefix(v, "LANG") || strings.HasPrefix(v, "TZ=") {
			continue
		}
		kept = append(kept, v)
	}
	// On macOS a server without any locale in its environment becomes multi-threaded while starting and gives up.
	return append(kept, "LC_ALL=C.UTF-8")
}

func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.New("find a free port: not a TCP address")
	}
	return addr.Port, nil
}
