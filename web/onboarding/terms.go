package onboarding

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/mandate"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/richtext"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

const termsPurpose = "join_terms"

// termsView is the page on which the terms are read and accepted.
type termsView struct {
	terms.Awaiting

	Organisation string
	Errors       []fault.FieldError
}

// rich is the text of terms as safe HTML.
type rich struct{ text string }

// Render implements templ.Component.
func (r rich) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, richtext.HTML(r.text, true))
	return err
}

func (p Pages) termsView(r *http.Request) (termsView, error) {
	s := session.Of(r.Context())
	awaited, err := p.Terms.Awaited(r.Context(), s, terms.Partner)
	return termsView{Awaiting: awaited, Organisation: s.Acting.Name}, err
}

func (p Pages) showTerms(w http.ResponseWriter, r *http.Request) error {
	v, err := p.termsView(r)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, termsPage(v))
}

func (p Pages) acceptTerms(w http.ResponseWriter, r *http.Request) error {
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	v, err := p.termsView(r)
	if err != nil {
		return err
	}
	again := func(status int, field, messageID string) error {
		v.Errors = []fault.FieldError{{Field: field, MessageID: messageID}}
		return respond.Page(w, r, status, termsPage(v))
	}
	if _, err := session.CheckForm(ctx, values, termsPurpose); err != nil {
		return again(http.StatusForbidden, "send", "onboarding.old_form")
	}
	version := strconv.Itoa(v.Version.Number)
	switch {
	case values.Get("version") != version:
		return again(http.StatusConflict, "read", "onboarding.terms.changed")
	case values.Get("read") != version:
		return again(http.StatusUnprocessableEntity, "read", "onboarding.terms.unread")
	}
	s := session.Of(ctx)
	if p.Recheck != nil {
		if err := p.Recheck(ctx, s); err != nil {
			return p.unchecked(w, r, err, paths.To(ctx, paths.JoinTerms))
		}
	}
	err = p.DB.InTx(ctx, func(tx *postgres.Tx) error {
		if err := p.Register.Ask(ctx, tx, organisation.BusinessID(s.Acting.BusinessID)); err != nil {
			return err
		}
		_, err := p.Terms.Accept(ctx, tx, s, terms.Partner, v.Version.Number, i18n.LangOf(ctx))
		return err
	})
	if errors.Is(err, fault.ErrConflict) {
		return again(http.StatusConflict, "read", "onboarding.terms.changed")
	}
	if err != nil {
		return err
	}
	respond.SeeOther(w, r, paths.To(ctx, paths.JoinPart(string(partner.Parts()[0]))))
	return nil
}

// unchecked answers when e-Authorizations did not confirm the right to act.
// back is the page to try again at.
func (p Pages) unchecked(w http.ResponseWriter, r *http.Request, err error, back string) error {
	switch {
	case errors.Is(err, mandate.ErrConfirm):
		respond.SeeOther(w, r, paths.WithQuery(paths.To(r.Context(), p.Represent), url.Values{session.ReturnField: {back}}))
		return nil
	case errors.Is(err, fault.ErrForbidden):
		return respond.Page(w, r, http.StatusForbidden, uncheckedPage("onboarding.right_ended_", paths.To(r.Context(), p.Represent)))
	case r.Context().Err() != nil:
		return err
	}
	return respond.Page(w, r, http.StatusServiceUnavailable, uncheckedPage("onboarding.right_unknown_", back))
}
