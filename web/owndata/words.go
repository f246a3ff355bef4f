package owndata

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/web/periodview"
)

// word is the text of a code, or the code itself where there is none: what other
// capabilities keep may grow before its words do.
func word(ctx context.Context, list, code string) string {
	if text := i18n.T(ctx, list+code); text != list+code {
		return text
	}
	return code
}

func groupName(ctx context.Context, code string) string { return word(ctx, "owndata.group.", code) }

func itemName(ctx context.Context, i owndata.Item) string { return word(ctx, "owndata.item.", i.Item) }

// line is one value as it is read; a value of many parts has lines of its own.
type line struct {
	Name, Text string
	Lines      []line
	// Document is what can be saved, nil for nothing, and File what it is then
	// called, "" for what has no name.
	Document   []byte
	File, Type string
}

// heading is the name before a value; some are questions.
func (l line) heading() string {
	if strings.HasSuffix(l.Name, "?") {
		return l.Name
	}
	return l.Name + ":"
}

// linesOf writes the values of a part that say something.
func linesOf(ctx context.Context, e owndata.Entry, p part, onPage bool) []line {
	var all []line
	for _, i := range p.Items {
		l := lineOf(ctx, rowOf(e), i, onPage)
		l.File, l.Type = fileOf(e)
		if l.Text != "" || len(l.Lines) > 0 || l.Document != nil {
			all = append(all, l)
		}
	}
	return all
}

// fileOf is the name of a document and its media type, which a browser must be
// able to trust.
func fileOf(e owndata.Entry) (name, mediaType string) {
	if e.Table == "document" {
		name, _ = e.Values["name"].(string)
		mediaType, _ = e.Values["type"].(string)
	}
	switch document.Type(mediaType) {
	case document.PDF, document.PNG, document.JPEG:
		return name, mediaType
	}
	return name, "application/octet-stream"
}

// saved is what the link to a document says.
func (l line) saved() string {
	if l.File == "" {
		return l.Text
	}
	return l.File + ", " + l.Text
}

// lineOf writes a value of a row. onPage hides the end of the identity code, which
// others at the screen need not see.
func lineOf(ctx context.Context, r row, i owndata.Item, onPage bool) line {
	l := line{Name: itemName(ctx, i)}
	if code, ok := i.Value.(string); ok && i.Item == "identity_code" && onPage {
		if c, err := identity.ParseCode(code); err == nil {
			l.Text = c.Masked()
			return l
		}
	}
	l.fill(ctx, r, i.Item, i.Value)
	at, isTime := i.Value.(time.Time)
	switch {
	case i.Item == "action":
		l.Text = act(ctx, r.action)
	case i.Item == "due_at" && isTime:
		// The end of a day is the midnight after it.
		l.Text = i18n.Date(ctx, at.Add(-time.Minute))
	case i.Item == "received_at" && isTime && r.entered:
		l.Text = i18n.Date(ctx, at)
	}
	return l
}

func (l *line) fill(ctx context.Context, r row, item string, value any) {
	switch v := value.(type) {
	case time.Time:
		l.Text = i18n.DateTime(ctx, v)
		if owndata.IsDay(v) {
			l.Text = i18n.Date(ctx, v)
		}
	case bool:
		l.Text = word(ctx, "owndata.value.", strconv.FormatBool(v))
	case string:
		l.Text = r.say(ctx, item, v)
	case []byte:
		l.Text = i18n.TData(ctx, "owndata.bytes", map[string]any{"Count": i18n.Number(len(v))})
		l.Document = v
	case []any:
		l.list(ctx, r, item, v)
	case []string:
		said := make([]string, len(v))
		for i := range v {
			said[i] = r.say(ctx, item, v[i])
		}
		l.Text = strings.Join(said, ", ")
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			l.add(ctx, r, name, v[name])
		}
	case map[string][]string:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			l.add(ctx, r, name, v[name])
		}
	default:
		l.Text = fmt.Sprint(v)
	}
}

// list writes plain values on one line, and others each on its own.
func (l *line) list(ctx context.Context, r row, item string, all []any) {
	var plain []string
	for n, v := range all {
		var one line
		one.fill(ctx, r, item, v)
		if one.Text == "" && len(one.Lines) == 0 {
			continue
		}
		if len(one.Lines) == 0 {
			plain = append(plain, one.Text)
			continue
		}
		one.Name = strconv.Itoa(n + 1)
		l.Lines = append(l.Lines, one)
	}
	l.Text = strings.Join(plain, ", ")
}

