package partnerview_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/locales"
	"tyomarkkinatori.fi/portal/web/partnerview"
)

// inBoth calls fn in each language.
func inBoth(t *testing.T, fn func(ctx context.Context)) {
	t.Helper()
	catalogue, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range i18n.Langs {
		fn(i18n.With(t.Context(), catalogue, lang))
	}
}

// spoken fails for a text that is a message's ID, or has a hole in it.
func spoken(t *testing.T, what, text string) {
	t.Helper()
	if text == "" || strings.Contains(text, "partner.") || strings.Contains(text, "<no value>") || strings.Contains(text, "{{") {
		t.Errorf("%s is said as %q", what, text)
	}
}

func areas() []partner.ServiceArea {
	return []partner.ServiceArea{
		{Code: "training", Name: map[i18n.Lang]string{"fi": "Koulutus", "sv": "Utbildning"}},
		{Code: "old", Name: map[i18n.Lang]string{"fi": "Vanha", "sv": "Gammal"}, RetiredAt: time.Unix(1, 0)},
	}
}

func TestEveryVerdictHasWords(t *testing.T) {
	t.Parallel()

	verdicts := []partner.Verdict{
		{Rule: partner.RuleAuthority, Outcome: partner.Pass, Evidence: map[string]string{"authority": "NIMKO", "checked_at": "2026-03-02T09:30:00Z"}},
		{Rule: partner.RuleAuthority, Outcome: partner.Fail},
		{Rule: partner.RuleRemoval, Outcome: partner.Pass},
		{Rule: partner.RuleRemoval, Outcome: partner.Fail, Evidence: map[string]string{"barred_until": ""}},
		{Rule: partner.RuleOther, Outcome: partner.Pass},
		{Rule: partner.RuleOther, Outcome: partner.Fail, Evidence: map[string]string{"open": "1"}},
		{Rule: partner.RuleData, Outcome: partner.Pass},
		{Rule: partner.RuleData, Outcome: partner.Fail, Evidence: map[string]string{"fields": "website"}},
		{Rule: partner.RuleRejection, Outcome: partner.Pass},
		{Rule: partner.RuleRejection, Outcome: partner.Look, Evidence: map[string]string{"rejected_at": "2026-03-02T09:30:00Z"}},
		{Rule: partner.RuleCorrections, Outcome: partner.Pass},
		{Rule: partner.RuleCorrections, Outcome: partner.Look, Evidence: map[string]string{"fields": "name,address"}},
		{Rule: partner.RuleCorrections, Outcome: partner.Look, Evidence: map[string]string{"fields": "name", "odd": "name"}},
		{Rule: partner.RuleServiceAreas, Outcome: partner.Pass},
		{Rule: partner.RuleServiceAreas, Outcome: partner.Look, Evidence: map[string]string{"service_areas": "training,old"}},
		{Rule: partner.RuleServiceAreas, Outcome: partner.Pass, Evidence: map[string]string{"off": "look"}},
		{Rule: partner.RuleSample, Outcome: partner.Pass, Evidence: map[string]string{"sampled": "yes", "rate": "0.05"}},
		{Rule: partner.RuleSample, Outcome: partner.Pass, Evidence: map[string]string{"sampled": "no", "rate": "0.05"}},
	}
	for situation, outcome := range map[string]partner.Outcome{
		"active": partner.Pass, "reorganisation": partner.Pass, "bankruptcy": partner.Fail, "liquidation": partner.Fail,
		"ceased": partner.Fail, "missing": partner.Look, "no_answer": partner.Wait,
	} {
		verdicts = append(verdicts, partner.Verdict{Rule: partner.RuleOrganisation, Outcome: outcome, Evidence: map[string]string{"situation": situation, "fetched_at": "2026-03-02T09:30:00Z"}})
	}
	inBoth(t, func(ctx context.Context) {
		for _, v := range verdicts {
			what := fmt.Sprintf("%s %s %v", v.Rule, v.Outcome, v.Evidence)
			spoken(t, what, partnerview.Found(ctx, v, areas()))
			spoken(t, what, partnerview.RuleName(ctx, v.Rule))
			spoken(t, what, partnerview.OutcomeName(ctx, v.Outcome))
			for _, text := range partnerview.Looking(ctx, partner.Application{Verdicts: []partner.Verdict{v}}, areas()) {
				spoken(t, what+" for the applicant", text)
			}
		}
	})
}

func TestEveryChangeHasWords(t *testing.T) {
	t.Parallel()

	form := partnertest.Form()
	form.Corrections = []partner.Correction{{Field: partner.CorrectName, Value: "A"}, {Field: partner.CorrectAddress, Value: "B"}}
	form.ServiceAreas, form.DescriptionSv, form.ProcessesPersonalData = []string{"training", "old"}, "Text", true
	whole := form
	whole.WholeCountry = true
	changes := append(partner.Diff(partner.Form{}, form), partner.Diff(form, whole)...)
	inBoth(t, func(ctx context.Context) {
		for _, c := range changes {
			spoken(t, c.Field, partnerview.FieldName(ctx, c.Field))
			spoken(t, c.Field, partnerview.FieldValue(ctx, c.Field, c.Before, areas()))
			spoken(t, c.Field, partnerview.FieldValue(ctx, c.Field, c.After, areas()))
		}
		for _, p := range partner.Parts() {
			spoken(t, string(p), partnerview.PartName(ctx, p))
		}
		for _, s := range partner.Statuses() {
			spoken(t, string(s), partnerview.StatusName(ctx, s))
		}
	})
}

func TestFormFactsShowEverythingAndEscapeIt(t *testing.T) {
	t.Parallel()

	form := partnertest.Form()
	form.ServiceAreas = []string{"training"}
	form.DescriptionSv = `<script>alert("x")</script>`
	o := organisation.Organisation{
		BusinessID: "1234567-1", Name: "Esimerkki Oy", FormNames: map[i18n.Lang]string{"fi": "Osakeyhtiö", "sv": "Aktiebolag"}, FetchedAt: time.Unix(1e9, 0),
		Addresses: []organisation.Address{{Kind: organisation.AddressPostal, Lines: []string{"Katu 1"}, PostCode: "00100", City: map[i18n.Lang]string{"fi": "Helsinki"}}},
	}
	inBoth(t, func(ctx context.Context) {
		var b strings.Builder
		view := partnerview.Form{Form: form, Organisation: o, Areas: areas(), Change: func(p partner.Part) string { return "/change/" + string(p) }}
		if err := partnerview.FormFacts(view).Render(ctx, &b); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"1234567-1", "Katu 1, 00100 Helsinki", "aino@example.fi", "+358 40 123 4567", "https://example.fi/palvelut",
			"/change/contacts", "&lt;script&gt;", `id="part-places"`,
		} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("the facts lack %q", want)
			}
		}
		if strings.Contains(b.String(), "<script>") {
			t.Error("a script got through")
		}
		spoken(t, "the facts", b.String())
	})
}
