package keeping

import (
	"context"
	"strconv"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/retention"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/periodview"
	"tyomarkkinatori.fi/portal/web/ui"
)

// KindName is what a kind of data is called.
func KindName(ctx context.Context, kind string) string { return i18n.T(ctx, "keeping.kind."+kind) }

func triggerText(ctx context.Context, r keeping.Rule) string {
	return i18n.T(ctx, "keeping.trigger."+r.Trigger)
}

func actionText(ctx context.Context, a keeping.Action) string {
	return i18n.T(ctx, "keeping.action."+string(a))
}

func groundText(ctx context.Context, ground string) string {
	return i18n.T(ctx, "keeping.ground."+ground)
}

// warnText says when the person is told before the end, "" for never.
func warnText(ctx context.Context, days []int) string {
	if len(days) == 0 {
		return ""
	}
	last := len(days) - 1
	words := i18n.TCount(ctx, "keeping.days", days[last])
	if last > 0 {
		words = i18n.TData(ctx, "keeping.warned_and", map[string]any{"First": joined(days[:last]), "Last": words})
	}
	return i18n.TData(ctx, "keeping.warned", map[string]any{"Days": words})
}

func joined(days []int) string {
	words := make([]string, len(days))
	for i, d := range days {
		words[i] = strconv.Itoa(d)
	}
	return strings.Join(words, ", ")
}

func fact(ctx context.Context, id string, values ...string) ui.Fact {
	f := ui.Fact{Label: i18n.T(ctx, id)}
	for _, v := range values {
		if v != "" {
			f.Values = append(f.Values, ui.Plain(v))
		}
	}
	return f
}

// texts are the words for codes of one list of the inventory.
func texts(ctx context.Context, prefix string, codes []string) []string {
	words := make([]string, len(codes))
	for i, c := range codes {
		words[i] = i18n.T(ctx, prefix+c)
	}
	return words
}

// facts tells of a kind to readers; with is the address of the kind that it goes
// together with.
func facts(ctx context.Context, k kept, with string) []ui.Fact {
	what := strings.Join(texts(ctx, "inventory.category.", k.Categories), ", ")
	if what == "" {
		what = about(ctx, k.Kind)
	}
	all := []ui.Fact{
		fact(ctx, "keeping.what", what),
		fact(ctx, "keeping.why", texts(ctx, "inventory.purpose.", k.Purposes)...),
		fact(ctx, "keeping.law", texts(ctx, "inventory.ground.", k.Grounds)...),
	}
	if k.With != "" {
		with := ui.Fact{Label: i18n.T(ctx, "keeping.how_long"), Values: []ui.Text{{
			Text: i18n.TData(ctx, "keeping.with", map[string]any{"Kind": KindName(ctx, k.With)}), Href: with,
		}}}
		return append(all, with)
	}
	if k.Action == keeping.Keep {
		return append(all, fact(ctx, "keeping.how_long", periodview.Rule(ctx, k.Rule.Rule)), fact(ctx, "keeping.basis", groundText(ctx, k.Ground)))
	}
	return append(all,
		fact(ctx, "keeping.how_long", periodview.Since(ctx, k.Rule.Rule), warnText(ctx, k.WarnDays)),
		fact(ctx, "keeping.then", actionText(ctx, k.Action)),
		fact(ctx, "keeping.basis", groundText(ctx, k.Ground)))
}

// about tells of a kind of which no table of the portal holds personal data, ""
// for any other.
func about(ctx context.Context, kind string) string {
	switch kind {
	case "sign_in", kindAccessLog, kindBackup, "job_watch_unconfirmed":
		return i18n.T(ctx, "keeping.about."+kind)
	case "chatbot", "register_2", "register_4", "register_5", "customer":
		return i18n.T(ctx, "keeping.about.coming")
	}
	return ""
}

// absentText says why no run gives up a kind.
func absentText(ctx context.Context, kind string) string {
	switch kind {
	case kindAccessLog, kindBackup, kindPostingContact:
		return i18n.T(ctx, "keeping.runs.absent_"+kind)
	}
	return i18n.T(ctx, "keeping.runs.absent")
}

// The kinds that something else than a run gives up.
const (
	kindAccessLog      = "access_log"
	kindBackup         = "backup"
	kindPostingContact = "posting_contact"
)

func stateText(ctx context.Context, s retention.State) string {
	return i18n.T(ctx, "keeping.state."+string(s))
}

func rulePath(ctx context.Context, kind string) string {
	return paths.To(ctx, paths.KeepingRule, kind)
}
