package main

import (
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/casework"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/ui"
)

// navigation lists the pages that are open to s beside the public ones.
func navigation(s identity.Session) []ui.NavItem {
	if s.Kind == identity.KindStaff {
		return append([]ui.NavItem{{LabelID: "site.nav.staff", Page: paths.StaffFront}}, casework.Navigation(s)...)
	}
	return []ui.NavItem{{LabelID: "site.nav.own", Page: paths.OwnFront}}
}
