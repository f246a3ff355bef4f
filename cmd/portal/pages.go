package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web"
	"tyomarkkinatori.fi/portal/web/agreements"
	"tyomarkkinatori.fi/portal/web/casework"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/onboarding"
	"tyomarkkinatori.fi/portal/web/partnerdesk"
	"tyomarkkinatori.fi/portal/web/partnerview"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/representing"
	"tyomarkkinatori.fi/portal/web/session"
	"tyomarkkinatori.fi/portal/web/signin"
)

// sessions keeps the pages behind a log-in to their audience.
func (a *app) sessions(tokens edge.Tokens, secure bool) *session.Manager {
	return &session.Manager{
		People: a.people, Forms: a.forms, Refusals: a.refusals, Tokens: tokens, Now: a.db.Now, Secure: secure,
		Recheck: a.mandates.Recheck, Navigation: navigation,
		Represent: paths.Represent, RepresentEnded: paths.RepresentEnded, RepresentAgain: paths.RepresentAgain,
	}
}

// sections are the pages behind a log-in.
func (a *app) sections(m *session.Manager) []web.Section {
	in := &signin.Pages{Sessions: m, Logins: a.logins, Log: a.log, Apply: paths.Join, Desk: paths.Desk}
	if a.provider != nil {
		in.Provider = a.provider
	}
	texts := agreements.Pages{Terms: a.terms, Looks: a.looks, Return: m.Return, OwnFront: paths.OwnFront, AuthorityName: partnerview.AuthorityName}
	desk := partnerdesk.Pages{
		Partners: a.partners, Applications: a.applications, Desk: a.desk, Departures: a.departures, Areas: a.areas,
		Register: a.register, Terms: a.terms, Decisions: a.reviews.Decisions, Requests: a.reviews.Requests,
	}
	// First whether there is a desk, then whether its terms are confirmed.
	m.PartnerGate = func(ctx context.Context, s identity.Session) (string, error) {
		if path, err := desk.Gate(ctx, s); path != "" || err != nil {
			return path, err
		}
		return texts.Gate(ctx, s)
	}
	// Whoever comes to act for a partner confirms its terms before anything else.
	m.RepresentativeGate = func(ctx context.Context, s identity.Session) (string, error) {
		p, err := a.partners.ByBusinessID(ctx, organisation.BusinessID(s.Acting.BusinessID))
		if errors.Is(err, fault.ErrNotFound) || err == nil && p.Status != partner.Active {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		return texts.Gate(ctx, s)
	}
	return []web.Section{
		in,
		representing.Pages{Mandates: a.mandates, Now: a.db.Now},
		texts,
		desk,
		onboarding.Pages{
			DB: a.db, Applications: a.applications, Drafts: a.drafts, Partners: a.partners, ServiceAreas: a.areas,
			Register: a.register, Terms: a.terms, Recheck: a.mandates.Recheck, Requests: a.askedOf, Promised: a.promised,
			WorkingDays: a.cfg.CaseWorkingDays, Represent: paths.Represent,
		},
		casework.Pages{
			DB: a.db, Catalogue: a.catalogue, Reviews: a.reviews, Applications: a.applications, ServiceAreas: a.areas,
			Rules: a.cfg.rules(), Partners: a.partners, Drafts: a.draftsFor, Documents: a.uploads, Looks: a.looks, People: a.people, Staff: a.staff,
		},
	}
}

// draftsFor counts the drafts of terms that wait for officer to publish them as
// the second one.
func (j *joining) draftsFor(ctx context.Context, officer identity.Session) (int, error) {
	n := 0
	for _, kind := range terms.Kinds() {
		d, err := j.terms.Draft(ctx, kind)
		if errors.Is(err, fault.ErrNotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if d.RequestedBy != 0 && d.RequestedBy != officer.PersonID {
			n++
		}
	}
	return n, nil
}

// formTargets are the origins that a form may lead to.
func (a *app) formTargets() []string {
	var all []string
	if a.provider != nil {
		all = a.provider.FormTargets()
	}
	for _, origin := range []string{a.cfg.MandatesURL, a.cfg.MandatesBrowserURL} {
		if origin != "" {
			all = append(all, origin)
		}
	}
	return all
}

// askedOf lists what officers have asked and decided about an application.
func (j *joining) askedOf(ctx context.Context, application int64) ([]onboarding.Request, error) {
	requests, err := j.reviews.Requests(ctx, application)
	if err != nil {
		return nil, err
	}
	var all []onboarding.Request
	for _, q := range requests {
		asked := onboarding.Request{
			Kind: onboarding.RequestCorrection, Message: q.Message, At: q.MadeAt, DueOn: q.DueOn, Done: q.State != review.RequestOpen,
		}
		if q.Kind == review.Documents {
			asked.Kind = onboarding.RequestDocuments
			asked.Path = paths.To(ctx, paths.RequestDocuments, strconv.FormatInt(q.ID, 10))
		}
		all = append(all, asked)
	}
	a, err := j.applications.ByID(ctx, application)
	if err != nil {
		return nil, err
	}
	decisions, err := j.reviews.Decisions(ctx, a.BusinessID)
	if err != nil {
		return nil, err
	}
	for _, d := range decisions {
		if d.ApplicationID == application {
			all = append(all, onboarding.Request{
				Kind: onboarding.RequestDecision, At: d.MadeAt, Done: true,
				Path: paths.To(ctx, paths.Decision, strconv.FormatInt(d.ID, 10)),
			})
		}
	}
	return all, nil
}

// promised is the time by which an officer will have looked at an application.
func (j *joining) promised(ctx context.Context, a partner.Application) (time.Time, error) {
	c, err := j.reviews.ByID(ctx, a.ID)
	if errors.Is(err, fault.ErrNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("case of an application: %w", err)
	}
	return c.DueAt, nil
}
