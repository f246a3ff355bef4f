package postings

import (
	"context"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/web/ui"
)

// said returns what a posting says in l, in the language of the page where it
// has one; ok tells whether it says anything.
func said(ctx context.Context, l jobposting.Localised) (p ui.Text, ok bool) {
	lang := string(i18n.LangOf(ctx))
	text, in := l.In(lang)
	if in == lang {
		in = ""
	}
	return ui.Text{Text: text, Lang: in}, text != ""
}

// named is said for a text that everybody takes as it stands, such as the name
// of an employer: it has no language.
func named(ctx context.Context, l jobposting.Localised) string {
	text, _ := l.In(string(i18n.LangOf(ctx)))
	return text
}

// deadline says in words when the time to apply ends: "hakuaika päättyy
// huomenna klo 16.00".
func deadline(ctx context.Context, now, at time.Time) string {
	switch days := i18n.DaysUntilEnd(now, at); {
	case at.IsZero():
		return i18n.T(ctx, "postings.deadline.none")
	case !at.After(now):
		return i18n.TData(ctx, "postings.deadline.past", map[string]any{"At": i18n.UntilDateTime(ctx, at)})
	case days == 0:
		return i18n.TData(ctx, "postings.deadline.today", map[string]any{"Clock": i18n.UntilClock(ctx, at)})
	case days == 1:
		return i18n.TData(ctx, "postings.deadline.tomorrow", map[string]any{"Clock": i18n.UntilClock(ctx, at)})
	default:
		return i18n.TData(ctx, "postings.deadline.on", map[string]any{"At": i18n.UntilDateTime(ctx, at)})
	}
}

// closesSoon tells that a deadline is so near that it is worth marking.
func closesSoon(now, at time.Time) bool {
	return at.After(now) && i18n.DaysUntilEnd(now, at) <= 2
}

// published says when a posting came: "julkaistu tänään klo 9.15".
func published(ctx context.Context, now, at time.Time) string {
	switch i18n.DaysUntil(now, at) {
	case 0:
		return i18n.TData(ctx, "postings.published.today", map[string]any{"Clock": i18n.Clock(ctx, at)})
	case -1:
		return i18n.T(ctx, "postings.published.yesterday")
	default:
		return i18n.TData(ctx, "postings.published.on", map[string]any{"Date": i18n.Date(ctx, at)})
	}
}

// isNew tells whether a posting came within a day.
func isNew(now, at time.Time) bool { return !at.IsZero() && now.Sub(at) < 24*time.Hour }

// machine writes t for a time element's datetime.
func machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// isoDate shows a date that a posting gives as text; what is no date is shown as
// it came.
func isoDate(ctx context.Context, s string) string {
	t, err := time.ParseInLocation(time.DateOnly, s, i18n.Helsinki)
	if err != nil {
		return s
	}
	return i18n.Date(ctx, t)
}
