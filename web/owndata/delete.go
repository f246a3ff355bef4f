package owndata

import (
	"errors"
	"net/http"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// deleteView is what a deletion would do, and the form that does it.
type deleteView struct {
	owndata.Forecast

	Errors []fault.FieldError
}

// purposeDelete is the purpose of the form that deletes the account, sureField
// its box.
const (
	purposeDelete = "account_delete"
	sureField     = "sure"
)

func (p Pages) forecast(r *http.Request) (deleteView, error) {
	f, err := p.OwnData.Forecast(r.Context(), session.Of(r.Context()).PersonID)
	return deleteView{Forecast: f}, err
}

func (p Pages) showForecast(w http.ResponseWriter, r *http.Request) error {
	v, err := p.forecast(r)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, forecastPage(v))
}

func (p Pages) showDelete(w http.ResponseWriter, r *http.Request) error {
	v, err := p.forecast(r)
	if err != nil {
		return err
	}
	if v.Officer {
		respond.SeeOther(w, r, paths.To(r.Context(), paths.OwnDataDelete))
		return nil
	}
	return respond.Page(w, r, http.StatusOK, deletePage(v))
}

// submitDelete deletes the account. Whoever sends the form a second time sees
// the same receipt.
func (p Pages) submitDelete(w http.ResponseWriter, r *http.Request) error {
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	if _, err := session.CheckForm(r.Context(), values, purposeDelete); err != nil {
		return err
	}
	if values.Get(sureField) == "" {
		v, err := p.forecast(r)
		if err != nil {
			return err
		}
		v.Errors = missing(sureField, "owndata.delete.sure_missing")
		return respond.Page(w, r, http.StatusUnprocessableEntity, deletePage(v))
	}
	err = p.OwnData.Delete(r.Context(), session.Of(r.Context()))
	if errors.Is(err, identity.ErrOfficer) {
		respond.SeeOther(w, r, paths.To(r.Context(), paths.OwnDataDelete))
		return nil
	}
	if err != nil && !errors.Is(err, fault.ErrGone) {
		return err
	}
	p.Sessions.Forget(w)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	respond.SeeOther(w, r, paths.To(r.Context(), paths.OwnDataDeleted))
	return nil
}
