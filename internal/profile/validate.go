package profile

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/reference"
)

// ID is the name of the form's field that an error about f stands at.
func (f Field) ID() string {
	if f.Kind == Codes {
		return f.Name + "_1"
	}
	return f.Name
}

// Validate returns what breaks a rule in tidied values as *fault.InvalidError, or
// nil.
func (s Section) Validate(v Values) error {
	var c fault.Checker
	for _, e := range s.codes(v) {
		c.Add(e)
	}
	for _, f := range s.Fields() {
		if len(v[f.Name]) == 0 {
			c.Check(!f.Required, f.ID(), "profile.missing."+string(s)+"."+f.Name)
			continue
		}
		f.check(&c, v[f.Name])
	}
	s.checkTogether(&c, v)
	return c.Err()
}

func (f Field) check(c *fault.Checker, values []string) {
	value := values[0]
	if f.Kind != Codes && f.Kind != Boxes && f.Kind != Places {
		c.Check(len(values) == 1, f.ID(), "profile.invalid.unknown")
	}
	switch f.Kind {
	case Line, Text:
		f.checkText(c, value)
	case Email:
		c.Check(mail.ValidAddress(value), f.ID(), "identity.email.invalid")
	case Phone:
		identity.ValidatePhone(c, f.ID(), value)
	case Month:
		at, _, ok := ParseMonth(value)
		c.Check(ok && sensible(at), f.ID(), "profile.invalid.month")
	case Date:
		at, err := time.Parse(time.DateOnly, value)
		c.Check(err == nil && sensible(at), f.ID(), "profile.invalid.date")
	case Code, Choice, Codes, Boxes:
		known := !slices.ContainsFunc(values, func(code string) bool { return !f.Has(code) })
		c.Check(known, f.ID(), "profile.invalid.unknown")
		c.Check(f.Most == 0 || len(values) <= f.Most, f.ID(), "profile.invalid.unknown")
	case Tick:
		c.Check(value == Yes, f.ID(), "profile.invalid.unknown")
	case Places:
		f.checkPlaces(c, values)
	case Occupation:
		c.Check(isOccupation(value), f.ID(), "profile.invalid.unknown")
	}
}

func (f Field) checkText(c *fault.Checker, text string) {
	if n := utf8.RuneCountInString(text); n > f.Most {
		c.Add(fault.FieldError{Field: f.ID(), MessageID: "profile.invalid.long", Data: map[string]any{
			"Max": i18n.Number(f.Most), "Count": i18n.Number(n), "Over": i18n.Number(n - f.Most),
		}})
		return
	}
	strange := func(r rune) bool { return i18n.Hidden(r) || f.Kind == Line && r == '\n' }
	c.Check(!strings.ContainsFunc(text, strange), f.ID(), "profile.invalid.characters")
	says := strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.L, unicode.N) })
	c.Check(says, f.ID(), "profile.invalid.empty")
}

func (f Field) checkPlaces(c *fault.Checker, codes []string) {
	if len(codes) > f.Most {
		c.Add(fault.FieldError{Field: f.ID(), MessageID: "profile.invalid.places_many", Data: map[string]any{"Max": i18n.Number(f.Most)}})
		return
	}
	for _, code := range codes {
		if isPlace(code) {
			continue
		}
		if near := reference.SuggestCodes(reference.KindMunicipality, code, 1); len(near) > 0 {
			c.Add(fault.FieldError{Field: f.ID(), MessageID: "profile.invalid.place_near", Data: map[string]any{"Place": short(code), "Name": bothNames(near[0].Name)}})
		} else {
			c.Add(fault.FieldError{Field: f.ID(), MessageID: "profile.invalid.place", Data: map[string]any{"Place": short(code)}})
		}
		return
	}
}

// short is the beginning of what was typed, enough to find it again.
func short(text string) string {
	const most = 40
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// bothNames are the Finnish and the Swedish name, one when they are the same.
func bothNames(t reference.Text) string {
	if t.Fi == t.Sv {
		return t.Fi
	}
	return t.Fi + " / " + t.Sv
}

// sensible tells years that somebody's life may touch.
func sensible(t time.Time) bool { return t.Year() >= 1920 && t.Year() <= 2099 }

// checkTogether checks what fields say of each other.
func (s Section) checkTogether(c *fault.Checker, v Values) {
	begun, _, okBegun := ParseMonth(v.Get("begun"))
	ended, yearOnly, okEnded := ParseMonth(v.Get("ended"))
	if yearOnly {
		ended = ended.AddDate(0, 11, 0)
	}
	if okBegun && okEnded {
		c.Check(!ended.Before(begun), "ended", "profile.invalid.order")
	}
	if s == SectionWork {
		c.Check(v.Get("ongoing") == "" || v.Get("ended") == "", "ended", "profile.invalid.ongoing")
	}
	if s == SectionCards {
		c.Check(v.Get("card") != "" || v.Get("name") != "", "card", "profile.missing.cards.card")
	}
}

// checkNow checks what an entry says of the present: what has ended is over, and
// what goes on has begun and is not.
func (s Section) checkNow(v Values, now time.Time) error {
	var c fault.Checker
	now = now.In(i18n.Helsinki)
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	begun, _, okBegun := ParseMonth(v.Get("begun"))
	first, yearOnly, okEnded := ParseMonth(v.Get("ended"))
	last := first
	if yearOnly {
		last = first.AddDate(0, 11, 0)
	}
	state := v.Get("state")
	if okBegun && v.Get("ongoing") == Yes {
		c.Check(!begun.After(month), "begun", "profile.invalid.not_begun")
	}
	if okEnded && (state == stateDone || state == stateAborted) {
		c.Check(!first.After(month), "ended", "profile.invalid.not_over")
	}
	if okEnded && state == stateOngoing {
		c.Check(!last.Before(month), "ended", "profile.invalid.over")
	}
	return c.Err()
}

// expired tells that the last day of a validity has passed.
func (v Values) expired(now time.Time) bool {
	last, err := time.Parse(time.DateOnly, v.Get("valid_until"))
	return err == nil && last.Format(time.DateOnly) < now.In(i18n.Helsinki).Format(time.DateOnly)
}

// checkOnce refuses an entry that says again what another one of the section says.
func (s Section) checkOnce(v Values, all []Entry, id int64) error {
	var c fault.Checker
	for _, f := range s.Fields() {
		value := v.Get(f.Name)
		if !f.Once || value == "" {
			continue
		}
		said := slices.ContainsFunc(all, func(e Entry) bool { return e.ID != id && e.Values.Get(f.Name) == value })
		c.Check(!said, f.ID(), "profile.invalid.twice."+string(s))
	}
	return c.Err()
}

// codes tells which texts hold an identity code: such a text is not kept even as
// a draft.
func (s Section) codes(v Values) []fault.FieldError {
	var errs []fault.FieldError
	for _, f := range s.Fields() {
		if slices.ContainsFunc(v[f.Name], func(text string) bool { return len(identity.FindCodes(text)) > 0 }) {
			errs = append(errs, fault.FieldError{Field: f.ID(), MessageID: "profile.invalid.code"})
		}
	}
	return errs
}
