package agreements

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// The purposes of the officers' forms.
const (
	startPurpose    = "terms_start"
	draftPurpose    = "terms_draft"
	decidePurpose   = "terms_decide"
	withdrawPurpose = "terms_withdraw"
)

// bench is what officers see of a kind: its versions and its draft.
type bench struct {
	shelf

	// Draft is nil when there is none.
	Draft *terms.Draft
	// Open tells whether the kind is in use.
	Open bool
}

func (p Pages) bench(r *http.Request, kind terms.Kind) (bench, error) {
	b := bench{shelf: shelf{Kind: kind}, Open: p.Terms.Open(kind)}
	var err error
	if b.Versions, err = p.Terms.All(r.Context(), kind); err != nil {
		return bench{}, err
	}
	for _, v := range b.Versions {
		if !v.InForceSince().After(p.Terms.Now()) {
			b.Current = v.Number
			break
		}
	}
	d, err := p.Terms.Draft(r.Context(), kind)
	switch {
	case err == nil:
		b.Draft = &d
	case !errors.Is(err, fault.ErrNotFound):
		return bench{}, err
	}
	return b, nil
}

func (p Pages) showWork(w http.ResponseWriter, r *http.Request) error {
	var all []bench
	for _, kind := range terms.Kinds() {
		b, err := p.bench(r, kind)
		if err != nil {
			return err
		}
		all = append(all, b)
	}
	return respond.Page(w, r, http.StatusOK, workPage(all))
}

func (p Pages) showWorkOn(w http.ResponseWriter, r *http.Request) error {
	kind, err := kindOf(r)
	if err != nil {
		return err
	}
	b, err := p.bench(r, kind)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, workOnPage(b))
}

// received reads a form of an officer: the kind it is about and its fields.
func received(r *http.Request, purpose string) (terms.Kind, url.Values, error) {
	kind, err := kindOf(r)
	if err != nil {
		return "", nil, err
	}
	values, err := respond.Form(r)
	if err != nil {
		return "", nil, err
	}
	_, err = session.CheckForm(r.Context(), values, purpose)
	return kind, values, err
}

func (p Pages) startDraft(w http.ResponseWriter, r *http.Request) error {
	kind, _, err := received(r, startPurpose)
	if err != nil {
		return err
	}
	if err := p.Terms.StartDraft(r.Context(), session.Of(r.Context()), kind); err != nil {
		return err
	}
	respond.SeeOther(w, r, paths.To(r.Context(), paths.StaffTermsDraft, slug(kind)))
	return nil
}

// draftForm is the editor as the officer filled it in.
type draftForm struct {
	Kind        terms.Kind
	Revision    string
	Title, Text map[i18n.Lang]string
	EffectiveOn string
	Reporting   bool
	// Earliest is the first day that can be chosen, with and without a condition
	// to report.
	Earliest, EarliestReporting time.Time
	// Preview is the text as it would be read, nil for none.
	Preview map[i18n.Lang]string
	// Other is the draft that somebody else has saved meanwhile, nil for none.
	Other  *terms.Draft
	Errors []fault.FieldError
}

func formOf(d terms.Draft) draftForm {
	f := draftForm{Kind: d.Kind, Revision: strconv.Itoa(d.Revision), Title: d.Title, Text: d.Text, Reporting: d.Reporting}
	if !d.EffectiveOn.IsZero() {
		f.EffectiveOn = d.EffectiveOn.Format("2.1.2006")
	}
	return f
}

func readDraftForm(kind terms.Kind, v url.Values) draftForm {
	return draftForm{
		Kind:        kind,
		Revision:    v.Get("revision"),
		Title:       map[i18n.Lang]string{i18n.Finnish: v.Get("title_fi"), i18n.Swedish: v.Get("title_sv")},
		Text:        map[i18n.Lang]string{i18n.Finnish: v.Get("text_fi"), i18n.Swedish: v.Get("text_sv")},
		EffectiveOn: v.Get("effective_on"),
		Reporting:   v.Get("reporting") != "",
	}
}

