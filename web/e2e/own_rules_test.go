package e2e_test

import (
	"strconv"
	"testing"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// TestPeriodsAreChangedByTwo reads the public page of periods, tries a change of
// one, proposes it, takes that back, proposes it again and has a second officer
// approve it; once in each language, with scripts and without.
func TestPeriodsAreChangedByTwo(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	fi, sv := speak(t, i18n.Finnish), speak(t, i18n.Swedish)
	for i, tt := range []struct {
		proposer, approver tongue
		kind, amount       string
		public             string // on the public page, in the approver's language
	}{
		{fi, sv, "feedback", "11", "11 månader"},
		{sv, fi, "data_request", "25", "25 kuukautta"},
	} {
		t.Run(string(tt.proposer.lang), func(t *testing.T) {
			t.Parallel()

			one, two := newReader(t, site, i == 0), newReader(t, site, i == 1)
			s := tt.proposer
			one.visit(t, s.path(paths.Keeping))
			one.sees(t, s.say("keeping.title"), s.say("keeping.kind.feedback"), s.say("keeping.kind.account"), s.say("keeping.withheld"))
			one.logInStaff(t, s, dataProtection[i])
			two.logInStaff(t, tt.approver, dataProtection[1-i])

			one.visit(t, s.path(paths.KeepingRules))
			one.triesPeriod(t, s, tt.kind, tt.amount)
			one.proposes(t, s, tt.kind)
			one.sees(t, s.say("keeping.rule.own"))
			one.lacks(t, s.say("keeping.rule.approve"))
			one.press(t, s.say("keeping.rule.withdraw"))
			one.sees(t, s.say("keeping.done.withdrawn"))
			one.triesPeriod(t, s, tt.kind, tt.amount)
			one.proposes(t, s, tt.kind)
			version := `SELECT max(version) FROM retention_rule WHERE kind = '` + tt.kind + `'`
			if n := site.number(t, version); n != 1 {
				t.Errorf("one officer has changed the rule to version %d", n)
			}

			two.visit(t, tt.approver.path(paths.KeepingRules))
			two.follow(t, tt.approver.path(paths.KeepingRule, tt.kind))
			two.sees(t, tt.approver.say("keeping.rule.proposal"), world.Default().Person(dataProtection[i]).FamilyName)
			two.stayFresh(t)
			two.press(t, tt.approver.say("keeping.rule.approve"))
			two.sees(t, tt.approver.say("keeping.done.changed"), lessTime)
			two.visit(t, tt.approver.path(paths.Keeping))
			two.sees(t, tt.public)
			if n := site.number(t, version); n != 2 {
				t.Errorf("the rule is of version %d, want 2", n)
			}
			one.visit(t, s.path(paths.KeepingRuns))
			one.sees(t, s.say("keeping.runs.dry"), s.say("keeping.kind."+tt.kind))
		})
	}
}

const lessTime = "Kokeillaan lyhyempää aikaa"

// triesPeriod asks what another period would delete, first with one that is none.
func (r *reader) triesPeriod(t *testing.T, s tongue, kind, amount string) {
	t.Helper()
	r.visit(t, s.path(paths.KeepingRules))
	r.follow(t, s.path(paths.KeepingRule, kind))
	for _, typed := range []string{"pitkään", amount} {
		r.fill(t, s.say("keeping.rule.amount"), typed)
		r.press(t, s.say("keeping.rule.try"))
		if typed != amount {
			r.sees(t, s.say("ui.error_summary"), s.say("keeping.change.amount"))
		}
	}
	r.sees(t, s.say("keeping.rule.forecast"))
}

// proposes asks for what was tried, first without a reason.
func (r *reader) proposes(t *testing.T, s tongue, kind string) {
	t.Helper()
	form := s.path(paths.KeepingRule, kind)
	r.stayFresh(t)
	r.submit(t, form, "#send")
	r.sees(t, s.say("ui.error_summary"))
	r.fill(t, s.say("keeping.rule.reason"), lessTime)
	r.submit(t, form, "#send")
	r.sees(t, s.say("keeping.done.proposed"), lessTime)
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
