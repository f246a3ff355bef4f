package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/web/paths"
)

// hearing is a case in which an officer asks, asks for documents and rejects.
type hearing struct {
	person, organisation, email, officer string
	theirs, ours                         tongue // the applicant's, the officer's
	applicant, clerk                     *reader
}

// hold goes through the hearing.
func (h *hearing) hold(t *testing.T) {
	t.Helper()
	clerk, s := h.clerk, h.ours
	clerk.lookAround(t, s)
	clerk.visit(t, s.path(paths.StaffRegister))
	clerk.sees(t, s.say("signin.other_group.title"))

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
	r.hasReceipt(t, s)
}

// sendDocuments answers an officer who asked for documents: a file that lies
// about what it is does not pass, an image is taken.
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
