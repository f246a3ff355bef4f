// Package representing serves choosing the organisation to act for: the way to
// Suomi.fi e-Authorizations and back, switching, stopping, and what to do when
// the right has ended or nobody can tell.
package representing

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mandate"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/session"
)

// Pages serves acting for an organisation.
type Pages struct {
	Mandates *mandate.Mandates
	Now      func() time.Time
}

// The purposes of the forms.
const (
	purposeStart  = "represent_start"
	purposeChoose = "represent_choose"
	purposeStop   = "represent_stop"
)

// Fields of forms and addresses besides session.ReturnField.
const (
	organisationField = "organisation"
	outcomeField      = "outcome"
)

// Routes registers the pages.
func (p Pages) Routes(m *route.Mux) {
	page := route.Class{Audience: route.Person, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	back := page
	back.Rate = route.RateOutside
	form := page
	form.CSRF, form.Rate = route.Form, route.RateForm
	outside := form
	outside.Rate = route.RateOutside

	m.Page(http.MethodGet, paths.Represent, page, p.showChoices)
	m.Page(http.MethodPost, paths.Represent, outside, p.startVisit)
	m.Handle(http.MethodGet, paths.RepresentCallback, back, p.finishVisit)
	m.Page(http.MethodPost, paths.RepresentChoose, form, p.submitChoice)
	m.Page(http.MethodPost, paths.RepresentStop, form, p.submitStop)
	m.Page(http.MethodGet, paths.RepresentEnded, page, p.showEnded)
	m.Page(http.MethodGet, paths.RepresentAgain, page, p.showAgain)
}

// outcome says on the page of choices what came of the last visit.
type outcome string

const (
	outcomeCancelled outcome = "cancelled"
	outcomeRefused   outcome = "refused"
	outcomeNone      outcome = "none"
	outcomeNoCode    outcome = "no_code"
	outcomeOld       outcome = "old"
	outcomeOther     outcome = "other"
)

// outcomes are those that an address may name.
func (o outcome) known() bool {
	switch o {
	case outcomeCancelled, outcomeRefused, outcomeNone, outcomeNoCode, outcomeOld, outcomeOther:
		return true
	}
	return false
}

// view is the page of choices.
type view struct {
	Who     identity.Session
	Choices []mandate.Choice
	Outcome outcome
	// Return is the page to go to afterwards, "" for one's own front page.
	Return string
	// Enough are the roles that do without a mandate.
	Enough []string
	// Mandates are the mandates that everybody else needs one of.
	Mandates []string
	// Kept is the form that waits on the page to return to, its zero value for
	// none.
	Kept entry.Form
}

// confirms tells that the page was come to for confirming a right that the
// session acts with already.
func (v view) confirms() bool {
	return v.Who.Acting != nil && bound(v.Return) && v.Outcome == "" && !keptForAnother(v.Kept, v.Who)
}

// bound tells whether what waits at back is to be done for the organisation that
// is acted for now. The pages that open to everybody bind nobody.
func bound(back string) bool {
	for _, page := range [...]paths.Pair{paths.OwnFront, paths.Join} {
		if back == page.Fi || back == page.Sv {
			return false
		}
	}
	return back != ""
}

// keptForAnother tells of a form that was filled in for another organisation
// than the one that s acts for.
func keptForAnother(f entry.Form, s identity.Session) bool {
	return f.BusinessID != "" && s.Acting != nil && f.BusinessID != s.Acting.BusinessID
}

// actsFor tells whether the session acts for c's organisation.
func (v view) actsFor(c mandate.Choice) bool {
	return v.Who.Acting != nil && v.Who.Acting.BusinessID == string(c.BusinessID)
}

func (p Pages) showChoices(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	v := view{
		Who: session.Of(ctx), Outcome: outcome(q.Get(outcomeField)),
		Return: session.ReturnPath(ctx, q.Get(session.ReturnField)), Enough: p.Mandates.Accepted.Roles, Mandates: p.Mandates.Accepted.URIs,
	}
	if !v.Outcome.known() {
		v.Outcome = ""
	}
	v.Kept, _ = session.Kept(ctx, v.Return)
	choices, checkedAt, err := p.Mandates.Choices(ctx, v.Who)
	if err != nil {
		return err
	}
	if p.Now().Sub(checkedAt) <= mandate.CheckedFor {
		v.Choices = choices
	}
	return respond.Page(w, r, http.StatusOK, choicesPage(v))
}

// startVisit sends the person to e-Authorizations, since they have asked for it.
func (p Pages) startVisit(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	if _, err := session.CheckForm(ctx, values, purposeStart); err != nil {
		return err
	}
	back := session.ReturnPath(ctx, values.Get(session.ReturnField))
	to, err := p.Mandates.Begin(ctx, session.Of(ctx), i18n.LangOf(ctx), orFront(ctx, back))
	switch {
	case errors.Is(err, mandate.ErrNoCode):
		lead(w, r, paths.Represent, back, outcomeNoCode)
		return nil
	case errors.Is(err, mandate.ErrUnavailable):
		lead(w, r, paths.RepresentAgain, back, "")
		return nil
	case err != nil:
		return err
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // e-Authorizations' own page, made by its gateway
	return nil
}

// orFront is back, or one's own front page, which tells the language to go on
// in.
func orFront(ctx context.Context, back string) string {
	if back != "" {
		return back
	}
	return paths.To(ctx, paths.OwnFront)
}

// lead leads to a page of ours that goes on to back.
func lead(w http.ResponseWriter, r *http.Request, page paths.Pair, back string, o outcome) {
	q := url.Values{}
	if back != "" {
		q.Set(session.ReturnField, back)
	}
	if o != "" {
		q.Set(outcomeField, string(o))
	}
	respond.SeeOther(w, r, paths.WithQuery(paths.To(r.Context(), page), q))
}

// finishVisit takes the person back from e-Authorizations. It leads on at once,
// so that what it was called with stands in no address bar.
func (p Pages) finishVisit(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Referrer-Policy", "no-referrer")
	s := session.Of(r.Context())
	out, err := p.Mandates.Finish(r.Context(), s, r.URL.Query())
	r = r.WithContext(i18n.With(r.Context(), nil, language(out.Back, s.Language)))
	back := session.ReturnPath(r.Context(), out.Back)
	kept, _ := session.Kept(r.Context(), back)
	_, refused := errors.AsType[*mandate.RefusedError](err)
	stays := bound(back) && !keptForAnother(kept, s)
	switch {
	case errors.Is(err, mandate.ErrCancelled):
		lead(w, r, paths.Represent, back, outcomeCancelled)
	case errors.Is(err, mandate.ErrUnavailable):
		lead(w, r, paths.RepresentAgain, back, "")
	case refused:
		lead(w, r, paths.Represent, back, outcomeRefused)
	case err != nil:
		return err
	case out.Confirmed && (stays || len(out.Choices) == 1):
		respond.SeeOther(w, r, orFront(r.Context(), back))
	case out.Ended:
		lead(w, r, paths.RepresentEnded, back, "")
	case len(out.Choices) == 0:
		lead(w, r, paths.Represent, back, outcomeNone)
	case s.Acting != nil && stays:
		// What waits there is to be done for the organisation acted for until now.
		lead(w, r, paths.Represent, back, outcomeOther)
	case len(out.Choices) == 1 && out.Choices[0].Standing == mandate.StandingAccepted:
		return p.act(w, r, out.Choices[0].BusinessID, back)
	default:
		lead(w, r, paths.Represent, back, "")
	}
	return nil
}

// language is that of the page to go back to.
func language(back string, last i18n.Lang) i18n.Lang {
	for _, l := range i18n.Langs {
		if strings.HasPrefix(back, "/"+string(l)+"/") {
			return l
		}
	}
	if last == i18n.Swedish {
		return last
	}
	return i18n.Finnish
}

// act has the session act for an organisation and goes to back.
func (p Pages) act(w http.ResponseWriter, r *http.Request, id organisation.BusinessID, back string) error {
	ctx := r.Context()
	token, _, err := p.Mandates.Choose(ctx, session.Token(ctx), session.Of(ctx), id)
	switch {
	case errors.Is(err, mandate.ErrConfirm):
		lead(w, r, paths.Represent, back, outcomeOld)
		return nil
	case errors.Is(err, mandate.ErrUnavailable):
		lead(w, r, paths.RepresentAgain, back, "")
		return nil
	case err != nil:
		return err
	}
	session.Renew(ctx, w, token)
	respond.SeeOther(w, r, orFront(ctx, back))
	return nil
}

func (p Pages) submitChoice(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	if _, err := session.CheckForm(ctx, values, purposeChoose); err != nil {
		return err
	}
	id, err := organisation.ParseBusinessID(values.Get(organisationField))
	if err != nil {
		return fault.ErrNotFound // only what we have put there ourselves is right
	}
	return p.act(w, r, id, session.ReturnPath(ctx, values.Get(session.ReturnField)))
}

func (p Pages) submitStop(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	if _, err := session.CheckForm(ctx, values, purposeStop); err != nil {
		return err
	}
	token, _, err := p.Mandates.Stop(ctx, session.Token(ctx))
	if err != nil {
		return err
	}
	session.Renew(ctx, w, token)
	respond.SeeOther(w, r, paths.To(ctx, paths.OwnFront))
	return nil
}

func (p Pages) showEnded(w http.ResponseWriter, r *http.Request) error {
	if session.Of(r.Context()).Acting != nil {
		lead(w, r, paths.Represent, returnIn(r), "")
		return nil
	}
	return respond.Page(w, r, http.StatusOK, endedPage(returnIn(r), p.Mandates.Accepted))
}

func (p Pages) showAgain(w http.ResponseWriter, r *http.Request) error {
	again := returnIn(r)
	if again == "" || session.Of(r.Context()).Acting == nil {
		again = paths.WithQuery(paths.To(r.Context(), paths.Represent), returnQuery(again))
	}
	return respond.Page(w, r, http.StatusOK, againPage(again))
}

func returnIn(r *http.Request) string {
	return session.ReturnPath(r.Context(), r.URL.Query().Get(session.ReturnField))
}

func returnQuery(back string) url.Values {
	if back == "" {
		return nil
	}
	return url.Values{session.ReturnField: {back}}
}
