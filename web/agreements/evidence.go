package agreements

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// evidence is an acceptance with the version that was accepted.
type evidence struct {
	terms.Acceptance

	Version terms.Version
	// Right says in words on what the right to accept stood.
	Right string
	// Back is the list that it stands in.
	Back string
}

// register is an organisation's acceptances.
type register struct {
	BusinessID string
	All        []terms.Acceptance
	// Own is false for an officer's view.
	Own bool
}

// path is the address of one of the acceptances.
func (r register) path(ctx context.Context, a terms.Acceptance) string {
	if r.Own {
		return paths.To(ctx, paths.TermsAcceptance, a.ID.String())
	}
	return paths.To(ctx, paths.StaffTermsAcceptance, r.BusinessID, a.ID.String())
}

func (p Pages) showAcceptances(w http.ResponseWriter, r *http.Request) error {
	id := session.Of(r.Context()).Acting.BusinessID
	all, err := p.Terms.Accepted(r.Context(), id, "")
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, acceptancesPage(register{id, all, true}))
}

func (p Pages) showAcceptance(w http.ResponseWriter, r *http.Request) error {
	e, err := p.evidence(r, session.Of(r.Context()).Acting.BusinessID)
	if err != nil {
		return err
	}
	e.Back = paths.To(r.Context(), paths.TermsAcceptances)
	return respond.Page(w, r, http.StatusOK, acceptancePage(e))
}

func (p Pages) showAcceptancesToStaff(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "organisation")
	all, err := p.Terms.Accepted(r.Context(), id, "")
	if err != nil {
		return err
	}
	if err := p.look(r.Context(), all...); err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, acceptancesPage(register{id, all, false}))
}

func (p Pages) showAcceptanceToStaff(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "organisation")
	e, err := p.evidence(r, id)
	if err != nil {
		return err
	}
	if err := p.look(r.Context(), e.Acceptance); err != nil {
		return err
	}
	e.Back = paths.To(r.Context(), paths.StaffTermsAcceptances, id)
	return respond.Page(w, r, http.StatusOK, acceptancePage(e))
}

// look audits that an officer sees the people in acceptances.
func (p Pages) look(ctx context.Context, all ...terms.Acceptance) error {
	if len(all) == 0 {
		return nil
	}
	people := make([]audit.Ref, len(all))
	for i, a := range all {
		people[i] = audit.Ref{Kind: "person", ID: a.PersonID.String()}
	}
	return p.Looks.Look(ctx, session.Of(ctx), "terms_acceptance", people...)
}

func (p Pages) evidence(r *http.Request, businessID string) (evidence, error) {
	id, err := respond.Number(r, "id")
	if err != nil {
		return evidence{}, err
	}
	a, err := p.Terms.Acceptance(r.Context(), businessID, terms.AcceptanceID(id))
	if err != nil {
		return evidence{}, err
	}
	v, err := p.Terms.TextOf(r.Context(), a)
	return evidence{Acceptance: a, Version: v, Right: p.right(r.Context(), a.Authority)}, err
}

// right names a role or mandate and tells its code.
func (p Pages) right(ctx context.Context, authority string) string {
	if p.AuthorityName == nil {
		return authority
	}
	name := p.AuthorityName(ctx, authority)
	if name == "" || name == authority {
		return authority
	}
	return name + " (" + authority + ")"
}
