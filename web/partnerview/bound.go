package partnerview

import (
	"context"
	"net/http"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// OrganisationField is the hidden field that names the organisation that a form binds.
const OrganisationField = "organisation"

func actedFor(ctx context.Context) string {
	if a := session.Of(ctx).Acting; a != nil {
		return a.BusinessID
	}
	return ""
}

// Bound lets h have a form that binds the organisation acted for now, and tells
// of one that was opened for another organisation that nothing was sent. It
// stands behind the same check of package session, which lasts as long as the
// form's seal.
func Bound(h respond.Func) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		values, err := respond.Form(r)
		if err != nil {
			return err
		}
		now := session.Of(r.Context()).Acting
		if now == nil {
			return fault.ErrForbidden
		}
		if named := values.Get(OrganisationField); named != "" && named != now.BusinessID {
			return respond.Page(w, r, http.StatusConflict, otherOrganisationPage(now.Name))
		}
		return h(w, r)
	}
}
