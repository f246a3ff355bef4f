package e2e_test

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// letter is a request as it came by post or by e-mail.
type letter struct{ kind, channel, identification, requester, message, code string }

// enters takes in a request, first wrongly, and returns its number.
func (c *clerk) enters(t *testing.T, l letter) string {
	t.Helper()
	s := c.s
	c.stayFresh(t)
	c.visit(t, s.path(paths.DataRequests))
	c.follow(t, s.path(paths.DataRequestNew))
	for label, text := range map[string]string{
		"datarequests.fact.received": today(), "datarequests.fact.requester": l.requester,
		"datarequests.fact.address": "Kirjetie 1, 00100 Helsinki", "datarequests.request.asked": l.message, "datarequests.code": "010594Y9033",
	} {
		c.fill(t, s.say(label), text)
	}
	for _, choice := range []string{"channel." + l.channel, "language." + string(s.lang), "identification." + l.identification} {
		c.choose(t, s.say("datarequests."+choice))
	}
	c.press(t, s.say("datarequests.enter.send"))
	c.sees(t, s.say("ui.error_summary"), s.say("datarequests.kind.missing"), s.say("identity.code.invalid"))
	if got := c.holds(t, s.say("datarequests.fact.requester")) + c.holds(t, s.say("datarequests.code")); got != l.requester {
		t.Errorf("of the name and the code the form keeps %q", got)
	}
	c.choose(t, s.say("datarequests.kind."+l.kind))
	c.fill(t, s.say("datarequests.code"), l.code)
	c.press(t, s.say("datarequests.enter.send"))
	c.sees(t, s.say("datarequests.done.entered"), s.say("datarequests.channel."+l.channel), s.say("datarequests.identification."+l.identification), l.requester)
	return path.Base(c.path(t))
}

// today is the day as people write it.
func today() string { return time.Now().In(i18n.Helsinki).Format("2.1.2006") }

// TestRequestsByPostAndMail has officers enter a letter and an e-mail and answer
// both, with a copy of the data and with a certificate; the person, who is the
// portal's customer, reads both answers and sees who has looked and why. In both
// languages, each with scripts on one side only.
func TestRequestsByPostAndMail(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	for i, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			who := crowd(100 + i)
			o := newOwner(t, site, lang, i == 1, "Kirje")
			c := &clerk{reader: newReader(t, site, i == 0), s: speak(t, lang)}
			c.secrets = []string{o.mark, who.Code, who.FamilyName}
			o.come(t, o.s, who)
			o.tellsAddress(t)
			c.logInStaff(t, c.s, dataProtection[2+i])

			posted := c.enters(t, letter{kind: "inspection", channel: "post", identification: "signature", requester: who.FirstNames, code: who.Code})
			c.lacks(t, who.Code)
			c.sees(t, who.FamilyName, o.email())
			c.takes(t, posted)
			c.attachesCopy(t, posted, o)
			c.settles(t, posted, "granted", o.mark+" kopio on liitteenä.")

			mailed := c.enters(t, letter{kind: "correction", channel: "email", identification: "none", requester: who.FirstNames, message: o.mark + " osoite on väärin"})
			c.takes(t, mailed)
			c.identifies(t, mailed, who.Code, who.FamilyName)
			c.settles(t, mailed, "partly", o.mark+" korjattiin osoite mutta ei nimeä.")
			c.sees(t, c.s.say("datarequests.certificate.open"))
			c.searches(t, who)

			o.readsAnswers(t, posted, mailed)
			c.visit(t, c.s.path(paths.DataRequest, mailed))
			c.sees(t, o.mark+" korjattiin", c.s.say("datarequests.certificate.complaint"))
		})
	}
}

