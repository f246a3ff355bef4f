package e2e_test

import (
	"strconv"
	"testing"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// TestPeriodsAreChangedByTwo reads the public page of periods, and changes one
// with two officers, after a change that is taken back.
func TestPeriodsAreChangedByTwo(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	fi, sv := speak(t, i18n.Finnish), speak(t, i18n.Swedish)
	one, two := newReader(t, site, true), newReader(t, site, false)
	for _, v := range []struct {
		r *reader
		s tongue
	}{{one, fi}, {two, sv}} {
		v.r.visit(t, v.s.path(paths.Keeping))
		v.r.sees(t, v.s.say("keeping.title"), v.s.say("keeping.kind.feedback"), v.s.say("keeping.kind.account"), v.s.say("keeping.withheld"))
	}
	one.logInStaff(t, fi, dataProtection[0])
	two.logInStaff(t, sv, dataProtection[1])

	one.visit(t, fi.path(paths.KeepingRules))
	one.follow(t, fi.path(paths.KeepingRule, "feedback"))
	try := func(amount string) {
		one.fill(t, fi.say("keeping.rule.amount"), amount)
		one.press(t, fi.say("keeping.rule.try"))
	}
	try("pitkään")
	one.sees(t, fi.say("ui.error_summary"), fi.say("keeping.change.amount"))
	try("11")
	one.sees(t, fi.say("keeping.rule.forecast"))
	one.submit(t, fi.path(paths.KeepingRule, "feedback"), "#send")
	one.sees(t, fi.say("ui.error_summary"))
	one.fill(t, fi.say("keeping.rule.reason"), "Kokeillaan lyhyempää aikaa")
	one.submit(t, fi.path(paths.KeepingRule, "feedback"), "#send")
	one.sees(t, fi.say("keeping.done.proposed"), fi.say("keeping.rule.own"), "Kokeillaan lyhyempää aikaa")
	one.lacks(t, fi.say("keeping.rule.approve"))
	if n := site.number(t, `SELECT max(version) FROM retention_rule WHERE kind = 'feedback'`); n != 1 {
		t.Errorf("one officer has changed the rule to version %d", n)
	}

	two.visit(t, sv.path(paths.KeepingRule, "feedback"))
	two.sees(t, sv.say("keeping.rule.proposal"), world.Default().Person(dataProtection[0]).FamilyName)
	two.press(t, sv.say("keeping.rule.approve"))
	two.sees(t, sv.say("keeping.done.changed"), "Kokeillaan lyhyempää aikaa")
	two.visit(t, sv.path(paths.Keeping))
	two.sees(t, "11 månader")
	one.visit(t, fi.path(paths.KeepingRuns))
	one.sees(t, fi.say("keeping.runs.dry"))
}

// TestFeedbackWarnsOfIdentityCodes writes an identity code into feedback: the
// writer is warned, nothing is kept, and no other word is lost.
func TestFeedbackWarnsOfIdentityCodes(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	for i, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			s, r := speak(t, lang), newReader(t, site, i == 0)
			code := world.Default().Person("twin").Code
			text := "Palaute " + strconv.Itoa(i) + ": tunnukseni on " + code + ", kiitos & hyvää"
			r.secrets = []string{code}
			kept := func() int64 {
				return site.number(t, `SELECT count(*) FROM feedback WHERE message LIKE 'Palaute `+strconv.Itoa(i)+`%'`)
			}
			r.visit(t, s.path(paths.Feedback))
			r.choose(t, s.say("site.feedback.topic_service"))
			r.fill(t, s.say("site.feedback.message"), text)
			r.press(t, s.say("site.feedback.send"))
			r.sees(t, s.say("ui.error_summary"))
			if got := r.holds(t, s.say("site.feedback.message")); got != text {
				t.Errorf("the text has become %q", got)
			}
			if n := kept(); n != 0 {
				t.Errorf("%d kept with the identity code", n)
			}
			r.fill(t, s.say("site.feedback.message"), "Palaute "+strconv.Itoa(i)+": kiitos")
			r.press(t, s.say("site.feedback.send"))
			r.sees(t, s.say("site.feedback.done_title"))
			if n := kept(); n != 1 {
				t.Errorf("%d kept, want 1", n)
			}
		})
	}
}
