package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// TestOwnDataFromProfileToDeletion goes the whole way of a person who manages the
// own data, in both languages, with scripts and without, with an officer who
// speaks the other language.
func TestOwnDataFromProfileToDeletion(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	for i, tt := range []struct {
		lang    i18n.Lang
		scripts bool
		key     string
	}{
		{i18n.Finnish, true, "several"},
		{i18n.Swedish, false, "ayramo"},
	} {
		t.Run(string(tt.lang), func(t *testing.T) {
			t.Parallel()

			o := newOwner(t, site, tt.lang, tt.scripts, "Tuntomerkki")
			o.key = tt.key
			o.secrets = append(o.secrets, world.Default().Person(tt.key).Code)
			clerk := &clerk{reader: newReader(t, site, !tt.scripts), s: speak(t, i18n.Langs[1-i])}
			o.logIn(t, o.s, tt.key)
			o.keepsProfile(t)
			o.publishes(t)
			o.consents(t)
			clerk.logInStaff(t, clerk.s, dataProtection[i])
			id := o.asksForCorrection(t)
			clerk.refuses(t, id)
			o.readsRefusal(t, id)
			clerk.searches(t, world.Default().Person(tt.key))
			o.looksAround(t)
			o.copies(t)
			o.deletes(t)
		})
	}
}

// consents gives a consent, tells what only it allows to ask, and withdraws it;
// and one for health data.
func (o *owner) consents(t *testing.T) {
	t.Helper()
	s := o.s
	o.section(t, "work") // from where the profile leads to what only employers need
	o.visit(t, s.path(paths.ProfileSection("employer")))
	o.sees(t, s.say("profile.employer.not_asked"))
	o.press(t, s.say("profile.employer.consents"))
	o.sees(t, s.say("consents.title"), s.say("consents.history_none"), s.say("consents.employer.data"))
	o.gives(t, "employer")
	o.sees(t, s.say("consents.done.given"))
	o.visit(t, s.path(paths.ProfileSection("employer")))
	o.pick(t, s.say("profile.field.employer.military_service"), s.say("profile.option.military_service.exempt"))
	o.save(t)
	o.visit(t, s.path(paths.Consents))
	o.gives(t, "health")
	o.sees(t, s.say("ui.error_summary"), s.say("consents.receiver.missing"), s.say("consents.matter.missing"))
	o.fill(t, s.say("consents.receiver"), o.mark+" Oy")
	o.fill(t, s.say("consents.matter"), o.mark+" varastotyö")
	o.gives(t, "health")
	o.sees(t, s.say("consents.done.given"), o.mark+" varastotyö")
	for range 2 {
		o.submit(t, s.path(paths.ConsentWithdraw), "")
		o.sees(t, s.say("consents.done.withdrawn"))
	}
	o.lacks(t, s.say("consents.withdraw"))
	o.visit(t, s.path(paths.ProfileSection("employer")))
	o.sees(t, s.say("profile.employer.not_asked"))
}

// gives presses the button that gives a consent for a purpose.
func (o *owner) gives(t *testing.T, purpose string) {
	t.Helper()
	o.leave(t, fmt.Sprintf(`document.querySelector("main input[name=purpose][value=%s]").form.querySelector("button")`, purpose), "give "+purpose)
}

// asksForCorrection files a request, first wrongly, and returns its number.
func (o *owner) asksForCorrection(t *testing.T) string {
	t.Helper()
	s := o.s
	o.visit(t, s.path(paths.OwnDataRequests))
	o.sees(t, s.say("datarequests.own.none"))
	o.press(t, s.say("datarequests.own.new"))
	o.press(t, s.say("datarequests.new.send"))
	o.sees(t, s.say("ui.error_summary"), s.say("datarequests.kind.missing"))
	return o.files(t, "correction", o.mark+" sukunimeni on väärin")
}

// files sends a request on the page for it and returns its number.
func (o *owner) files(t *testing.T, kind, message string) string {
	t.Helper()
	s := o.s
	o.choose(t, s.say("datarequests.kind."+kind))
	o.fill(t, s.say("datarequests.new.message"), message)
	o.press(t, s.say("datarequests.new.send"))
	o.sees(t, s.say("datarequests.done.filed"), message)
	return path.Base(o.path(t))
}

