package respond

import (
	"context"
	"net/http"
	"slices"
)

// DoneField is the field of an address that names what has just been done.
const DoneField = "done"

type deedKey struct{}

// KeepDeed hands the deed that the address names, when it is one of deeds, to the
// page that next makes: see Deed.
func KeepDeed(deeds []string, next Func) Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		if deed := r.URL.Query().Get(DoneField); slices.Contains(deeds, deed) {
			r = r.WithContext(context.WithValue(r.Context(), deedKey{}, deed))
		}
		return next(w, r)
	}
}

// Deed is what has just been done, "" for nothing.
func Deed(ctx context.Context) string {
	deed, _ := ctx.Value(deedKey{}).(string)
	return deed
}
