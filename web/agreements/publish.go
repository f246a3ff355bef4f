package agreements

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// What an officer can decide about a draft.
const (
	actRequest = "request"
	actPublish = "publish"
	actReturn  = "return"
)

// sameField is the tick of an officer who has seen that the languages agree.
const sameField = "same"

// check is a draft before it is published.
type check struct {
	terms.Draft

	// Before is the newest version, nil for none.
	Before *terms.Version
	// Changes are those from it, in each language.
	Changes map[i18n.Lang][]terms.Paragraph
	// IsOwnRequest tells that the officer asked for the publication and so cannot
	// approve it.
	IsOwnRequest bool
	// Gap tells that the languages may say different things, Missing what stands
	// in the way of publishing.
	Gap     terms.Gap
	Missing []fault.FieldError
	Errors  []fault.FieldError
}

func (p Pages) check(r *http.Request, kind terms.Kind) (check, error) {
	d, err := p.Terms.Draft(r.Context(), kind)
	if err != nil {
		return check{}, err
	}
	c := check{Draft: d, Changes: map[i18n.Lang][]terms.Paragraph{}, IsOwnRequest: d.RequestedBy == session.Of(r.Context()).PersonID}
	if c.Missing, err = p.Terms.Missing(r.Context(), d); err != nil {
		return c, err
	}
	all, err := p.Terms.All(r.Context(), kind)
	if err != nil || len(all) == 0 {
		return c, err
	}
	c.Before = &all[0]
	for _, lang := range i18n.Langs {
		c.Changes[lang] = terms.Difference(all[0].Whole(lang), d.Whole(lang))
	}
	c.Gap = d.Gap(c.Changes)
	return c, nil
}

func (p Pages) showCheck(w http.ResponseWriter, r *http.Request) error {
	kind, err := kindOf(r)
	if err != nil {
		return err
	}
	c, err := p.check(r, kind)
	if errors.Is(err, fault.ErrNotFound) {
		respond.SeeOther(w, r, paths.To(r.Context(), paths.StaffTermsKind, slug(kind)))
		return nil
	}
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, checkPage(c))
}

func (p Pages) decideDraft(w http.ResponseWriter, r *http.Request) error {
	kind, values, err := received(r, decidePurpose)
	if err != nil {
		return err
	}
	seen, err := p.check(r, kind)
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return err
	}
	if act := values.Get("act"); seen.Gap != terms.NoGap && act != actReturn && values.Get(sameField) != "yes" {
		return p.checkAgain(w, r, http.StatusUnprocessableEntity, kind, []fault.FieldError{{Field: sameField, MessageID: "terms.check.same_missing"}})
	}
	next := paths.StaffTermsKind
	switch officer, revision := session.Of(r.Context()), revisionOf(values); values.Get("act") {
	case actRequest:
		err = p.Terms.RequestPublication(r.Context(), officer, kind, revision)
	case actPublish:
		_, err = p.Terms.Publish(r.Context(), officer, kind, revision)
	case actReturn:
		next = paths.StaffTermsDraft
		err = p.Terms.ReturnDraft(r.Context(), officer, kind, revision)
	default:
		err = &fault.InvalidError{}
	}
	invalid, ok := errors.AsType[*fault.InvalidError](err)
	switch {
	case err == nil, errors.Is(err, fault.ErrNotFound):
		// What is gone was published or withdrawn: the page of the kind shows it.
		respond.SeeOther(w, r, paths.To(r.Context(), next, slug(kind)))
		return nil
	case ok && len(invalid.Fields) > 0:
		return p.checkAgain(w, r, http.StatusUnprocessableEntity, kind, invalid.Fields)
	case errors.Is(err, fault.ErrConflict):
		return p.checkAgain(w, r, http.StatusConflict, kind, []fault.FieldError{{Field: "decide", MessageID: "terms.check.changed"}})
	}
	return err
}

func (p Pages) checkAgain(w http.ResponseWriter, r *http.Request, status int, kind terms.Kind, errs []fault.FieldError) error {
	c, err := p.check(r, kind)
	if err != nil {
		return err
	}
	c.Errors = errs
	return respond.Page(w, r, status, checkPage(c))
}

func (p Pages) showWithdraw(w http.ResponseWriter, r *http.Request) error {
	kind, err := kindOf(r)
	if err != nil {
		return err
	}
	d, err := p.Terms.Draft(r.Context(), kind)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, withdrawPage(d))
}

func (p Pages) withdrawDraft(w http.ResponseWriter, r *http.Request) error {
	kind, values, err := received(r, withdrawPurpose)
	if err != nil {
		return err
	}
	err = p.Terms.WithdrawDraft(r.Context(), session.Of(r.Context()), kind, revisionOf(values))
	switch {
	case errors.Is(err, fault.ErrConflict):
		return p.checkAgain(w, r, http.StatusConflict, kind, []fault.FieldError{{Field: "decide", MessageID: "terms.check.changed"}})
	case err != nil && !errors.Is(err, fault.ErrNotFound):
		return err
	}
	respond.SeeOther(w, r, paths.To(r.Context(), paths.StaffTermsKind, slug(kind)))
	return nil
}

// revisionOf is 0, which no draft has, when the form does not tell.
func revisionOf(values url.Values) int {
	n, _ := strconv.Atoi(values.Get("revision"))
	return n
}
