package tefeed

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/richtext"
)

// Limits of what one record may hold. Longer texts are cut, longer lists too.
const (
	maxDepth = 32
	maxID    = 200
	maxLine  = 1000
	maxText  = 100_000
	maxItems = 300
	maxLangs = 20
)

// object is a JSON object of a record.
type object map[string]any

// unusable says why a record cannot be used: a code and the field that it is
// about.
type unusable struct{ code, field string }

func (u *unusable) reason() string { return strings.TrimSpace(u.code + " " + u.field) }

// fields reads a record field by field. The interfaces are described in more
// than one way and live data follow none of them to the letter, so each method
// takes every form that has been seen of its kind of value; null, absent and
// empty are the same. The first value of no such form makes the record
// unusable: half a posting could mislead.
type fields struct {
	fault *unusable
	// lang is the language of texts that do not say theirs.
	lang string
}

func (f *fields) fail(code, field string) {
	if f.fault == nil {
		f.fault = &unusable{code, field}
	}
}

func (f *fields) wrong(field string) { f.fail("wrong_type", field) }

// pick returns the first of the names that o has a value for, and that name.
func pick(o object, names []string) (any, string) {
	for _, name := range names {
		if v, ok := o[name]; ok && v != nil {
			return v, name
		}
	}
	return nil, names[0]
}

func (f *fields) object(o object, names ...string) object {
	v, name := pick(o, names)
	switch v := v.(type) {
	case nil:
	case map[string]any:
		return v
	case []any:
		if len(v) == 1 {
			if one, ok := v[0].(map[string]any); ok {
				return one
			}
		}
		if len(v) > 0 {
			f.wrong(name)
		}
	case string:
		if v != "" {
			f.wrong(name)
		}
	default:
		f.wrong(name)
	}
	return nil
}

// objects reads a list of objects, or one object that stands for itself.
func (f *fields) objects(o object, names ...string) []object {
	v, name := pick(o, names)
	switch v := v.(type) {
	case nil:
		return nil
	case map[string]any:
		return []object{v}
	case []any:
		list := make([]object, 0, len(v))
		for _, item := range v {
			switch item := item.(type) {
			case nil:
			case map[string]any:
				list = append(list, item)
			default:
				f.wrong(name)
			}
		}
		return list[:min(len(list), maxItems)]
	case string:
		if v == "" {
			return nil
		}
	}
	f.wrong(name)
	return nil
}

// scalar writes a text or a number as a text.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	}
	return "", false
}

// line reads a short text. A list of one is that one.
func (f *fields) line(o object, names ...string) string {
	v, name := pick(o, names)
	if list, ok := v.([]any); ok {
		if len(list) == 0 {
			return ""
		}
		v = list[0]
	}
	if v == nil {
		return ""
	}
	s, ok := scalar(v)
	if !ok {
		f.wrong(name)
		return ""
	}
	return richtext.Cut(richtext.Line(s), maxLine)
}

// codes reads a list of codes, each a text or an object that holds one.
func (f *fields) codes(o object, names ...string) []string {
	v, name := pick(o, names)
	var items []any
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		items = v
	default:
		items = []any{v}
	}
	var list []string
	seen := map[string]bool{}
	for _, item := range items {
		if coded, ok := item.(map[string]any); ok {
			item, _ = pick(coded, []string{"luokiteltuArvo", "value", "code", "uri", "koodi", "arvo"})
		}
		if item == nil {
			continue
		}
		s, ok := scalar(item)
		if !ok {
			f.wrong(name)
			return nil
		}
		if s = richtext.Cut(richtext.Line(s), maxLine); s != "" && !seen[s] && len(list) < maxItems {
			seen[s] = true
			list = append(list, s)
		}
	}
	return list
}

// code reads one code.
func (f *fields) code(o object, names ...string) string {
	if list := f.codes(o, names...); len(list) > 0 {
		return list[0]
	}
	return ""
}

