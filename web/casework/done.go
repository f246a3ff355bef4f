package casework

import (
	"context"
	"net/http"
	"net/url"
	"slices"

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
func withDeed(path, deed string) string { return paths.WithQuery(path, url.Values{"done": {deed}}) }

// seeDone goes on to a page that says what was done.
func seeDone(w http.ResponseWriter, r *http.Request, path, deed string) {
	respond.SeeOther(w, r, withDeed(path, deed))
}

type deedKey struct{}

// keepDeed hands the deed of the address, when it is one, to the page.
func keepDeed(next respond.Func) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		if deed := r.URL.Query().Get("done"); slices.Contains(deeds, deed) {
			r = r.WithContext(context.WithValue(r.Context(), deedKey{}, deed))
		}
		return next(w, r)
	}
}

// deedOf says what was done, "" for nothing.
func deedOf(ctx context.Context) string {
	deed, ok := ctx.Value(deedKey{}).(string)
	if !ok {
		return ""
	}
	return i18n.T(ctx, "casework.done."+deed)
}
