// Package casework serves the officers' pages: the queue and the cases, the
// decisions, the staff register and the audit log; and the pages on which an
// applicant answers an officer and reads a decision.
package casework

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/internal/viewing"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/session"
	"tyomarkkinatori.fi/portal/web/ui"
)

// Pages needs all of its fields.
type Pages struct {
	DB           *postgres.DB
	Catalogue    *i18n.Catalogue
	Reviews      *review.Reviews
	Applications *partner.Applications
	ServiceAreas *partner.ServiceAreas
	Partners     *partner.Partners
	// Rules are those in force, from which a dry run departs.
	Rules     partner.Rules
	Documents *document.Documents
	Looks     *viewing.Looks
	People    *identity.People
	Staff     *identity.Staff
	// Drafts counts the drafts of terms that wait for an officer to be the second
	// who looks at them.
	Drafts func(ctx context.Context, officer identity.Session) (int, error)
}

// Routes registers the pages.
func (p Pages) Routes(m *route.Mux) {
	all, _ := closed(route.Staff)
	m.Page(http.MethodGet, paths.StaffFront, all, p.showFront)

	cases, act := closed(route.StaffOf(identity.GroupApplications))
	m.Page(http.MethodGet, paths.Cases, cases, keepDeed(p.showQueue))
	m.Page(http.MethodPost, paths.CaseNext, act, p.submitNext)
	m.Page(http.MethodGet, paths.Case, cases, keepDeed(p.showCase))
	m.Page(http.MethodPost, paths.CaseClaim, act, p.submitClaim)
	m.Page(http.MethodGet, paths.CaseHandBack, cases, p.showHandBack)
	m.Page(http.MethodPost, paths.CaseHandBack, act, p.submitHandBack)
	m.Page(http.MethodGet, paths.CaseContact, cases, p.showContact)
	m.Page(http.MethodPost, paths.CaseContact, act, p.submitContact)
	m.Page(http.MethodGet, paths.CaseApprove, cases, p.showApprove)
	m.Page(http.MethodPost, paths.CaseApprove, act, p.submitApprove)
	m.Page(http.MethodGet, paths.CaseSpecify, cases, p.showSpecify)
	m.Page(http.MethodPost, paths.CaseSpecify, act, p.submitSpecify)
	m.Page(http.MethodGet, paths.CaseAskFiles, cases, p.showAskFiles)
	m.Page(http.MethodPost, paths.CaseAskFiles, act, p.submitAskFiles)
	m.Page(http.MethodGet, paths.CaseReject, cases, p.showReject)
	m.Page(http.MethodPost, paths.CaseReject, act, p.submitReject)
	m.Page(http.MethodGet, paths.CaseDocument, cases, p.showDocument)

	lead, _ := closed(route.StaffOf(identity.GroupApplications, identity.GroupMain))
	m.Page(http.MethodGet, paths.CasesTeam, lead, keepDeed(p.showTeam))
	m.Page(http.MethodGet, paths.CasesRules, lead, p.showRules)
	_, main := closed(route.StaffOf(identity.GroupMain))
	m.Page(http.MethodPost, paths.CaseRelease, main, p.submitRelease)

	readers, _ := closed(route.StaffOf(identity.GroupApplications, identity.GroupSupervision, identity.GroupAppeals, identity.GroupMain))
	m.Page(http.MethodGet, paths.StaffDecisions, readers, p.showDecisions)
	m.Page(http.MethodGet, paths.StaffDecision, readers, p.showDecision)

	p.registerRoutes(m)
	p.applicantRoutes(m)
}

// closed returns the classes of an audience's pages and forms.
func closed(a route.Audience) (page, form route.Class) {
	page = route.Class{Audience: a, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	form = route.Class{Audience: a, CSRF: route.Form, Cache: route.CacheNone, Rate: route.RateForm}
	return page, form
}

// Navigation returns the pages that are open to an officer.
func Navigation(s identity.Session) []ui.NavItem {
	all := []struct {
		item   ui.NavItem
		groups []identity.Group
	}{
		{ui.NavItem{LabelID: "casework.nav.cases", Page: paths.Cases}, []identity.Group{identity.GroupApplications}},
		{ui.NavItem{LabelID: "casework.nav.team", Page: paths.CasesTeam}, []identity.Group{identity.GroupApplications, identity.GroupMain}},
		{ui.NavItem{LabelID: "casework.nav.decisions", Page: paths.StaffDecisions}, []identity.Group{identity.GroupApplications, identity.GroupSupervision, identity.GroupAppeals, identity.GroupMain}},
		{ui.NavItem{LabelID: "casework.nav.rules", Page: paths.CasesRules}, []identity.Group{identity.GroupApplications, identity.GroupMain}},
		{ui.NavItem{LabelID: "casework.nav.supervision", Page: paths.PostSupervision}, []identity.Group{identity.GroupSupervision}},
		{ui.NavItem{LabelID: "casework.nav.areas", Page: paths.ServiceAreas}, []identity.Group{identity.GroupContent}},
		{ui.NavItem{LabelID: "casework.nav.terms", Page: paths.StaffTerms}, []identity.Group{identity.GroupContent}},
		{ui.NavItem{LabelID: "casework.nav.register", Page: paths.StaffRegister}, []identity.Group{identity.GroupMain}},
		{ui.NavItem{LabelID: "casework.nav.log", Page: paths.AuditLog}, []identity.Group{identity.GroupAudit}},
	}
	var open []ui.NavItem
	for _, entry := range all {
		if s.In(entry.groups...) {
			open = append(open, entry.item)
		}
	}
	return open
}

func text(n int64) string { return strconv.FormatInt(n, 10) }

// sent reads a form of a case: the act that it asks for, and its fields.
func sent(r *http.Request, purpose string) (review.Act, url.Values, error) {
	id, err := respond.Number(r, "id")
	if err != nil {
		return review.Act{}, nil, err
	}
	values, err := respond.Form(r)
	if err != nil {
		return review.Act{}, nil, err
	}
	submission, err := session.CheckForm(r.Context(), values, purpose)
	if err != nil {
		return review.Act{}, nil, err
	}
	// A revision that is no number is one that nobody has seen.
	revision, _ := strconv.Atoi(values.Get("revision"))
	return review.Act{Officer: session.Of(r.Context()), ID: id, Revision: revision, Submission: submission}, values, nil
}

// names maps officers to their names.
type names map[identity.PersonID]string

func (p Pages) names(ctx context.Context) (names, error) {
	members, err := p.Staff.Members(ctx)
	if err != nil {
		return nil, err
	}
	all := names{}
	for _, m := range members {
		all[m.PersonID] = m.Name
	}
	return all, nil
}

func (n names) of(ctx context.Context, id identity.PersonID) string {
	if id == 0 {
		return ""
	}
	if name, ok := n[id]; ok {
		return name
	}
	return i18n.TData(ctx, "casework.officer", map[string]any{"ID": id.String()})
}
