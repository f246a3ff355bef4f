package main

import (
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web"
	"tyomarkkinatori.fi/portal/web/agreements"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/session"
	"tyomarkkinatori.fi/portal/web/signin"
	"tyomarkkinatori.fi/portal/web/ui"
)

// sessions keeps the pages behind a log-in to their audience.
func (a *app) sessions(tokens edge.Tokens, secure bool) *session.Manager {
	return &session.Manager{
		People: a.people, Forms: a.forms, Refusals: a.refusals, Tokens: tokens, Now: a.db.Now, Secure: secure,
		Recheck: a.mandates.Recheck, Navigation: navigation,
	}
}

// sections are the pages behind a log-in.
func (a *app) sections(m *session.Manager) []web.Section {
	in := &signin.Pages{Sessions: m, Logins: a.logins, Log: a.log, Apply: paths.Join, Desk: paths.Desk}
	if a.provider != nil {
		in.Provider = a.provider
	}
	return []web.Section{
		in,
		agreements.Pages{Terms: a.terms, Looks: a.looks, Return: m.Return, OwnFront: paths.OwnFront},
	}
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

// navigation lists the pages that are open to s beside the public ones.
func navigation(s identity.Session) []ui.NavItem {
	if s.Kind != identity.KindStaff {
		return []ui.NavItem{{LabelID: "site.nav.own", Page: paths.OwnFront}}
	}
	return []ui.NavItem{{LabelID: "site.nav.staff", Page: paths.StaffFront}}
}
