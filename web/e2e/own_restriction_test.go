package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// queues puts a mail that stands on the person's consent to surveys in, and one
// that stands on nothing, and tells whether the first was sent when the second
// was.
func (o *owner) queues(t *testing.T, name string) bool {
	t.Helper()
	address := func(kind string) string { return kind + "." + name + "." + string(o.s.lang) + "@kysely.example" }
	queue := func(kind, data string, seconds int) {
		o.site.execute(t, fmt.Sprintf(`INSERT INTO mail_outbox (kind, key, priority, language, address, data, created_at, due_at, expires_at)
			SELECT 'data_request_answered', '%[1]s', 1, '%[2]s', '%[1]s', '%[3]s', now(), now() + interval '%[4]d seconds', now() + interval '1 day'`, address(kind), o.s.lang, data, seconds))
	}
	queue("suostumus", fmt.Sprintf(`{"consent_person": "%d", "consent_purpose": "survey"}`, o.person(t)), 0)
	queue("muu", "{}", 1)
	o.site.mailed(t, address("muu"), o.s.say("datarequests.mail_answered.subject"))
	return len(o.site.mails(t, address("suostumus"))) > 0
}

// TestRestrictionStopsTheUse asks for a restriction, which an officer grants:
// until it is lifted no consent counts, and both sides see how things stand. In
// both languages, each with scripts on one side only.
func TestRestrictionStopsTheUse(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	for i, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			who := crowd(110 + i)
			o := newOwner(t, site, lang, i == 0, "Rajoitus")
			s := o.s
			c := &clerk{reader: newReader(t, site, i == 1), s: s}
			c.secrets = []string{o.mark, who.Code, who.FamilyName}
			o.come(t, s, who)
			o.visit(t, s.path(paths.Consents))
			o.gives(t, "employer")
			o.gives(t, "survey")
			employer := s.path(paths.ProfileSection("employer"))
			o.visit(t, employer)
			o.pick(t, s.say("profile.field.employer.military_service"), s.say("profile.option.military_service.exempt"))
			o.save(t)
			o.publishesEures(t)
			if !o.queues(t, "ennen") {
				t.Error("a mail that stands on a consent is not sent")
			}
			o.visit(t, s.path(paths.OwnDataRequestNew))
			id := o.files(t, "restriction", o.mark+" tieto on kiistanalainen")

			c.logInStaff(t, s, dataProtection[4+i])
			c.takes(t, id)
			c.settles(t, id, "granted", o.mark+" käyttö on rajoitettu.")
			o.visit(t, employer)
			o.sees(t, s.say("profile.employer.not_asked"))
			if o.queues(t, "aikana") {
				t.Error("a mail is sent although no consent counts")
			}
			o.visit(t, s.path(paths.OwnDataRequests))
			o.follow(t, s.path(paths.OwnDataRequest, id))
			o.sees(t, s.say("datarequests.outcome.granted"), o.mark+" käyttö on rajoitettu.", s.say("datarequests.own.restricted"))
			o.visit(t, s.path(paths.Eures))
			o.sees(t, s.say("profile.eures.restricted"), s.say("profile.eures.published_restricted"))
			o.lacks(t, s.say("profile.eures.choice"))
			o.visit(t, s.path(paths.Consents))
			o.sees(t, s.say("consents.suspended"))
			c.findsRestricted(t, who.Code)
			o.visit(t, s.path(paths.OwnDataRequestNew))
			c.cannotRestrictTwice(t, o.files(t, "restriction", o.mark+" ja toinen"))

			c.lifts(t, id)
			o.visit(t, employer)
			o.sees(t, s.say("profile.option.military_service.exempt"))
			o.visit(t, s.path(paths.Eures))
			o.sees(t, s.say("profile.eures.published"))
			o.lacks(t, s.say("profile.eures.restricted"))
			o.visit(t, s.path(paths.Consents))
			o.lacks(t, s.say("consents.suspended"))
			if !o.queues(t, "jälkeen") {
				t.Error("after the restriction no mail is sent")
			}
			o.visit(t, s.path(paths.OwnDataRequest, id))
			o.sees(t, s.say("datarequests.fact.lifted"))
			o.lacks(t, s.say("datarequests.own.restricted"))
			o.visit(t, s.path(paths.OwnData))
			eval[bool](t, o.tab, openAll)
			o.sees(t, o.mark+" kerrottu puhelimessa", s.say("actions.restriction.imposed"), s.say("actions.restriction.lifted"))
		})
	}
}

