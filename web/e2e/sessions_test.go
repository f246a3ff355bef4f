package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// endings are the ways in which a session goes while somebody types.
func (r *reader) endings(t *testing.T, business string) []func() {
	t.Helper()
	change := func(statement string) func() {
		return func() {
			t.Helper()
			if n := r.site.change(t, statement, business); n == 0 {
				t.Fatal("there is no session to end")
			}
		}
	}
	return []func(){
		change(`UPDATE session SET seen_at = seen_at - interval '31 minutes' WHERE acting_business_id = $1`),
		func() {
			t.Helper()
			call(t, r.tab, network.DeleteCookies, network.DeleteCookiesParams{Name: "session", URL: r.site.url + "/"})
		},
		change(`DELETE FROM session WHERE acting_business_id = $1`),
		change(`UPDATE session SET created_at = created_at - interval '9 hours', identified_at = identified_at - interval '9 hours' WHERE acting_business_id = $1`),
	}
}

// typed is everything that the main form holds and people see.
const typed = `(() => {
	const form = [...document.querySelectorAll("main form")].find(f => f.querySelector("input:not([type=hidden]), textarea")) || document.querySelector("main form");
	if (!form) return "no form";
	const hidden = new Set([...form.querySelectorAll("input[type=hidden]")].map(e => e.name));
	return JSON.stringify([...new FormData(form)].filter(([name, value]) => !hidden.has(name) && value !== ""));
})()`

// comeBack logs in after the session has ended and sends the form that waited.
func (r *reader) comeBack(t *testing.T, s tongue, person, organisation string) {
	t.Helper()
	r.sees(t, s.say("signin.kept.title"))
	r.identify(t, s, person)
	r.sees(t, s.say("signin.unsent.title"))
	name := world.Default().Organisation(organisation).Name
	r.sees(t, name)
	r.press(t, s.say("signin.unsent.choose", "Organisation", name))
	r.sees(t, s.say("representing.kept.title"), name)
	r.represent(t, s, organisation)
	r.sees(t, s.say("signin.unsent.title"))
	r.press(t, s.say("signin.unsent.go_on"))
}

// TestEndedSessionLosesNothing ends the session at every step of an application,
// and at sending it: every character comes back to whoever wrote it, and to
// nobody else.
func TestEndedSessionLosesNothing(t *testing.T) {
	t.Parallel()

	site := theJourneys(t)
	for _, tt := range []struct {
		lang                 i18n.Lang
		scripts              bool
		person, organisation string
	}{
		{i18n.Finnish, true, "several", "ura"},
		{i18n.Swedish, false, "twin", "kaksoisura"},
	} {
		t.Run(string(tt.lang)+" "+tt.person, func(t *testing.T) {
			s, r := speak(t, tt.lang), newReader(t, site, tt.scripts)
			org := world.Default().Organisation(tt.organisation)
			a := application{
				email: tt.organisation + "@yritys.example", areas: []string{"competence", "youth"},
				text: "Äyrämö & O'Neill <b>\"tekstiä\"</b> 100 % + 1 = ? € 😀", address: "Äyrämön & Co:n tie <1>, 00100 Helsinki",
			}
			endings := r.endings(t, org.BusinessID)
			r.logIn(t, s, tt.person)
			r.actFor(t, s, tt.organisation)
			r.visit(t, s.path(paths.JoinTerms))
			r.choose(t, s.say("onboarding.terms.tick", "Organisation", org.Name))
			endings[0]()
			r.press(t, s.say("onboarding.terms.accept"))
			r.comeBack(t, s, tt.person, tt.organisation)
			if n := site.number(t, fmt.Sprintf(`SELECT count(*) FROM terms_acceptance WHERE business_id = '%s'`, org.BusinessID)); n != 1 {
				t.Fatalf("%d acceptances, want 1", n)
			}

			for i, p := range r.parts(t, s, a) {
				r.visit(t, s.path(paths.JoinPart(p.name)))
				p.fill()
				want := eval[string](t, r.tab, typed)
				endings[i%len(endings)]()
				r.press(t, s.say("onboarding.part.go_on"))
				if p.name == "contacts" {
					r.othersSeeNothing(t, s, a.email)
				}
				r.comeBack(t, s, tt.person, tt.organisation)
				r.visit(t, s.path(paths.JoinPart(p.name)))
				if got := eval[string](t, r.tab, typed); got != want {
					t.Errorf("%s: what was typed\n%s\nbecame\n%s", p.name, want, got)
				}
			}

			r.longTextComesBack(t, s, tt.person, tt.organisation, endings[1])

			r.visit(t, s.path(paths.JoinCheck))
			endings[2]()
			r.press(t, s.say("onboarding.check.send"))
			r.comeBack(t, s, tt.person, tt.organisation)
			r.hasReceipt(t, s)
			if n := site.number(t, fmt.Sprintf(`SELECT count(*) FROM application WHERE business_id = '%s'`, org.BusinessID)); n != 1 {
				t.Errorf("%d applications, want 1", n)
			}
		})
	}
}

