package onboarding

import (
	"context"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/partner"
)

// draftKept tells until when a draft is kept.
func draftKept(ctx context.Context, d partner.Draft) string {
	return i18n.TData(ctx, "onboarding.draft_kept", map[string]any{
		"Saved": i18n.DateTime(ctx, d.SavedAt), "Until": i18n.DateTime(ctx, d.ExpiresAt),
	})
}

// homeID names the link to the page that tells where the application stands.
func homeID(f flow) string {
	if f.Sent != nil {
		return "onboarding.to_application"
	}
	return "onboarding.to_join"
}
