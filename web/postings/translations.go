package postings

import (
	"context"
	"maps"
	"net/url"
	"slices"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/richtext"
	"tyomarkkinatori.fi/portal/web/ui"
)

// texts are all texts of a posting that may be in several languages, with the
// labels under which they stand when they are shown by themselves.
func texts(c *jobposting.Content) []struct {
	Label string
	Text  jobposting.Localised
} {
	out := []struct {
		Label string
		Text  jobposting.Localised
	}{
		{"postings.facts.duration", c.FixedTermReason},
		{"postings.facts.work_time", c.PartTimeInfo},
		{"postings.facts.start", c.StartInfo},
		{"postings.facts.pay", c.WageInfo},
		{"postings.facts.employment", c.Employment.FranchisingTerm},
		{"postings.facts.employment", c.Employment.OwnCapitalInfo},
		{"postings.facts.licences", c.LicenceInfo},
		{"postings.facts.cards", c.CardInfo},
	}
	for _, s := range c.LanguageSkills {
		out = append(out, struct {
			Label string
			Text  jobposting.Localised
		}{"postings.facts.language_skills", s.Info})
	}
	return out
}

// translations are what a posting says in languages that no page is in, save
// the one in which the page shows it already.
func translations(ctx context.Context, c *jobposting.Content) []translation {
	langs := map[string]bool{}
	note := func(l jobposting.Localised) {
		for lang, text := range l {
			langs[lang] = langs[lang] || text != ""
		}
	}
	for _, l := range []jobposting.Localised{c.Title, c.Summary, c.Description, c.Marketing, c.ApplyInfo, c.ApplyURL} {
		note(l)
	}
	for _, t := range texts(c) {
		note(t.Text)
	}
	for _, lang := range i18n.Langs {
		delete(langs, string(lang))
	}
	var out []translation
	for _, lang := range slices.Sorted(maps.Keys(langs)) {
		t := translation{
			Lang: lang, Name: languageName(ctx, lang),
			Title: unseen(ctx, c.Title, lang), Summary: unseen(ctx, c.Summary, lang),
			Description: unseenRich(ctx, c.Description, lang, c.Markdown),
			Marketing:   unseenRich(ctx, c.Marketing, lang, c.Markdown),
			Apply:       unseenRich(ctx, c.ApplyInfo, lang, c.Markdown),
		}
		t.ApplyAt = ui.Plain(unseen(ctx, c.ApplyURL, lang))
		t.ApplyAt.Href, _ = webAddress(t.ApplyAt.Text)
		var l factList
		for _, text := range texts(c) {
			if said := unseen(ctx, text.Text, lang); said != "" {
				l.add(text.Label, ui.Text{Text: said, Lang: lang})
			}
		}
		t.Facts = l
		if t.Title != "" || t.Summary != "" || t.Description.HTML != "" || t.Marketing.HTML != "" ||
			t.Apply.HTML != "" || t.ApplyAt.Text != "" || len(l) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// unseen returns the text in lang unless the page shows it in its own place.
func unseen(ctx context.Context, l jobposting.Localised, lang string) string {
	if _, in := l.In(string(i18n.LangOf(ctx))); in == lang {
		return ""
	}
	return l[lang]
}

func unseenRich(ctx context.Context, l jobposting.Localised, lang string, markdown bool) rich {
	text := unseen(ctx, l, lang)
	if text == "" {
		return rich{}
	}
	return rich{richtext.HTML(text, markdown), lang}
}

// shareByMail is the address of a new mail that names the posting.
func shareByMail(title, employer, address string) string {
	return "mailto:?subject=" + url.PathEscape(title+" – "+employer) + "&body=" + url.PathEscape(title+"\n"+employer+"\n"+address+"\n")
}
