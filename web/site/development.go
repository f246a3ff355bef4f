package site

import (
	"context"
	"net/http"
	"net/url"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/ui"
)

//nolint:gochecknoglobals // a constant
var components = paths.Pair{Fi: "/dev/components", Sv: "/dev/components/sv"}

// DevelopmentRoutes registers the page that shows every component in every
// state.
func DevelopmentRoutes(m *route.Mux) {
	class := route.Class{Audience: route.Operator, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RateFree}
	m.Page(http.MethodGet, components, class, func(w http.ResponseWriter, r *http.Request) error {
		return respond.Page(w, r, http.StatusOK, componentsPage())
	})
}

// say chooses between two texts that stand in no catalogue, since no reader of
// the service sees them.
func say(ctx context.Context, fi, sv string) string {
	if i18n.LangOf(ctx) == i18n.Swedish {
		return sv
	}
	return fi
}

// mistakes are errors of the fields on the page of components.
func mistakes(names ...string) []fault.FieldError {
	messages := map[string]string{
		"text-wrong":   "feedback.email.invalid",
		"area-wrong":   "feedback.message.missing",
		"select-wrong": "feedback.topic.missing",
		"radio-wrong":  "feedback.topic.missing",
		"check-wrong":  "feedback.topic.missing",
	}
	var errs []fault.FieldError
	for _, name := range names {
		errs = append(errs, fault.FieldError{Field: name, MessageID: messages[name]})
	}
	return errs
}

func allMistakes() []fault.FieldError {
	return mistakes("text-wrong", "area-wrong", "select-wrong", "radio-wrong", "check-wrong")
}

func sampleOptions(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: "1", Label: say(ctx, "Kokoaikatyö", "Heltid"), Note: i18n.Number(12345), Selected: true},
		{Value: "2", Label: say(ctx, "Osa-aikatyö", "Deltid"), Note: i18n.Number(678)},
	}
}

func sampleCards(ctx context.Context) []ui.Card {
	href := paths.To(ctx, paths.JobSearch)
	return []ui.Card{
		{
			Href:     href,
			Title:    ui.Plain(say(ctx, "Ajoneuvoyhdistelmänkuljettaja, säiliökuljetukset", "Chaufför för fordonskombination")),
			Lines:    []ui.Text{ui.Plain("Kuljetus Virtanen Oy"), ui.Plain(say(ctx, "Kempele", "Kempele"))},
			Deadline: say(ctx, "hakuaika päättyy huomenna klo 16.00", "ansökningstiden går ut i morgon kl. 16.00"),
			Soon:     true,
			Details:  []ui.Text{ui.Plain(say(ctx, "julkaistu tänään", "publicerad i dag")), ui.Plain(say(ctx, "kokoaikatyö", "heltid"))},
			New:      true,
		},
		{
			Href:  href,
			Title: ui.Text{Text: "Senior software engineer", Lang: "en"},
			Lines: []ui.Text{ui.Plain("Example Oy")},
		},
	}
}

func sampleFacts(ctx context.Context) []ui.Fact {
	return []ui.Fact{
		{Label: say(ctx, "Työaika", "Arbetstid"), Values: []ui.Text{ui.Plain(say(ctx, "Kokoaikatyö", "Heltid"))}},
		{Label: say(ctx, "Kielet", "Språk"), Values: []ui.Text{ui.Plain(say(ctx, "suomi", "finska")), ui.Plain(say(ctx, "ruotsi", "svenska"))}},
		{Label: say(ctx, "Kotisivu", "Webbplats"), Values: []ui.Text{{Text: "example.com", Href: "https://example.com/"}}},
		{Label: say(ctx, "Tyhjä", "Tom")},
	}
}

func sampleTable(ctx context.Context) ui.Table {
	here := paths.WithQuery(components.In(i18n.LangOf(ctx)), url.Values{"sort": {"count"}})
	return ui.Table{
		Caption: say(ctx, "Työpaikat maakunnittain", "Jobb enligt landskap"),
		Columns: []ui.Column{
			{Label: say(ctx, "Maakunta", "Landskap"), Href: here, Sorted: "ascending"},
			{Label: say(ctx, "Työpaikkoja", "Antal jobb"), Numeric: true, Href: here},
		},
		Rows: [][]ui.Text{
			{ui.Plain(say(ctx, "Lappi", "Lappland")), ui.Plain(i18n.Number(1285))},
			{ui.Plain(say(ctx, "Uusimaa", "Nyland")), ui.Plain(i18n.Number(9000))},
		},
	}
}

func sampleBars(ctx context.Context) []ui.Bar {
	href := paths.To(ctx, paths.JobSearch)
	return []ui.Bar{
		{Label: say(ctx, "Uusimaa", "Nyland"), Value: 9000, Href: href},
		{Label: say(ctx, "Pirkanmaa", "Birkaland"), Value: 4321, Href: href},
		{Label: say(ctx, "Ahvenanmaa", "Åland"), Value: 0},
	}
}
