package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/secret"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/migrations"
)

// operator is the actor of what is done on the command line.
func operator(command string) audit.Ref { return audit.Ref{Kind: "operator", ID: command} }

func openDatabase(ctx context.Context, cfg Config, timeout time.Duration) (*postgres.DB, error) {
	return openDatabaseAt(ctx, cfg, cfg.DatabaseURL, timeout)
}

func openDatabaseAt(ctx context.Context, cfg Config, address secret.String, timeout time.Duration) (*postgres.DB, error) {
	now := func() time.Time { return time.Now().Add(cfg.ClockOffset) }
	db, err := postgres.Open(ctx, address.Reveal(), now, postgres.Options{
		MaxConns: int32(cfg.DatabaseConns), StatementTimeout: timeout, //nolint:gosec // a handful
	})
	if err != nil {
		return nil, err
	}
	if err := db.Check(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// database opens the database for upkeep, whose statements may take their time.
func (env environment) database(ctx context.Context) (*postgres.DB, error) {
	cfg, err := env.config()
	if err != nil {
		return nil, err
	}
	return openDatabase(ctx, cfg, 0)
}

func migrate(ctx context.Context, env environment) error {
	if err := env.parse(env.flags("migrate", "migrate")); err != nil {
		return err
	}
	cfg, err := env.config()
	if err != nil {
		return err
	}
	address := cfg.DatabaseOwnerURL
	if !address.IsSet() {
		address = cfg.DatabaseURL
	}
	db, err := openDatabaseAt(ctx, cfg, address, 0)
	if err != nil {
		return err
	}
	defer db.Close()
	n, err := postgres.Migrate(ctx, db, migrations.FS)
	if err != nil {
		return err
	}
	if app, err := url.Parse(cfg.DatabaseURL.Reveal()); err == nil && cfg.DatabaseOwnerURL.IsSet() {
		if err := postgres.Grant(ctx, db, app.User.Username()); err != nil {
			return err
		}
	}
	if _, err := terms.Seed(ctx, db); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "migrations that ran: %d\n", n)
	return err
}

// loadReference loads reference data that does not come with the portal.
func loadReference(ctx context.Context, env environment) error {
	f := env.flags("reference", "reference esco FILE...\n\nLoads ESCO occupations: the official CSV files, whose names end in _fi.csv, _sv.csv\nor _en.csv, or a table of uri, notation, fi, sv and en. Loading again is harmless.")
	if err := f.Parse(env.args); err != nil {
		return err
	}
	if f.NArg() < 2 || f.Arg(0) != "esco" {
		return errors.New("say what to load: portal reference esco FILE")
	}
	var files []reference.ESCOFile
	for _, name := range f.Args()[1:] {
		file, err := os.Open(name) //nolint:gosec // the operator names the file
		if err != nil {
			return fmt.Errorf("open the table: %w", err)
		}
		defer file.Close()
		files = append(files, reference.ESCOFile{Name: filepath.Base(name), Content: file})
	}
	db, err := env.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	report, err := reference.LoadESCO(ctx, db, operator("reference"), files...)
	if err != nil {
		return err
	}
	for _, fault := range report.Faults {
		_, _ = fmt.Fprintln(env.stderr, fault)
	}
	_, err = fmt.Fprintf(env.stdout, "occupations added %d, changed %d, unchanged %d; rows of other things %d, not understood %d\n",
		report.Added, report.Changed, report.Unchanged, report.Ignored, len(report.Faults))
	return err
}

// printRoutes needs neither database nor complete configuration: the router
// does not depend on them.
func printRoutes(_ context.Context, env environment) error {
	f := env.flags("routes", "routes [-development]")
	development := f.Bool("development", env.getenv("ENVIRONMENT") == "development", "with the routes that only development has")
	if err := env.parse(f); err != nil {
		return err
	}
	routes, err := routesOf(*development)
	if err != nil {
		return err
	}
	e := json.NewEncoder(env.stdout)
	e.SetIndent("", "  ")
	return e.Encode(routes)
}

// askHealth is for containers, which have no other program to ask with.
func askHealth(ctx context.Context, env environment) error {
	if err := env.parse(env.flags("health", "health")); err != nil {
		return err
	}
	cfg, err := env.config()
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(cfg.ListenAddr)
	if err != nil {
		return fmt.Errorf("read LISTEN_ADDR: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort("127.0.0.1", port)+"/health/ready", nil)
	if err != nil {
		return fmt.Errorf("ask the portal: %w", err)
	}
	res, err := (&http.Client{}).Do(req)
	if err != nil {
		return errors.New("the portal does not answer")
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the portal is not ready: status %d", res.StatusCode)
	}
	return nil
}

// verifyAudit checks the chain of audit events.
func verifyAudit(ctx context.Context, env environment) error {
	f := env.flags("audit", "audit verify")
	if err := f.Parse(env.args); err != nil {
		return err
	}
	if f.NArg() != 1 || f.Arg(0) != "verify" {
		return errors.New("say what to do: portal audit verify")
	}
	db, err := env.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	switch id, err := audit.Verify(ctx, db); {
	case err != nil:
		return err
	case id < 0:
		return errors.New("events are missing from the end of the chain")
	case id > 0:
		return fmt.Errorf("the chain does not fit at event %d: it or the one before was changed or taken away", id)
	}
	_, err = fmt.Fprintln(env.stdout, "the chain of audit events is whole")
	return err
}
