package signin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// stillField tells the page after log-out that the provider did not answer.
const stillField = "still"

// answerTime is how long to wait for the provider before going there to log out.
const answerTime = time.Second

// logOut ends the session here before anything else, and then leads to the
// provider, where another session may live.
func (p *Pages) logOut(w http.ResponseWriter, r *http.Request) error {
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	done := paths.To(ctx, paths.LoggedOut)
	if !session.Of(ctx).LoggedIn() {
		p.Sessions.Forget(w)
		respond.SeeOther(w, r, done)
		return nil
	}
	if _, err := session.CheckForm(ctx, values, session.LogOutPurpose); err != nil {
		return err
	}
	_, idToken, err := p.Sessions.People.LogOut(ctx, session.Token(ctx))
	if err != nil {
		return err
	}
	p.Sessions.Forget(w)
	w.Header().Set("Clear-Site-Data", `"cache"`)
	to := ""
	if p.Provider != nil {
		lang := i18n.LangOf(ctx)
		to = p.Provider.LogOutURL(idToken, string(lang)+stateSeparator+secretText(), lang)
	}
	switch {
	case to == "":
		to = done
	case !p.answers(ctx):
		to = paths.WithQuery(done, url.Values{stillField: {"1"}})
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// stateSeparator stands in the state of a log-out between the language that the
// person goes on in and what makes it unlike any other.
const stateSeparator = "."

// returnFromLogOut takes a person back from the provider's log-out. There is
// nothing left to check: nobody is logged in.
func (p *Pages) returnFromLogOut(w http.ResponseWriter, r *http.Request) error {
	lang, _, _ := strings.Cut(r.URL.Query().Get("state"), stateSeparator)
	if !slices.Contains(i18n.Langs[:], i18n.Lang(lang)) {
		lang = string(edge.Preferred(r))
	}
	respond.SeeOther(w, r, paths.LoggedOut.In(i18n.Lang(lang)))
	return nil
}

// answers tells whether it makes sense to lead anybody to the provider.
func (p *Pages) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	return p.Provider.Answers(ctx)
}

func (p *Pages) showLoggedOut(w http.ResponseWriter, r *http.Request) error {
	return respond.Page(w, r, http.StatusOK, loggedOutPage(r.URL.Query().Get(stillField) == "1"))
}

// obeyLogOut ends the sessions that a message of the provider names.
func (p *Pages) obeyLogOut(w http.ResponseWriter, r *http.Request) error {
	if p.Provider == nil {
		return errNoProvider
	}
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	out, err := p.Provider.LogOutMessage(r.Context(), values.Get("logout_token"))
	if err == nil {
		_, err = p.Sessions.People.LogOutEverywhere(r.Context(), out)
	}
	refused, ok := errors.AsType[*identity.RefusedError](err)
	switch {
	case ok:
		if err := p.Sessions.Refusals.SignIn(r.Context(), identity.KindPerson, "logout_"+refused.Reason); err != nil {
			return err
		}
		w.WriteHeader(http.StatusBadRequest)
		return nil
	case errors.Is(err, identity.ErrUnavailable):
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	return err
}

// showTime tells the page script how many seconds the session lasts from now,
// 0 for none. That it was asked makes the session last longer.
func (p *Pages) showTime(w http.ResponseWriter, r *http.Request) error {
	account := p.Sessions.Account(r.Context())
	body, err := json.Marshal(map[string]any{"ends_in": int(account.EndsIn.Seconds()), "final": account.Final})
	if err != nil {
		return err
	}
	respond.Content(w, "application/json", body)
	return nil
}
