package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"

	"tyomarkkinatori.fi/portal/internal/logline"
)

// environment is what a command gets from outside.
type environment struct {
	args           []string
	getenv         func(string) string
	stdout, stderr io.Writer
}

// command is one of the portal's commands. run reads its own flags from
// env.args and returns flag.ErrHelp when it has printed help.
type command struct {
	name, usage string
	run         func(ctx context.Context, env environment) error
}

func commands() []command {
	return []command{
		{"serve", "serve the pages, and work off tasks unless SERVE_WITHOUT_TASKS is true", serve},
		{"work", "work off tasks only, or one run of one task with -run KIND", work},
		{"migrate", "bring the database's schema up to this version", migrate},
		{"config", "print the effective configuration, secrets hidden", printConfig},
		{"routes", "print the router as JSON", printRoutes},
		{"reference", "load reference data: reference esco FILE...", loadReference},
		{"keys", "make and rotate keys: keys generate, keys rotate, keys suomifi", rotateKeys},
		{"audit", "check the chain of audit events: audit verify", verifyAudit},
		{"health", "ask a running portal whether it is ready; exits with 1 when not", askHealth},
	}
}

// run carries out the command that args name. It has told the user what went
// wrong when it returns an error.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	env := environment{getenv: getenv, stdout: stdout, stderr: stderr}
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		printUsage(stdout)
		if len(args) == 0 {
			return errors.New("no command")
		}
		return nil
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		env.args = args[1:]
		err := c.run(ctx, env)
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		if err != nil {
			_, _ = fmt.Fprintf(stderr, "portal %s: %s\n", c.name, logline.Text(err))
		}
		return err
	}
	_, _ = fmt.Fprint(stderr, "portal: no such command; portal --help lists them\n")
	return errors.New("unknown command")
}

func printUsage(w io.Writer) {
	_, _ = fmt.Fprint(w, "portal is Finland's job-market portal.\n\nUsage: portal COMMAND [FLAGS]\n\nCommands:\n")
	for _, c := range commands() {
		_, _ = fmt.Fprintf(w, "  %-10s %s\n", c.name, c.usage)
	}
	_, _ = fmt.Fprint(w, "\nEach command tells of its flags with --help. The configuration comes from\nenvironment variables; portal config prints them.\n")
}

// flags returns the flag set of a command, with help that begins with what the
// command is for.
func (env environment) flags(name, usage string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard) // it repeats what it does not understand
	f.Usage = func() {
		f.SetOutput(env.stdout)
		_, _ = fmt.Fprintf(env.stdout, "Usage: portal %s\n", usage)
		f.PrintDefaults()
	}
	return f
}

// parse reads the flags and refuses arguments behind them.
func (env environment) parse(f *flag.FlagSet) error {
	if err := f.Parse(env.args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return errors.New("an argument too many") // not to be repeated: it may be an identity code
	}
	return nil
}

func (env environment) config() (Config, error) {
	c, err := loadConfig(env.getenv)
	if err != nil {
		return c, fmt.Errorf("the configuration has faults:\n%w", err)
	}
	return c, nil
}

// logger writes one JSON object a line, in which nothing is told of people.
func (env environment) logger() *slog.Logger {
	return logline.Only(env.stdout)
}

func printConfig(_ context.Context, env environment) error {
	if err := env.parse(env.flags("config", "config")); err != nil {
		return err
	}
	c, err := env.config()
	if err != nil {
		return err
	}
	return c.print(env.stdout)
}