// othersSeeNothing has another person log in at the page that waits for the one
// who wrote, and log out again.
func (r *reader) othersSeeNothing(t *testing.T, s tongue, written string) {
	t.Helper()
	waiting := eval[string](t, r.tab, "location.href")
	r.identify(t, s, "nobody")
	r.sees(t, s.say("signin.no_unsent.title"))
	r.lacks(t, written)
	r.visit(t, s.path(paths.OwnFront))
	r.lacks(t, written, s.say("signin.unsent.title"))
	r.press(t, s.say("ui.log_out"))
	r.open(t, waiting)
}

// longTextComesBack writes 40,000 characters, ten times what there is room for,
// while the session ends: all are there again with the error that says how many
// too many.
func (r *reader) longTextComesBack(t *testing.T, s tongue, person, organisation string, end func()) {
	t.Helper()
	const piece = "Äyrämö & <b>ånger</b>\n"
	text := strings.TrimSpace(strings.Repeat(piece, 40_000/len([]rune(piece))+1))
	label := s.say("partner.field.description_" + string(s.lang))
	r.visit(t, s.path(paths.JoinPart("description")))
	before := r.holds(t, label)
	r.fill(t, label, text)
	if got := r.holds(t, label); got != text {
		t.Fatalf("the field takes %d characters of %d", len([]rune(got)), len([]rune(text)))
	}
	end()
	r.press(t, s.say("onboarding.part.go_on"))
	r.comeBack(t, s, person, organisation)
	r.sees(t, s.say("ui.error_summary"))
	if got := r.holds(t, label); got != text {
		t.Errorf("%d characters come back of %d", len([]rune(got)), len([]rune(text)))
	}
	r.fill(t, label, before)
	r.press(t, s.say("onboarding.part.go_on"))
	r.sees(t, s.say("partner.part.languages"))
}

// TestRightThatEndsHalfWaySendsNothing takes the right to act away between the
// last look at an application and sending it: nothing is sent and nothing lost,
// and when the right is given back it goes on.
func TestRightThatEndsHalfWaySendsNothing(t *testing.T) {
	t.Parallel()

	site := theJourneys(t)
	s, r := speak(t, i18n.Swedish), newReader(t, site, true)
	org := world.Default().Organisation("protected")
	r.logIn(t, s, "protected")
	r.actFor(t, s, "protected")
	r.visit(t, s.path(paths.JoinTerms))
	r.acceptTerms(t, s, org.Name)
	r.writeApplication(t, s, application{email: "protected@yritys.example", text: "Ohjaan", areas: []string{"career_guidance"}})
	order(t, site.world.MandatesURL, "end?person=protected&organisation=protected")
	r.press(t, s.say("onboarding.check.send"))
	if n := site.number(t, fmt.Sprintf(`SELECT count(*) FROM application WHERE business_id = '%s'`, org.BusinessID)); n != 0 {
		t.Fatalf("%d applications were sent without the right to", n)
	}
	r.visit(t, s.path(paths.OwnFront))
	r.lacks(t, s.say("ui.acting_for"))

	order(t, site.world.MandatesURL, "grant?person=protected&organisation=protected&role=ELI")
	r.actFor(t, s, "protected")
	r.visit(t, s.path(paths.JoinCheck))
	r.sees(t, "Ohjaan")
	r.press(t, s.say("onboarding.check.send"))
	r.hasReceipt(t, s)
}

