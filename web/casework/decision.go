package casework

import (
	"context"
	"net/http"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// The address for requests for rectification, as the operator gives it.
const (
	registryEmail  = "kirjaamo.keha@ely-keskus.fi"
	registryPostal = "PL 1000, 50101 Mikkeli"
)

// wording returns what writes a decision, in the language of the decision and
// not of the page.
func (p Pages) wording(ctx context.Context, officer string) review.Word {
	return func(d review.Decision, a partner.Application, reasons string) review.Wording {
		ctx := i18n.With(ctx, p.Catalogue, d.Language)
		say := func(id string, data map[string]any) string {
			if data == nil {
				return i18n.T(ctx, id)
			}
			return i18n.TData(ctx, id, data)
		}
		var grounds []string
		for _, g := range d.Grounds {
			grounds = append(grounds, say("casework.ground."+string(g), nil))
		}
		options := p.Reviews.Options()
		maker := map[string]any{"Name": officer, "Phone": options.Asker.Phone, "Email": options.Asker.Email}
		return review.Wording{
			Title: say("casework.decision.title_"+string(a.Kind), nil),
			Sections: []review.Section{
				{Heading: say("casework.decision.matter", nil), Paragraphs: []string{say("casework.decision.matter_"+string(a.Kind), map[string]any{"ID": text(d.ApplicationID)})}},
				{Heading: say("casework.decision.party", nil), Paragraphs: []string{say("casework.decision.party_text", map[string]any{"Organisation": d.Organisation, "BusinessID": string(d.BusinessID)})}},
				{Heading: say("casework.decision.outcome", nil), Paragraphs: []string{say("casework.decision.rejected_"+string(a.Kind), nil)}},
				{Heading: say("casework.decision.grounds", nil), Paragraphs: append(split(reasons), say("casework.decision.grounds_list", nil)), List: grounds},
				{Heading: say("casework.decision.basis", nil), List: []string{say("casework.decision.basis_terms", nil), say("casework.decision.basis_act", nil)}},
				{Heading: say("casework.decision.service", nil), Paragraphs: []string{say("casework.decision.service_text", map[string]any{"Date": i18n.ShortDate(d.MadeAt)})}},
				{Heading: say("casework.decision.maker", nil), Paragraphs: []string{say("casework.decision.maker_text", maker), say("casework.decision.ask_text", maker)}},
				appeal(say, options.AppealDays),
			},
		}
	}
}

// appeal is the part of a decision that tells how to demand rectification.
func appeal(say func(id string, data map[string]any) string, days int) review.Section {
	within := say("casework.decision.appeal_time", nil)
	if days > 0 {
		within = say("casework.decision.appeal_days", map[string]any{"Days": days})
	}
	return review.Section{
		Heading: say("casework.decision.appeal", nil),
		Paragraphs: []string{
			say("casework.decision.appeal_right", nil), within,
			say("casework.decision.appeal_what", nil), say("casework.decision.appeal_after", nil), say("casework.decision.appeal_how", nil),
		},
		List: []string{
			say("casework.decision.appeal_email", map[string]any{"Email": registryEmail}),
			say("casework.decision.appeal_post", map[string]any{"Address": registryPostal}),
		},
	}
}

// split makes paragraphs of a text: an empty line parts them.
func split(text string) []string {
	var all []string
	for part := range strings.SplitSeq(text, "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// showDecision shows a decision to its organisation, and to officers at an
// address of their own.
func (p Pages) showDecision(w http.ResponseWriter, r *http.Request) error {
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	reader := session.Of(r.Context())
	d, err := p.Reviews.Decision(r.Context(), reader, id)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, decisionPage(d, reader.Kind == identity.KindStaff))
}

func (p Pages) showDecisions(w http.ResponseWriter, r *http.Request) error {
	all, err := p.Reviews.AllDecisions(r.Context())
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, decisionsPage(all))
}
