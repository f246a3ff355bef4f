package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// TestOfficersPagesInEveryState looks at every page on which officers answer for
// own data, as it is for officers who have a request in hand and who have not,
// when a form is refused, when it comes too late, and when they may not.
func TestOfficersPagesInEveryState(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	asker, officer := site.visitor("crowd-160").logIn(t), dataProtection[7]
	x := newInspector(t, site)
	x.logInStaff(t, speak(t, i18n.Finnish), officer)
	me := site.number(t, fmt.Sprintf(`SELECT person_id FROM session WHERE token_hash = sha256('%s')`, x.visitor(t).cookies["session"]))
	contact := paths.Fill(paths.ProfileSection("contact"), i18n.Finnish)
	asker.see(t, contact)
	if a := asker.send(t, contact, url.Values{"email": {"virkailijoille@tilat.example"}}); a.status != http.StatusSeeOther {
		t.Fatalf("%s", a)
	}
	x.both(t, func() {
		s := x.s
		c := &clerk{x.reader, s}
		x.stayFresh(t)
		for _, p := range []paths.Pair{
			paths.StaffFront, paths.DataRequests, paths.DataRequestNew, paths.DataRequestStatistics, paths.PersonSearch, paths.KeepingRules, paths.KeepingRuns,
		} {
			x.at(t, "as it is", p)
		}
		x.refusedForms(t)
		x.people(t)
		x.cases(t, c, asker, me)
		x.limits(t, asker, me)
		x.rule(t)
	})
}

// refusedForms has the forms refused that name a person.
func (x *inspector) refusedForms(t *testing.T) {
	t.Helper()
	for _, p := range []paths.Pair{paths.DataRequestNew, paths.PersonSearch} {
		x.visit(t, x.s.path(p))
		x.sends(t, "empty", "", p)
		x.spoils(t)
		x.sends(t, "refused", "", p)
	}
}

// people looks for somebody and nobody.
func (x *inspector) people(t *testing.T) {
	t.Helper()
	for state, code := range map[string]string{"found": crowd(160).Code, "nobody": "010594Y9021"} {
		x.stayFresh(t)
		x.visit(t, x.s.path(paths.PersonSearch))
		x.fill(t, x.s.say("datarequests.code"), code)
		x.choose(t, x.s.say("datarequests.reason.authority"))
		x.sends(t, state, "", paths.PersonSearch)
		if state == "found" {
			eval[bool](t, x.tab, openAll)
			x.judge(t, "found, open")
			x.sends(t, "no new code", "", paths.PersonCode)
		}
	}
}

// cases goes through the life of requests.
func (x *inspector) cases(t *testing.T, c *clerk, asker *visitor, me int64) {
	t.Helper()
	s := x.s
	id := asker.asksAbout(t, "correction", awkward)
	other := asker.asksAbout(t, "deletion", awkward)
	set := func(id, what string) {
		t.Helper()
		x.site.execute(t, `UPDATE data_request SET `+what+` WHERE id = `+id)
	}
	x.at(t, "free", paths.DataRequest, id)
	for _, p := range []paths.Pair{paths.DataRequestAnswer, paths.DataRequestDelete} {
		x.at(t, "in nobody's hand", p, other)
	}
	set(id, `claimed_by = `+strconv.FormatInt(me+100_000, 10)+`, claimed_until = now() + interval '1 hour'`)
	x.at(t, "in another's hand", paths.DataRequest, id)
	x.at(t, "in another's hand", paths.DataRequestAnswer, id)
	set(id, `claimed_by = NULL, claimed_until = NULL`)
	c.takes(t, id)
	x.judge(t, "taken")
	x.sends(t, "no document", "", paths.DataRequestFile, id)
	for _, p := range []paths.Pair{paths.DataRequestContact, paths.DataRequestHandBack, paths.DataRequestAnswer} {
		x.at(t, "form", p, id)
		x.sends(t, "empty", "", p, id)
		x.spoils(t)
		x.sends(t, "refused", "", p, id)
	}
	x.visit(t, s.path(paths.DataRequestAnswer, id))
	x.choose(t, s.say("datarequests.outcome.partly"))
	x.fill(t, s.say("datarequests.answer.text"), "Perustelut: "+awkward)
	x.sends(t, "preview", "", paths.DataRequestAnswer, id)
	x.sends(t, "answered", "", paths.DataRequestAnswer, id)
	x.at(t, "certificate", paths.DataRequestProof, id)

	c.takes(t, other)
	set(other, `received_at = now() - interval '40 days', due_at = now() - interval '9 days'`)
	x.at(t, "late", paths.DataRequest, other)
	x.at(t, "late", paths.DataRequests)
	x.at(t, "in hand", paths.DataRequestDelete, other)
	x.visit(t, s.path(paths.DataRequestContact, other))
	x.fill(t, s.say("datarequests.note"), awkward)
	set(other, `claimed_until = now() - interval '1 second'`)
	x.sends(t, "too late", "", paths.DataRequestContact, other)
	set(other, `received_at = now(), due_at = now() + interval '20 days', claimed_by = NULL, claimed_until = NULL`)
	at := requestPages + "/" + other
	asker.see(t, at)
	asker.send(t, at+"/peru", nil)
	x.at(t, "withdrawn", paths.DataRequest, other)

	x.restriction(t, c, asker)
	entered := c.enters(t, letter{kind: "inspection", channel: "email", identification: "none", requester: "Tuntematon " + awkward[:20]})
	x.judge(t, "entered")
	c.takes(t, entered)
	x.at(t, "unidentified", paths.DataRequestAnswer, entered)
	x.at(t, "form", paths.DataRequestIdentify, entered)
	x.stayFresh(t)
	x.sends(t, "empty", "", paths.DataRequestIdentify, entered)
	c.settles(t, entered, "not_identified", "Emme voineet varmistaa, kuka pyytää.")
	x.judge(t, "not identified")
}

