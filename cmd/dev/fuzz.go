package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// runFuzz runs every fuzz target of the tree, one after another, each for the time given.
func runFuzz(ctx context.Context, s *shop, args []string) error {
	if len(args) != 1 {
		return errors.New("say for how long each target runs, such as 60s")
	}
	if _, err := time.ParseDuration(args[0]); err != nil {
		return fmt.Errorf("how long each target runs: %w", err)
	}
	env, end, err := s.testEnvironment(ctx)
	if err != nil {
		return err
	}
	defer end()
	cmd := exec.CommandContext(ctx, "go", "test", "-list", "^Fuzz", "./...")
	cmd.Env, cmd.Stderr = s.environ(env...), s.stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("list fuzz targets: %w\n%s", err, out)
	}
	targets := fuzzTargets(out)
	if len(targets) == 0 {
		return errors.New("there is no fuzz target")
	}
	var faults []error
	for _, t := range targets {
		fmt.Fprintf(s.stdout, "--- %s in %s\n", t.name, t.folder)
		err := s.execute(ctx, env, []string{"go", "test", "-run", "^$", "-fuzz", "^" + t.name + "$", "-fuzztime", args[0], t.folder})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s in %s: %w", t.name, t.folder, err))
		}
	}
	return errors.Join(faults...)
}

type fuzzTarget struct{ name, folder string }

// fuzzTargets reads what go test -list prints: the names of a package, then a line with the package.
func fuzzTargets(list []byte) []fuzzTarget {
	var targets []fuzzTarget
	var names []string
	for line := range bytes.Lines(list) {
		fields := strings.Fields(string(line))
		switch {
		case len(fields) == 1 && strings.HasPrefix(fields[0], "Fuzz"):
			names = append(names, fields[0])
		case len(fields) > 1 && fields[0] == "ok":
			for _, name := range names {
				targets = append(targets, fuzzTarget{name, fields[1]})
			}
			names = nil
		}
	}
	return targets
}