// attachesCopy puts a copy of the data into the answer, and takes another one to
// be sent by letter.
func (c *clerk) attachesCopy(t *testing.T, id string, o *owner) {
	t.Helper()
	s := c.s
	c.stayFresh(t)
	c.press(t, s.say("datarequests.copy.attach"))
	c.sees(t, s.say("datarequests.done.attached"), s.say("datarequests.copy.file"))
	v := c.visitor(t)
	v.see(t, s.path(paths.DataRequest, id))
	a := v.send(t, s.path(paths.DataRequestCopy, id), url.Values{"act": {"download"}})
	if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") || !strings.Contains(a.body, o.email()) {
		t.Errorf("the copy for a letter: %s", a)
	}
}

// identifies cannot grant what somebody unknown asks, notes how it was made sure
// who it is, and then can.
func (c *clerk) identifies(t *testing.T, id, code, name string) {
	t.Helper()
	s := c.s
	c.sees(t, s.say("datarequests.case.unknown"))
	c.press(t, s.say("datarequests.answer.title"))
	c.sees(t, s.say("datarequests.answer.unidentified"))
	c.lacks(t, s.say("datarequests.outcome.granted"), s.say("datarequests.outcome.partly"))
	c.stayFresh(t)
	c.visit(t, s.path(paths.DataRequest, id))
	c.press(t, s.say("datarequests.identify.title"))
	c.press(t, s.say("datarequests.identify.send"))
	c.sees(t, s.say("ui.error_summary"), s.say("datarequests.identification.missing"), s.say("datarequests.note.missing"))
	c.choose(t, s.say("datarequests.identification.document"))
	c.fill(t, s.say("datarequests.code"), code)
	c.fill(t, s.say("datarequests.note"), "Passi nähty")
	c.press(t, s.say("datarequests.identify.send"))
	c.sees(t, s.say("datarequests.done.identified"), s.say("datarequests.identification.document"), "Passi nähty", name)
	c.lacks(t, code, s.say("datarequests.case.unknown"))
}

// readsAnswers reads the answers to a letter and an e-mail, takes the copy and the
// certificate, and sees who has looked.
func (o *owner) readsAnswers(t *testing.T, posted, mailed string) {
	t.Helper()
	s, complaint := o.s, o.s.say("datarequests.certificate.complaint_text")
	if text := o.site.mailed(t, o.email(), s.say("datarequests.mail_answered.subject")); strings.Contains(text, o.mark+" ") {
		t.Errorf("the mail tells what only the person may read: %s", text)
	}
	o.visit(t, s.path(paths.OwnDataRequests))
	o.follow(t, s.path(paths.OwnDataRequest, posted))
	o.sees(t, s.say("datarequests.outcome.granted"), o.mark+" kopio on liitteenä.", s.say("datarequests.channel.post"))
	o.lacks(t, complaint)
	v := o.visitor(t)
	name := v.linkBelow(t, s.path(paths.OwnDataRequest, posted), strings.TrimPrefix(s.path(paths.OwnDataRequestRead, posted, ""), s.path(paths.OwnDataRequest, posted)))
	if a := v.open(t, s.path(paths.OwnDataRequestRead, posted, name)); a.status != http.StatusOK || !strings.Contains(a.body, o.email()) ||
		!strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Errorf("the copy in the answer: %s", a)
	}
	o.visit(t, s.path(paths.OwnDataRequests))
	o.follow(t, s.path(paths.OwnDataRequest, mailed))
	o.sees(t, s.say("datarequests.outcome.partly"), o.mark+" korjattiin", complaint, s.say("datarequests.identification.document"))
	o.press(t, s.say("datarequests.certificate.open"))
	o.sees(t, s.say("datarequests.certificate.title"), o.mark+" korjattiin", o.mark+" osoite on väärin", complaint)
	o.visit(t, s.path(paths.OwnDataLooks))
	for _, id := range []string{posted, mailed} {
		o.sees(t, s.say("owndata.look.matter", "Matter", s.say("owndata.matter.data_request"), "Number", id))
	}
	o.sees(t, s.say("owndata.look.data_request"), s.say("owndata.look.identity"), s.say("owndata.role.data_protection"))
}
