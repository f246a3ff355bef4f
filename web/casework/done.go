package casework

import (
	"context"
	"net/http"
	"net/url"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
)

// deeds are what a page can say has just been done.
//
//nolint:gochecknoglobals // a constant table
var deeds = []string{
	"asked", "handed_back", "noted", "approved", "released", "registered", "known", "requested", "granted", "refused",
	"withdrawn", "blocked", "unblocked", "area_added", "area_saved", "area_retired", "looked_at",
}

// withDeed leads to a page that says what was done.
func withDeed(path, deed string) string {
	return paths.WithQuery(path, url.Values{respond.DoneField: {deed}})
}

// seeDone goes on to a page that says what was done.
func seeDone(w http.ResponseWriter, r *http.Request, path, deed string) {
	respond.SeeOther(w, r, withDeed(path, deed))
}

// keepDeed hands the deed of the address, when it is one, to the page.
func keepDeed(next respond.Func) respond.Func { return respond.KeepDeed(deeds, next) }

// deedOf says what was done, "" for nothing.
func deedOf(ctx context.Context) string {
	deed := respond.Deed(ctx)
	if deed == "" {
		return ""
	}
	return i18n.T(ctx, "casework.done."+deed)
}
