package ownprofile

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/profile"
)

// read takes an entry out of a form, as it was typed.
func read(s profile.Section, form url.Values) profile.Values {
	v := profile.Values{}
	for _, f := range s.Fields() {
		var list []string
		switch f.Kind { //nolint:exhaustive // the others hold one value
		case profile.Codes:
			for i := range f.Most {
				list = append(list, form.Get(selectName(f, i)))
			}
		case profile.Boxes:
			list = form[f.Name]
		default:
			list = []string{form.Get(f.Name)}
		}
		for _, value := range list {
			if value != "" {
				v[f.Name] = append(v[f.Name], value)
			}
		}
	}
	return v
}

// selectName is the name of the select with index i of a field of several codes.
func selectName(f profile.Field, i int) string { return f.Name + "_" + strconv.Itoa(i+1) }

// entryID is the entry that the request's address names: 1 in a section of one, 0
// on the page of a new one.
func entryID(r *http.Request, s profile.Section) (int64, error) {
	text := chi.URLParam(r, "id")
	switch {
	case s.Many() == 1:
		return 1, nil
	case text == "":
		return 0, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != text {
		return 0, fault.ErrNotFound
	}
	return id, nil
}