// publishesEures publishes the EURES profile.
func (o *owner) publishesEures(t *testing.T) {
	t.Helper()
	v := o.visitor(t)
	v.tellsEures(t, o.s.lang)
	o.visit(t, o.s.path(paths.Eures))
	o.press(t, o.s.say("profile.eures.publish"))
	o.sees(t, o.s.say("profile.done.published"))
}

// tellsEures tells all that a EURES profile needs.
func (v *visitor) tellsEures(t *testing.T, lang i18n.Lang) {
	t.Helper()
	for section, fields := range map[string]url.Values{
		"residence": {"country": {"FI"}}, "eures": {"sex": {"female"}, "working_languages_1": {"sv"}, "citizenship_1": {"FI"}},
	} {
		page := paths.Fill(paths.ProfileSection(section), lang)
		v.see(t, page)
		if a := v.send(t, page, fields); a.status != http.StatusSeeOther {
			t.Fatalf("nothing for EURES: %s", a)
		}
	}
}

// openAll opens everything that a page has folded.
const openAll = `document.querySelectorAll("main details").forEach(d => { d.open = true }), true`

// findsRestricted sees at a search that the use of the data is restricted.
func (c *clerk) findsRestricted(t *testing.T, code string) {
	t.Helper()
	c.seeks(t, code)
	c.sees(t, c.s.say("datarequests.search.found"), c.s.say("datarequests.search.restricted"))
}

// cannotRestrictTwice refuses the second restriction, which nothing would stop.
func (c *clerk) cannotRestrictTwice(t *testing.T, id string) {
	t.Helper()
	s := c.s
	c.takes(t, id)
	c.press(t, s.say("datarequests.answer.title"))
	c.choose(t, s.say("datarequests.outcome.granted"))
	c.fill(t, s.say("datarequests.answer.text"), "Rajoitettu.")
	c.press(t, s.say("datarequests.answer.check"))
	c.press(t, s.say("datarequests.preview.send"))
	c.sees(t, s.say("ui.error_summary"), s.say("datarequests.outcome.restricted"))
	c.settles(t, id, "refused", "Käyttö on jo rajoitettu toisella pyynnöllä.")
}

// lifts ends the restriction of a request, first without a word and without having
// told the person.
func (c *clerk) lifts(t *testing.T, id string) {
	t.Helper()
	s := c.s
	c.visit(t, s.path(paths.DataRequest, id))
	c.follow(t, s.path(paths.DataRequestLift, id))
	c.press(t, s.say("datarequests.lift.send"))
	c.sees(t, s.say("ui.error_summary"), s.say("datarequests.note.missing"), s.say("datarequests.lift.told_missing"))
	c.choose(t, s.say("datarequests.lift.told"))
	c.fill(t, s.say("datarequests.note"), "Rajoitus"+string(s.lang)+" kerrottu puhelimessa")
	c.press(t, s.say("datarequests.lift.send"))
	c.sees(t, s.say("datarequests.done.lifted"), s.say("datarequests.fact.lifted"))
	if n := eval[int](t, c.tab, fmt.Sprintf(`document.querySelectorAll("main a[href='%s']").length`, s.path(paths.DataRequestLift, id))); n != 0 {
		t.Error("the restriction can be lifted twice")
	}
}
