package e2e_test

import (
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// owner is a job seeker at a browser who manages the own data.
type owner struct {
	*reader

	s   tongue
	key string
	// mark stands in what the person writes.
	mark string
}

// newOwner opens a browser for a person whose mark is that word and the language.
func newOwner(t *testing.T, site *site, lang i18n.Lang, scripts bool, mark string) *owner {
	t.Helper()
	o := &owner{reader: newReader(t, site, scripts), s: speak(t, lang), mark: mark + string(lang)}
	o.secrets = []string{o.mark, o.email()}
	return o
}

// email is the address that the person gives.
func (o *owner) email() string {
	mark := strings.ToLower(o.mark)
	return mark + "@" + mark + ".example"
}

// section is the page of a section of the profile.
func (o *owner) section(t *testing.T, name string) {
	t.Helper()
	o.visit(t, o.s.path(paths.Profile))
	o.follow(t, o.s.path(paths.ProfileSection(name)))
	o.sees(t, o.s.say("profile.section."+name), o.s.say("profile.lead."+name))
}

func (o *owner) save(t *testing.T) {
	t.Helper()
	o.press(t, o.s.say("profile.save"))
	o.sees(t, o.s.say("profile.done.saved"))
}

// keepsProfile writes, orders, changes and removes entries of a profile.
func (o *owner) keepsProfile(t *testing.T) {
	t.Helper()
	o.visit(t, o.s.path(paths.OwnFront))
	o.follow(t, o.s.path(paths.Profile))
	o.sees(t, o.s.say("profile.title"), o.s.say("profile.empty.work"))
	o.writesWork(t)
	o.ordersWork(t)
	o.writesRest(t)
	if o.scripts {
		o.leavesDraft(t)
	}
	o.visit(t, o.s.path(paths.Profile))
	o.sees(t, o.mark+" hoitotyö", o.mark+" esittely")
}

// writesWork writes an employment, first wrongly, and looks for its occupation by
// a word of the other language.
func (o *owner) writesWork(t *testing.T) {
	t.Helper()
	s := o.s
	o.section(t, "work")
	o.press(t, s.say("profile.add.work"))
	o.press(t, s.say("profile.save"))
	o.sees(t, s.say("ui.error_summary"), s.say("profile.missing.work.title"))
	word := map[string]string{"fi": "sjuksköterska", "sv": "sairaanhoitaja"}[string(s.lang)]
	o.fill(t, s.say("profile.field.work.title"), word)
	o.press(t, s.say("profile.occupation.search"))
	if n := eval[int](t, o.tab, `[...document.querySelectorAll("main input[name=occupation]")].filter(e => e.value).length`); n == 0 {
		t.Fatalf("%s is found in no list of occupations: %s", word, o.said(t))
	}
	if got := o.holds(t, s.say("profile.field.work.title")); got != word {
		t.Errorf("the search changes %q into %q", word, got)
	}
	eval[bool](t, o.tab, `[...document.querySelectorAll("main input[name=occupation]")].find(e => e.value).click(), true`)
	o.fill(t, s.say("profile.field.work.begun"), "13/2020")
	o.press(t, s.say("profile.save"))
	o.sees(t, s.say("ui.error_summary"), s.say("profile.invalid.month"))
	o.fill(t, s.say("profile.field.work.begun"), "8/2020")
	o.fill(t, s.say("profile.field.work.description"), o.mark+" <b>hoitotyö</b> & \"muuta\"")
	o.choose(t, s.say("profile.tick.ongoing"))
	o.save(t)
	o.sees(t, o.mark+" <b>hoitotyö</b> & \"muuta\"", "8/2020")
}

// ordersWork adds a second employment, moves it up, changes it, and removes the
// first.
func (o *owner) ordersWork(t *testing.T) {
	t.Helper()
	s := o.s
	o.press(t, s.say("profile.add.work"))
	o.fill(t, s.say("profile.field.work.title"), o.mark+" toinen")
	o.save(t)
	list := s.path(paths.ProfileSection("work"))
	before := o.entries(t)
	o.submit(t, list, `[value=down]`)
	if after := o.entries(t); after == before || !strings.HasPrefix(after, o.mark) {
		t.Errorf("the order was %q and is %q", before, after)
	}
	o.press(t, s.say("profile.edit"))
	o.fill(t, s.say("profile.field.work.title"), o.mark+" hoitotyö")
	o.save(t)
	o.leave(t, `[...document.querySelectorAll("main a[href$='/poisto'], main a[href$='/radering']")].at(-1)`, "the last removal")
	o.sees(t, s.say("profile.remove.title"))
	o.press(t, s.say("profile.remove"))
	o.sees(t, s.say("profile.done.removed"))
	if got := o.entries(t); got != o.mark+" hoitotyö" {
		t.Errorf("these entries are left: %q", got)
	}
}

// writesRest writes an entry in the other sections.
func (o *owner) writesRest(t *testing.T) {
	t.Helper()
	s := o.s
	o.section(t, "presentation")
	o.fill(t, s.say("profile.field.presentation.text"), o.mark+" esittely")
	o.save(t)
	o.section(t, "education")
	o.press(t, s.say("profile.add.education"))
	o.fill(t, s.say("profile.field.education.name"), o.mark+" tutkinto")
	o.choose(t, s.say("profile.option.state.done"))
	o.save(t)
	o.section(t, "languages")
	o.press(t, s.say("profile.add.languages"))
	o.press(t, s.say("profile.save"))
	o.sees(t, s.say("ui.error_summary"), s.say("profile.missing.languages.level"))
	o.pick(t, s.say("profile.field.languages.language"), map[string]string{"fi": "Ruotsi", "sv": "Svenska"}[string(s.lang)])
	o.pick(t, s.say("profile.field.languages.level"), s.say("profile.option.level.B2"))
	o.save(t)
	o.section(t, "licences")
	o.choose(t, "BE")
	o.save(t)
	o.section(t, "cards")
	o.press(t, s.say("profile.add.cards"))
	o.fill(t, s.say("profile.field.cards.name"), o.mark+" kortti")
	o.save(t)
	o.section(t, "wished_work")
	o.press(t, s.say("profile.add.wished_work"))
	o.fill(t, s.say("profile.field.wished_work.name"), o.mark+" toive")
	o.save(t)
	o.section(t, "wishes")
	o.fill(t, s.say("profile.field.wishes.municipalities"), "Vasa, Turku, Atlantis")
	o.press(t, s.say("profile.save"))
	o.sees(t, s.say("ui.error_summary"))
	o.fill(t, s.say("profile.field.wishes.municipalities"), "Vasa, Turku")
	o.save(t)
	o.tellsAddress(t)
	o.section(t, "skills")
	o.press(t, s.say("profile.add.skills"))
	o.fill(t, s.say("profile.field.skills.name"), "Tunnus 010594Y9032")
	o.press(t, s.say("profile.save"))
	o.sees(t, s.say("ui.error_summary"), s.say("profile.invalid.code"))
	o.fill(t, s.say("profile.field.skills.name"), o.mark+" taito")
	o.save(t)
}

// tellsAddress gives the e-mail address.
func (o *owner) tellsAddress(t *testing.T) {
	t.Helper()
	o.section(t, "contact")
	o.fill(t, o.s.say("profile.field.contact.email"), o.email())
	o.save(t)
}

// leavesDraft leaves an entry half written and comes back to it.
func (o *owner) leavesDraft(t *testing.T) {
	t.Helper()
	s := o.s
	o.visit(t, s.path(paths.ProfileNew("skills")))
	o.fill(t, s.say("profile.field.skills.description"), o.mark+" kesken")
	eventually(t, "the draft is kept", func() bool { return o.says(t, s.say("profile.draft.kept")) })
	o.visit(t, s.path(paths.Profile))
	o.sees(t, s.say("profile.drafts"))
	o.follow(t, s.path(paths.ProfileNew("skills")))
	if got := o.holds(t, s.say("profile.field.skills.description")); got != o.mark+" kesken" {
		t.Errorf("the draft is %q", got)
	}
	o.press(t, s.say("profile.draft.discard"))
	o.visit(t, s.path(paths.Profile))
	o.lacks(t, s.say("profile.drafts"))
}

// publishes looks at the preview of the EURES profile, publishes it and takes it
// back.
func (o *owner) publishes(t *testing.T) {
	t.Helper()
	s := o.s
	finland := map[string]string{"fi": "Suomi", "sv": "Finland"}[string(s.lang)]
	o.visit(t, s.path(paths.Profile))
	o.follow(t, s.path(paths.Eures))
	o.sees(t, s.say("profile.eures.missing"), s.say("profile.missing.eures.sex"))
	o.lacks(t, s.say("profile.eures.publish")+" ")
	o.section(t, "residence")
	o.pick(t, s.say("profile.field.residence.country"), finland)
	o.save(t)
	o.visit(t, s.path(paths.Eures))
	o.press(t, s.say("profile.eures.edit"))
	o.sees(t, s.say("profile.why.eures"))
	o.choose(t, s.say("profile.option.sex.female"))
	number := func(id string) string { return s.say("profile.numbered", "Name", s.say(id), "Number", "1") }
	o.pick(t, number("profile.field.eures.working_languages"), map[string]string{"fi": "Ruotsi", "sv": "Svenska"}[string(s.lang)])
	o.pick(t, number("profile.field.eures.citizenship"), finland)
	o.save(t)
	o.sees(t, s.say("profile.eures.preview"), s.say("profile.option.sex.female"))
	o.lacks(t, o.mark)
	o.press(t, s.say("profile.eures.publish"))
	o.sees(t, s.say("profile.done.published"), s.say("profile.eures.published"))
	o.press(t, s.say("profile.eures.withdraw"))
	o.sees(t, s.say("profile.done.withdrawn"), s.say("profile.eures.history"))
	o.lacks(t, s.say("profile.eures.published")+" ")
}
