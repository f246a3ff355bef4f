package postings

import (
	"context"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/web/ui"
)

// aboutFacts tells who the employer is and who recruits for it.
func aboutFacts(ctx context.Context, c *jobposting.Content, household string) []fact {
	var l factList
	l.add("postings.about.employer_type", when(nil, c.EmployerType != "", codeName(ctx, reference.EmployerType, c.EmployerType))...)
	l.add("postings.about.household", when(nil, household != "", household)...)
	organisationFacts(ctx, &l, "postings.about.client", &c.Client)
	organisationFacts(ctx, &l, "postings.about.advertiser", &c.Advertiser)
	if c.Homepage != "" {
		page := ui.Plain(c.Homepage)
		page.Href, _ = webAddress(c.Homepage)
		l.add("postings.about.homepage", page)
	}
	return l
}

func organisationFacts(ctx context.Context, l *factList, label string, o *jobposting.Organisation) {
	var v []ui.Text
	v = when(v, len(o.Name) > 0, named(ctx, o.Name))
	v = when(v, o.Office != "", o.Office)
	if o.BusinessID != "" {
		v = append(v, ui.Plain(i18n.TData(ctx, "postings.about.business_id", map[string]any{"ID": o.BusinessID})))
	}
	if o.Industry != "" {
		v = append(v, ui.Plain(i18n.TData(ctx, "postings.about.industry", map[string]any{"Industry": industryName(ctx, o.Industry)})))
	}
	if o.Reference != "" {
		v = append(v, ui.Plain(i18n.TData(ctx, "postings.about.reference", map[string]any{"Reference": o.Reference})))
	}
	l.add(label, v...)
}

func furtherLinks(c *jobposting.Content) []ui.Text {
	var out []ui.Text
	for _, link := range c.Links {
		t := ui.Plain(link.Description)
		if t.Text == "" {
			t.Text = link.URL
		}
		var ok bool
		if t.Href, ok = webAddress(link.URL); !ok && link.URL != t.Text {
			t.Text += ": " + link.URL
		}
		out = append(out, t)
	}
	return out
}

func languageList(ctx context.Context, codes []string) string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = languageName(ctx, code)
	}
	return strings.Join(names, ", ")
}
