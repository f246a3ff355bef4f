package e2e_test

import (
	"path"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// logInStaff logs in as an officer and comes to the officers' front page.
func (r *reader) logInStaff(t *testing.T, s tongue, key string) {
	t.Helper()
	r.visit(t, s.path(paths.StaffSignIn))
	r.identify(t, s, key)
	r.sees(t, s.say("casework.front.title"))
}

// office is the main users at their browsers, each in a language.
type office struct {
	site          *site
	fi, sv        tongue
	first, second *reader
}

func openOffice(t *testing.T, site *site) office {
	t.Helper()
	o := office{site, speak(t, i18n.Finnish), speak(t, i18n.Swedish), newReader(t, site, true), newReader(t, site, true)}
	o.first.logInStaff(t, o.fi, "main")
	o.second.logInStaff(t, o.sv, "main2")
	return o
}

// appoint registers an officer and asks for groups, which the second main user
// approves; until then the officer is in none.
func (o office) appoint(t *testing.T, key string, groups ...string) {
	t.Helper()
	who := world.Default().Person(key)
	o.first.visit(t, o.fi.path(paths.StaffRegister))
	o.first.press(t, o.fi.say("casework.register.new"))
	o.first.fill(t, o.fi.say("casework.register.code"), who.Code)
	o.first.fill(t, o.fi.say("casework.register.first_names"), who.FirstNames)
	o.first.fill(t, o.fi.say("casework.register.family_name"), who.FamilyName)
	o.first.press(t, o.fi.say("casework.register.add"))
	o.first.sees(t, who.FamilyName, o.fi.say("casework.register.grants_none"))
	for _, group := range groups {
		o.first.choose(t, o.fi.say("casework.group."+group))
		o.first.press(t, o.fi.say("casework.register.do_request"))
		o.first.sees(t, o.fi.say("casework.grant.requested"), o.fi.say("casework.register.second"))
	}
	member := path.Base(o.first.path(t))
	o.second.visit(t, o.sv.path(paths.StaffMember, member))
	for range groups {
		o.second.press(t, o.sv.say("casework.register.approve"))
		o.second.sees(t, o.sv.say("casework.grant.granted"))
	}
	o.second.lacks(t, o.sv.say("casework.grant.requested"))
}

// officer is somebody who was appointed, logged in.
func (o office) officer(t *testing.T, s tongue, scripts bool, key string) *reader {
	t.Helper()
	r := newReader(t, o.site, scripts)
	r.logInStaff(t, s, key)
	return r
}

// lookAround visits every page that the officers' front page leads to.
func (r *reader) lookAround(t *testing.T, s tongue) {
	t.Helper()
	for page := range strings.FieldsSeq(eval[string](t, r.tab, `[...document.querySelectorAll("main .desk-list a")].map(a => a.getAttribute("href")).join(" ")`)) {
		r.visit(t, page)
	}
	r.visit(t, s.path(paths.StaffFront))
}

// apply sends an application that the rules do not approve at once: they leave it
// at status.
func (r *reader) apply(t *testing.T, s tongue, person, organisation, status string, a application) {
	t.Helper()
	r.logIn(t, s, person)
	r.actFor(t, s, organisation)
	r.visit(t, s.path(paths.JoinTerms))
	r.acceptTerms(t, s, world.Default().Organisation(organisation).Name)
	r.writeApplication(t, s, a)
	r.press(t, s.say("onboarding.check.send"))
	eventually(t, "the application is "+status, func() bool {
		r.open(t, r.site.url+r.path(t))
		return r.says(t, s.say("partner.status."+status))
	})
	r.meet(t)
}

// TestOfficersWork goes the officers' way: two main users appoint officers, who
// ask, ask for documents and reject, or approve, and the applicants answer; in
// both languages, with scripts and without.
func TestOfficersWork(t *testing.T) {
	t.Parallel()

	site := newSite(t, 5) // nobody else's cases in the queue
	t.Cleanup(site.stop)
	fi, sv := speak(t, i18n.Finnish), speak(t, i18n.Swedish)
	hearings := []hearing{
		{person: "liquidator", organisation: "selvitystila", officer: "applications", theirs: sv, ours: fi, applicant: newReader(t, site, true)},
		{person: "ceased", organisation: "lakannut", officer: "applications2", theirs: fi, ours: sv, applicant: newReader(t, site, false)},
	}
	for i := range hearings {
		h := &hearings[i]
		h.email = h.organisation + "@yritys.example"
		h.applicant.apply(t, h.theirs, h.person, h.organisation, "in_review", application{email: h.email, text: "Första beskrivningen", areas: []string{"training"}})
		h.applicant.sees(t, h.theirs.say("partner.looking.organisation"))
	}
	approved := newReader(t, site, false)
	approved.apply(t, fi, "long", "long", "in_review", application{email: "long@yritys.example", text: "Pitkä yhteisyritys", areas: []string{"work_ability", "training"}})
	approved.sees(t, fi.say("partner.looking.service_areas", "Areas", fi.area(site, "work_ability")))

	o := openOffice(t, site)
	o.appoint(t, "applications", "applications")
	o.appoint(t, "applications2", "applications")
	o.appoint(t, "supervision", "applications", "supervision", "content")
	o.appoint(t, "audit", "audit")
	o.first.lookAround(t, o.fi)
	for i := range hearings {
		h := &hearings[i]
		h.clerk = o.officer(t, h.ours, h.ours.lang == i18n.Finnish, h.officer)
		h.hold(t)
	}

	second := o.officer(t, sv, true, "supervision")
	second.takeNext(t, sv, "long")
	second.press(t, sv.say("casework.hand_back.title"))
	second.fill(t, sv.say("casework.hand_back.note"), "Paus")
	second.press(t, sv.say("casework.hand_back.send"))
	second.lookAround(t, sv)
	second.takeNext(t, sv, "long")
	second.sees(t, "Paus")
	second.press(t, sv.say("casework.approve.title"))
	if second.says(t, sv.say("casework.approve.why")) {
		second.fill(t, sv.say("casework.approve.why"), "Granskat")
	}
	second.press(t, sv.say("casework.approve.send"))
	site.mailed(t, "long@yritys.example", fi.say("letters.application_approved.subject"))
	approved.visit(t, fi.path(paths.Desk))
	approved.sees(t, fi.say("desk.title"), "Pitkä yhteisyritys")

	log := o.officer(t, fi, true, "audit")
	log.lookAround(t, fi)
	log.visit(t, fi.path(paths.AuditLog))
	log.sees(t, "application.rejected")
}

// takeNext takes the next case of the queue, which is to be one organisation's.
func (r *reader) takeNext(t *testing.T, s tongue, organisation string) {
	t.Helper()
	r.visit(t, s.path(paths.Cases))
	r.press(t, s.say("casework.queue.next"))
	r.sees(t, world.Default().Organisation(organisation).Name, s.say("casework.case.acts"))
}