// texts reads a text by language: an object keyed by language, a list of
// language and value, or a mere text.
func (f *fields) texts(clean func(string) string, o object, names ...string) jobposting.Localised {
	v, name := pick(o, names)
	out := jobposting.Localised{}
	add := func(lang string, v any) {
		s, ok := scalar(v)
		if !ok {
			if v != nil {
				f.wrong(name)
			}
			return
		}
		if s = clean(s); s != "" && (len(out) < maxLangs || out[lang] != "") {
			out[lang] = s
		}
	}
	switch v := v.(type) {
	case nil:
		return nil
	case map[string]any:
		if _, listed := v["arvo"]; listed {
			add(f.languageOf(v), v["arvo"])
			break
		}
		if values, wrapped := v["values"].(map[string]any); wrapped {
			v = values
		}
		for lang, text := range v {
			add(languageCode(lang), text)
		}
	case []any:
		for _, item := range v {
			switch item := item.(type) {
			case nil:
			case map[string]any:
				text, _ := pick(item, []string{"arvo", "value", "text"})
				add(f.languageOf(item), text)
			default:
				add(f.lang, item)
			}
		}
	default:
		add(f.lang, v)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func (f *fields) languageOf(item object) string {
	v, _ := pick(item, []string{"kieliKoodi", "kielikoodi", "languageCode", "language", "lang"})
	if s, ok := v.(string); ok && s != "" {
		return languageCode(richtext.Line(s))
	}
	return f.lang
}

func (f *fields) lines(o object, names ...string) jobposting.Localised {
	return f.texts(func(s string) string { return richtext.Cut(richtext.Line(s), maxLine) }, o, names...)
}

func (f *fields) long(o object, names ...string) jobposting.Localised {
	return f.texts(func(s string) string { return richtext.Clean(richtext.Cut(s, maxText)) }, o, names...)
}

func (f *fields) links(o object, names ...string) jobposting.Localised {
	return f.texts(func(s string) string {
		if len(s) > 2*maxLine {
			return ""
		}
		return richtext.Link(s)
	}, o, names...)
}

func (f *fields) flag(o object, names ...string) bool {
	v, name := pick(o, names)
	switch v := v.(type) {
	case nil:
	case bool:
		return v
	case json.Number:
		return v.String() != "0"
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "true", "1", "yes":
			return true
		case "", "false", "0", "no":
		default:
			f.wrong(name)
		}
	default:
		f.wrong(name)
	}
	return false
}

// number reads a number, or a text that is one. Whole ones fit into any integer.
func (f *fields) number(o object, names ...string) float64 {
	v, name := pick(o, names)
	if v == nil {
		return 0
	}
	s, ok := scalar(v)
	if !ok {
		f.wrong(name)
		return 0
	}
	if s = strings.Replace(strings.TrimSpace(s), ",", ".", 1); s == "" {
		return 0
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n != n || n > 1e12 || n < -1e12 {
		f.wrong(name)
		return 0
	}
	return n
}

// count reads how many there are of something.
func (f *fields) count(o object, names ...string) int {
	return int(min(max(f.number(o, names...), 0), 100_000))
}

// The years within which a time of the feed means what it says. Later ones
// stand for "never".
const firstYear, lastYear = 1990, 2099

// time reads a point in time. Without a zone it is UTC. It is zero, and never
// told, when there is none.
func (f *fields) time(o object, names ...string) (t time.Time, never bool) {
	v, name := pick(o, names)
	s, ok := v.(string)
	if s = strings.TrimSpace(s); !ok || s == "" {
		if v != nil && !ok {
			f.wrong(name)
		}
		return time.Time{}, false
	}
	t, ok = parseTime(s)
	switch {
	case !ok || t.Year() < firstYear:
		f.fail("bad_date", name)
		return time.Time{}, false
	case t.Year() > lastYear:
		return time.Time{}, true
	}
	return t, false
}

func parseTime(s string) (time.Time, bool) {
	for _, layout := range [...]string{
		"2006-01-02T15:04:05.999999999", time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700",
		"2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
		"2006-01-02T15:04", "2006-01-02T15:04Z07:00",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, true
	}
	return time.Time{}, false
}

// day reads a date.
func (f *fields) day(o object, names ...string) string {
	s := f.line(o, names...)
	if s == "" {
		return ""
	}
	if len(s) > len(time.DateOnly) && s[len(time.DateOnly)] == 'T' {
		s = s[:len(time.DateOnly)]
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		f.fail("bad_date", names[0])
		return ""
	}
	return s
}
