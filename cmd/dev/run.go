package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"tyomarkkinatori.fi/portal/cmd/dev/internal/child"
	"tyomarkkinatori.fi/portal/cmd/dev/internal/cluster"
)

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return errors.New("say what to do: test or postgres")
	}
	k := child.NewKeeper()
	if getenv("MAKELEVEL") != "" {
		k.FollowParent()
	}
	switch args[0] {
	case "test":
		return test(ctx, k, args[1:], stdout, stderr)
	case "postgres":
		return servePostgres(ctx, k, args[1:], stdout)
	default:
		return fmt.Errorf("unknown command %q", args[0])
	}
}

func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return exit.ExitCode()
	}
	return 1
}

func throwaway(ctx context.Context, k *child.Keeper) (*cluster.Cluster, error) {
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(bins) == 0 {
		return nil, errors.New("no postgres found")
	}
	dir := filepath.Join(os.TempDir(), "portal-test-"+strconv.Itoa(os.Getpid()))
	return cluster.Start(ctx, k, cluster.Config{
		Bin: bins[len(bins)-1], Env: os.Environ(), Dir: dir, Throwaway: true, Log: dir + "/server.log",
	})
}

func test(ctx context.Context, k *child.Keeper, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	c, err := throwaway(ctx, k)
	if err != nil {
		return err
	}
	defer func() { _ = c.Remove() }()
	defer c.Stop()
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "go", append([]string{"test"}, args...)...)
	cmd.Env = append(os.Environ(), "TEST_DATABASE_URL="+c.BaseURL())
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return k.Run(ctx, cmd)
}

func servePostgres(ctx context.Context, k *child.Keeper, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("dev postgres", flag.ContinueOnError)
	forTests := flags.Bool("test", false, "a throw-away cluster for tests")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if !*forTests {
		return errors.New("only -test so far")
	}
	c, err := throwaway(ctx, k)
	if err != nil {
		return err
	}
	defer func() { _ = c.Remove() }()
	defer c.Stop()
	fmt.Fprintln(stdout, c.BaseURL())
	select {
	case <-ctx.Done():
		return nil
	case <-c.Done():
		return errors.New("postgres ended")
	}
}
