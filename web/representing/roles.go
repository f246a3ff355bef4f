package representing

import (
	"context"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/mandate"
	"tyomarkkinatori.fi/portal/web/partnerview"
)

// refusal says why a choice does not do.
func refusal(ctx context.Context, c mandate.Choice) string {
	names := partnerview.RoleNames(ctx, c.Roles)
	if len(names) == 0 {
		return i18n.T(ctx, "representing.refused.no_role")
	}
	return i18n.TData(ctx, "representing.refused.roles", map[string]any{"Roles": strings.Join(names, ", ")})
}