func (f draftForm) edit() terms.Edit {
	// A revision that is no number is none that there is.
	revision, _ := strconv.Atoi(f.Revision)
	return terms.Edit{
		Kind: f.Kind, Revision: revision, Title: f.Title, Text: f.Text, EffectiveOn: f.EffectiveOn, Reporting: f.Reporting,
	}
}

func (p Pages) showDraft(w http.ResponseWriter, r *http.Request) error {
	kind, err := kindOf(r)
	if err != nil {
		return err
	}
	d, err := p.Terms.Draft(r.Context(), kind)
	if errors.Is(err, fault.ErrNotFound) || err == nil && d.RequestedBy != 0 {
		// There is nothing to edit: published, withdrawn or waiting.
		respond.SeeOther(w, r, paths.To(r.Context(), paths.StaffTermsKind, slug(kind)))
		return nil
	}
	if err != nil {
		return err
	}
	return p.renderDraft(w, r, http.StatusOK, formOf(d))
}

func (p Pages) renderDraft(w http.ResponseWriter, r *http.Request, status int, f draftForm) error {
	var err error
	if f.Earliest, err = p.Terms.Earliest(r.Context(), f.Kind, false); err != nil {
		return err
	}
	if f.EarliestReporting, err = p.Terms.Earliest(r.Context(), f.Kind, true); err != nil {
		return err
	}
	return respond.Page(w, r, status, draftPage(f))
}

func (p Pages) submitDraft(w http.ResponseWriter, r *http.Request) error {
	kind, err := kindOf(r)
	if err != nil {
		return err
	}
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	f := readDraftForm(kind, values)
	if _, err := session.CheckForm(r.Context(), values, draftPurpose); err != nil {
		f.Errors = []fault.FieldError{{Field: "save", MessageID: "terms.draft.old_form"}}
		return p.renderDraft(w, r, http.StatusForbidden, f)
	}
	edit := f.edit()
	if invalid, ok := errors.AsType[*fault.InvalidError](edit.Validate()); ok {
		f.Errors = invalid.Fields
		return p.renderDraft(w, r, http.StatusUnprocessableEntity, f)
	}
	if values.Get("act") == "preview" {
		f.Preview = map[i18n.Lang]string{}
		for _, lang := range i18n.Langs {
			f.Preview[lang] = edit.Preview(lang)
		}
		return p.renderDraft(w, r, http.StatusOK, f)
	}
	if !edge.TakeForm(r.Context()) {
		f.Errors = []fault.FieldError{{Field: "save", MessageID: "terms.confirm.too_many"}}
		return p.renderDraft(w, r, http.StatusTooManyRequests, f)
	}
	_, err = p.Terms.SaveDraft(r.Context(), session.Of(r.Context()), edit)
	if errors.Is(err, fault.ErrConflict) || errors.Is(err, fault.ErrNotFound) {
		return p.conflict(w, r, f)
	}
	if err != nil {
		return err
	}
	respond.SeeOther(w, r, paths.To(r.Context(), paths.StaffTermsCheck, slug(kind)))
	return nil
}

// conflict shows both texts: what the officer wrote, ready to be saved over the
// other, and what is there.
func (p Pages) conflict(w http.ResponseWriter, r *http.Request, f draftForm) error {
	d, err := p.Terms.Draft(r.Context(), f.Kind)
	switch {
	case errors.Is(err, fault.ErrNotFound):
		f.Errors = []fault.FieldError{{Field: "save", MessageID: "terms.draft.gone"}}
	case err != nil:
		return err
	case d.RequestedBy != 0:
		f.Other = &d
		f.Errors = []fault.FieldError{{Field: "save", MessageID: "terms.draft.waits"}}
	default:
		f.Other, f.Revision = &d, strconv.Itoa(d.Revision)
		f.Errors = []fault.FieldError{{Field: "save", MessageID: "terms.draft.conflict"}}
	}
	return p.renderDraft(w, r, http.StatusConflict, f)
}
