package casework

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

const purposeArea = "casework-area"

// areaForm is a service area as the officer has typed it.
type areaForm struct {
	Area partner.ServiceArea
	// Current is the area as it is now, when somebody else has changed it.
	Current *partner.ServiceArea
	Errors  []fault.FieldError
}

func readArea(values url.Values) areaForm {
	version, _ := strconv.Atoi(values.Get("version")) // no number is no version
	return areaForm{Area: partner.ServiceArea{
		Code:        values.Get("code"),
		Name:        map[i18n.Lang]string{i18n.Finnish: values.Get("name_fi"), i18n.Swedish: values.Get("name_sv")},
		Description: map[i18n.Lang]string{i18n.Finnish: values.Get("description_fi"), i18n.Swedish: values.Get("description_sv")},
		NeedsLook:   values.Get("needs_look") == "yes",
		Version:     version,
	}}
}

// areasView is the table of service areas and the form of a new one.
type areasView struct {
	Areas []partner.ServiceArea
	Form  areaForm
}

func (p Pages) showAreas(w http.ResponseWriter, r *http.Request) error {
	return p.answerAreas(w, r, http.StatusOK, areaForm{})
}

func (p Pages) answerAreas(w http.ResponseWriter, r *http.Request, status int, form areaForm) error {
	areas, err := p.ServiceAreas.List(r.Context())
	if err != nil {
		return err
	}
	return respond.Page(w, r, status, areasPage(areasView{Areas: areas, Form: form}))
}

func (p Pages) submitNewArea(w http.ResponseWriter, r *http.Request) error {
	values, err := formOf(r, purposeArea)
	if err != nil {
		return err
	}
	form := readArea(values)
	err = p.ServiceAreas.Add(r.Context(), session.Of(r.Context()).Actor(), form.Area)
	if fields, ok := respond.InvalidFields(err); ok {
		form.Errors = fields
		return p.answerAreas(w, r, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	seeDone(w, r, paths.To(r.Context(), paths.ServiceAreas), "area_added")
	return nil
}

func (p Pages) area(ctx context.Context, code string) (partner.ServiceArea, error) {
	areas, err := p.ServiceAreas.List(ctx)
	if err != nil {
		return partner.ServiceArea{}, err
	}
	i := slices.IndexFunc(areas, func(a partner.ServiceArea) bool { return a.Code == code })
	if i < 0 {
		return partner.ServiceArea{}, fmt.Errorf("service area: %w", fault.ErrNotFound)
	}
	return areas[i], nil
}

func (p Pages) showArea(w http.ResponseWriter, r *http.Request) error {
	a, err := p.area(r.Context(), chi.URLParam(r, "code"))
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, areaPage(areaForm{Area: a}))
}

func (p Pages) submitArea(w http.ResponseWriter, r *http.Request) error {
	values, err := formOf(r, purposeArea)
	if err != nil {
		return err
	}
	current, err := p.area(r.Context(), chi.URLParam(r, "code"))
	if err != nil {
		return err
	}
	form := readArea(values)
	form.Area.Code, form.Area.RetiredAt = current.Code, current.RetiredAt
	actor := session.Of(r.Context()).Actor()
	deed := "area_saved"
	if values.Get("act") == "retire" {
		deed = "area_retired"
		err = p.ServiceAreas.Retire(r.Context(), actor, current.Code)
	} else {
		err = p.ServiceAreas.Change(r.Context(), actor, form.Area)
	}
	if fields, ok := respond.InvalidFields(err); ok {
		form.Errors = fields
		return respond.Page(w, r, http.StatusUnprocessableEntity, areaPage(form))
	}
	if errors.Is(err, fault.ErrConflict) {
		form.Current, form.Area.Version = &current, current.Version
		form.Errors = []fault.FieldError{{Field: "send", MessageID: "casework.area.conflict"}}
		return respond.Page(w, r, http.StatusConflict, areaPage(form))
	}
	if err != nil {
		return err
	}
	seeDone(w, r, paths.To(r.Context(), paths.ServiceAreas), deed)
	return nil
}
