package e2e_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

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
	for _, page := range strings.Fields(eval[string](t, r.tab, `[...document.querySelectorAll("main .desk-list a")].map(a => a.getAttribute("href")).join(" ")`)) {
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

// hearing is a case in which an officer asks, asks for documents and rejects.
type hearing struct {
	person, organisation, email, officer string
	theirs, ours                         tongue // the applicant's, the officer's
	applicant, clerk                     *reader
}

// TestOfficersWork goes the officers' way: two main users appoint officers, who
// ask, ask for documents and reject, or approve, and the applicants answer; in
// both languages, with scripts and without.
func TestOfficersWork(t *testing.T) {
	t.Parallel()

	site := theJourneys(t)
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
	second.press(t, sv.say("casework.approve.send"))
	site.mailed(t, "long@yritys.example", fi.say("letters.application_approved.subject"))
	approved.visit(t, fi.path(paths.Desk))
	approved.sees(t, fi.say("desk.title"), "Pitkä yhteisyritys")

	log := o.officer(t, fi, true, "audit")
	log.lookAround(t, fi)
	log.visit(t, fi.path(paths.AuditLog))
	log.sees(t, "application.rejected")
}

// hold goes through the hearing.
func (h *hearing) hold(t *testing.T) {
	t.Helper()
	clerk, s := h.clerk, h.ours
	clerk.lookAround(t, s)
	clerk.visit(t, s.path(paths.StaffRegister))
	clerk.sees(t, s.say("error.403.title"))

	clerk.takeNext(t, s, h.organisation)
	clerk.sees(t, "Första beskrivningen")
	clerk.press(t, s.say("casework.specify.title"))
	clerk.press(t, s.say("casework.ask.send"))
	clerk.sees(t, s.say("ui.error_summary"), s.say("review.ask.fields"), s.say("review.ask.message"))
	clerk.choose(t, s.say("partner.part.description"))
	clerk.fill(t, s.say("casework.ask.message"), "Berätta mer om tjänsterna.")
	// The session ends while the officer writes, and nothing is lost.
	call(t, clerk.tab, network.DeleteCookies, network.DeleteCookiesParams{Name: "session", URL: clerk.site.url + "/"})
	clerk.press(t, s.say("casework.ask.send"))
	clerk.sees(t, s.say("signin.kept.title"))
	clerk.identify(t, s, h.officer)
	clerk.press(t, s.say("signin.unsent.go_on"))
	h.correct(t)

	clerk.takeNext(t, s, h.organisation)
	clerk.sees(t, s.say("casework.case.changes"), s.say("casework.mark.resubmitted"), "Första beskrivningen", "Andra beskrivningen")
	clerk.press(t, s.say("casework.files.title"))
	clerk.fill(t, s.say("casework.ask.message"), "Skicka domstolens beslut.")
	clerk.press(t, s.say("casework.ask.send"))
	h.sendDocuments(t)

	clerk.takeNext(t, s, h.organisation)
	clerk.sees(t, "beslut.png")
	clerk.isHandedSafely(t, "beslut.png")
	clerk.reject(t, s, h.theirs)
	h.readDecision(t)
}

// takeNext takes the next case of the queue, which is to be one organisation's.
func (r *reader) takeNext(t *testing.T, s tongue, organisation string) {
	t.Helper()
	r.visit(t, s.path(paths.Cases))
	r.press(t, s.say("casework.queue.next"))
	r.sees(t, world.Default().Organisation(organisation).Name, s.say("casework.case.acts"))
}

// correct answers an officer who asked about the description.
func (h *hearing) correct(t *testing.T) {
	t.Helper()
	r, s := h.applicant, h.theirs
	letter := r.site.mailed(t, h.email, s.say("letters.application_specify.subject"))
	r.open(t, linkIn(t, letter))
	r.meet(t)
	r.sees(t, "Berätta mer om tjänsterna.", s.say("partner.status.specify"))
	r.press(t, s.say("onboarding.application.correct"))
	r.sees(t, s.say("partner.part.description"), "Berätta mer om tjänsterna.")
	r.fill(t, s.say("partner.field.description_"+string(s.lang)), "Andra beskrivningen")
	r.press(t, s.say("onboarding.part.go_on"))
	r.sees(t, s.say("onboarding.check.title"), s.say("partner.changes"), "Första beskrivningen", "Andra beskrivningen")
	r.press(t, s.say("onboarding.check.send"))
	r.sees(t, s.say("onboarding.receipt.title"))
}

// sendDocuments answers an officer who asked for documents: a file that lies
// about what it is is refused, an image is taken.
func (h *hearing) sendDocuments(t *testing.T) {
	t.Helper()
	r, s := h.applicant, h.theirs
	letter := r.site.mailed(t, h.email, s.say("letters.application_documents.subject"))
	r.open(t, linkIn(t, letter))
	r.meet(t)
	r.sees(t, s.say("casework.upload.title"), "Skicka domstolens beslut.")
	r.press(t, s.say("casework.upload.send_file"))
	r.sees(t, s.say("document.file.missing"))
	r.attach(t, "beslut.pdf", []byte("MZ this is a program"))
	r.press(t, s.say("casework.upload.send_file"))
	r.sees(t, s.say("document.file.type"))
	r.attach(t, "beslut.png", onePixel)
	r.press(t, s.say("casework.upload.send_file"))
	r.sees(t, "beslut.png")
	r.press(t, s.say("casework.upload.deliver"))
	r.sees(t, s.say("casework.delivered.title"))
}

// onePixel is a PNG of one pixel.
var onePixel = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" +
	"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82")