// TestBackDoubleClickAndTwoTabs does what people do to forms: goes back, sends
// twice, and writes in two tabs at a time.
func TestBackDoubleClickAndTwoTabs(t *testing.T) {
	t.Parallel()

	site := theJourneys(t)
	s, r := speak(t, i18n.Finnish), newReader(t, site, true)
	org := world.Default().Organisation("saatio")
	a := application{email: "saatio@yritys.example", text: "Valmennamme", areas: []string{"training"}}
	r.logIn(t, s, "elder")
	r.actFor(t, s, "saatio")
	r.visit(t, s.path(paths.JoinTerms))
	r.acceptTerms(t, s, org.Name)
	r.writeApplication(t, s, a)

	// Back to a page of before, changed there, and on.
	eval[bool](t, r.tab, `history.go(-3), true`)
	r.arrive(t, s.path(paths.JoinPart("languages")), "")
	r.choose(t, s.say("partner.value.language_sv"))
	r.press(t, s.say("onboarding.part.go_on"))
	r.visit(t, s.path(paths.JoinCheck))
	if r.says(t, s.say("onboarding.conflict.title")) {
		t.Error("going back and on is taken for two tabs")
	}

	// Two tabs on one draft: the second to save sees both texts.
	first, second := r, r.another(t)
	label := s.say("partner.field.description_fi")
	first.visit(t, s.path(paths.JoinPart("description")))
	second.visit(t, s.path(paths.JoinPart("description")))
	first.fill(t, label, "Ensimmäisen välilehden teksti")
	first.press(t, s.say("onboarding.part.go_on"))
	second.fill(t, label, "Toisen välilehden teksti")
	second.press(t, s.say("onboarding.part.go_on"))
	second.sees(t, s.say("onboarding.conflict.title"), "Ensimmäisen välilehden teksti", "Toisen välilehden teksti")
	second.press(t, s.say("onboarding.conflict.use_typed"))
	second.visit(t, s.path(paths.JoinCheck))
	second.sees(t, "Toisen välilehden teksti")
	second.lacks(t, "Ensimmäisen välilehden teksti")

	// What was checked in one tab is not what the other made of it.
	first.visit(t, s.path(paths.JoinCheck))
	second.visit(t, s.path(paths.JoinPart("description")))
	second.fill(t, label, "Muutettu tarkistuksen jälkeen")
	second.press(t, s.say("onboarding.part.go_on"))
	first.press(t, s.say("onboarding.check.send"))
	first.sees(t, s.say("onboarding.check.changed"), "Muutettu tarkistuksen jälkeen")

	// Two clicks send once.
	first.visit(t, s.path(paths.JoinCheck))
	send := fmt.Sprintf(`%s("button", %q)`, find, s.say("onboarding.check.send"))
	first.leave(t, fmt.Sprintf(`(e => (e.click(), e))(%s)`, send), "send twice")
	first.hasReceipt(t, s)
	if n := site.number(t, fmt.Sprintf(`SELECT count(*) FROM application WHERE business_id = '%s'`, org.BusinessID)); n != 1 {
		t.Errorf("%d applications, want 1", n)
	}
	// Back to the check page and sent again: the same receipt.
	receipt := first.path(t)
	eval[bool](t, first.tab, `history.back(), true`)
	first.arrive(t, "/fi/liity", "")
	if first.says(t, s.say("onboarding.check.send")) {
		first.press(t, s.say("onboarding.check.send"))
		if got := first.path(t); got != receipt {
			t.Errorf("sent again from the page of before, the reader comes to %s, not to %s", got, receipt)
		}
	}
}

// change changes what stands in the database, and returns how many rows.
func (s *site) change(tb testing.TB, statement string, args ...any) int64 {
	tb.Helper()
	conn, err := s.connect(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(tb.Context()))
	done, err := conn.Exec(tb.Context(), statement, args...)
	if err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
	return done.RowsAffected()
}
