package ownprofile

import (
	"context"
	"net/http"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// disclosureView is what an employer may be given, and whether it would be now.
type disclosureView struct {
	profile.Disclosure

	Names names
	// Given tells that the consent for employers counts now.
	Given bool
	// Health are the employers with a consent of their own for data on health.
	Health   []string
	Consents paths.Pair
}

func (p *Pages) showDisclosure(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	s := session.Of(ctx)
	d, err := p.Profiles.Disclosure(ctx, s)
	if err != nil {
		return err
	}
	v := disclosureView{Disclosure: d, Consents: p.Consents}
	if v.Names, err = p.names(ctx, d.Profile); err != nil {
		return err
	}
	if v.Given, err = p.discloses(ctx); err != nil {
		return err
	}
	if p.Health != nil {
		if v.Health, err = p.Health(ctx, s); err != nil {
			return err
		}
	}
	return respond.Page(w, r, http.StatusOK, disclosurePage(v))
}

// standing says whether a group would be given now.
func (v disclosureView) standing(ctx context.Context, g profile.Disclosed) string {
	id := "profile.disclosure.given"
	switch {
	case v.Restricted:
		id = "profile.disclosure.restricted"
	case !v.Given:
		id = "profile.disclosure.not_given"
	case g.Code == "contact" && v.Protected:
		id = "profile.disclosure.protected"
	case len(g.Parts) == 0 && g.Code != "contact":
		id = "profile.disclosure.untold"
	}
	return i18n.TData(ctx, id, map[string]any{"Consent": i18n.T(ctx, "consents.employer.title")})
}

// facts are what a group holds that stands in no list.
func (v disclosureView) facts(ctx context.Context, g profile.Disclosed) []fact {
	var all []fact
	if g.Code == "contact" {
		all = append(all, fact{i18n.T(ctx, "profile.disclosure.name"), v.Name})
	}
	for _, part := range g.Parts {
		if part.Section.Many() == 1 {
			all = append(all, factsOf(ctx, part.Section, part.Entries[0], v.Names)...)
		}
	}
	return all
}

// wholly is an entry of a list with all that it says, on one line.
func wholly(ctx context.Context, s profile.Section, e profile.Entry, known names) string {
	parts := []string{title(ctx, s, e.Values)}
	for _, f := range factsOf(ctx, s, e, known) {
		name := f.Name
		if !strings.HasSuffix(name, "?") {
			name += ":"
		}
		parts = append(parts, name+" "+f.Value)
	}
	return strings.Join(parts, "; ")
}
