package main

import (
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/ui"
)

// navigation lists the pages that are open to s beside the public ones.
func navigation(s identity.Session) []ui.NavItem {
	if s.Kind == identity.KindStaff {
		return staffNavigation(s)
	}
	items := []ui.NavItem{{LabelID: "site.nav.own", Page: paths.OwnFront}}
	if s.Acting != nil {
		items = append(items, ui.NavItem{LabelID: "site.nav.desk", Page: paths.Desk})
	}
	return items
}

func staffNavigation(s identity.Session) []ui.NavItem {
	items := []ui.NavItem{{LabelID: "site.nav.staff", Page: paths.StaffFront}}
	for _, page := range []struct {
		item   ui.NavItem
		groups []identity.Group
	}{
		{ui.NavItem{LabelID: "site.nav.terms", Page: paths.StaffTerms}, []identity.Group{identity.GroupContent}},
		{ui.NavItem{LabelID: "site.nav.audit", Page: paths.AuditLog}, []identity.Group{identity.GroupAudit}},
	} {
		if s.In(page.groups...) {
			items = append(items, page.item)
		}
	}
	return items
}
