package watches

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
)

// aboutView is what the page tells of one posting of a watch.
type aboutView struct {
	jobwatch.About

	Token, Form string
	Met, Unmet  []criterion
	Reason      string
	Errors      []fault.FieldError
}

// otherReason is what no proposal has an answer to.
const otherReason = "other"

func (p *Pages) showPosting(w http.ResponseWriter, r *http.Request) error {
	a, ok, err := p.posting(w, r)
	if !ok {
		return err
	}
	return p.about(w, r, http.StatusOK, a, "", nil)
}

// posting returns what the watch of the token has to do with the posting in the
// address.
func (p *Pages) posting(w http.ResponseWriter, r *http.Request) (a jobwatch.About, ok bool, err error) {
	if _, ok, err := p.watch(w, r); !ok {
		return a, false, err
	}
	id, unread := strconv.ParseInt(chi.URLParam(r, "posting"), 10, 64)
	if unread == nil {
		a, err = p.Watches.About(r.Context(), tokenOf(r), id)
	}
	if unread != nil || errors.Is(err, fault.ErrNotFound) {
		return a, false, respond.Page(w, r, http.StatusNotFound, unknownPage(own(r.Context(), paths.WatchOwn, tokenOf(r))))
	}
	return a, err == nil, err
}

func (p *Pages) about(w http.ResponseWriter, r *http.Request, status int, a jobwatch.About, reason string, errs []fault.FieldError) error {
	ctx := r.Context()
	return respond.Page(w, r, status, aboutPage(aboutView{
		About: a, Token: tokenOf(r), Form: p.Tokens.Issue(ownPurpose, tokenOf(r)),
		Met: p.inWords(ctx, a.Met), Unmet: p.inWords(ctx, a.Unmet), Reason: reason, Errors: errs,
	}))
}

// submitPosting leads from what was wrong with a posting to the change of the
// watch that would leave such postings out.
func (p *Pages) submitPosting(w http.ResponseWriter, r *http.Request) error {
	ctx, token := r.Context(), tokenOf(r)
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	a, ok, err := p.posting(w, r)
	if !ok {
		return err
	}
	reason := values.Get("reason")
	if _, err := p.Tokens.Check(values.Get(edge.TokenField), ownPurpose, token); err != nil {
		return p.about(w, r, http.StatusForbidden, a, reason, []fault.FieldError{{Field: "reason", MessageID: "watches.old_form"}})
	}
	change := paths.Fill(paths.WatchChange, i18n.LangOf(ctx), token)
	if reason == otherReason {
		respond.SeeOther(w, r, change)
		return nil
	}
	for _, proposal := range a.Proposals {
		if string(proposal.Objection) == reason {
			respond.SeeOther(w, r, withCriteria(change, proposal.Criteria))
			return nil
		}
	}
	return p.about(w, r, http.StatusUnprocessableEntity, a, reason, []fault.FieldError{{Field: "reason", MessageID: "watches.reason.missing"}})
}
