package watches

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
)

// ownPurpose ties a form token to the forms of a watch's own page.
const ownPurpose = "watch_own"

// shownTold is how many matches the own page lists.
const shownTold = 300

// ownView is what the subscriber's own page shows.
type ownView struct {
	jobwatch.Subscription

	Token, Form  string
	Words        []criterion
	Told         []jobwatch.Told
	TermsVersion int
	// Done is what has just been done, "" for nothing.
	Done string
	// Until is the date of the pause as it was typed.
	Until  string
	Errors []fault.FieldError
}

// watch returns the watch of the token in the address. When it has ended, the
// page says so, and ok is false.
func (p *Pages) watch(w http.ResponseWriter, r *http.Request) (s jobwatch.Subscription, ok bool, err error) {
	s, err = p.Watches.Manage(r.Context(), tokenOf(r))
	if errors.Is(err, fault.ErrNotFound) {
		return s, false, respond.Page(w, r, http.StatusNotFound, lapsedPage())
	}
	return s, err == nil, err
}

func (p *Pages) showOwn(w http.ResponseWriter, r *http.Request) error {
	return p.own(w, r, http.StatusOK, "", nil)
}

func (p *Pages) own(w http.ResponseWriter, r *http.Request, status int, until string, errs []fault.FieldError) error {
	ctx := r.Context()
	s, ok, err := p.watch(w, r)
	if !ok {
		return err
	}
	current, err := p.Terms.Current(ctx, terms.JobWatch)
	if err != nil {
		return err
	}
	v := ownView{
		Subscription: s, Token: tokenOf(r), Form: p.Tokens.Issue(ownPurpose, tokenOf(r)), Words: p.words(ctx, s.Criteria),
		TermsVersion: current.Number, Until: until, Errors: errs,
	}
	if v.Told, err = p.Watches.History(ctx, s, shownTold); err != nil {
		return err
	}
	if done := r.URL.Query().Get("done"); len(errs) == 0 && happened(done, s.State) {
		v.Done = done
	}
	return respond.Page(w, r, status, ownPage(v))
}

// What can have been done when the own page is shown: its query says so.
const (
	doneBegun   = "begun"
	donePaused  = "paused"
	doneResumed = "resumed"
	doneRenewed = "renewed"
	doneChanged = "changed"
	doneLinks   = "links"
)

// happened tells whether a deed is one of those, and no other has undone it.
func happened(done string, now jobwatch.State) bool {
	switch done {
	case donePaused:
		return now == jobwatch.Paused
	case doneBegun, doneResumed:
		return now == jobwatch.Active
	case doneRenewed, doneChanged, doneLinks:
		return true
	}
	return false
}

// seeOwn leads to the own page, which tells what has been done.
func seeOwn(w http.ResponseWriter, r *http.Request, token, done string) {
	respond.SeeOther(w, r, paths.WithQuery(own(r.Context(), paths.WatchOwn, token), url.Values{"done": {done}}))
}

// doneWords says what has been done.
func doneWords(ctx context.Context, v ownView) string {
	at := v.EndsAt
	if v.Done == donePaused {
		at = v.PausedUntil
	}
	return i18n.TData(ctx, "watches.done."+v.Done, map[string]any{"Date": i18n.Date(ctx, at)})
}

