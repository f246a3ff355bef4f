package ownprofile

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/ui"
)

// names are the names of occupations by code.
type names map[string]reference.Text

// names looks up the occupations that a profile and more mention.
func (p *Pages) names(ctx context.Context, own profile.Profile, more ...profile.Values) (names, error) {
	known := names{}
	add := func(s profile.Section, v profile.Values) error {
		for _, f := range s.Fields() {
			if code := v.Get(f.Name); f.Kind == profile.Occupation && code != "" {
				name, err := p.Profiles.Occupations.Name(ctx, code)
				if err != nil {
					return err
				}
				known[code] = name
			}
		}
		return nil
	}
	for s, entries := range own.Entries {
		for _, e := range entries {
			if err := add(s, e.Values); err != nil {
				return nil, err
			}
		}
	}
	for _, v := range more {
		if err := add(profile.SectionWork, v); err != nil {
			return nil, err
		}
	}
	return known, nil
}

func sectionName(ctx context.Context, s profile.Section) string {
	return i18n.T(ctx, "profile.section."+string(s))
}

func fieldName(ctx context.Context, s profile.Section, f profile.Field) string {
	return i18n.T(ctx, "profile.field."+string(s)+"."+f.Name)
}

// codeName is what a code of f is called.
func codeName(ctx context.Context, f profile.Field, code string, known names) string {
	switch {
	case f.Kind == profile.Occupation:
		return known[code].In(string(i18n.LangOf(ctx)))
	case f.Kind == profile.Places:
		if m, ok := reference.MunicipalityByCode(code); ok {
			return m.Name.In(string(i18n.LangOf(ctx)))
		}
		return code
	case f.List != nil:
		for _, e := range f.List() {
			if e.Code == code {
				return e.Name.In(string(i18n.LangOf(ctx)))
			}
		}
		return code
	case f.Name == "classes" || f.Kind != profile.Code && f.Kind != profile.Choice && f.Kind != profile.Boxes || !f.Has(code):
		return code
	}
	return i18n.T(ctx, "profile.option."+f.Name+"."+code)
}

// shown is what a field holds, for reading.
func shown(ctx context.Context, f profile.Field, values []string, known names) string {
	all := make([]string, 0, len(values))
	for _, v := range values {
		switch f.Kind { //nolint:exhaustive // texts and codes
		case profile.Tick:
			v = i18n.T(ctx, "profile.yes")
		case profile.Month, profile.Date:
			v = typedDate(v)
		default:
			v = codeName(ctx, f, v, known)
		}
		if v != "" {
			all = append(all, v)
		}
	}
	return strings.Join(all, ", ")
}

// typed is what a field of one line holds, as a person would type it.
func typed(ctx context.Context, f profile.Field, values []string) string {
	all := slices.Clone(values)
	for i, v := range all {
		switch f.Kind { //nolint:exhaustive // the others are typed as they are kept
		case profile.Month, profile.Date:
			all[i] = typedDate(v)
		case profile.Places:
			all[i] = codeName(ctx, f, v, nil)
		}
	}
	return strings.Join(all, ", ")
}

// typedDate writes a kept month or day as people do, and leaves everything else.
func typedDate(s string) string {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t.Format("2.1.2006")
	}
	if t, yearOnly, ok := profile.ParseMonth(s); ok && !yearOnly {
		return t.Format("1/2006")
	}
	return s
}

// fact is one field of an entry, for reading.
type fact struct{ Name, Value string }

// facts are what an entry says besides its title.
func facts(ctx context.Context, s profile.Section, v profile.Values, known names) []fact {
	var all []fact
	title := titleField(s, v)
	for _, f := range s.Fields() {
		value := shown(ctx, f, v[f.Name], known)
		if value == "" || f.Name == title {
			continue
		}
		all = append(all, fact{fieldName(ctx, s, f), value})
	}
	return all
}

// factsOf are those of an entry, with what has become of it.
func factsOf(ctx context.Context, s profile.Section, e profile.Entry, known names) []fact {
	all := facts(ctx, s, e.Values, known)
	if e.Expired {
		all = append(all, fact{i18n.T(ctx, "profile.state"), i18n.T(ctx, "profile.expired")})
	}
	return all
}

// titleField names the field that an entry of a list is called by, "" in a
// section of one.
func titleField(s profile.Section, v profile.Values) string {
	if s.Many() == 1 {
		return ""
	}
	for _, f := range s.Fields() {
		if len(v[f.Name]) > 0 {
			return f.Name
		}
	}
	return ""
}

// title is what an entry of a list is called.
func title(ctx context.Context, s profile.Section, v profile.Values) string {
	f, ok := s.Field(titleField(s, v))
	if !ok {
		return sectionName(ctx, s)
	}
	return capital(shown(ctx, f, v[f.Name], nil))
}

func capital(s string) string {
	for i, r := range s {
		if i == 0 {
			return strings.ToUpper(string(r)) + s[len(string(r)):]
		}
	}
	return s
}

// entryPath is the page of an entry, of a new one when id is 0.
func entryPath(ctx context.Context, s profile.Section, id int64) string {
	switch {
	case s.Many() == 1:
		return paths.To(ctx, paths.ProfileSection(string(s)))
	case id == 0:
		return paths.To(ctx, paths.ProfileNew(string(s)))
	}
	return paths.To(ctx, paths.ProfileEntry(string(s)), strconv.FormatInt(id, 10))
}

// home is the page to go back to from an entry.
func home(ctx context.Context, s profile.Section) string {
	switch {
	case s == profile.SectionEures:
		return paths.To(ctx, paths.Eures)
	case s.Many() == 1:
		return paths.To(ctx, paths.Profile)
	}
	return paths.To(ctx, paths.ProfileSection(string(s)))
}

// first are the codes that most people choose; they stand before the others.
//
//nolint:gochecknoglobals // a constant table
var first = []string{"fi", "sv", "en", "FI"}

// options are those of a field, with what is chosen among values.
func options(ctx context.Context, f profile.Field, values []string) []ui.Option {
	var all []ui.Option
	codes := f.Options
	if f.List != nil {
		codes = nil
		for _, e := range f.List() {
			codes = append(codes, e.Code)
		}
	}
	for _, code := range codes {
		all = append(all, ui.Option{Value: code, Label: capital(codeName(ctx, f, code, nil)), Selected: slices.Contains(values, code)})
	}
	if f.List != nil && len(all) > 20 {
		sortOptions(ctx, all)
	}
	return all
}

func sortOptions(ctx context.Context, all []ui.Option) {
	c := collate.New(language.Make(string(i18n.LangOf(ctx))))
	place := func(o ui.Option) int {
		if i := slices.Index(first, o.Value); i >= 0 {
			return i
		}
		return len(first)
	}
	slices.SortStableFunc(all, func(a, b ui.Option) int {
		if d := place(a) - place(b); d != 0 {
			return d
		}
		return c.CompareString(a.Label, b.Label)
	})
}

// choices are options with one that chooses nothing before them.
func choices(ctx context.Context, f profile.Field, value string) []ui.Option {
	none := ui.Option{Label: i18n.T(ctx, "profile.choose"), Selected: value == ""}
	return append([]ui.Option{none}, options(ctx, f, []string{value})...)
}

// told says who told an entry, and when.
func told(ctx context.Context, e profile.Entry) string {
	if e.ChangedAt.IsZero() {
		return i18n.T(ctx, "profile.told")
	}
	return i18n.TData(ctx, "profile.told_at", map[string]any{"Date": i18n.DateTime(ctx, e.ChangedAt)})
}
