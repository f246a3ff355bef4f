// Package owndata serves a person's account page: everything that is kept of
// them, who has looked at it, a copy of it, and the deletion of the account.
package owndata

import (
	"net/http"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/session"
)

// Pages serves the account page and what belongs to it.
type Pages struct {
	OwnData  *owndata.OwnData
	Sessions *session.Manager
	// Profile, Consents and Requests are where data is changed, permitted and
	// asked about, Periods is the public page of periods; a zero pair is left out.
	Profile, Consents, Requests, Periods paths.Pair
}

// Routes registers the pages.
func (p Pages) Routes(m *route.Mux) {
	own := route.Class{Audience: route.Person, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	fresh := own
	fresh.Fresh = true
	form := fresh
	form.CSRF, form.Rate, form.Anew = route.Form, route.RateForm, true
	open := own
	open.Audience = route.Public

	m.Page(http.MethodGet, paths.OwnData, own, p.showAccount)
	m.Page(http.MethodGet, paths.OwnDataLooks, own, p.showLooks)
	m.Page(http.MethodGet, paths.OwnDataCopy, fresh, p.showCopy)
	m.Page(http.MethodGet, paths.OwnDataCopyJSON, fresh, p.sendJSON)
	m.Page(http.MethodGet, paths.OwnDataCopyHTML, fresh, p.sendHTML)
	m.Page(http.MethodGet, paths.OwnDataDelete, own, p.showForecast)
	m.Page(http.MethodGet, paths.OwnDataDeleteConfirm, fresh, p.showDelete)
	m.Page(http.MethodPost, paths.OwnDataDeleteConfirm, form, p.submitDelete)
	m.Page(http.MethodGet, paths.OwnDataDeleted, open, p.showDeleted)
}

func (p Pages) showAccount(w http.ResponseWriter, r *http.Request) error {
	all, err := p.OwnData.Everything(r.Context(), session.Of(r.Context()).PersonID)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, accountPage(accountView{p, all}))
}

func (p Pages) showDeleted(w http.ResponseWriter, r *http.Request) error {
	return respond.Page(w, r, http.StatusOK, deletedPage(session.Of(r.Context()).LoggedIn()))
}

// missing is the error of a box that must be ticked.
func missing(field, messageID string) []fault.FieldError {
	return []fault.FieldError{{Field: field, MessageID: messageID}}
}
