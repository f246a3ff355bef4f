package datarequests

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// The purposes of the forms that may name a person by identity code.
const (
	purposeSearch   = "person-search"
	purposeEnter    = "datarequest-enter"
	purposeIdentify = "datarequest-identify"
)

// searchView is a search and what came of it. The code is never shown again.
type searchView struct {
	Reason identity.Reason
	Found  *datarequest.Found
	// Nobody tells that nobody has the code.
	Nobody bool
	Errors []fault.FieldError
	Now    time.Time
}

// foundView is who was found, as things stand now.
type foundView struct {
	datarequest.Found

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
	v := searchView{Reason: identity.Reason(values.Get("reason")), Now: p.Requests.Now()}
	// A code that is none is left out, and the search says so.
	code, _ := identity.ParseCode(values.Get("code"))
	found, err := p.Requests.Search(r.Context(), session.Of(r.Context()), code, v.Reason)
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
		v.Found = &found
	}
	return respond.Page(w, r, http.StatusOK, searchPage(v))
}

// enterForm is a request as an officer types it from a letter or an e-mail. The
// identity code is never shown again.
type enterForm struct {
	Kind               datarequest.Kind
	Channel            datarequest.Channel
	Language           i18n.Lang
	Received           string
	Requester, Address string
	Message            string
	Identification     datarequest.Identification
	Errors             []fault.FieldError
}

func (p Pages) showEnter(w http.ResponseWriter, r *http.Request) error {
	return respond.Page(w, r, http.StatusOK, enterPage(enterForm{Language: i18n.LangOf(r.Context())}))
}

func readEnterForm(v url.Values) enterForm {
	return enterForm{
		Kind: datarequest.Kind(v.Get("kind")), Channel: datarequest.Channel(v.Get("channel")), Language: i18n.Lang(v.Get("language")),
		Received: v.Get("received"), Requester: v.Get("requester"), Address: v.Get("address"), Message: v.Get("message"),
		Identification: datarequest.Identification(v.Get("identification")),
	}
}

func (p Pages) submitEnter(w http.ResponseWriter, r *http.Request) error {
	values, submission, err := formOf(r, purposeEnter)
	if err != nil {
		return err
	}
	f := readEnterForm(values)
	id, err := p.Requests.Enter(r.Context(), session.Of(r.Context()), datarequest.Entry{
		Kind: f.Kind, Channel: f.Channel, Language: f.Language, Requester: f.Requester, Address: f.Address, Message: f.Message,
		Identification: f.Identification, ReceivedOn: i18n.ParseDate(f.Received), Code: strings.TrimSpace(values.Get("code")), Submission: submission,
	})
	if fields, ok := respond.InvalidFields(err); ok {
		f.Errors = fields
		return respond.Page(w, r, http.StatusUnprocessableEntity, enterPage(f))
	}
	if err != nil {
		return p.refused(w, r, err)
	}
	seeDone(w, r, paths.To(r.Context(), paths.DataRequest, text(id)), "entered")
	return nil
}

// identifyForm says how it was made sure who asks.
type identifyForm struct {
	caseView

	How    datarequest.Identification
	Note   string
	Faults []fault.FieldError
}

func (p Pages) showIdentify(w http.ResponseWriter, r *http.Request) error {
	return p.answerIdentify(w, r, http.StatusOK, identifyForm{})
}

func (p Pages) answerIdentify(w http.ResponseWriter, r *http.Request, status int, f identifyForm) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	if f.caseView, err = p.open(r.Context(), id); err != nil {
		return p.refused(w, r, err)
	}
	return respond.Page(w, r, status, identifyPage(f))
}

func (p Pages) submitIdentify(w http.ResponseWriter, r *http.Request) error {
	a, values, err := sent(r, purposeIdentify)
	if err != nil {
		return err
	}
	f := identifyForm{How: datarequest.Identification(values.Get("identification")), Note: values.Get("note")}
	err = p.Requests.Identify(r.Context(), a, f.How, strings.TrimSpace(values.Get("code")), f.Note)
	if fields, ok := respond.InvalidFields(err); ok {
		f.Faults = fields
		return p.answerIdentify(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return p.late(w, r, a.ID, err, f.Note)
	}
	seeDone(w, r, paths.To(r.Context(), paths.DataRequest, text(a.ID)), "identified")
	return nil
}
