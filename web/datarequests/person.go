package datarequests

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// The purposes of the forms that find a person and change the identity code.
const (
	purposeSearch = "person-search"
	purposeRecode = "person-code"
)

// searchView is a search and what came of it. The code is never shown again.
type searchView struct {
	Reason identity.Reason
	Found  *foundView
	// Nobody tells that nobody has the code.
	Nobody bool
	Errors []fault.FieldError
}

// foundView is who was found, as things stand now. Own tells that the officer has
// found themselves.
type foundView struct {
	datarequest.Found

	Own bool
	Now time.Time
}

func (p Pages) showSearch(w http.ResponseWriter, r *http.Request) error {
	return respond.Page(w, r, http.StatusOK, searchPage(searchView{}))
}

func (p Pages) submitSearch(w http.ResponseWriter, r *http.Request) error {
	values, _, err := formOf(r, purposeSearch)
	if err != nil {
		return err
	}
	v := searchView{Reason: identity.Reason(values.Get("reason"))}
	sought := identity.Sought{ForeignID: values.Get("foreign_id")}
	if code := strings.TrimSpace(values.Get("code")); code != "" {
		if sought.Code, err = identity.ParseCode(code); err != nil {
			sought = identity.Sought{} // and the search says so
		}
	}
	officer := session.Of(r.Context())
	found, err := p.Requests.Search(r.Context(), officer, sought, v.Reason)
	fields, invalid := respond.InvalidFields(err)
	switch {
	case invalid:
		v.Errors = fields
		return respond.Page(w, r, http.StatusUnprocessableEntity, searchPage(v))
	case errors.Is(err, fault.ErrNotFound):
		v.Nobody = true
	case err != nil:
		return p.refused(w, r, err)
	default:
		v.Found = &foundView{Found: found, Own: found.Person.ID == officer.PersonID, Now: p.Requests.Now()}
	}
	return respond.Page(w, r, http.StatusOK, searchPage(v))
}

// recodeForm is the identity code that the authority has given a person in place
// of the old one. The code is never shown again.
type recodeForm struct {
	Person   identity.Person
	Evidence identity.Evidence
	// Taken is the account that has the new code already, nobody's if none has.
	Taken  identity.Person
	Errors []fault.FieldError
}

// recodePurpose binds the form to the person whom the officer has found, so that
// nobody reaches others by number.
func recodePurpose(person string) string { return purposeRecode + ":" + person }

func (p Pages) submitRecode(w http.ResponseWriter, r *http.Request) error {
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	if _, err := session.CheckForm(r.Context(), values, recodePurpose(values.Get("person"))); err != nil {
		return err
	}
	id, err := strconv.ParseInt(values.Get("person"), 10, 64)
	if err != nil {
		return fmt.Errorf("person of a form: %w", fault.ErrNotFound)
	}
	f := recodeForm{Evidence: identity.Evidence(values.Get("evidence"))}
	// A code that is none is left out, and the change says so.
	code, _ := identity.ParseCode(values.Get("new_code"))
	f.Person, f.Taken, err = p.Requests.ChangeCode(r.Context(), session.Of(r.Context()), identity.PersonID(id), code, f.Evidence)
	if fields, ok := respond.InvalidFields(err); ok {
		f.Errors = fields
		return respond.Page(w, r, http.StatusUnprocessableEntity, recodePage(f))
	}
	if err != nil {
		return p.refused(w, r, err)
	}
	seeDone(w, r, paths.To(r.Context(), paths.PersonSearch), "recoded")
	return nil
}
