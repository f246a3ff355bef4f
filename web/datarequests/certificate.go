package datarequests

import (
	"context"
	"strings"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
)

// The addresses of the controller, as it gives them.
const (
	controllerPostal = "PL 1000, 50101 Mikkeli"
	controllerEmail  = "tyomarkkinatori.keha@ely-keskus.fi"
	officerEmail     = "tietosuoja.keha@ely-keskus.fi"
)

// wording returns what writes a certificate, in the language of the request and
// not of the page.
func (p Pages) wording(ctx context.Context) datarequest.Word {
	return func(_ datarequest.Certificate, q datarequest.Request, person identity.Person) datarequest.Wording {
		ctx := i18n.With(ctx, p.Catalogue, q.Language)
		name := person.Name()
		if name == "" {
			name = q.Requester
		}
		addresses := map[string]any{"Address": controllerPostal, "Email": controllerEmail}
		section := func(heading string, paragraphs ...string) datarequest.Section {
			return datarequest.Section{Heading: i18n.T(ctx, "datarequests.certificate."+heading), Paragraphs: paragraphs}
		}
		asked := append([]string{i18n.TData(ctx, "datarequests.certificate.asked_text", map[string]any{"Date": i18n.ShortDate(q.ReceivedAt)})}, split(q.Message)...)
		return datarequest.Wording{
			Title: i18n.T(ctx, "datarequests.certificate.title"),
			Sections: []datarequest.Section{
				section("controller", i18n.TData(ctx, "datarequests.certificate.controller_text", addresses)),
				section("person", name),
				section("asked", asked...),
				section("outcome", i18n.T(ctx, "datarequests.certificate.outcome_"+string(q.Outcome))),
				section("reasons", split(q.Answer)...),
				section("complaint", rightsOf(ctx)...),
			},
		}
	}
}

// rightsOf are the paragraphs on what one can do who is not content with an answer.
func rightsOf(ctx context.Context) []string {
	return []string{
		i18n.T(ctx, "datarequests.certificate.complaint_text"),
		i18n.T(ctx, "datarequests.certificate.ombudsman_text"),
		i18n.TData(ctx, "datarequests.certificate.ask_text", map[string]any{"Officer": officerEmail}),
	}
}

// split makes paragraphs of a text: an empty line parts them.
func split(text string) []string {
	var all []string
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}