// submitOwn does what one of the page's buttons is for.
func (p *Pages) submitOwn(w http.ResponseWriter, r *http.Request) error {
	ctx, token := r.Context(), tokenOf(r)
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	if _, err := p.Tokens.Check(values.Get(edge.TokenField), ownPurpose, token); err != nil {
		return p.own(w, r, http.StatusForbidden, values.Get("until"), []fault.FieldError{{Field: "until", MessageID: "watches.old_form"}})
	}
	var done string
	switch values.Get("act") {
	case "pause":
		done = donePaused
		err = p.Watches.Pause(ctx, token, dayIn(values.Get("until")))
	case "resume":
		done = doneResumed
		err = p.Watches.Resume(ctx, token)
	case "renew":
		done = doneRenewed
		version, _ := strconv.Atoi(values.Get("terms_version"))
		if err = p.Watches.Renew(ctx, token, version); errors.Is(err, fault.ErrConflict) {
			return p.own(w, r, http.StatusConflict, "", []fault.FieldError{{Field: "renew", MessageID: "watches.terms.changed"}})
		}
	case "links":
		done = doneLinks
		token, err = p.Watches.NewLinks(ctx, token)
	default:
		return &fault.InvalidError{}
	}
	if invalid, ok := errors.AsType[*fault.InvalidError](err); ok {
		return p.own(w, r, http.StatusUnprocessableEntity, values.Get("until"), invalid.Fields)
	}
	if errors.Is(err, fault.ErrNotFound) {
		return respond.Page(w, r, http.StatusNotFound, lapsedPage())
	}
	if err != nil {
		return err
	}
	seeOwn(w, r, token, done)
	return nil
}

// dayIn reads a date as people or browsers write it; the zero time is none.
func dayIn(text string) time.Time {
	for _, layout := range []string{"2.1.2006", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, strings.TrimSpace(text), i18n.Helsinki); err == nil {
			return t
		}
	}
	return time.Time{}
}

func (p *Pages) showCancel(w http.ResponseWriter, r *http.Request) error {
	return p.cancelling(w, r, http.StatusOK, nil)
}

func (p *Pages) cancelling(w http.ResponseWriter, r *http.Request, status int, errs []fault.FieldError) error {
	s, ok, err := p.watch(w, r)
	if !ok {
		return err
	}
	ctx, token := r.Context(), tokenOf(r)
	return respond.Page(w, r, status, cancelPage(ending{
		Action: own(ctx, paths.WatchCancel, token), Form: p.Tokens.Issue(ownPurpose, token), Words: p.words(ctx, s.Criteria), Errors: errs,
	}))
}

// ending is what the page shows on which a watch is ended.
type ending struct {
	Action, Form string
	Words        []criterion
	Errors       []fault.FieldError
}

func (p *Pages) cancel(w http.ResponseWriter, r *http.Request) error {
	ctx, token := r.Context(), tokenOf(r)
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	if _, err := p.Tokens.Check(values.Get(edge.TokenField), ownPurpose, token); err != nil {
		return p.cancelling(w, r, http.StatusForbidden, []fault.FieldError{{Field: "send", MessageID: "watches.old_form"}})
	}
	return p.ended(ctx, w, r, jobwatch.ToManage)
}

func (p *Pages) showEnd(w http.ResponseWriter, r *http.Request) error {
	return respond.Page(w, r, http.StatusOK, cancelPage(ending{Action: own(r.Context(), paths.WatchEnd, tokenOf(r))}))
}

func (p *Pages) end(w http.ResponseWriter, r *http.Request) error {
	return p.ended(r.Context(), w, r, jobwatch.ToEnd)
}

// nothingEnded says in the address of the page after an end that the link has
// opened no watch: it has ended before, or its links have been closed.
const nothingEnded = "link"

// ended ends the watch. A link that opens none any more is no error.
func (p *Pages) ended(ctx context.Context, w http.ResponseWriter, r *http.Request, purpose jobwatch.Purpose) error {
	ended, err := p.Watches.Cancel(ctx, purpose, tokenOf(r))
	if err != nil {
		return err
	}
	page := paths.To(ctx, paths.WatchEnded)
	if !ended {
		page = paths.WithQuery(page, url.Values{nothingEnded: {"old"}})
	}
	respond.SeeOther(w, r, page)
	return nil
}

func (p *Pages) showEnded(w http.ResponseWriter, r *http.Request) error {
	return respond.Page(w, r, http.StatusOK, endedPage(r.URL.Query().Get(nothingEnded) != ""))
}

// qualityDays is how many days the page of figures goes back.
const qualityDays = 31

func (p *Pages) showQuality(w http.ResponseWriter, r *http.Request) error {
	days, err := p.Watches.Reports(r.Context(), qualityDays)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, qualityPage(days))
}
