package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
)

// command is one of dev's commands.
type command struct {
	name, usage string
	run         func(ctx context.Context, s *shop, args []string) error
}

func commands() []command {
	return []command{
		{"setup", "find or fetch Postgres, a browser and the Finnish dictionary", setUp},
		{"run", "run the portal with a private Postgres and simulators for all that the environment does not name", runPortal},
		{"test", "test ARGS...: go test with a throw-away Postgres, a browser and the dictionary", runTests},
		{"drill", "drill COMMAND ARGS...: run a command that may kill its throw-away Postgres", runDrill},
		{"bench", "bench COMMAND ARGS...: run a command with a throw-away Postgres that has memory to work with", runBench},
		{"fuzz", "fuzz DURATION: run each fuzz target for that long", runFuzz},
		{"with", "with COMMAND ARGS...: run a command on the database that dev run keeps", runWith},
		{"postgres", "run the kept Postgres, or with -test a throw-away one, until interrupted", runPostgres},
		{"clean", "delete all that dev fetched and the kept database", clean},
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	if len(args) == 0 || slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		fmt.Fprintln(stdout, "dev sets up what the portal needs on this machine and runs it. Commands:")
		for _, c := range commands() {
			fmt.Fprintf(stdout, "  %-9s %s\n", c.name, c.usage)
		}
		return nil
	}
	for _, c := range commands() {
		if c.name == args[0] {
			s, err := newShop(ctx, getenv, stdout, stderr)
			if err != nil {
				return err
			}
			return c.run(ctx, s, withoutDashes(args[1:]))
		}
	}
	return fmt.Errorf("unknown command %q; dev help lists them", args[0])
}

// withoutDashes drops the "--" with which make separates a command's arguments.
func withoutDashes(args []string) []string {
	if len(args) > 0 && args[0] == "--" {
		return args[1:]
	}
	return args
}

// exitCode passes on the status of a child such as go test.
func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return exit.ExitCode()
	}
	return 1
}
