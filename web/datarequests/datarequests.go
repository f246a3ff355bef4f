// Package datarequests serves the pages on which persons ask about their own data
// and read the answers, and those on which officers of data protection answer
// them and search for a person.
package datarequests

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/session"
	"tyomarkkinatori.fi/portal/web/ui"
)

// Pages needs Catalogue, Requests, Documents, People and Staff.
type Pages struct {
	Catalogue *i18n.Catalogue
	Requests  *datarequest.Requests
	Documents *document.Documents
	People    *identity.People
	Staff     *identity.Staff
	// Copy makes a readable copy of what is kept of a person, for the answer to
	// somebody who asks by letter; nil makes none.
	Copy func(ctx context.Context, person identity.PersonID) ([]byte, error)
}

// Routes registers the pages.
func (p Pages) Routes(m *route.Mux) {
	page, form := classes(route.Person)
	m.Page(http.MethodGet, paths.OwnDataRequests, page, keepDeed(p.showOwn))
	m.Page(http.MethodGet, paths.OwnDataRequestNew, page, p.showNew)
	m.Page(http.MethodPost, paths.OwnDataRequestNew, form, p.submitNew)
	m.Page(http.MethodGet, paths.OwnDataRequest, page, keepDeed(p.showOwnRequest))
	m.Page(http.MethodPost, paths.OwnDataRequestEnd, form, p.submitEnd)
	m.Page(http.MethodPost, paths.OwnDataRequestDrop, form, p.submitOwnDrop)
	m.Page(http.MethodGet, paths.OwnDataRequestRead, page, p.showOwnDocument)
	m.Page(http.MethodGet, paths.OwnDataRequestProof, page, p.showOwnProof)
	upload := form
	upload.Upload = true
	m.Page(http.MethodPost, paths.OwnDataRequestFile, upload, p.submitOwnFile)

	p.officerRoutes(m)
}

func (p Pages) officerRoutes(m *route.Mux) {
	page, form := classes(route.StaffOf(identity.GroupDataProtection))
	m.Page(http.MethodGet, paths.DataRequests, page, keepDeed(p.showQueue))
	m.Page(http.MethodPost, paths.DataRequestNext, form, p.submitNext)
	m.Page(http.MethodGet, paths.DataRequestNew, page, p.showEnter)
	m.Page(http.MethodGet, paths.DataRequest, page, keepDeed(p.showCase))
	m.Page(http.MethodPost, paths.DataRequestClaim, form, p.submitClaim)
	m.Page(http.MethodGet, paths.DataRequestHandBack, page, p.showNote(handBack))
	m.Page(http.MethodPost, paths.DataRequestHandBack, form, p.submitNote(handBack))
	m.Page(http.MethodGet, paths.DataRequestContact, page, p.showNote(contact))
	m.Page(http.MethodPost, paths.DataRequestContact, form, p.submitNote(contact))
	m.Page(http.MethodGet, paths.DataRequestLift, page, p.showNote(lift))
	m.Page(http.MethodPost, paths.DataRequestLift, form, p.submitNote(lift))
	m.Page(http.MethodGet, paths.DataRequestIdentify, page, p.showIdentify)
	m.Page(http.MethodGet, paths.DataRequestAnswer, page, p.showAnswer)
	m.Page(http.MethodPost, paths.DataRequestAnswer, form, p.submitAnswer)
	m.Page(http.MethodGet, paths.DataRequestDelete, page, p.showDelete)
	m.Page(http.MethodPost, paths.DataRequestDrop, form, p.submitDrop)
	m.Page(http.MethodGet, paths.DataRequestRead, page, p.showDocument)
	m.Page(http.MethodGet, paths.DataRequestProof, page, p.showProof)
	upload := form
	upload.Upload = true
	m.Page(http.MethodPost, paths.DataRequestFile, upload, p.submitFile)

	fresh := form
	fresh.Fresh = true
	m.Page(http.MethodPost, paths.DataRequestNew, fresh, p.submitEnter)
	m.Page(http.MethodPost, paths.DataRequestIdentify, fresh, p.submitIdentify)

	// A search is typed and sent within one identification, so that no code lies
	// about in the meantime; a deletion counts only where its page was just read.
	search, anew := page, fresh
	search.Fresh, anew.Anew = true, true
	m.Page(http.MethodGet, paths.PersonSearch, search, keepDeed(p.showSearch))
	m.Page(http.MethodGet, paths.PersonCode, search, p.showSearch)
	m.Page(http.MethodPost, paths.DataRequestDelete, anew, p.submitDelete)
	m.Page(http.MethodPost, paths.PersonSearch, anew, p.submitSearch)
	m.Page(http.MethodPost, paths.PersonCode, anew, p.submitRecode)
	if p.Copy != nil {
		m.Page(http.MethodPost, paths.DataRequestCopy, fresh, p.submitCopy)
	}

	readers, _ := classes(route.StaffOf(identity.GroupDataProtection, identity.GroupAudit, identity.GroupMain))
	m.Page(http.MethodGet, paths.DataRequestStatistics, readers, p.showStatistics)
}

func classes(a route.Audience) (page, form route.Class) {
	page = route.Class{Audience: a, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	form = route.Class{Audience: a, CSRF: route.Form, Cache: route.CacheNone, Rate: route.RateForm}
	return page, form
}

// Navigation returns the pages that are open to an officer.
func Navigation(s identity.Session) []ui.NavItem {
	if !s.In(identity.GroupDataProtection) {
		return nil
	}
	return []ui.NavItem{
		{LabelID: "datarequests.nav.queue", Page: paths.DataRequests},
		{LabelID: "datarequests.nav.search", Page: paths.PersonSearch},
	}
}

func text(n int64) string { return strconv.FormatInt(n, 10) }

// sent reads a form of a request: the act that it asks for, and its fields.
func sent(r *http.Request, purpose string) (datarequest.Act, url.Values, error) {
	id, err := respond.Number(r, "id")
	if err != nil {
		return datarequest.Act{}, nil, err
	}
	values, submission, err := formOf(r, purpose)
	return datarequest.Act{Officer: session.Of(r.Context()), ID: id, Submission: submission}, values, err
}

// formOf reads a form and returns its number.
func formOf(r *http.Request, purpose string) (url.Values, string, error) {
	values, err := respond.Form(r)
	if err != nil {
		return nil, "", err
	}
	submission, err := session.CheckForm(r.Context(), values, purpose)
	return values, submission, err
}

// deeds are what a page can say has just been done.
//
//nolint:gochecknoglobals // a constant table
var deeds = []string{"filed", "withdrawn", "entered", "claimed", "handed_back", "noted", "lifted", "identified", "answered", "deleted", "attached", "removed", "recoded"}

func seeDone(w http.ResponseWriter, r *http.Request, path, deed string) {
	respond.SeeOther(w, r, paths.WithQuery(path, url.Values{respond.DoneField: {deed}}))
}

// keepDeed hands the deed of the address, when it is one, to the page.
func keepDeed(next respond.Func) respond.Func { return respond.KeepDeed(deeds, next) }

// deedOf says what was done, "" for nothing.
func deedOf(ctx context.Context) string {
	deed := respond.Deed(ctx)
	if deed == "" {
		return ""
	}
	return i18n.T(ctx, "datarequests.done."+deed)
}