// attach chooses a file to send.
func (r *reader) attach(t *testing.T, name string, content []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	r.do(t, chromedp.SetUploadFiles("#file", []string{file}))
}

// isHandedSafely fails unless a document comes as a file to be kept, in a box.
func (r *reader) isHandedSafely(t *testing.T, name string) {
	t.Helper()
	headers := eval[string](t, r.tab, fmt.Sprintf(`fetch(%s("main a", %q).href).then(a => [a.status, a.headers.get("content-type"),
		a.headers.get("content-disposition"), a.headers.get("content-security-policy")].join(" | "))`, find, name))
	for _, want := range []string{"200", "image/png", "attachment", "sandbox"} {
		if !strings.Contains(headers, want) {
			t.Errorf("the document is answered with %s, want %s", headers, want)
		}
	}
}

// reject makes a decision, after a look at what it will say.
func (r *reader) reject(t *testing.T, s, applicant tongue) {
	t.Helper()
	r.press(t, s.say("casework.reject.title"))
	r.press(t, s.say("casework.reject.check"))
	r.sees(t, s.say("ui.error_summary"), s.say("review.reject.grounds"), s.say("review.reject.reasons"))
	r.choose(t, s.say("casework.ground.requirements"))
	r.fill(t, s.say("casework.reject.reasons"), "Likvidationen pågår.\n\nKraven uppfylls inte.")
	r.press(t, s.say("casework.reject.check"))
	r.sees(t, s.say("casework.reject.check_title"), applicant.say("casework.decision.rejected_join"), "Likvidationen pågår.")
	r.press(t, s.say("casework.reject.edit"))
	if got := r.holds(t, s.say("casework.reject.reasons")); !strings.Contains(got, "Kraven uppfylls inte.") {
		t.Errorf("the reasons became %q", got)
	}
	r.press(t, s.say("casework.reject.check"))
	r.press(t, s.say("casework.reject.confirm"))
	r.sees(t, applicant.say("casework.decision.rejected_join"))
}

// readDecision follows the mail, which says only that a decision waits.
func (h *hearing) readDecision(t *testing.T) {
	t.Helper()
	r, s := h.applicant, h.theirs
	letter := r.site.mailed(t, h.email, s.say("letters.decision_waits.subject"))
	for _, secret := range []string{"Likvidationen", "Kraven", s.say("casework.decision.rejected_join"), s.say("casework.ground.requirements")} {
		if strings.Contains(letter, secret) {
			t.Errorf("the mail says %q: %s", secret, letter)
		}
	}
	r.open(t, linkIn(t, letter))
	r.meet(t)
	r.sees(t, s.say("casework.decision.title_join"), s.say("casework.decision.rejected_join"), s.say("casework.ground.requirements"), "Likvidationen pågår.",
		s.say("casework.decision.appeal"), s.say("casework.decision.basis_act"), world.Default().Organisation(h.organisation).BusinessID)
	r.visit(t, s.path(paths.JoinApplications))
	r.sees(t, s.say("partner.status.rejected"))
}
