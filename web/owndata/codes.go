package owndata

import (
	"context"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/internal/reference"
)

// row is where a code stands, and what it means hangs on that.
type row struct {
	table string
	// section is that of an entry of the profile, action that of an event.
	section profile.Section
	action  string
	// entered is of a request that came by post or e-mail: the day is all that is
	// known of when.
	entered bool
}

func rowOf(e owndata.Entry) row {
	section, _ := e.Values["section"].(string)
	action, _ := e.Values["action"].(string)
	channel, asked := e.Values["channel"].(string)
	return row{e.Table, profile.Section(section), action, asked && e.Table == "data_request" && channel != "page"}
}

// subject is what kind of thing the row's codes are about: the noun of an event's
// action, and else the table.
func (r row) subject() string {
	if noun, _, ok := strings.Cut(r.action, "."); ok {
		return noun
	}
	return r.table
}

// label is what people call an item of the row, "" for an unknown one of an event,
// of which only a machine makes sense.
func (r row) label(ctx context.Context, item string) string {
	if _, ok := r.section.Field(item); ok {
		return i18n.T(ctx, "profile.field."+string(r.section)+"."+item)
	}
	if r.action == "person.contact_changed" {
		item += "_given"
	}
	if r.table == "parked_form" && item != "path" && item != "values" && item != "organisation" && item != "business_id" {
		return typedLabel(ctx, item)
	}
	text := word(ctx, "owndata.item.", item)
	if text == item && r.action != "" {
		return ""
	}
	return text
}

// say writes a value of the row: a code in words, and what a person wrote as it is.
func (r row) say(ctx context.Context, item, value string) string {
	if f, ok := r.section.Field(item); ok && item != "section" {
		return field(ctx, f, value)
	}
	if day, err := time.Parse(time.DateOnly, value); err == nil {
		return i18n.Date(ctx, day)
	}
	for _, list := range r.lists(item) {
		if text := i18n.T(ctx, list+value); text != list+value {
			return text
		}
	}
	if name, ok := referred(item, value); ok {
		return name.In(string(i18n.LangOf(ctx)))
	}
	switch {
	case item == "reason" && r.action != "" && strings.Contains(value, "/"):
		return reasonName(ctx, value)
	case item == "subject_kind":
		return i18n.T(ctx, "owndata.subject.other")
	case item == "kind" && r.table == "mail_outbox":
		return i18n.T(ctx, "owndata.item.message")
	case r.action != "" && isCode(value):
		return ""
	}
	return value
}

// typedLabel is what people call a field of a kept form, "" for one that the form
// takes along for itself.
func typedLabel(ctx context.Context, name string) string {
	switch name {
	case "seen", "draft", "version", "revision", "base", "mark", "key", "entry", "number", "act", "go", "order":
		return ""
	}
	for _, s := range profile.AllSections() {
		if _, ok := s.Field(name); ok {
			return i18n.T(ctx, "profile.field."+string(s)+"."+name)
		}
	}
	if text := word(ctx, "owndata.item.", name); text != name {
		return text
	}
	return i18n.T(ctx, "owndata.typed")
}

// isCode tells a code of an event from a number or a date.
func isCode(value string) bool {
	return strings.Trim(value, "abcdefghijklmnopqrstuvwxyz_.") == ""
}

// field writes a value of a profile's field.
func field(ctx context.Context, f profile.Field, value string) string {
	switch f.Kind { //nolint:exhaustive // texts and codes
	case profile.Line, profile.Text, profile.Email, profile.Phone:
		return value
	case profile.Tick:
		return i18n.T(ctx, "profile.yes")
	case profile.Date, profile.Month:
		if day, err := time.Parse(time.DateOnly, value); err == nil {
			return i18n.Date(ctx, day)
		}
		if month, yearOnly, ok := profile.ParseMonth(value); ok && !yearOnly {
			return month.Format("1/2006")
		}
		return value
	}
	if name, ok := referred(f.Name, value); ok {
		return name.In(string(i18n.LangOf(ctx)))
	}
	if f.List == nil {
		return word(ctx, "profile.option."+f.Name+".", value)
	}
	for _, e := range f.List() {
		if e.Code == value {
			return e.Name.In(string(i18n.LangOf(ctx)))
		}
	}
	return value
}

// lists are where the words of an item's codes may be; none for an item that
// holds no codes.
func (r row) lists(item string) []string {
	switch item {
	case "subject_kind":
		return []string{"owndata.subject."}
	case "section":
		return []string{"profile.section."}
	case "sex", "military_service":
		return []string{"profile.option." + item + "."}
	case "staff_group", "group":
		return []string{"owndata.role."}
	case "kind", "channel", "identification", "outcome":
		switch r.subject() {
		case "data_request":
			return []string{"datarequests." + item + ".", "owndata.value."}
		case "data_request_note":
			return []string{"datarequests.note.", "owndata.value."}
		case "mail_outbox", "mail":
			return []string{"owndata.mail."}
		}
		return []string{"owndata.value."}
	case "reason":
		return []string{"owndata.look.", "owndata.value."}
	case "source", "evidence":
		return []string{"owndata.value."}
	case "status", "state", "language", "level", "end_reason", "answer", "how", "purpose", "before", "after", "cause", "format":
		if item == "answer" && r.table == "data_request" {
			return nil
		}
		return []string{"owndata.value."}
	case "fields":
		if r.action != "" {
			return []string{"owndata.item."}
		}
	}
	return nil
}

// referred is the name of a code of the reference tables, by what the item holds.
func referred(item, code string) (name reference.Text, ok bool) {
	var e reference.Entry
	switch item {
	case "country", "countries", "citizenship", "nationality":
		e, ok = reference.CountryByCode(code)
	case "language", "languages", "working_languages":
		e, ok = reference.LanguageByCode(code)
	case "regions":
		e, ok = reference.RegionByCode(code)
	case "municipality", "municipalities":
		var m reference.Municipality
		m, ok = reference.MunicipalityByCode(code)
		e.Name = m.Name
	case "occupation":
		var o reference.Occupation
		o, ok = reference.OccupationByCode(code)
		e.Name = o.Name
	}
	return e.Name, ok
}