// clerk is an officer of data protection at a browser.
type clerk struct {
	*reader

	s tongue
}

// takes claims a request.
func (c *clerk) takes(t *testing.T, id string) {
	t.Helper()
	c.visit(t, c.s.path(paths.DataRequest, id))
	c.press(t, c.s.say("datarequests.case.take"))
	c.sees(t, c.s.say("datarequests.done.claimed"))
}

// settles answers a request in hand, after a look at what the person will read.
func (c *clerk) settles(t *testing.T, id, outcome, answer string) {
	t.Helper()
	s := c.s
	c.visit(t, s.path(paths.DataRequestAnswer, id))
	c.choose(t, s.say("datarequests.outcome."+outcome))
	c.fill(t, s.say("datarequests.answer.text"), answer)
	c.press(t, s.say("datarequests.answer.check"))
	c.sees(t, s.say("datarequests.preview.title"), answer)
	c.press(t, s.say("datarequests.preview.send"))
	c.sees(t, s.say("datarequests.done.answered"))
}

const reasons = "Nimi on väestötietojärjestelmän mukainen, eikä palvelu voi muuttaa sitä."

// refuses takes a request and refuses what it asks for.
func (c *clerk) refuses(t *testing.T, id string) {
	t.Helper()
	s := c.s
	c.visit(t, s.path(paths.DataRequests))
	c.follow(t, s.path(paths.DataRequest, id))
	c.takes(t, id)
	c.press(t, s.say("datarequests.contact.title"))
	c.press(t, s.say("datarequests.contact.send"))
	c.sees(t, s.say("ui.error_summary"), s.say("datarequests.note.missing"))
	c.fill(t, s.say("datarequests.note"), "Soitettu, ei vastausta")
	c.press(t, s.say("datarequests.contact.send"))
	c.sees(t, s.say("datarequests.done.noted"), "Soitettu, ei vastausta")
	c.press(t, s.say("datarequests.answer.title"))
	c.choose(t, s.say("datarequests.outcome.refused"))
	c.fill(t, s.say("datarequests.answer.text"), "Ei.")
	c.press(t, s.say("datarequests.answer.check"))
	c.sees(t, s.say("ui.error_summary"), s.say("datarequests.reasons.missing"))
	c.fill(t, s.say("datarequests.answer.text"), reasons)
	c.press(t, s.say("datarequests.answer.check"))
	c.sees(t, s.say("datarequests.preview.title"), s.say("datarequests.preview.certificate"), reasons)
	c.press(t, s.say("datarequests.preview.send"))
	c.sees(t, s.say("datarequests.done.answered"))
	c.press(t, s.say("datarequests.certificate.open"))
	c.visit(t, s.path(paths.DataRequestStatistics))
	c.visit(t, s.path(paths.DataRequestNew))
	c.press(t, s.say("datarequests.enter.send"))
	c.sees(t, s.say("ui.error_summary"))
}

// readsRefusal reads the answer and the certificate.
func (o *owner) readsRefusal(t *testing.T, id string) {
	t.Helper()
	s := o.s
	text := o.site.mailed(t, o.email(), s.say("datarequests.mail_answered.subject"))
	if strings.Contains(text, reasons) || strings.Contains(text, o.mark) {
		t.Errorf("the mail tells what only the person may read: %s", text)
	}
	o.visit(t, s.path(paths.OwnDataRequests))
	o.follow(t, s.path(paths.OwnDataRequest, id))
	o.sees(t, reasons, s.say("datarequests.certificate.complaint_text"))
	o.press(t, s.say("datarequests.certificate.open"))
	o.sees(t, s.say("datarequests.certificate.title"), reasons, s.say("datarequests.certificate.complaint_text"), o.mark+" sukunimeni")
}

