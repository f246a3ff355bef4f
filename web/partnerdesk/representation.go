package partnerdesk

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web/partnerview"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
)

// representative is somebody who has acted for the partner here.
type representative struct {
	Name string
	// Authority is the newest role or mandate.
	Authority string
	// Accepted are the newest first.
	Accepted []terms.Acceptance
}

func (p Pages) showRepresentation(w http.ResponseWriter, r *http.Request) error {
	mine, _, err := p.own(r)
	if err != nil {
		return err
	}
	accepted, err := p.Terms.Accepted(r.Context(), string(mine.BusinessID), "")
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, representationPage(mine, representatives(accepted)))
}

// representatives groups acceptances, newest first, by person.
func representatives(accepted []terms.Acceptance) []representative {
	var all []representative
	at := map[identity.PersonID]int{}
	for _, a := range accepted {
		i, known := at[a.PersonID]
		if !known {
			i = len(all)
			at[a.PersonID] = i
			all = append(all, representative{Name: a.PersonName, Authority: a.Authority})
		}
		all[i].Accepted = append(all[i].Accepted, a)
	}
	slices.SortStableFunc(all, func(a, b representative) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// message is one thing that the partner was told.
type message struct {
	At time.Time
	// Title says what, Note may say more, Href is where it is read.
	Title, Note, Href string
}

func (p Pages) showMessages(w http.ResponseWriter, r *http.Request) error {
	mine, _, err := p.own(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	decisions, err := p.decisions(ctx, mine)
	if err != nil {
		return err
	}
	approvals, err := p.approvals(ctx, mine)
	if err != nil {
		return err
	}
	decisions = newestFirst(append(decisions, approvals...))
	messages, err := p.messages(ctx, mine)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, messagesPage(mine, decisions, messages))
}

func (p Pages) decisions(ctx context.Context, mine partner.Partner) ([]message, error) {
	if p.Decisions == nil {
		return nil, nil
	}
	made, err := p.Decisions(ctx, mine.BusinessID)
	if err != nil {
		return nil, err
	}
	var all []message
	for _, d := range made {
		all = append(all, message{
			At: d.MadeAt, Title: i18n.TData(ctx, "desk.decision", map[string]any{"Number": d.Number()}),
			Note: i18n.T(ctx, "desk.decision_"+string(d.Kind)), Href: paths.To(ctx, paths.Decision, strconv.FormatInt(d.ID, 10)),
		})
	}
	return all, nil
}

// approvals are the decisions that have no document: what the rules or an officer
// approved.
func (p Pages) approvals(ctx context.Context, mine partner.Partner) ([]message, error) {
	applications, err := p.Applications.ForOrganisation(ctx, mine.BusinessID)
	if err != nil {
		return nil, err
	}
	var all []message
	for _, a := range applications {
		if a.Status != partner.Approved {
			continue
		}
		note := i18n.T(ctx, "desk.decision_by_officer")
		if a.ByRules() {
			var names []string
			for _, rule := range a.Passed() {
				names = append(names, partnerview.RuleName(ctx, rule))
			}
			note = i18n.TData(ctx, "desk.decision_by_rules", map[string]any{"Rules": strings.Join(names, ", ")})
		}
		all = append(all, message{
			At: a.DecidedAt, Title: i18n.TData(ctx, "desk.message.approved", map[string]any{"About": partnerview.KindName(ctx, a.Kind)}),
			Note: note, Href: paths.To(ctx, paths.JoinApplication, strconv.FormatInt(a.ID, 10)),
		})
	}
	return all, nil
}

// messages are what became of applications, what officers ask, and terms that
// were announced.
func (p Pages) messages(ctx context.Context, mine partner.Partner) ([]message, error) {
	applications, err := p.Applications.ForOrganisation(ctx, mine.BusinessID)
	if err != nil {
		return nil, err
	}
	var all []message
	for _, a := range slices.Backward(applications) {
		href := paths.To(ctx, paths.JoinApplication, strconv.FormatInt(a.ID, 10))
		about := map[string]any{"About": i18n.T(ctx, "partner.kind."+string(a.Kind))}
		// Of two at the same time the later stage comes first.
		if !a.DecidedAt.IsZero() && a.Status != partner.Approved {
			all = append(all, message{At: a.DecidedAt, Title: i18n.TData(ctx, "desk.message."+string(a.Status), about), Href: href})
		}
		all = append(all, message{At: a.SubmittedAt, Title: i18n.TData(ctx, "desk.message.received", about), Href: href})
		if !a.Status.Open() || p.Requests == nil {
			continue
		}
		open, err := p.Requests(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		for _, q := range open {
			all = append(all, requestMessage(ctx, q, href))
		}
	}
	coming, err := p.Terms.Coming(ctx, terms.Partner)
	if err != nil {
		return nil, err
	}
	for _, v := range coming {
		all = append(all, message{v.PublishedAt, i18n.T(ctx, "desk.message.terms"), termsLine(ctx, v), paths.To(ctx, paths.TermsChanges, "partner", strconv.Itoa(v.Number))})
	}
	return newestFirst(all), nil
}

func requestMessage(ctx context.Context, q review.Request, application string) message {
	m := message{q.MadeAt, i18n.T(ctx, "desk.message.request"), i18n.TData(ctx, "desk.message.until", map[string]any{"Date": i18n.Date(ctx, q.DueOn)}), application}
	if q.Kind == review.Documents {
		m.Href = paths.To(ctx, paths.RequestDocuments, strconv.FormatInt(q.ID, 10))
	}
	return m
}

func termsLine(ctx context.Context, v terms.Version) string {
	return i18n.TData(ctx, "desk.terms_from", map[string]any{"Number": v.Number, "Date": i18n.Date(ctx, v.InForceSince())})
}

func newestFirst(all []message) []message {
	slices.SortStableFunc(all, func(a, b message) int { return b.At.Compare(a.At) })
	return all
}
