package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/consent"
	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/internal/retention"
	"tyomarkkinatori.fi/portal/internal/task"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web"
	"tyomarkkinatori.fi/portal/web/consents"
	"tyomarkkinatori.fi/portal/web/datarequests"
	keepingpages "tyomarkkinatori.fi/portal/web/keeping"
	owndatapages "tyomarkkinatori.fi/portal/web/owndata"
	"tyomarkkinatori.fi/portal/web/ownprofile"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/session"
)

// ownData is what persons tell of themselves and decide about it, and how long
// it is kept.
type ownData struct {
	profiles  *profile.Profiles
	consents  *consent.Consents
	requests  *datarequest.Requests
	own       *owndata.OwnData
	retention *retention.Retention
	handOver  *retention.HandOver
}

// wireOwnData connects what persons may do with their data. It comes before the
// mails, some of which stand on a consent.
func (a *app) wireOwnData() error {
	o, db := &a.ownData, a.db
	o.profiles = profile.New(db, a.people)
	o.consents = consent.New(db)
	if a.cfg.PartnerInterest {
		o.consents.Areas = a.knowsArea
	}
	var journal *owndata.Journal
	if a.cfg.ErasureJournal != "" {
		var err error
		if journal, err = owndata.NewJournal(a.cfg.ErasureJournal); err != nil {
			return fmt.Errorf("ERASURE_JOURNAL: %w", err)
		}
	}
	o.requests = datarequest.New(datarequest.Deps{
		DB: db, People: a.people, Documents: a.uploads, Looks: a.looks, Options: datarequest.DefaultOptions(),
		Tell: datarequests.Tell(a.staff),
		Delete: func(ctx context.Context, officer identity.Session, person identity.PersonID, settle owndata.Settle) error {
			return o.own.DeleteFor(ctx, officer, person, settle)
		},
	})
	o.consents.Restricted, o.profiles.Restricted = o.requests.Restricted, o.requests.Restricted
	o.profiles.Discloses = func(ctx context.Context, tx *postgres.Tx, person identity.PersonID) (bool, error) {
		return o.consents.Given(ctx, tx, person, consent.Employer)
	}
	a.people.OnProtect(profile.Protect)
	a.people.OnProtect(datarequest.Protect)
	a.people.OnLogIn(owndata.LoggedIn)
	// What only an employer needs goes with the consent to tell employers.
	o.consents.OnWithdraw = append(o.consents.OnWithdraw, func(ctx context.Context, tx *postgres.Tx, person identity.PersonID, c consent.Consent) error {
		if c.Purpose != consent.Employer {
			return nil
		}
		return o.profiles.Forget(ctx, tx, person, profile.SectionEmployer)
	})
	// They erase in this order: what points before what is pointed at.
	o.own = owndata.New(db, a.people, journal,
		a.mandates.Keeper(), a.forms.Keeper(), o.profiles.Keeper(), o.consents.Keeper(), o.requests.Keeper(o.periods),
		a.drafts.Keeper(o.periods), a.terms.Keeper(o.periods), a.reviews.Keeper(o.periods), a.uploads.Keeper(o.periods),
		mail.Keeper(), a.looks.Keeper(), owndata.Log(o.periods),
	)
	o.own.Held, o.own.Again = o.requests.Held, a.watches.EndAgain
	o.own.Rules = func(ctx context.Context, tx *postgres.Tx) ([]keeping.Rule, error) {
		rules, err := retention.RulesIn(ctx, tx)
		all := make([]keeping.Rule, len(rules))
		for i, r := range rules {
			all[i] = r.Rule
		}
		return all, err
	}
	return nil
}

// wireRetention comes last: it gives up what all the others keep.
func (a *app) wireRetention() {
	o := &a.ownData
	o.handOver = retention.NewHandOver(a.db, a.cfg.HandoverDir, a.reviews.HandOver(), partner.HandOver(), terms.HandOver())
	o.retention = retention.New(a.db, slices.Concat(
		a.feedback.Purges(), a.outbox.Purges(), a.looks.Purges(), a.forms.Purges(), a.logins.Purges(), a.reviews.Purges(),
		a.register.Purges(), a.watches.Purges(), a.people.Purges(), a.drafts.Purges(), o.profiles.Purges(), o.requests.Purges(),
		o.own.Purges(), o.handOver.Purges(), audit.Purges(a.db),
	))
}

func (o *ownData) periods(ctx context.Context, tx *postgres.Tx, kind string) (keeping.Period, error) {
	return o.retention.Period(ctx, tx, kind)
}

func (a *app) knowsArea(ctx context.Context, code string) (bool, error) {
	areas, err := a.areas.List(ctx)
	return slices.ContainsFunc(areas, func(s partner.ServiceArea) bool { return s.Code == code && !s.Retired() }), err
}

// ownPages are the pages on which persons manage their data, and those on which
// officers answer for it.
func (a *app) ownPages(m *session.Manager) []web.Section {
	o := &a.ownData
	account := owndatapages.Pages{
		OwnData: o.own, Sessions: m, Profile: paths.Profile, Consents: paths.Consents, Requests: paths.OwnDataRequests, Periods: paths.Keeping,
	}
	return []web.Section{
		&ownprofile.Pages{
			Profiles: o.profiles, Disclosing: a.discloses, Consents: paths.Consents,
			Health: func(ctx context.Context, s identity.Session) ([]string, error) {
				return o.consents.Receivers(ctx, s, consent.Health)
			},
		},
		consents.Pages{Consents: o.consents, Areas: a.areas.List},
		datarequests.Pages{
			Catalogue: a.catalogue, Requests: o.requests, Documents: a.uploads, People: a.people, Staff: a.staff, Copy: account.HTML,
		},
		account,
		keepingpages.Pages{DB: a.db, Retention: o.retention, HandOver: o.handOver, Staff: a.staff},
	}
}

// discloses tells whether a person lets employers have what they need.
func (a *app) discloses(ctx context.Context, person identity.PersonID) (given bool, err error) {
	err = a.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		given, err = a.consents.Given(ctx, tx, person, consent.Employer)
		return err
	})
	return given, err
}

// replayErasures makes sure that nobody whose account is gone is served or
// written to, be it that a backup has been restored.
func (a *app) replayErasures(ctx context.Context) error {
	done, err := a.own.Replay(ctx)
	if err != nil {
		return fmt.Errorf("replay erasures: %w", err)
	}
	if done.Restored || done.Erased > 0 {
		a.log.ErrorContext(ctx, "the database lacked erasures that the journal knows; they are made good",
			"restored", done.Restored, "erased", done.Erased, "mails_withdrawn", done.Withdrawn)
	}
	return nil
}

func (a *app) keepingTasks() []task.Periodic {
	return []task.Periodic{
		{Kind: "retention.run", Every: time.Hour, Timeout: time.Hour, Run: a.retention.Run},
		{Kind: "own_data.replay", Every: time.Minute, Timeout: 10 * time.Minute, Run: a.replayErasures},
		{Kind: "data_request.due", Every: time.Minute, Timeout: time.Minute, Run: a.requests.Work},
	}
}
