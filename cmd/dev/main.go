// Command dev sets up what the portal needs on a developer's machine and runs it: a private Postgres, the Finnish
// dictionary, a browser for tests, and the simulators of outside systems. The Makefile calls it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(exitCode(err))
	}
}
