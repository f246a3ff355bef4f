package partnerview

import (
	"context"
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

// namedRoles are the roles of the trade register that have a name here.
//
//nolint:gochecknoglobals // a constant table
var namedRoles = []string{"NIMKO", "TJ", "TJS", "ELI", "YHM", "PJ", "VPJ", "J", "IS", "PIS", "S", "PR", "TIL"}

// RoleNames says in words what somebody is to an organisation; mandates, which
// may be many, are named once.
func RoleNames(ctx context.Context, roles []string) []string {
	var names []string
	for _, role := range roles {
		name := role
		switch {
		case strings.HasPrefix(role, "http"):
			name = i18n.T(ctx, "representing.role_other_mandate")
		case slices.Contains(namedRoles, role):
			name = i18n.T(ctx, "representing.role_"+strings.ToLower(role))
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// AuthorityName says in words what the right to act for an organisation stands
// on: a role, or a mandate.
func AuthorityName(ctx context.Context, authority string) string {
	if strings.HasPrefix(authority, "http") {
		return i18n.T(ctx, "representing.role_mandate")
	}
	return strings.Join(RoleNames(ctx, []string{authority}), "")
}
