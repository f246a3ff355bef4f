package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/gateway/smtp"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/task"
	"tyomarkkinatori.fi/portal/web"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/letters"
	"tyomarkkinatori.fi/portal/web/postings"
	"tyomarkkinatori.fi/portal/web/watches"
)

// wireWatches connects the job watch to the search, whose criteria it shares.
func (a *app) wireWatches() {
	a.jobs = &postings.Pages{
		Analyser: a.analyser, Searcher: a.index, Similar: a.index.Similar, DB: a.db, Now: a.db.Now, PublicURL: a.cfg.PublicURL,
		Concepts: map[string]reference.Concept{},
	}
	for _, c := range a.concepts {
		a.jobs.Concepts[c.URI] = c
	}
	a.watches = jobwatch.New(jobwatch.Deps{
		DB: a.db, Keys: a.keys, Analyser: a.analyser, Searcher: a.index, Terms: a.terms, Link: watches.Link,
		Gone: func(ctx context.Context, tx *postgres.Tx, key string) error { return a.own.Remember(ctx, tx, key) },
	})
}

func (a *app) watchPages(tokens edge.Tokens) web.Section {
	return &watches.Pages{
		Watches: a.watches, Terms: a.terms, Tokens: tokens,
		Cards: a.jobs.Cards, Label: a.jobs.Label, Fields: a.jobs.Fields, Closed: a.cfg.SMTPAddr == "",
	}
}

// watchTasks lists what the job watch does by itself.
func (a *app) watchTasks() []task.Periodic {
	const minute = time.Minute
	w := a.watches
	return []task.Periodic{
		// Several processes may match and compose: the cursor and the watches are
		// locked, so that a frozen process holds nobody up.
		{Kind: "job_watch.digests", Every: 2 * time.Second, Timeout: 10 * minute, Shared: true, Run: func(ctx context.Context) error {
			if _, err := w.Match(ctx); err != nil {
				return err
			}
			_, err := w.Digests(ctx)
			return err
		}},
		{Kind: "job_watch.confirmations", Every: 2 * time.Second, Timeout: minute, Run: func(ctx context.Context) error {
			_, err := w.Confirmations(ctx)
			return err
		}},
		{Kind: "job_watch.settle", Every: 10 * time.Second, Timeout: 10 * minute, Run: func(ctx context.Context) error {
			_, err := w.Settle(ctx)
			return err
		}},
		{Kind: "job_watch.expire", Every: minute, Timeout: 10 * minute, Run: func(ctx context.Context) error {
			_, expired := w.Expire(ctx, audit.System("job_watch.expire"))
			_, warned := w.Warn(ctx)
			return errors.Join(expired, warned)
		}},
		{Kind: "job_watch.reconcile", Every: 5 * minute, Timeout: 5 * minute, Run: a.reconcileWatches},
		{Kind: "job_watch.purge", Every: time.Hour, Timeout: 10 * minute, Run: w.Purge},
	}
}

// reconcileWatches fails when a match is neither sent nor skipped nor waiting, so
// that the sum that does not fit is seen where failed tasks are.
func (a *app) reconcileWatches(ctx context.Context) error {
	f, err := a.watches.Report(ctx)
	if err != nil {
		return err
	}
	if !f.Sound() {
		return fmt.Errorf("job watches do not add up: %d matched without a record, %d recorded without a match, %d mails uneven, %d searches unreadable",
			f.Missing, f.Unfounded, f.Uneven, f.Faulty)
	}
	return nil
}

// wireMail connects the outbox to what writes mails and to the mail server,
// which may be missing.
func (a *app) wireMail() error {
	cfg := a.cfg
	writer := letters.Writer{
		Catalogue: a.catalogue, Origin: cfg.PublicURL,
		Watch: a.watches.Compose, Card: a.jobs.Card, Label: a.jobs.Label,
	}
	var server mail.Sender
	if cfg.SMTPAddr != "" {
		var err error
		if server, err = smtp.New(smtp.Config{
			Addr: cfg.SMTPAddr, TLS: smtp.TLS(cfg.SMTPTLS), User: cfg.SMTPUser, Password: cfg.SMTPPassword, From: cfg.MailFrom,
		}); err != nil {
			return fmt.Errorf("mail server: %w", err)
		}
	}
	a.outbox = mail.NewOutbox(a.db, a.consents.Guard(writer.Render), server)
	a.outbox.PerMinute = cfg.MailsPerMinute
	a.outbox.OnRefused = a.watches.Refused
	return nil
}

func (a *app) mailTasks() []task.Periodic {
	if a.cfg.SMTPAddr == "" {
		return nil
	}
	return []task.Periodic{{
		Kind: "mail.send", Every: 2 * time.Second, Timeout: 10 * time.Minute, Shared: true, Run: a.outbox.Work,
	}}
}
