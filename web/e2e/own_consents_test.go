package e2e_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// TestConsentsAreWithdrawnAsEasilyAsGiven gives and withdraws consents with one
// button each, in both languages, with scripts and without. The history keeps the
// words that were consented to, and data on health takes a consent of its own.
func TestConsentsAreWithdrawnAsEasilyAsGiven(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	for i, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			o := newOwner(t, site, lang, i == 0, "Suostumus")
			s, page := o.s, o.s.path(paths.Consents)
			o.come(t, s, crowd(120+i))
			o.visit(t, page)
			o.sees(t, s.say("consents.history_none"))
			for _, purpose := range []string{"employer", "survey"} {
				given := o.controls(t, "main input[name=purpose][value="+purpose+"]")
				o.gives(t, purpose)
				o.sees(t, s.say("consents.done.given"))
				withdrawn := o.controls(t, "main input[name=consent]")
				if given != "button" || withdrawn != given {
					t.Errorf("to give %s takes %q, to withdraw it %q", purpose, given, withdrawn)
				}
				words := s.say("consents."+purpose+".what") + "\n" + s.say("consents."+purpose+".who") + "\n" + s.say("consents."+purpose+".data")
				o.submit(t, s.path(paths.ConsentWithdraw), "")
				o.sees(t, s.say("consents.done.withdrawn"))
				o.keptWords(t, words)
			}
			o.visit(t, page)
			o.gives(t, "employer")
			o.healthIsApart(t, crowd(120+i).Code)
		})
	}
}

// controls are what people see of the form that holds an element, by their kind.
func (r *reader) controls(t *testing.T, selector string) string {
	t.Helper()
	return eval[string](t, r.tab, fmt.Sprintf(`[...document.querySelector(%q).form.elements].filter(e => e.type !== "hidden").map(e => e.localName).join(" ")`, selector))
}

// keptWords finds the newest consent in the history, with the words and the
// language in which it was given, in whatever language the page is.
func (o *owner) keptWords(t *testing.T, words string) {
	t.Helper()
	for _, lang := range i18n.Langs {
		o.visit(t, paths.Fill(paths.Consents, lang))
		eval[bool](t, o.tab, openAll)
		got := eval[string](t, o.tab, fmt.Sprintf(`document.querySelector("main li details p[lang=%s]").innerText`, o.s.lang))
		if got != words {
			t.Errorf("the history has\n%s\nwant\n%s", got, words)
		}
	}
	o.visit(t, o.s.path(paths.Consents))
}

// healthIsApart gives a consent on health for one employer beside the one to tell
// employers, and withdraws it alone.
func (o *owner) healthIsApart(t *testing.T, code string) {
	t.Helper()
	s := o.s
	inForce := func(purpose string) int64 {
		return o.site.number(t, fmt.Sprintf(`SELECT count(*) FROM consent WHERE person_id = %d AND purpose = '%s' AND withdrawn_at IS NULL`, o.person(t), purpose))
	}
	if n := inForce("health"); n != 0 {
		t.Error("the consent to tell employers covers health")
	}
	o.fill(t, s.say("consents.receiver"), o.mark+" Oy")
	o.fill(t, s.say("consents.matter"), "Tunnus "+code)
	o.gives(t, "health")
	o.sees(t, s.say("ui.error_summary"))
	o.lacks(t, s.say("consents.done.given"))
	if n := inForce("health"); n != 0 {
		t.Error("a consent holds an identity code")
	}
	o.fill(t, s.say("consents.matter"), o.mark+" selkä ja nostotyö")
	o.gives(t, "health")
	o.sees(t, s.say("consents.done.given"), o.mark+" Oy", o.mark+" selkä ja nostotyö")
	if inForce("health") != 1 || inForce("employer") != 1 {
		t.Errorf("%d consents on health and %d to tell employers, want 1 each", inForce("health"), inForce("employer"))
	}
	o.leave(t, `[...document.querySelectorAll("main form")].find(f => f.querySelector("[name=consent]") && f.closest("div").innerText.includes("Oy")).querySelector("button")`, "withdraw health")
	o.sees(t, s.say("consents.done.withdrawn"))
	if inForce("health") != 0 || inForce("employer") != 1 {
		t.Error("with the consent on health went the other one, or neither")
	}
}

// TestConsentsCountWithinASecond measures how long it takes from the button to
// what stands on the consent, for giving and for withdrawing.
func TestConsentsCountWithinASecond(t *testing.T) {
	t.Parallel()

	s, words := theOwners(t), speak(t, i18n.Finnish)
	v := s.visitor("crowd-125").logIn(t)
	page, employer := words.path(paths.Consents), words.path(paths.ProfileSection("employer"))
	closed := words.say("profile.employer.not_asked")
	quickest := map[string]time.Duration{}
	for range 3 { // a machine that is busy for a moment says nothing of the portal
		for _, act := range []struct {
			form   string
			fields url.Values
			open   bool
		}{
			{page, url.Values{"purpose": {"employer"}}, true},
			{words.path(paths.ConsentWithdraw), nil, false},
		} {
			v.see(t, page)
			fields := v.form(t, act.form)
			maps.Copy(fields, act.fields)
			began := time.Now()
			if a := v.submit(t, act.form, fields); a.status != http.StatusSeeOther {
				t.Fatalf("%s", a)
			}
			a := v.see(t, employer)
			took := time.Since(began)
			if open := !strings.Contains(a.page(t).Body(), closed); open != act.open {
				t.Fatalf("after %s the page for employers is open: %v", act.form, open)
			}
			if best, ok := quickest[act.form]; !ok || took < best {
				quickest[act.form] = took
			}
		}
	}
	for form, took := range quickest {
		t.Logf("%s counts after %s", form, took)
		if took > time.Second {
			t.Errorf("%s counts after %s", form, took)
		}
	}
}
