package main

import (
	"slices"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/casework"
	"tyomarkkinatori.fi/portal/web/datarequests"
	"tyomarkkinatori.fi/portal/web/keeping"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/ui"
)

// navigation lists the pages that are open to s beside the public ones.
func navigation(s identity.Session) []ui.NavItem {
	if s.Kind == identity.KindStaff {
		return slices.Concat([]ui.NavItem{{LabelID: "site.nav.staff", Page: paths.StaffFront}},
			casework.Navigation(s), datarequests.Navigation(s), keeping.Navigation(s))
	}
	return []ui.NavItem{{LabelID: "site.nav.own", Page: paths.OwnFront}, {LabelID: "owndata.title", Page: paths.OwnData}}
}
