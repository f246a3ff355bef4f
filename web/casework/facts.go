package casework

import (
	"context"
	"slices"

	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/web/partnerview"
	"tyomarkkinatori.fi/portal/web/ui"
)

func fact(ctx context.Context, id, value string) ui.Fact {
	f := ui.Fact{Label: i18n.T(ctx, id)}
	if value != "" {
		f.Values = []ui.Text{ui.Plain(value)}
	}
	return f
}

// sentFacts tell who sent the application, when, and by what right.
func sentFacts(ctx context.Context, v caseView) []ui.Fact {
	a := v.Application
	newest := a.SubmittedAt
	if n := len(v.Revisions); n > 0 {
		newest = v.Revisions[n-1].SubmittedAt
	}
	return []ui.Fact{
		fact(ctx, "casework.fact.kind", partnerview.KindName(ctx, a.Kind)),
		fact(ctx, "casework.fact.number", text(a.ID)),
		fact(ctx, "casework.fact.business_id", string(a.BusinessID)),
		fact(ctx, "casework.fact.submitted", i18n.DateTime(ctx, a.SubmittedAt)),
		fact(ctx, "casework.fact.newest", i18n.DateTime(ctx, newest)),
		fact(ctx, "casework.fact.applicant", v.Applicant),
		fact(ctx, "casework.fact.authority", partnerview.AuthorityName(ctx, a.Authority)),
		fact(ctx, "casework.fact.language", i18n.T(ctx, "casework.language."+string(a.Language))),
	}
}

// registerFacts tell what the business register answered, and when.
func registerFacts(ctx context.Context, a partner.Application) []ui.Fact {
	o := a.Organisation
	unknown := slices.ContainsFunc(a.Verdicts, func(v partner.Verdict) bool {
		return v.Rule == partner.RuleOrganisation && v.Evidence["situation"] == "missing"
	})
	if unknown {
		return []ui.Fact{fact(ctx, "casework.fact.fetched", i18n.T(ctx, "casework.fact.unknown"))}
	}
	if o.FetchedAt.IsZero() {
		return []ui.Fact{fact(ctx, "casework.fact.fetched", i18n.T(ctx, "casework.fact.no_answer"))}
	}
	situation := "active"
	switch {
	case o.Bankruptcy:
		situation = "bankruptcy"
	case o.Liquidation:
		situation = "liquidation"
	case o.Ceased:
		situation = "ceased"
	case o.Reorganisation:
		situation = "reorganisation"
	}
	return []ui.Fact{
		fact(ctx, "casework.fact.name", o.Name),
		fact(ctx, "casework.fact.form", o.FormNames[i18n.LangOf(ctx)]),
		fact(ctx, "casework.fact.situation", i18n.T(ctx, "casework.situation."+situation)),
		fact(ctx, "casework.fact.fetched", i18n.DateTime(ctx, o.FetchedAt)),
	}
}

func documentSize(ctx context.Context, d document.Document) string {
	kinds := map[document.Type]string{document.PDF: "PDF", document.PNG: "PNG", document.JPEG: "JPEG"}
	return i18n.TData(ctx, "casework.document_size", map[string]any{"Type": kinds[d.Type], "Size": i18n.Number((d.Size + 1023) / 1024)})
}
