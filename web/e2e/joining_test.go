package e2e_test

import (
	"fmt"
	"path"
	"strconv"
	"testing"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// application is what an applicant fills in.
type application struct {
	email, text string
	areas       []string // codes
	// address corrects the register's, which an officer has to look at.
	address string
}

// acceptTerms reads the terms, forgets to tick that and is told so, and accepts.
func (r *reader) acceptTerms(t *testing.T, s tongue, organisation string) {
	t.Helper()
	r.sees(t, s.say("onboarding.terms.title"))
	r.press(t, s.say("onboarding.terms.accept"))
	r.sees(t, s.say("ui.error_summary"), s.say("onboarding.terms.unread"))
	r.choose(t, s.say("onboarding.terms.tick", "Organisation", organisation))
	r.press(t, s.say("onboarding.terms.accept"))
}

// parts are the pages of an application in their order; each is filled in with
// what a needs.
func (r *reader) parts(t *testing.T, s tongue, a application) []part {
	t.Helper()
	return []part{
		{"organisation", func() {
			if a.address != "" {
				r.fill(t, s.say("partner.form.organisation.correct_address"), a.address)
			}
		}},
		{"contacts", func() {
			r.fill(t, s.say("partner.form.contact.name"), "Seán O'Neill-Äyrämö")
			r.fill(t, s.say("partner.form.contact.email"), a.email)
			r.choose(t, s.say("partner.value.language_"+string(s.lang)))
		}},
		{"service_areas", func() {
			for _, code := range a.areas {
				r.choose(t, s.area(r.site, code))
			}
		}},
		{"places", func() { r.choose(t, s.say("partner.field.whole_country")) }},
		{"description", func() {
			r.fill(t, s.say("partner.field.description_"+string(s.lang)), a.text)
			r.fill(t, s.say("partner.field.website"), "https://esimerkki.example/polku?a=1&b=2")
		}},
		{"languages", func() { r.choose(t, s.say("partner.value.language_"+string(s.lang))) }},
		{"personal_data", func() {}},
		{"declarations", func() {
			for _, d := range []string{"law", "correct", "current", "contents"} {
				r.choose(t, s.say("partner.declaration."+d))
			}
		}},
	}
}

type part struct {
	name string
	fill func()
}

// writeApplication goes through every part of the application, from the first
// to the page to check it on.
func (r *reader) writeApplication(t *testing.T, s tongue, a application) {
	t.Helper()
	for i, p := range r.parts(t, s, a) {
		r.sees(t, s.say("onboarding.part.step", "Step", strconv.Itoa(i+1), "Steps", "8"), s.say("partner.part."+p.name))
		p.fill()
		r.press(t, s.say("onboarding.part.go_on"))
	}
	r.sees(t, s.say("onboarding.check.title"), a.email, a.text)
}

// TestJoiningFromLogInToLeaving goes the whole way of a partner in both
// languages, with scripts and without.
func TestJoiningFromLogInToLeaving(t *testing.T) {
	t.Parallel()

	site := theJourneys(t)
	for _, tt := range []struct {
		lang                 i18n.Lang
		scripts              bool
		person, organisation string
		second               string
	}{
		{i18n.Finnish, true, "aino", "koivutyo", "colleague"},
		{i18n.Swedish, true, "ayramo", "ayramo", ""},
		{i18n.Finnish, false, "oneill", "oneill", ""},
		{i18n.Swedish, false, "ng", "bjorkvik", "several"},
	} {
		t.Run(string(tt.lang)+" "+tt.person, func(t *testing.T) {
			s, r := speak(t, tt.lang), newReader(t, site, tt.scripts)
			org := world.Default().Organisation(tt.organisation)
			r.join(t, s, tt.person, tt.organisation)
			r.changeData(t, s)
			if tt.second != "" {
				r.press(t, s.say("ui.log_out"))
				r.sees(t, s.say("signin.out.title"))
				r.confirmAsSecond(t, s, tt.second, tt.organisation, tt.person)
			}
			r.leavePartnership(t, s, org.Name)
		})
	}
}

// join goes from the front page to the partner desk.
func (r *reader) join(t *testing.T, s tongue, person, organisation string) {
	t.Helper()
	org := world.Default().Organisation(organisation)
	a := application{email: organisation + "@yritys.example", text: "Ohjaamme hakijoita & <tuemme> heitä: \"Äyrämö\" 'ånger'", areas: []string{"career_guidance", "job_search"}}

	if r.scripts {
		r.visit(t, s.path(paths.Front))
		r.press(t, s.say("ui.enter"))
		r.identify(t, s, person)
		r.sees(t, s.say("signin.front.title"), world.Default().Person(person).FamilyName)
		r.press(t, s.say("signin.front.represent"))
	} else {
		r.visit(t, s.path(paths.Join))
		r.press(t, s.say("onboarding.start.log_in"))
		r.identify(t, s, person)
		r.press(t, s.say("onboarding.start.organisation"))
	}
	r.represent(t, s, organisation)
	r.sees(t, s.say("ui.acting_for"), org.Name)
	if r.scripts {
		r.press(t, s.say("signin.front.apply"))
	}
	r.press(t, s.say("onboarding.start.begin"))
	r.acceptTerms(t, s, org.Name)
	r.writeApplication(t, s, a)
	r.press(t, s.say("onboarding.check.send"))
	r.hasReceipt(t, s)

	eventually(t, "the rules approve", func() bool {
		r.open(t, r.site.url+r.path(t))
		return r.says(t, s.say("onboarding.to_desk"))
	})
	r.meet(t)
	body := r.site.mailed(t, a.email, s.say("letters.application_approved.subject"))
	r.open(t, linkIn(t, body))
	r.sees(t, s.say("desk.title"), org.Name, s.area(r.site, "career_guidance"))
}

// hasReceipt fails unless the reader is at the receipt of an application.
func (r *reader) hasReceipt(t *testing.T, s tongue) {
	t.Helper()
	at := r.path(t)
	if at != s.path(paths.JoinReceipt, path.Base(path.Dir(at))) {
		t.Fatalf("%s is no receipt: %s", at, r.said(t))
	}
}

// changeData changes what takes effect at once and what the rules look at.
func (r *reader) changeData(t *testing.T, s tongue) {
	t.Helper()
	change := func(part string) {
		r.visit(t, s.path(paths.Desk))
		r.leave(t, fmt.Sprintf(`document.querySelector("main a[href='%s']")`, s.path(paths.DeskPart(part))), "change "+part)
	}
	change("description")
	r.sees(t, s.say("desk.part.at_once"))
	r.fill(t, s.say("partner.field.description_"+string(s.lang)), "")
	r.press(t, s.say("desk.part.save"))
	r.sees(t, s.say("ui.error_summary"), s.say("partner.invalid.description"))
	r.fill(t, s.say("partner.field.description_"+string(s.lang)), "Uusi kuvaus – ny beskrivning")
	r.press(t, s.say("desk.part.save"))
	r.sees(t, s.say("desk.saved_title"), "Uusi kuvaus – ny beskrivning")

	change("service_areas")
	r.sees(t, s.say("desk.part.asks"))
	r.choose(t, s.area(r.site, "competence"))
	r.press(t, s.say("desk.part.check"))
	r.sees(t, s.say("desk.check.title"), s.area(r.site, "competence"))
	r.press(t, s.say("desk.check.send"))
	eventually(t, "the rules approve the change", func() bool {
		r.open(t, r.site.url+s.path(paths.Desk))
		return r.says(t, s.area(r.site, "competence")) && !r.says(t, s.say("desk.open_title"))
	})
	r.visit(t, s.path(paths.DeskMessages))
	r.sees(t, s.say("desk.message.approved", "About", s.say("partner.kind.change")))
}

// confirmAsSecond comes as another representative, who has to confirm the terms
// before anything else opens.
func (r *reader) confirmAsSecond(t *testing.T, s tongue, person, organisation, first string) {
	t.Helper()
	org := world.Default().Organisation(organisation)
	r.logIn(t, s, person)
	r.actFor(t, s, organisation)
	for _, closed := range []paths.Pair{paths.DeskMessages, paths.Desk} {
		r.visit(t, s.path(closed))
		if r.path(t) != s.path(paths.TermsConfirm) {
			t.Fatalf("%s opens before the terms are confirmed", r.path(t))
		}
	}
	r.sees(t, s.say("terms.confirm.lead", "Organisation", org.Name))
	r.press(t, s.say("terms.confirm.send"))
	r.sees(t, s.say("terms.confirm.tick_missing"))
	r.choose(t, s.say("terms.confirm.tick", "Number", "1"))
	r.press(t, s.say("terms.confirm.send"))
	if r.path(t) != s.path(paths.Desk) {
		t.Errorf("after the confirmation the reader is at %s", r.path(t))
	}
	r.visit(t, s.path(paths.DeskRepresentation))
	r.sees(t, world.Default().Person(person).FamilyName, world.Default().Person(first).FamilyName, s.say("desk.how_accepted"), s.say("desk.how_confirmed"), s.say("representing.role_mandate"))
	r.lacks(t, "http://")
	r.leave(t, `document.querySelector("main .desk-list a")`, "an acceptance")
	r.sees(t, s.say("terms.evidence.title"), s.say("terms.evidence.hash"))
}

// leavePartnership leaves and confirms every duty.
func (r *reader) leavePartnership(t *testing.T, s tongue, organisation string) {
	t.Helper()
	r.visit(t, s.path(paths.Desk))
	r.press(t, s.say("desk.leave.title"))
	r.press(t, s.say("desk.leave.send"))
	r.sees(t, s.say("ui.error_summary"), s.say("desk.leave.tick"))
	r.choose(t, s.say("desk.leave.understood", "Organisation", organisation))
	r.press(t, s.say("desk.leave.send"))
	r.sees(t, s.say("desk.departure.title"), organisation)
	for _, duty := range []struct{ code, answer string }{{"personal_data", "none"}, {"copies", "done"}} {
		r.press(t, s.say("desk.duty.confirm"))
		r.sees(t, s.say("desk.duty."+duty.code))
		r.choose(t, s.say("desk.answer."+duty.code+"_"+duty.answer))
		r.press(t, s.say("desk.duty.send"))
	}
	r.sees(t, s.say("desk.departure.title"))
	r.lacks(t, s.say("desk.duty.confirm")+":")
	r.visit(t, s.path(paths.Desk))
	r.lacks(t, s.say("desk.representation.title"))
	r.visit(t, s.path(paths.Join))
	r.sees(t, s.say("onboarding.start.begin"))
}
