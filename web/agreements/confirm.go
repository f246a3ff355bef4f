package agreements

import (
	"net/http"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

const confirmPurpose = "terms_confirm"

// confirmForm is the page on which a representative confirms the terms: at the
// first log-in for the organisation, or by going on when they have changed.
type confirmForm struct {
	terms.Awaiting

	Organisation string
	// Changes are those since the version accepted last.
	Changes []terms.Paragraph
	Return  string
	Errors  []fault.FieldError
}

func (p Pages) confirmForm(r *http.Request, back string) (confirmForm, error) {
	s := session.Of(r.Context())
	a, err := p.Terms.Awaited(r.Context(), s, terms.Partner)
	if err != nil {
		return confirmForm{}, err
	}
	f := confirmForm{Awaiting: a, Organisation: s.Acting.Name, Return: p.Return(back)}
	if a.State == terms.Changed {
		before, err := p.Terms.Version(r.Context(), terms.Partner, a.Before)
		if err != nil {
			return confirmForm{}, err
		}
		lang := i18n.LangOf(r.Context())
		f.Changes = terms.Difference(before.Whole(lang), a.Version.Whole(lang))
	}
	return f, nil
}

func (p Pages) showConfirm(w http.ResponseWriter, r *http.Request) error {
	f, err := p.confirmForm(r, r.URL.Query().Get(session.ReturnField))
	if err != nil {
		return err
	}
	if f.State == terms.Done {
		p.goOn(w, r, f.Return)
		return nil
	}
	return respond.Page(w, r, http.StatusOK, confirmPage(f))
}

func (p Pages) confirm(w http.ResponseWriter, r *http.Request) error {
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	f, err := p.confirmForm(r, values.Get(session.ReturnField))
	if err != nil {
		return err
	}
	if f.State == terms.Done {
		p.goOn(w, r, f.Return)
		return nil
	}
	if _, err := session.CheckForm(r.Context(), values, confirmPurpose); err != nil {
		return p.confirmAgain(w, r, http.StatusForbidden, f, "confirm", "terms.confirm.old_form")
	}
	number := strconv.Itoa(f.Version.Number)
	if values.Get("number") != number {
		return p.confirmAgain(w, r, http.StatusConflict, f, "confirm", "terms.confirm.newer")
	}
	if f.State == terms.FirstTime && values.Get("read") != number {
		return p.confirmAgain(w, r, http.StatusUnprocessableEntity, f, "read", "terms.confirm.tick_missing")
	}
	if !edge.TakeForm(r.Context()) {
		return p.confirmAgain(w, r, http.StatusTooManyRequests, f, "confirm", "terms.confirm.too_many")
	}
	s, lang := session.Of(r.Context()), i18n.LangOf(r.Context())
	if f.State == terms.FirstTime {
		_, err = p.Terms.Confirm(r.Context(), s, terms.Partner, f.Version.Number, lang)
	} else {
		_, _, err = p.Terms.Continue(r.Context(), s, terms.Partner, lang)
	}
	if err != nil {
		return err
	}
	p.goOn(w, r, f.Return)
	return nil
}

func (p Pages) confirmAgain(w http.ResponseWriter, r *http.Request, status int, f confirmForm, field, messageID string) error {
	f.Errors = []fault.FieldError{{Field: field, MessageID: messageID}}
	return respond.Page(w, r, status, confirmPage(f))
}

// goOn leads to the page that was asked for first.
func (p Pages) goOn(w http.ResponseWriter, r *http.Request, back string) {
	if back == "" {
		back = paths.To(r.Context(), p.OwnFront)
	}
	respond.SeeOther(w, r, back)
}
