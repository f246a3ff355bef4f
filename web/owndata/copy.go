package owndata

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

func (p Pages) showCopy(w http.ResponseWriter, r *http.Request) error {
	return respond.Page(w, r, http.StatusOK, copyPage())
}

func (p Pages) sendJSON(w http.ResponseWriter, r *http.Request) error {
	all, err := p.OwnData.Copy(r.Context(), session.Of(r.Context()), "json")
	if err != nil {
		return err
	}
	file, err := all.JSON()
	if err != nil {
		return err
	}
	send(w, r, "application/json; charset=utf-8", "json", file)
	return nil
}

func (p Pages) sendHTML(w http.ResponseWriter, r *http.Request) error {
	all, err := p.OwnData.Copy(r.Context(), session.Of(r.Context()), "html")
	if err != nil {
		return err
	}
	file, err := readable(r.Context(), all)
	if err != nil {
		return err
	}
	send(w, r, "text/html; charset=utf-8", "html", file)
	return nil
}

// send hands a file over to be saved. Its name says nothing of the person.
func send(w http.ResponseWriter, r *http.Request, contentType, ending string, file []byte) {
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", i18n.T(r.Context(), "owndata.copy.file")+"."+ending))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	respond.Content(w, contentType, file)
}

// HTML is a readable copy of what is kept of a person, in the language of ctx, for
// whoever answers a request about it. It hides the identity code.
func (p Pages) HTML(ctx context.Context, person identity.PersonID) ([]byte, error) {
	all, err := p.OwnData.Everything(ctx, person)
	if err != nil {
		return nil, err
	}
	all.HideCodes()
	return readable(ctx, all)
}

func readable(ctx context.Context, all owndata.Everything) ([]byte, error) {
	var b bytes.Buffer
	if err := copyFile(all).Render(ctx, &b); err != nil {
		return nil, fmt.Errorf("write a readable copy: %w", err)
	}
	return b.Bytes(), nil
}
