package onboarding

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/web/partnerview"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

const sendPurpose = "join_send"

// checkView is the page that shows everything before it is sent.
type checkView struct {
	Flow flow
	Form partnerview.Form
	// Faults are the parts that are not right yet.
	Faults []partFault
	// Changes are what a correction changes.
	Changes []partner.Change
	// Error is about the whole, "" for none.
	Error string
}

func (p Pages) checkView(r *http.Request, f flow) (checkView, error) {
	ctx := r.Context()
	s := session.Of(ctx)
	areas, err := p.ServiceAreas.List(ctx)
	if err != nil {
		return checkView{}, err
	}
	known, _, err := p.Register.Known(ctx, organisation.BusinessID(s.Acting.BusinessID))
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return checkView{}, err
	}
	if known.Name == "" {
		known = organisation.Organisation{BusinessID: organisation.BusinessID(s.Acting.BusinessID), Name: s.Acting.Name}
	}
	v := checkView{Flow: f, Faults: f.invalid(areas)}
	v.Form = partnerview.Form{
		Form: f.Draft.Form.Tidied(), Organisation: known, Areas: areas, Parts: f.Parts,
		Change: func(part partner.Part) string { return changePath(ctx, f, part) },
	}
	if f.Sent != nil {
		v.Changes = partner.Diff(f.Sent.Form, f.Draft.Form)
	}
	return v, nil
}

// changePath is the page of a part that comes back to the check.
func changePath(ctx context.Context, f flow, part partner.Part) string {
	return paths.WithQuery(f.path(ctx, part), url.Values{"to": {"check"}})
}

func (p Pages) showCheck(correction bool) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := p.open(r, correction)
		if errors.Is(err, errElsewhere) {
			return elsewhere(w, r, f)
		}
		if err != nil {
			return err
		}
		v, err := p.checkView(r, f)
		if err != nil {
			return err
		}
		return respond.Page(w, r, http.StatusOK, checkPage(v))
	}
}

func (p Pages) submit(correction bool) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		values, err := respond.Form(r)
		if err != nil {
			return err
		}
		ctx := r.Context()
		f, err := p.open(r, correction)
		if err != nil && !errors.Is(err, errElsewhere) {
			return err
		}
		away := err != nil
		again := func(status int, messageID string) error {
			if away {
				return elsewhere(w, r, f)
			}
			v, err := p.checkView(r, f)
			if err != nil {
				return err
			}
			v.Error = messageID
			return respond.Page(w, r, status, checkPage(v))
		}
		submission, err := session.CheckForm(ctx, values, sendPurpose)
		if err != nil {
			return again(http.StatusForbidden, "onboarding.old_form")
		}
		version, err := strconv.Atoi(values.Get("version"))
		if err != nil {
			return again(http.StatusConflict, "onboarding.check.changed")
		}
		app, err := p.send(r, f, submission, version)
		_, invalid := errors.AsType[*fault.InvalidError](err)
		switch {
		case err == nil:
			respond.SeeOther(w, r, paths.To(ctx, paths.JoinReceipt, strconv.FormatInt(app.ID, 10)))
			return nil
		case errors.Is(err, partner.ErrRecheck):
			return p.unchecked(w, r, err, f.check(ctx))
		case invalid:
			return again(http.StatusUnprocessableEntity, "onboarding.check.faults")
		case errors.Is(err, fault.ErrConflict), errors.Is(err, fault.ErrNotFound):
			return again(http.StatusConflict, "onboarding.check.changed")
		}
		return err
	}
}

func (p Pages) send(r *http.Request, f flow, submission string, version int) (partner.Application, error) {
	s := session.Of(r.Context())
	if f.Sent != nil {
		return p.Applications.Revise(r.Context(), s, f.Sent.ID, submission, version)
	}
	return p.Applications.Submit(r.Context(), s, submission, version)
}

// allSeen tells whether nothing keeps the application from being sent.
func (v checkView) allSeen() bool {
	return len(v.Faults) == 0 && (v.Flow.Sent == nil || v.Flow.Draft.Version > 0)
}

// messages are what is wrong with a part, none twice.
func (f partFault) messages() []fault.FieldError {
	var all []fault.FieldError
	for _, e := range f.Errors {
		if !slices.ContainsFunc(all, func(x fault.FieldError) bool { return x.MessageID == e.MessageID }) {
			all = append(all, e)
		}
	}
	return all
}