// searches looks for a person by identity code: with none, without a reason, for
// one whom the portal does not know, and rightly.
func (c *clerk) searches(t *testing.T, who world.Person) {
	t.Helper()
	s := c.s
	c.secrets = append(c.secrets, who.Code, who.FamilyName)
	c.stayFresh(t)
	c.visit(t, s.path(paths.PersonSearch))
	c.press(t, s.say("datarequests.search.send"))
	c.sees(t, s.say("ui.error_summary"))
	c.choose(t, s.say("datarequests.reason.identity"))
	c.fill(t, s.say("datarequests.code"), world.Default().Person("elder").Code)
	c.press(t, s.say("datarequests.search.send"))
	c.sees(t, s.say("datarequests.search.nobody"))
	c.fill(t, s.say("datarequests.code"), who.Code)
	c.press(t, s.say("datarequests.search.send"))
	c.sees(t, s.say("datarequests.search.found"), who.FamilyName, s.say("datarequests.search.told"))
	c.lacks(t, who.Code)
}

// looksAround finds on the account page what was written and who has looked.
func (o *owner) looksAround(t *testing.T) {
	t.Helper()
	s := o.s
	o.visit(t, s.path(paths.OwnFront))
	o.follow(t, s.path(paths.OwnData))
	eval[bool](t, o.tab, `document.querySelectorAll("main details").forEach(d => { d.open = true }), true`)
	o.sees(t, o.mark+" hoitotyö", o.mark+" tutkinto", o.mark+" varastotyö", s.say("owndata.source.person"), s.say("owndata.source.population_register"),
		s.say("owndata.group.mail_outbox"))
	if o.scripts {
		for _, v := range views()[:2] {
			o.look(t, v)
			o.picture(t, "open "+o.path(t), v)
			t.Run("account, open, "+v.name, func(t *testing.T) { o.inspect(t) })
		}
	}
	o.fits(t)
	o.press(t, s.say("owndata.looks.title"))
	o.sees(t, s.say("owndata.look.identity"), s.say("owndata.role.data_protection"))
	for _, key := range dataProtection {
		officer := world.Default().Person(key)
		o.lacks(t, officer.FirstNames+" "+officer.FamilyName, officer.FamilyName+" "+officer.FirstNames)
	}
}

// copies takes a copy of everything, after another identification.
func (o *owner) copies(t *testing.T) {
	t.Helper()
	s := o.s
	o.growOld(t)
	o.visit(t, s.path(paths.OwnData))
	o.press(t, s.say("owndata.copy.title"))
	o.sees(t, s.say("signin.fresh.title"))
	o.identify(t, s, o.key)
	o.sees(t, s.say("owndata.copy.title"), s.say("owndata.copy.care"))
	v, who := o.visitor(t), world.Default().Person(o.key)
	asJSON := v.open(t, s.path(paths.OwnDataCopyJSON))
	var copied any
	if err := json.Unmarshal([]byte(asJSON.body), &copied); err != nil {
		t.Errorf("the copy is no JSON: %v", err)
	}
	asHTML := v.open(t, s.path(paths.OwnDataCopyHTML))
	for _, a := range []*answer{asJSON, asHTML} {
		if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s answers %d, %s", a.path, a.status, a.header.Get("Content-Disposition"))
		}
		for _, want := range []string{who.FamilyName, who.Code, o.mark + " tutkinto", o.mark + " varastotyö", o.email(), "sukunimeni"} {
			if !strings.Contains(a.body, want) {
				t.Errorf("%s misses %q", a.path, want)
			}
		}
		other := map[string]string{"several": "Tuntomerkkisv", "ayramo": "Tuntomerkkifi"}[o.key]
		for _, foreign := range []string{other, world.Default().Person("dataprotection").FirstNames, world.Default().Person("interfaces").FirstNames} {
			if strings.Contains(a.body, foreign) {
				t.Errorf("%s tells of %s", a.path, foreign)
			}
		}
	}
	o.growOld(t)
	if a := v.open(t, s.path(paths.OwnDataCopyJSON)); a.status != http.StatusSeeOther || strings.Contains(a.body, o.mark) {
		t.Errorf("a copy without a fresh identification: %s", a)
	}
}
