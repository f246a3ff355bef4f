package main

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/gateway/businessregister"
	"tyomarkkinatori.fi/portal/internal/gateway/clamd"
	"tyomarkkinatori.fi/portal/internal/gateway/mandates"
	"tyomarkkinatori.fi/portal/internal/gateway/suomifi"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mandate"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/internal/secret"
	"tyomarkkinatori.fi/portal/internal/task"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/internal/viewing"
	"tyomarkkinatori.fi/portal/web/agreements"
	"tyomarkkinatori.fi/portal/web/casework"
	"tyomarkkinatori.fi/portal/web/onboarding"
)

// joining is what stands behind a log-in: persons and their right to act for an
// organisation, terms, partners, and the officers' work on them.
type joining struct {
	people   *identity.People
	staff    *identity.Staff
	provider *suomifi.Provider
	logins   *entry.Logins
	forms    *entry.Forms
	refusals *entry.Refusals

	register *organisation.Register
	mandates *mandate.Mandates

	terms        *terms.Terms
	applications *partner.Applications
	drafts       *partner.Drafts
	partners     *partner.Partners
	desk         *partner.Desk
	departures   *partner.Departures
	areas        *partner.ServiceAreas

	uploads *document.Documents
	looks   *viewing.Looks
	reviews *review.Reviews

	keys *secret.Keyring
}

// wireJoining connects the capabilities behind a log-in. A part of the outside
// world without an address is left out: what needs it says so to people.
func (a *app) wireJoining() error {
	cfg, db := a.cfg, a.db
	ring := cfg.PersonKeys.Reveal()
	if ring == "" {
		// Nobody can log in, so nothing is sealed that would have to be opened.
		ring = secret.GenerateKeyring()
	}
	keys, err := secret.NewKeyring(ring)
	if err != nil {
		return fmt.Errorf("PERSON_KEYS: %w", err)
	}
	mainUsers, err := cfg.mainUsers()
	if err != nil {
		return fmt.Errorf("MAIN_USERS: %w", err)
	}
	j := &a.joining
	j.keys = keys
	j.people = identity.NewPeople(db, keys)
	j.staff = identity.NewStaff(j.people, mainUsers)
	j.logins, j.forms, j.refusals = entry.NewLogins(db, keys), entry.NewForms(db, keys), entry.NewRefusals(db)
	if cfg.SuomifiIssuer != "" {
		agreed, err := cfg.suomifi(cfg.PublicURL, cfg.Environment)
		if err != nil {
			return fmt.Errorf("SUOMIFI_CLAIMS: %w", err)
		}
		if j.provider, err = suomifi.New(agreed, db.Now); err != nil {
			return fmt.Errorf("identification service: %w", err)
		}
	}

	j.register = organisation.NewRegister(db, businessregister.New(cfg.BusinessRegisterURL, db.Now))
	j.mandates = mandate.New(mandate.Deps{
		DB: db, People: j.people, Organisations: j.register, Keys: keys,
		Register: mandates.New(mandates.Options{
			URL: cfg.MandatesURL, BrowserURL: cfg.MandatesBrowserURL, ClientID: cfg.MandatesClientID,
			APIKey: cfg.MandatesAPIKey, Password: cfg.MandatesPassword,
			ReturnURL: cfg.PublicURL + "/representing/callback", Now: db.Now, Log: a.log,
		}),
		Accepted: mandate.Accepted{Roles: cfg.MandateRoles, URIs: cfg.MandateURIs},
	})

	j.terms = terms.New(db)
	j.terms.ProcessorOn, j.terms.Link = cfg.ProcessorAgreement, agreements.Link
	j.applications = partner.NewApplications(db, j.register, j.terms, cfg.rules())
	j.applications.Recheck, j.applications.PersonalData = j.mandates.Recheck, cfg.ProcessorAgreement
	j.drafts, j.partners, j.areas = partner.NewDrafts(db), partner.NewPartners(db), partner.NewServiceAreas(db)

	j.terms.Receivers = j.partners.Receivers
	j.desk, j.departures = partner.NewDesk(db, j.applications), partner.NewDepartures(db, j.applications)

	var scanner document.Scanner
	if cfg.ScannerAddr != "" {
		scanner = clamd.New(cfg.ScannerAddr)
	}
	j.uploads = document.New(db, keys, scanner)
	j.looks = viewing.New(db, viewing.DefaultLimits(), casework.Alarm(j.staff))
	options := review.DefaultOptions()
	options.WorkingDays, options.AppealDays = cfg.CaseWorkingDays, cfg.AppealDays
	j.reviews = review.New(db, j.applications, j.uploads, options, casework.Tell)
	j.applications.OnStatus = j.reviews.Follow
	j.applications.Link, j.drafts.Link = onboarding.Link, onboarding.Link
	return nil
}

// periodic lists what the capabilities behind a log-in do by themselves.
func (j *joining) periodic(cfg Config) []task.Periodic {
	const minute = time.Minute
	purged := func(kind string, purge func(ctx context.Context, actor audit.Ref) (int, error)) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := purge(ctx, audit.System(kind))
			return err
		}
	}
	tasks := []task.Periodic{
		{Kind: "identity.purge", Every: minute, Timeout: minute, Run: purged("identity.purge", j.people.Purge)},
		{Kind: "partner.decide", Every: 5 * time.Second, Timeout: minute, Run: func(ctx context.Context) error {
			_, err := j.applications.Decide(ctx)
			return err
		}},
		{Kind: "partner.departures", Every: 10 * minute, Timeout: minute, Run: func(ctx context.Context) error {
			_, err := j.departures.Remind(ctx)
			return err
		}},
		{Kind: "terms.announce", Every: minute, Timeout: 10 * minute, Run: j.terms.Announce},
		{Kind: "review.due", Every: minute, Timeout: 10 * minute, Run: j.reviews.Work},
	}
	if cfg.MandatesURL != "" {
		tasks = append(tasks, task.Periodic{Kind: "mandate.leave", Every: 10 * time.Second, Timeout: minute, Run: j.mandates.Work})
	}
	if cfg.BusinessRegisterURL != "" {
		tasks = append(tasks, task.Periodic{Kind: "organisation.look_up", Every: 2 * time.Second, Timeout: minute, Run: j.register.Work})
	}
	return tasks
}
