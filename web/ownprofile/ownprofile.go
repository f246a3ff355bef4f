// Package ownprofile serves the pages on which a job seeker keeps a profile, one
// for each section, and publishes what EURES is given of it.
package ownprofile

import (
	"context"
	"net/http"
	"slices"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/session"
)

// Pages needs only what its handlers use.
type Pages struct {
	Profiles *profile.Profiles
	// Disclosing tells whether the person lets data be disclosed to employers;
	// nationality and military service are asked for only then. Nil asks never.
	Disclosing func(ctx context.Context, person identity.PersonID) (bool, error)
	// Health lists the employers that may be given data on the person's health,
	// each by a consent of its own. Nil is none.
	Health func(ctx context.Context, s identity.Session) ([]string, error)
	// Consents is the page on which that is allowed; the zero pair leads nowhere.
	Consents paths.Pair
}

// Routes registers the pages.
func (p *Pages) Routes(m *route.Mux) {
	page := route.Class{Audience: route.Person, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	form := route.Class{Audience: route.Person, CSRF: route.Form, Cache: route.CacheNone, Rate: route.RateForm}

	m.Page(http.MethodGet, paths.Profile, page, p.showProfile)
	for _, s := range profile.AllSections() {
		name := string(s)
		if s.Many() == 1 {
			m.Page(http.MethodGet, paths.ProfileSection(name), page, p.showEntry(s))
			m.Page(http.MethodPost, paths.ProfileSection(name), form, p.submitEntry(s))
			continue
		}
		m.Page(http.MethodGet, paths.ProfileSection(name), page, p.showSection(s))
		m.Page(http.MethodPost, paths.ProfileSection(name), form, p.moveEntry(s))
		m.Page(http.MethodGet, paths.ProfileNew(name), page, p.showEntry(s))
		m.Page(http.MethodPost, paths.ProfileNew(name), form, p.submitEntry(s))
		m.Page(http.MethodGet, paths.ProfileEntry(name), page, p.showEntry(s))
		m.Page(http.MethodPost, paths.ProfileEntry(name), form, p.submitEntry(s))
		m.Page(http.MethodGet, paths.ProfileRemove(name), page, p.showRemove(s))
		m.Page(http.MethodPost, paths.ProfileRemove(name), form, p.removeEntry(s))
	}
	m.Page(http.MethodGet, paths.Eures, page, p.showEures)
	anew := form
	anew.Anew = true
	m.Page(http.MethodPost, paths.Eures, anew, p.submitEures)
	m.Page(http.MethodGet, paths.Disclosure, page, p.showDisclosure)
}

// of returns the profile of whoever asks.
func (p *Pages) of(ctx context.Context) (profile.Profile, error) {
	return p.Profiles.Of(ctx, session.Of(ctx))
}

// asked returns the profile if the section s is asked for.
func (p *Pages) asked(ctx context.Context, s profile.Section) (profile.Profile, error) {
	own, err := p.of(ctx)
	if err == nil && !own.Asks(s, "") {
		err = fault.ErrNotFound
	}
	return own, err
}

// discloses tells whether data may go to employers.
func (p *Pages) discloses(ctx context.Context) (bool, error) {
	if p.Disclosing == nil {
		return false, nil
	}
	return p.Disclosing(ctx, session.Of(ctx).PersonID)
}

// profileView is the page of the whole profile.
type profileView struct {
	Own profile.Profile
	// Names are those of the occupations in the profile, by code.
	Names names
	// Discloses tells that data may go to employers.
	Discloses bool
	Saved     bool
}

// sections are those that the page shows.
func (v profileView) sections() []profile.Section {
	return slices.DeleteFunc(profile.Sections(), func(s profile.Section) bool { return !v.Own.Asks(s, "") })
}

func (p *Pages) showProfile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	own, err := p.of(ctx)
	if err != nil {
		return err
	}
	v := profileView{Own: own, Saved: r.URL.Query().Get("done") == "saved"}
	if v.Discloses, err = p.discloses(ctx); err != nil {
		return err
	}
	if v.Names, err = p.names(ctx, own); err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, profilePage(v))
}