// restriction grants one and lifts it.
func (x *inspector) restriction(t *testing.T, c *clerk, asker *visitor) {
	t.Helper()
	id := asker.asksAbout(t, "restriction", awkward)
	c.takes(t, id)
	c.settles(t, id, "granted", "Käyttö on rajoitettu.")
	x.judge(t, "restricted")
	also := asker.asksAbout(t, "deletion", awkward)
	c.takes(t, also)
	x.at(t, "beside a restriction", paths.DataRequestDelete, also)
	c.visit(t, x.s.path(paths.DataRequestHandBack, also))
	c.fill(t, x.s.say("datarequests.note"), "Kesken")
	x.sends(t, "handed back", "", paths.DataRequestHandBack, also)
	at := requestPages + "/" + also
	asker.see(t, at)
	asker.send(t, at+"/peru", nil)
	x.at(t, "form", paths.DataRequestLift, id)
	x.sends(t, "empty", "", paths.DataRequestLift, id)
	c.lifts(t, id)
	x.judge(t, "lifted")
}

// limits meets what an officer may not.
func (x *inspector) limits(t *testing.T, asker *visitor, me int64) {
	t.Helper()
	own := x.site.visitor(dataProtection[7]).logIn(t)
	x.at(t, "own", paths.DataRequest, own.asksAbout(t, "inspection", "oma"))
	at := requestPages + "/" + path.Base(x.path(t))
	own.see(t, at)
	own.send(t, at+"/peru", nil)
	id := asker.asksAbout(t, "inspection", "")
	x.site.execute(t, fmt.Sprintf(`INSERT INTO viewing (officer_id, subject_kind, subject_id, looked_at) SELECT %d, 'search', 'raja-' || n, now() FROM generate_series(1, 100) AS n`, me))
	x.site.execute(t, fmt.Sprintf(`DELETE FROM viewing WHERE officer_id = %d AND subject_id = (SELECT person_id::text FROM data_request WHERE id = %s)`, me, id))
	x.at(t, "stopped", paths.DataRequest, id)
	x.site.execute(t, fmt.Sprintf(`DELETE FROM viewing WHERE officer_id = %d AND subject_id LIKE 'raja-%%'`, me))
	at = requestPages + "/" + id
	asker.see(t, at)
	asker.send(t, at+"/peru", nil)
}

// rule tries and proposes another period, and takes that back.
func (x *inspector) rule(t *testing.T) {
	t.Helper()
	const kind = "mail"
	page := x.s.path(paths.KeepingRule, kind)
	x.at(t, "fixed", paths.KeepingRule, "profile")
	for state, query := range map[string]string{"as it is": "", "tried": "?amount=740&unit=hours", "refused": "?amount=x&unit=hours&warn_days=x"} {
		x.visit(t, page+query)
		x.judge(t, state)
	}
	x.visit(t, page+"?amount=740&unit=hours")
	x.stayFresh(t)
	x.submit(t, page, "#send")
	x.judge(t, "no reason")
	x.fill(t, x.s.say("keeping.rule.reason"), awkward)
	x.submit(t, page, "#send")
	x.judge(t, "proposed")
	x.at(t, "with a proposal", paths.KeepingRules)
	x.site.execute(t, `UPDATE retention_proposal SET proposed_by = proposed_by + 100000 WHERE kind = '`+kind+`'`)
	x.at(t, "proposed by another", paths.KeepingRule, kind)
	x.sends(t, "withdrawn", "[value=withdraw]", paths.KeepingDecide, kind)
	x.site.work(t, "retention.run")
	x.at(t, "after a run", paths.KeepingRuns)
}