func (l *line) add(ctx context.Context, r row, name string, value any) {
	one := line{Name: r.label(ctx, name)}
	one.fill(ctx, r, name, value)
	if one.Name != "" && (one.Text != "" || len(one.Lines) > 0) {
		l.Lines = append(l.Lines, one)
	}
}

// use is why and on what ground items are kept.
type use struct{ Purpose, Ground string }

func (u use) words(ctx context.Context) string {
	if u == (use{}) {
		return ""
	}
	return i18n.TData(ctx, "owndata.use", map[string]any{
		"Purpose": word(ctx, "inventory.purpose.", u.Purpose), "Ground": word(ctx, "inventory.ground.", u.Ground),
	})
}

// part are the items of an entry that are kept for the same.
type part struct {
	use

	Items []owndata.Item
}

// parts puts items together by what they are kept for; what is no personal data
// goes along with the first.
func parts(e owndata.Entry) []part {
	var all []part
	var rest []owndata.Item
	for _, i := range e.Items {
		if !i.Personal {
			rest = append(rest, i)
			continue
		}
		u := use{i.Purpose, i.Ground}
		n := slices.IndexFunc(all, func(p part) bool { return p.use == u })
		if n < 0 {
			all = append(all, part{use: u})
			n = len(all) - 1
		}
		all[n].Items = append(all[n].Items, i)
	}
	if len(all) == 0 {
		return []part{{Items: rest}}
	}
	all[0].Items = append(all[0].Items, rest...)
	return all
}

// sourceOf says where an entry came from, who recorded it and when.
func sourceOf(ctx context.Context, e owndata.Entry) string {
	text := i18n.T(ctx, "owndata.source."+e.Source)
	if e.By != "" {
		text += " " + i18n.TData(ctx, "owndata.recorded_by", map[string]any{"Role": word(ctx, "owndata.role.", e.By)})
	}
	if !e.At.IsZero() {
		text += " " + i18n.TData(ctx, "owndata.recorded_at", map[string]any{"Time": i18n.DateTime(ctx, e.At)})
	}
	return text
}

// mendOf is the code of what to do about a mistake in an entry.
func mendOf(e owndata.Entry) string {
	switch e.Table {
	case "audit_event", "consent", "data_request":
		return e.Table
	case "person", "profile", "profile_entry", "profile_draft", "application_draft":
		return e.Source
	}
	if e.Source == keeping.SourcePerson {
		return "request" // it was given once and stands as it is
	}
	return e.Source
}

// endOf says when an entry goes.
func endOf(ctx context.Context, all owndata.Everything, e owndata.Entry) string {
	var rule keeping.Rule
	if n := slices.IndexFunc(e.Items, func(i owndata.Item) bool { return i.Personal }); n >= 0 {
		rule = all.RuleOf(e.Items[n].Rule)
	}
	if e.Ends.IsZero() || all.Held && rule.Kind == owndata.RuleKind {
		return endByRule(ctx, rule)
	}
	return i18n.TData(ctx, "owndata.ends", map[string]any{"Time": i18n.DateTime(ctx, e.Ends)})
}

// endByRule says how long a rule keeps what has no date yet.
func endByRule(ctx context.Context, r keeping.Rule) string {
	switch r.Kind {
	case "":
		return ""
	case owndata.RuleKind:
		return i18n.T(ctx, "owndata.ends_with_account")
	}
	return i18n.TData(ctx, "owndata.ends_by_rule", map[string]any{"Rule": periodview.Since(ctx, r)})
}

// act is what an event is called.
func act(ctx context.Context, action string) string {
	if text := word(ctx, "actions.", action); text != action {
		return text
	}
	return i18n.T(ctx, "owndata.item.action")
}

// keptWords says what stays after a deletion, until when, and what becomes of it.
func (v deleteView) keptWords(ctx context.Context, k keeping.Kept) string {
	text := i18n.TData(ctx, "owndata.stays."+k.Kind, map[string]any{"Count": i18n.Number(k.Count)}) + " "
	if k.Until.IsZero() {
		text += i18n.T(ctx, "owndata.stays_open")
	} else {
		text += i18n.TData(ctx, "owndata.stays_until", map[string]any{"Date": i18n.Date(ctx, k.Until)})
	}
	if v.Archived[k.Kind] {
		text += " " + i18n.T(ctx, "owndata.stays_archive")
	}
	return text
}

// withheld are the reasons for which a copy leaves something out.
func withheld(all owndata.Everything) []string {
	var reasons []string
	for _, c := range all.Withheld {
		reasons = append(reasons, c.Withheld)
	}
	slices.Sort(reasons)
	return slices.Compact(reasons)
}
