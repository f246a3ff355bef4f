package ownprofile

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

const (
	euresPurpose = "eures"
	goPublish    = "publish"
	goWithdraw   = "withdraw"
)

// euresView is the page of the EURES profile.
type euresView struct {
	profile.Eures

	// Error is about the whole, Done what has just been done, "" for none.
	Error, Done string
}

// changed tells that others see something else than the preview.
func (v euresView) changed() bool {
	p, ok := v.Published()
	return ok && p.Shown.Mark() != v.Preview.Mark()
}

// open tells that there is something to publish.
func (v euresView) open() bool {
	_, published := v.Published()
	return len(v.Missing) == 0 && !v.Restricted && (!published || v.changed())
}

// missingPath is the page on which a missing field is told.
func missingPath(ctx context.Context, e fault.FieldError) string {
	s := profile.SectionEures
	if e.Field == "country" {
		s = profile.SectionResidence
	}
	return paths.To(ctx, paths.ProfileSection(string(s)))
}

// shownFacts are what others see, and all that they see.
func shownFacts(ctx context.Context, s profile.Shown) []fact {
	country := func(codes []string) string {
		return join(ctx, codes, reference.CountryByCode)
	}
	all := []fact{{i18n.T(ctx, "profile.field.eures.sex"), sexName(ctx, s.Sex)}}
	if s.Country != "" {
		all = append(all, fact{i18n.T(ctx, "profile.field.residence.country"), country([]string{s.Country})})
	}
	all = append(all,
		fact{i18n.T(ctx, "profile.field.eures.working_languages"), join(ctx, s.Languages, reference.LanguageByCode)},
		fact{i18n.T(ctx, "profile.field.eures.citizenship"), country(s.Citizenship)})
	return slices.DeleteFunc(all, func(f fact) bool { return f.Value == "" })
}

func sexName(ctx context.Context, code string) string {
	f, _ := profile.SectionEures.Field("sex")
	if code == "" {
		return ""
	}
	return codeName(ctx, f, code, nil)
}

func join(ctx context.Context, codes []string, find func(string) (reference.Entry, bool)) string {
	var all []string
	for _, code := range codes {
		if e, ok := find(code); ok {
			code = e.Name.In(string(i18n.LangOf(ctx)))
		}
		all = append(all, code)
	}
	return strings.Join(all, ", ")
}

func (p *Pages) showEures(w http.ResponseWriter, r *http.Request) error {
	done := r.URL.Query().Get("done")
	if !slices.Contains([]string{"saved", "published", "withdrawn"}, done) {
		done = ""
	}
	return p.eures(w, r, http.StatusOK, "", done)
}

func (p *Pages) eures(w http.ResponseWriter, r *http.Request, status int, messageID, done string) error {
	e, err := p.Profiles.Eures(r.Context(), session.Of(r.Context()))
	if err != nil {
		return err
	}
	return respond.Page(w, r, status, euresPage(euresView{Eures: e, Error: messageID, Done: done}))
}

func (p *Pages) submitEures(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := respond.Form(r)
	if err != nil {
		return err
	}
	if _, err := session.CheckForm(ctx, form, euresPurpose); err != nil {
		return p.eures(w, r, http.StatusForbidden, "profile.old_form", "")
	}
	s, done := session.Of(ctx), "published"
	switch form.Get("go") {
	case goPublish:
		_, err = p.Profiles.Publish(ctx, s, form.Get("mark"))
	case goWithdraw:
		err, done = p.Profiles.Withdraw(ctx, s), "withdrawn"
	default:
		return p.eures(w, r, http.StatusUnprocessableEntity, "profile.eures.unchosen", "")
	}
	_, invalid := errors.AsType[*fault.InvalidError](err)
	switch {
	case invalid:
		return p.eures(w, r, http.StatusUnprocessableEntity, "profile.eures.lacks", "")
	case errors.Is(err, fault.ErrConflict):
		return p.eures(w, r, http.StatusConflict, "profile.eures.changed_meanwhile", "")
	case err != nil:
		return err
	}
	respond.SeeOther(w, r, paths.To(ctx, paths.Eures)+"?done="+done)
	return nil
}
