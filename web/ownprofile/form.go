package ownprofile

import (
	"context"
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/ui"
)

// title is that of the page: what is added, or the section.
func (v entryView) title(ctx context.Context) string {
	switch {
	case v.Section.Many() == 1:
		return sectionName(ctx, v.Section)
	case v.ID == 0:
		return i18n.T(ctx, "profile.add."+string(v.Section))
	}
	return i18n.TData(ctx, "profile.edit.title", map[string]any{"Section": sectionName(ctx, v.Section)})
}

// homeID names the link to the page of home.
func (v entryView) homeID() string {
	switch {
	case v.Section == profile.SectionEures:
		return "profile.to_eures"
	case v.Section.Many() == 1:
		return "profile.to_profile"
	}
	return "profile.to_section"
}

// occupations are those to choose from, the chosen one first, and none at the end.
func (v entryView) occupations(ctx context.Context, f profile.Field) []ui.Option {
	chosen := v.Values.Get(f.Name)
	var all []ui.Option
	if name := codeName(ctx, f, chosen, v.Names); chosen != "" && name != "" {
		all = append(all, ui.Option{Value: chosen, Label: capital(name), Selected: true})
	}
	for _, o := range v.Found {
		if o.Code != chosen {
			all = append(all, ui.Option{Value: o.Code, Label: capital(o.Name.In(string(i18n.LangOf(ctx))))})
		}
	}
	return append(all, ui.Option{Label: i18n.T(ctx, "profile.occupation.none"), Selected: chosen == ""})
}

// hint tells how a field is filled in, "" when that goes without saying.
func hint(ctx context.Context, f profile.Field) string {
	if f.Either {
		return i18n.T(ctx, "profile.hint.either")
	}
	switch f.Kind { //nolint:exhaustive // the others need none
	case profile.Text:
		return i18n.TData(ctx, "profile.hint.text", map[string]any{"Max": i18n.Number(f.Most)})
	case profile.Month, profile.Date, profile.Places, profile.Email, profile.Phone:
		return i18n.T(ctx, "profile.hint."+string(f.Kind))
	}
	return ""
}

func rows(f profile.Field) int {
	if f.Most > profile.MaxDescription {
		return 12
	}
	return 5
}

func inputType(f profile.Field) string {
	switch f.Kind { //nolint:exhaustive // the others are texts
	case profile.Email:
		return "email"
	case profile.Phone:
		return "tel"
	}
	return ""
}

// autocomplete names what browsers may fill in of their own.
func autocomplete(f profile.Field) string {
	switch f.Kind { //nolint:exhaustive // the others are nobody's standing data
	case profile.Email:
		return "email"
	case profile.Phone:
		return "tel"
	}
	return ""
}

// valueAt is the value of the select with index i.
func valueAt(v profile.Values, f profile.Field, i int) string {
	if i < len(v[f.Name]) {
		return v[f.Name][i]
	}
	return ""
}

// draftPath is the page on which a draft is gone on with; that of the section
// when its entry has been removed.
func draftPath(ctx context.Context, own profile.Profile, d profile.Draft) string {
	if _, there := own.Entry(d.Section, d.EntryID); !there {
		return paths.To(ctx, paths.ProfileSection(string(d.Section)))
	}
	return entryPath(ctx, d.Section, d.EntryID)
}

// summary is an entry of a list on one line.
func summary(ctx context.Context, s profile.Section, e profile.Entry) string {
	v := e.Values
	parts := []string{title(ctx, s, v)}
	switch s { //nolint:exhaustive // the title says enough of the others
	case profile.SectionWork:
		parts = append(parts, v.Get("employer"), period(ctx, v))
	case profile.SectionEducation:
		parts = append(parts, v.Get("school"), period(ctx, v))
	case profile.SectionLanguages:
		if f, ok := s.Field("level"); ok {
			parts = append(parts, codeName(ctx, f, v.Get("level"), nil))
		}
	case profile.SectionCards:
		if e.Expired {
			parts = append(parts, i18n.T(ctx, "profile.expired"))
		}
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}

// period is when work or education was, "" when nothing is told.
func period(ctx context.Context, v profile.Values) string {
	begun, ended := typedDate(v.Get("begun")), typedDate(v.Get("ended"))
	switch {
	case begun != "" && ended != "":
		return begun + "–" + ended
	case begun != "":
		return i18n.TData(ctx, "profile.period.begun", map[string]any{"Date": begun})
	case ended != "":
		return i18n.TData(ctx, "profile.period.ended", map[string]any{"Date": ended})
	case v.Get("ongoing") == profile.Yes:
		return i18n.T(ctx, "profile.period.ongoing")
	}
	return ""
}
