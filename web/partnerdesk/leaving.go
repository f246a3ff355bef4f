package partnerdesk

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

const leavePurpose = "desk_leave"

// leaveForm is the page on which leaving is checked and confirmed.
type leaveForm struct {
	Partner partner.Partner
	Duties  []partner.Duty
	Open    *partner.Application
	Ticked  bool
	Errors  []fault.FieldError
}

func (p Pages) leaveForm(r *http.Request) (leaveForm, error) {
	mine, _, err := p.own(r)
	if err != nil {
		return leaveForm{}, err
	}
	f := leaveForm{Partner: mine, Duties: p.Departures.DutiesOf(mine)}
	f.Open, err = p.openChange(r.Context(), mine.BusinessID)
	return f, err
}

func (p Pages) showLeave(w http.ResponseWriter, r *http.Request) error {
	f, err := p.leaveForm(r)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, leavePage(f))
}

func (p Pages) confirmLeave(w http.ResponseWriter, r *http.Request) error {
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	f, err := p.leaveForm(r)
	if err != nil {
		return err
	}
	f.Ticked = values.Get("understood") == "yes"
	submission, err := session.CheckForm(ctx, values, leavePurpose)
	if errors.Is(err, edge.ErrToken) {
		f.Errors = []fault.FieldError{{Field: "send", MessageID: "desk.old_form"}}
		return respond.Page(w, r, http.StatusForbidden, leavePage(f))
	}
	if err != nil {
		return err
	}
	if !f.Ticked {
		f.Errors = []fault.FieldError{{Field: "understood", MessageID: "desk.leave.tick"}}
		return respond.Page(w, r, http.StatusUnprocessableEntity, leavePage(f))
	}
	d, err := p.Departures.Leave(ctx, session.Of(ctx), i18n.LangOf(ctx), submission)
	if err != nil {
		return err
	}
	respond.SeeOther(w, r, departurePath(ctx, d))
	return nil
}

// departure is the departure that the address names, when it is the reader's
// organisation's.
func (p Pages) departure(r *http.Request) (partner.Departure, error) {
	text := chi.URLParam(r, "id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != text {
		return partner.Departure{}, fmt.Errorf("departure in an address: %w", fault.ErrNotFound)
	}
	return p.Departures.Own(r.Context(), businessOf(session.Of(r.Context())), id)
}

func (p Pages) showDeparture(w http.ResponseWriter, r *http.Request) error {
	d, err := p.departure(r)
	if err != nil {
		return err
	}
	_, err = p.Partners.ByBusinessID(r.Context(), d.BusinessID)
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return err
	}
	return respond.Page(w, r, http.StatusOK, departurePage(d, err == nil))
}

// dutyForm is the page on which one duty is confirmed.
type dutyForm struct {
	Departure partner.Departure
	Duty      partner.Duty
	// Answer and Ground are as they were typed.
	Answer, Ground string
	Errors         []fault.FieldError
}

func (f dutyForm) purpose() string { return "duty_" + string(f.Duty.Code) }

func (p Pages) onDuty(code partner.DutyCode, h func(http.ResponseWriter, *http.Request, dutyForm) error) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		d, err := p.departure(r)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(d.Duties, func(duty partner.Duty) bool { return duty.Code == code })
		if i < 0 {
			return fmt.Errorf("duty of a departure: %w", fault.ErrNotFound)
		}
		return h(w, r, dutyForm{Departure: d, Duty: d.Duties[i]})
	}
}

func (p Pages) showDuty(w http.ResponseWriter, r *http.Request, f dutyForm) error {
	if f.Duty.Answer != "" {
		respond.SeeOther(w, r, departurePath(r.Context(), f.Departure))
		return nil
	}
	return respond.Page(w, r, http.StatusOK, dutyPage(f))
}

func (p Pages) confirmDuty(w http.ResponseWriter, r *http.Request, f dutyForm) error {
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	f.Answer, f.Ground = values.Get("answer"), values.Get("ground")
	if _, err := session.CheckForm(ctx, values, f.purpose()); errors.Is(err, edge.ErrToken) {
		f.Errors = []fault.FieldError{{Field: "send", MessageID: "desk.old_form"}}
		return respond.Page(w, r, http.StatusForbidden, dutyPage(f))
	} else if err != nil {
		return err
	}
	c := partner.Confirmation{Duty: f.Duty.Code, Answer: partner.Answer(f.Answer), Ground: f.Ground}
	_, err = p.Departures.Confirm(ctx, session.Of(ctx), f.Departure.ID, c)
	if invalid, ok := errors.AsType[*fault.InvalidError](err); ok {
		f.Errors = invalid.Fields
		return respond.Page(w, r, http.StatusUnprocessableEntity, dutyPage(f))
	}
	// Somebody else has answered: the list shows what.
	if err != nil && !errors.Is(err, fault.ErrConflict) {
		return err
	}
	respond.SeeOther(w, r, paths.To(ctx, paths.Departure, strconv.FormatInt(f.Departure.ID, 10)))
	return nil
}
