package e2e_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

var aDay = regexp.MustCompile(`\d{1,2}\.\d{1,2}\.\d{4}`)

// TestNewTermsReachThePartner writes new terms, has them published by two
// officers, and moves the clock: partners are told, see what changes, and go on
// under them. One of them joins while the business register does not answer.
func TestNewTermsReachThePartner(t *testing.T) {
	t.Parallel()

	site := newSite(t, 5)
	t.Cleanup(site.stop)
	fi, sv := speak(t, i18n.Finnish), speak(t, i18n.Swedish)
	partner := newReader(t, site, true)
	partner.join(t, fi, "association", "yhdistys")
	const email, late = "yhdistys@yritys.example", "bjorkvik@yritys.example"

	order(t, site.world.RegisterURL, "fault?mode=503")
	waiting := newReader(t, site, false)
	waiting.apply(t, sv, "ng", "bjorkvik", "submitted", application{email: late, text: "Vi rekryterar", areas: []string{"recruitment"}})
	waiting.sees(t, sv.say("onboarding.next.submitted"))
	site.mailed(t, late, sv.say("letters.application_received.subject"))
	order(t, site.world.RegisterURL, "reset")
	// The register would be asked again after a pause that no test should wait for.
	eventually(t, "the rules approve once the register answers", func() bool {
		site.number(t, `WITH due AS (UPDATE organisation SET next_try_at = '2000-01-01' WHERE found IS NULL RETURNING 1) SELECT count(*) FROM due`)
		return site.number(t, `SELECT count(*) FROM application WHERE status <> 'approved'`) == 0
	})
	site.mailed(t, late, sv.say("letters.application_approved.subject"))

	o := openOffice(t, site)
	o.appoint(t, "content", "content")
	o.appoint(t, "content2", "content")
	const added = "Tämä kappale on uusi."
	effective := o.officer(t, fi, true, "content").draftTerms(t, fi, added)
	o.officer(t, sv, true, "content2").publishTerms(t, sv)

	site.portal(t, "work", "-run", "terms.announce") // it runs once a minute by itself
	letter := site.mailed(t, email, fi.say("letters.terms_announced.subject"))
	partner.open(t, linkIn(t, letter))
	partner.meet(t)
	partner.sees(t, added)
	partner.visit(t, fi.path(paths.Desk))
	partner.sees(t, fi.say("desk.terms_coming"))
	partner.press(t, fi.say("desk.terms_changes"))
	partner.sees(t, fi.say("terms.change.added"), added)

	day := until(t, effective)
	site.move(t, day-24*time.Hour)
	site.portal(t, "work", "-run", "terms.announce")
	site.mailed(t, email, fi.say("letters.terms_reminder.subject"))
	site.move(t, day+time.Hour)
	partner.goOn(t, fi, "association", "yhdistys", added)
	waiting.goOn(t, sv, "ng", "bjorkvik", added)
	if n := site.number(t, `SELECT count(*) FROM terms_acceptance WHERE how = 'continued' AND number = 2`); n != 2 {
		t.Errorf("going on was recorded %d times, want once for each of two", n)
	}
	partner.visit(t, fi.path(paths.TermsVersion, "partner", "1"))
	partner.sees(t, fi.say("terms.over.title"))
	partner.lacks(t, added)
}

// goOn uses the portal after new terms have taken effect.
func (r *reader) goOn(t *testing.T, s tongue, person, organisation, added string) {
	t.Helper()
	r.logIn(t, s, person)
	r.actFor(t, s, organisation)
	r.visit(t, s.path(paths.Desk))
	r.sees(t, s.say("terms.changed.title"), added)
	r.press(t, s.say("terms.changed.go_on"))
	r.sees(t, s.say("desk.title"))
	r.lacks(t, s.say("desk.terms_coming"))
	r.visit(t, s.path(paths.DeskRepresentation))
	r.sees(t, s.say("desk.how_continued"))
}

// until is how long it is to the beginning of a day as people write it.
func until(t *testing.T, day string) time.Duration {
	t.Helper()
	begins, err := time.ParseInLocation("2.1.2006", day, i18n.Helsinki)
	if err != nil {
		t.Fatal(err)
	}
	return time.Until(begins).Round(time.Second)
}

// draftTerms writes the next version, asks for its publication, and returns the
// day on which it takes effect.
func (r *reader) draftTerms(t *testing.T, s tongue, added string) string {
	t.Helper()
	r.visit(t, s.path(paths.StaffTerms))
	r.press(t, s.say("terms.kind.partner"))
	r.press(t, s.say("terms.work.start"))
	for _, lang := range []string{"fi", "sv"} {
		label := s.say("terms.draft.text_" + lang)
		text := r.holds(t, label)
		r.fill(t, label, text+"\n\n## Uutta – nytt\n\n"+added+"\n")
	}
	r.fill(t, s.say("terms.draft.effective_on"), "31.2.2027")
	r.press(t, s.say("terms.draft.save"))
	r.sees(t, s.say("terms.draft.effective_format"))
	r.fill(t, s.say("terms.draft.effective_on"), time.Now().In(i18n.Helsinki).AddDate(0, 0, 1).Format("2.1.2006"))
	r.press(t, s.say("terms.draft.save"))
	if r.path(t) == s.path(paths.StaffTermsCheck, "partner") || r.path(t) == s.path(paths.StaffTermsCheck, "kumppani") {
		t.Log("the draft is kept with a day that is too early")
		r.press(t, s.say("terms.check.request"))
		r.sees(t, s.say("ui.error_summary"))
		r.press(t, s.say("terms.work.edit"))
	}
	said := r.said(t)
	effective := aDay.FindAllString(said[strings.Index(said, s.say("terms.draft.effective_on")):], 3)
	if len(effective) < 2 {
		t.Fatalf("the editor does not say which day is the earliest: %s", said)
	}
	r.fill(t, s.say("terms.draft.effective_on"), effective[1])
	r.press(t, s.say("terms.draft.save"))
	r.sees(t, effective[1], added, s.say("terms.check.request_text"))
	r.press(t, s.say("terms.check.request"))
	r.lacks(t, s.say("terms.check.publish"))
	return effective[1]
}

// publishTerms approves what another officer has written.
func (r *reader) publishTerms(t *testing.T, s tongue) {
	t.Helper()
	r.visit(t, s.path(paths.StaffTerms))
	r.press(t, s.say("terms.kind.partner"))
	r.press(t, s.say("terms.work.check"))
	r.press(t, s.say("terms.check.publish"))
	r.sees(t, s.say("terms.all_versions"))
}
