package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"tyomarkkinatori.fi/portal/web"
	"tyomarkkinatori.fi/portal/web/edge"
)

const gcPercent = 400

// drain is how long requests under way may take once the portal is told to
// stop.
const drain = 25 * time.Second

// serve runs the portal until ctx ends, then lets what is under way finish.
func serve(ctx context.Context, env environment) error {
	f := env.flags("serve", "serve")
	if err := env.parse(f); err != nil {
		return err
	}
	cfg, err := env.config()
	if err != nil {
		return err
	}
	if env.getenv("GOGC") == "" {
		// Most of the heap is the index, which lives long: collecting less often
		// costs memory and saves time with every request.
		debug.SetGCPercent(gcPercent)
	}
	a, err := newApp(ctx, cfg, env.logger())
	if err != nil {
		return err
	}
	defer a.close()

	// The access log ends after the last request, not with it.
	logging, endLog := context.WithCancel(context.WithoutCancel(ctx))
	accessLog := edge.NewLogWriter(logging, env.stdout)
	defer func() {
		endLog()
		<-accessLog.Done()
	}()
	handler, _, err := a.handler(accessLog)
	if err != nil {
		return err
	}
	// Everything that can fail at once does so before anything runs.
	listen := &net.ListenConfig{}
	pages, err := listen.Listen(ctx, "tcp", cfg.ListenAddr)
	if err != nil {
		return fmt.Errorf("listen on LISTEN_ADDR: %w", err)
	}
	var metrics net.Listener
	if cfg.MetricsAddr != metricsOff {
		if metrics, err = listen.Listen(ctx, "tcp", cfg.MetricsAddr); err != nil {
			return fmt.Errorf("listen on METRICS_ADDR: %w", err)
		}
	}
	if err := a.replayErasures(ctx); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.follower.Run(ctx) })
	group.Go(func() error { return serveHTTP(ctx, a.log, web.Server(handler, a.log), pages) })
	if metrics != nil {
		group.Go(func() error { return serveHTTP(ctx, a.log, web.Server(a.metricsHandler(), a.log), metrics) })
	}
	if !cfg.ServeWithoutTasks {
		group.Go(func() error { return a.workOff(ctx) })
	}
	a.log.InfoContext(ctx, "portal serves", "address", pages.Addr().String(), "dictionary", a.dictionary)
	return ended(group.Wait())
}

// work runs tasks only: for ever, or one run of the one that -run names.
func work(ctx context.Context, env environment) error {
	f := env.flags("work", "work [-run KIND]")
	kind := f.String("run", "", "do one run of the task of this `kind` and stop")
	if err := env.parse(f); err != nil {
		return err
	}
	cfg, err := env.config()
	if err != nil {
		return err
	}
	a, err := newApp(ctx, cfg, env.logger())
	if err != nil {
		return err
	}
	defer a.close()
	if err := a.replayErasures(ctx); err != nil {
		return err
	}
	a.log.InfoContext(ctx, "portal works", "kind", *kind)
	if *kind != "" {
		return a.tasks.Run(ctx, *kind)
	}
	return ended(a.workOff(ctx))
}

// ended takes being told to stop for success.
func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// workOff runs tasks until ctx ends and gives those that run time to finish.
func (a *app) workOff(ctx context.Context) error {
	// Tasks must not be cut off by the very signal that asks them to finish.
	if err := a.tasks.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	<-ctx.Done()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	return a.tasks.Stop(stop)
}

func serveHTTP(ctx context.Context, log *slog.Logger, s *http.Server, l net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := s.Shutdown(stop); err != nil {
		log.InfoContext(stop, "requests cut off at the end", "error", err)
		return s.Close()
	}
	return ctx.Err()
}
