package datarequests

import (
	"net/http"
	"net/url"
	"strings"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// The purposes of the forms that may name a person by identity code.
const (
	purposeEnter    = "datarequest-enter"
	purposeIdentify = "datarequest-identify"
)

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
		Identification: f.Identification, ReceivedOn: i18n.ParseDate(f.Received), Code: strings.TrimSpace(values.Get("code")), ForeignID: values.Get("foreign_id"), Submission: submission,
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
	err = p.Requests.Identify(r.Context(), a, f.How, strings.TrimSpace(values.Get("code")), values.Get("foreign_id"), f.Note)
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
