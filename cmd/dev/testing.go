package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os/exec"
	"strings"

	"tyomarkkinatori.fi/portal/cmd/dev/internal/cluster"
)

func setUp(ctx context.Context, s *shop, _ []string) error {
	bin, major, err := s.kit.Postgres(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "Postgres %d   %s\n", major, bin.Path)
	dictionary, err := s.kit.Dictionary(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "dictionary    %s\n", dictionary)
	browser, err := s.kit.Chromium(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "browser       %s\n", browser)
	return nil
}

func runTests(ctx context.Context, s *shop, args []string) error {
	env, end, err := s.testEnvironment(ctx)
	if err != nil {
		return err
	}
	defer end()
	// The tests in a browser take longer than go test gives a package unless told otherwise.
	return s.execute(ctx, env, append([]string{"go", "test", "-timeout=40m"}, args...))
}

func runBench(ctx context.Context, s *shop, args []string) error {
	env, end, err := s.testEnvironment(ctx, "shared_buffers=2GB", "work_mem=64MB", "maintenance_work_mem=512MB", "jit=off",
		"max_parallel_workers_per_gather=0")
	if err != nil {
		return err
	}
	defer end()
	return s.execute(ctx, env, args)
}

// runDrill tells the command in TEST_POSTGRES_PIDFILE where the server's process id stands. A server that the command
// kills comes back on the same port.
func runDrill(ctx context.Context, s *shop, args []string) error {
	// What was committed must outlive a crash here.
	c, err := s.throwaway(ctx, "synchronous_commit=on")
	if err != nil {
		return err
	}
	defer s.discard(c)
	env, err := s.toolEnvironment(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	kept := make(chan error, 1)
	go func() { kept <- c.KeepUp(ctx) }()
	err = s.execute(ctx, append(env, "TEST_DATABASE_URL="+c.BaseURL(), "TEST_POSTGRES_PIDFILE="+c.PIDFile(), "TEST_POSTGRES_LOG="+c.LogFile()), args)
	cancel()
	return errors.Join(err, <-kept)
}

// testEnvironment gives tests a throw-away Postgres, unless the caller named one, and the tools. Call end when they are
// done.
func (s *shop) testEnvironment(ctx context.Context, settings ...string) (env []string, end func(), err error) {
	env, err = s.toolEnvironment(ctx)
	if err != nil {
		return nil, nil, err
	}
	if s.getenv("TEST_DATABASE_URL") != "" {
		return env, func() {}, nil
	}
	c, err := s.throwaway(ctx, settings...)
	if err != nil {
		return nil, nil, err
	}
	return append(env, "TEST_DATABASE_URL="+c.BaseURL(), "TEST_POSTGRES_LOG="+c.LogFile()), func() { s.discard(c) }, nil
}

// toolEnvironment tells tests where the browser and the dictionary are.
func (s *shop) toolEnvironment(ctx context.Context) ([]string, error) {
	dictionary, err := s.kit.Dictionary(ctx)
	if err != nil {
		return nil, err
	}
	browser, err := s.kit.Chromium(ctx)
	if err != nil {
		return nil, err
	}
	return []string{"VOIKKO_DICTIONARY=" + dictionary, "CHROMIUM=" + browser, "DEV_STATE=" + s.state}, nil
}

// runWith runs a command on the kept database, for example "portal reference esco".
func runWith(ctx context.Context, s *shop, args []string) error {
	var env []string
	if s.getenv("DATABASE_URL") == "" {
		c, err := s.kept(ctx)
		if err != nil {
			return err
		}
		defer c.Stop()
		db, err := c.Database(ctx, databaseName)
		if err != nil {
			return err
		}
		env = append(env, "DATABASE_URL="+db.App, "DATABASE_OWNER_URL="+db.Owner)
	}
	defaults := map[string]string{"ENVIRONMENT": "development", "PUBLIC_URL": "http://localhost:8080"}
	if err := s.secrets(ctx, defaults); err != nil {
		return err
	}
	if dictionary, err := s.kit.Dictionary(ctx); err == nil {
		defaults["VOIKKO_DICTIONARY"] = dictionary
	}
	for name, value := range defaults {
		if s.getenv(name) == "" {
			env = append(env, name+"="+value)
		}
	}
	return s.execute(ctx, env, args)
}

func runPostgres(ctx context.Context, s *shop, args []string) error {
	flags := flag.NewFlagSet("dev postgres", flag.ContinueOnError)
	flags.SetOutput(s.stderr)
	forTests := flags.Bool("test", false, "a throw-away server for tests, fast and not safe")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var c *cluster.Cluster
	var err error
	if *forTests {
		c, err = s.throwaway(ctx)
	} else {
		c, err = s.kept(ctx)
	}
	if err != nil {
		return err
	}
	if *forTests {
		defer s.discard(c)
	}
	defer c.Stop()
	if c.Shared() {
		return errors.New("this Postgres is running already")
	}
	fmt.Fprintln(s.stdout, c.BaseURL())
	select {
	case <-ctx.Done():
		return nil
	case <-c.Done():
		return errors.New("postgres ended")
	}
}

func (s *shop) execute(ctx context.Context, env, args []string) error {
	if len(args) == 0 {
		return errors.New("say which command to run")
	}
	s.say("%s", strings.Join(args, " "))
	cmd := exec.CommandContext(context.WithoutCancel(ctx), args[0], args[1:]...)
	cmd.Env = s.environ(env...)
	cmd.Stdout, cmd.Stderr = s.stdout, s.stderr
	return s.keeper.Run(ctx, cmd)
}
