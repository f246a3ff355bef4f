package representing_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/mandatesim"
	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/mandate"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// leads tells whether a leads to path, whatever its query.
func leads(a *sessiontest.Answer, path string) bool {
	to, _, _ := strings.Cut(a.Location(), "?")
	return a.Code == http.StatusSeeOther && to == path
}

func (b *bench) acting() string {
	b.t.Helper()
	s, err := b.People.Session(b.t.Context(), b.Cookies["__Host-session"])
	if err != nil {
		b.t.Fatal(err)
	}
	if s.Acting == nil {
		return ""
	}
	return s.Acting.BusinessID
}

func (b *bench) says(words string) {
	b.t.Helper()
	if !strings.Contains(b.Last.Page.Body(), words) {
		b.t.Errorf("the page does not say %q: %s", words, b.Last.Page.Body())
	}
}

func (b *bench) fault(mode, on string) {
	b.t.Helper()
	if err := b.sim.SetFault(mandatesim.Fault{Mode: mode, On: on}); err != nil {
		b.t.Fatal(err)
	}
}

func TestThePersonChoosesToRepresent(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.enter("aino")
	if !leads(b.Get(desk.Fi), paths.Represent.Fi) {
		t.Fatalf("a page for representatives leads to %s", b.Last.Location())
	}
	if a := b.Follow(); a.Code != http.StatusOK {
		t.Fatalf("the page to choose on answers %d %s: nobody is sent on without asking for it", a.Code, a.Location())
	}
	if n := b.sim.State().Calls["register"]; n != 0 {
		t.Errorf("%d calls before the button", n)
	}
	before := b.Cookies["__Host-session"]
	if !leads(b.pick("koivutyo"), desk.Fi) {
		t.Errorf("afterwards: %d %s", b.Last.Code, b.Last.Location())
	}
	if got := b.acting(); got != "9000000-3" {
		t.Errorf("acts for %q", got)
	}
	if b.Cookies["__Host-session"] == before {
		t.Error("the session has the same token as before")
	}
	if strings.Contains(b.Last.Location(), "code") || b.Last.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("the code goes on: %v", b.Last.Header())
	}
	if a := b.Get(desk.Fi); a.Code != http.StatusOK {
		t.Errorf("the page answers %d", a.Code)
	}
}

func TestNothingOfTheVisitGoesToTheBrowser(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.enter("aino")
	b.Get(paths.Represent.Fi)
	to := b.Post(paths.Represent.Fi, nil).Location()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sessionId", "session", "endUserId"} {
		if u.Query().Has(name) {
			t.Errorf("%s is in %s", name, to)
		}
	}
	if strings.Contains(to, "010594") || strings.Contains(b.Last.Body.String(), "010594") {
		t.Error("the identity code goes to the browser")
	}
}

func TestSwitchingAndStopping(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.enter("several")
	b.Get(paths.Represent.Sv)
	if !leads(b.pick("ura"), paths.OwnFront.Sv) {
		t.Fatalf("afterwards: %d %s", b.Last.Code, b.Last.Location())
	}
	b.Get(paths.Represent.Sv)
	b.says("Uusi Ura Oy")
	if !leads(b.pick("bjorkvik"), paths.OwnFront.Sv) {
		t.Fatalf("afterwards: %d %s", b.Last.Code, b.Last.Location())
	}
	if got := b.acting(); got != "9000004-6" {
		t.Errorf("acts for %q", got)
	}
	b.Get(paths.Represent.Sv)
	if !leads(b.Post(paths.RepresentStop.Sv, nil), paths.OwnFront.Sv) || b.acting() != "" {
		t.Errorf("after stopping: %d, acts for %q", b.Last.Code, b.acting())
	}
}

func TestSwitchingOnTheWayToAPageThatBindsNobody(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.sim.SetSeveral(true)
	b.enter("several")
	b.Get(paths.Represent.Fi)
	b.pick("ura")
	from := paths.Represent.Fi + "?return=" + url.QueryEscape(paths.OwnFront.Fi)
	b.Get(from)
	if strings.Contains(b.Last.Page.Body(), "Vahvista oikeutesi asioida") {
		t.Error("a right that nobody doubts is to be confirmed")
	}
	if !leads(b.pick("bjorkvik"), paths.OwnFront.Fi) || b.acting() != "9000004-6" {
		t.Errorf("another: %d %s, acts for %q", b.Last.Code, b.Last.Location(), b.acting())
	}
	b.Get(from)
	if !leads(b.pick("bjorkvik", "ura"), paths.Represent.Fi) {
		t.Fatalf("several: %d %s", b.Last.Code, b.Last.Location())
	}
	b.Follow()
	b.says("Uusi Ura Oy")
	if !leads(b.Post(paths.RepresentChoose.Fi, url.Values{"organisation": {"9000003-8"}}), paths.OwnFront.Fi) || b.acting() != "9000003-8" {
		t.Errorf("chosen: %d %s, acts for %q", b.Last.Code, b.Last.Location(), b.acting())
	}
}

func TestChoosingAmongSeveral(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.sim.SetSeveral(true)
	b.enter("several")
	b.Get(desk.Fi)
	b.Follow()
	if !leads(b.pick("ura", "bjorkvik", "tarkastettu"), paths.Represent.Fi) {
		t.Fatalf("afterwards: %d %s", b.Last.Code, b.Last.Location())
	}
	b.Follow()
	b.says("Roolisi tai valtuutesi organisaatiossa on: tilintarkastaja")
	b.says("Oikeutesi: valtuus asioida yhteistyökumppanina")
	choose := url.Values{"organisation": {"9000006-2"}}
	if a := b.Post(paths.RepresentChoose.Fi, choose); a.Code != http.StatusForbidden {
		t.Errorf("a role that does not do answers %d", a.Code)
	}
	for _, strange := range []string{"9000005-4", "1234567-8", "", "<script>"} {
		b.Get(paths.Represent.Fi)
		if a := b.Post(paths.RepresentChoose.Fi, url.Values{"organisation": {strange}}); a.Code != http.StatusNotFound {
			t.Errorf("%q answers %d", strange, a.Code)
		}
	}
	if b.acting() != "" {
		t.Fatalf("acts for %q", b.acting())
	}
	b.Get(paths.Represent.Fi + "?return=%2Ffi%2Fkoe")
	if !leads(b.Post(paths.RepresentChoose.Fi, url.Values{"organisation": {"9000004-6"}}), desk.Fi) || b.acting() != "9000004-6" {
		t.Errorf("after choosing: %d %s, acts for %q", b.Last.Code, b.Last.Location(), b.acting())
	}
}

func TestOutcomesAreTold(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		person string
		pick   []string
		words  [2]string
	}{
		"cancelled":  {"aino", nil, [2]string{"Valinta keskeytyi", "Valet avbröts"}},
		"auditor":    {"auditor", []string{"tarkastettu"}, [2]string{"Pyydä organisaatiolta valtuus", "Be organisationen om en fullmakt"}},
		"incomplete": {"incomplete", []string{"kesken"}, [2]string{"Oikeuttasi ei ole evätty", "Du har inte nekats rätten"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for i, page := range []string{paths.Represent.Fi, paths.Represent.Sv} {
				b := newBench(t)
				b.enter(tt.person)
				b.Get(page)
				if !leads(b.pick(tt.pick...), page) {
					t.Fatalf("afterwards: %d %s", b.Last.Code, b.Last.Location())
				}
				b.Follow()
				b.says(tt.words[i])
				if faults := b.Last.Page.Faults([]string{"fi", "sv"}[i]); len(faults) > 0 {
					t.Errorf("%v", faults)
				}
				if b.acting() != "" {
					t.Errorf("acts for %q", b.acting())
				}
			}
		})
	}
}

func TestPeopleWithoutAFinnishCodeAreTold(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.enter("foreign")
	b.Get(paths.Represent.Fi)
	if !leads(b.Post(paths.Represent.Fi, nil), paths.Represent.Fi) {
		t.Fatalf("the button leads to %s", b.Last.Location())
	}
	b.Follow()
	b.says("suomalainen henkilötunnus")
	if strings.Contains(b.Last.Body.String(), `action="`+paths.Represent.Fi+`"`) {
		t.Error("the button that leads nowhere is there again")
	}
}

func TestReplayedAndForeignCallbacks(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.enter("aino")
	for _, query := range []string{"", "?code=x", "?state=x&code=y", "?error=access_denied", "?error=%3Cscript%3E&state=x"} {
		if !leads(b.Get(paths.RepresentCallback+query), paths.Represent.Fi) || !strings.Contains(b.Last.Location(), "outcome=refused") {
			t.Errorf("%q: %d %s", query, b.Last.Code, b.Last.Location())
		}
	}
	b.Follow()
	b.says("Valinta ei onnistunut")
	if b.acting() != "" {
		t.Errorf("acts for %q", b.acting())
	}
	delete(b.Cookies, "__Host-session")
	if !leads(b.Get(paths.RepresentCallback+"?code=x&state=y"), paths.SignIn.Fi) || strings.Contains(b.Last.Location(), "code") {
		t.Errorf("without a session: %d %s", b.Last.Code, b.Last.Location())
	}
}

func TestForgedFormsDoNothing(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.enter("aino")
	b.Get(paths.Represent.Fi)
	b.pick("koivutyo")
	for _, path := range []string{paths.Represent.Fi, paths.RepresentStop.Fi, paths.RepresentChoose.Fi} {
		if a := b.Send(path, url.Values{"organisation": {"9000000-3"}}); a.Code != http.StatusForbidden {
			t.Errorf("%s without a token answers %d", path, a.Code)
		}
	}
	if b.acting() != "9000000-3" {
		t.Errorf("acts for %q", b.acting())
	}
}

func TestReturnAddressesStayOurs(t *testing.T) {
	t.Parallel()

	for _, evil := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/fi/../../evil", "/fi/%2f%2fevil.example"} {
		b := newBench(t)
		b.enter("aino")
		b.Get(paths.Represent.Fi + "?return=" + url.QueryEscape(evil))
		for _, field := range b.Last.Page.Elements("input") {
			if strings.Contains(htmltest.Attr(field, "value"), "evil") {
				t.Errorf("%s is in a form", evil)
			}
		}
		to := b.Post(paths.Represent.Fi, url.Values{"return": {evil}}).Location()
		if !strings.HasPrefix(to, b.server) {
			t.Fatalf("leads to %s", to)
		}
		b.Get(paths.Represent.Fi)
		if !leads(b.pick("koivutyo"), paths.OwnFront.Fi) {
			t.Errorf("%s: leads to %s", evil, b.Last.Location())
		}
	}
}

func TestWhatBindsIsConfirmedAndNothingIsLost(t *testing.T) {
	t.Parallel()

	text := url.Values{"text": {"Kirjoitettua, \"lainattua\" ja ääkkösiä"}}
	for name, tt := range map[string]struct {
		spoil func(b *bench)
		// page is where the form leads to in place of being taken in.
		page  string
		words string
		mend  func(b *bench)
	}{
		"the right stands": {spoil: func(*bench) {}},
		"the right has ended": {
			spoil: func(b *bench) { b.sim.End("colleague", "koivutyo", "") },
			page:  paths.RepresentEnded.Fi, words: "Oikeutesi asioida on päättynyt",
			mend: func(b *bench) {
				b.sim.Grant("colleague", "koivutyo", world.MandatePartner)
				if !leads(b.pick("koivutyo"), backOf(b)) {
					b.t.Errorf("after choosing again: %d %s", b.Last.Code, b.Last.Location())
				}
			},
		},
		"the register is down": {
			spoil: func(b *bench) { b.fault("500", "") },
			page:  paths.RepresentAgain.Fi, words: "Oikeuttasi ei ole evätty",
			mend: func(b *bench) { b.fault("", "") },
		},
		"the answer is incomplete": {
			spoil: func(b *bench) { b.fault("incomplete", "roles") },
			page:  paths.RepresentAgain.Fi, words: "Oikeuttasi ei ole evätty",
			mend: func(b *bench) { b.fault("", "") },
		},
		"another organisation is told of": {
			spoil: func(b *bench) { b.fault("wrong-organisation", "roles") },
			page:  paths.RepresentAgain.Fi, words: "Oikeuttasi ei ole evätty",
			mend: func(b *bench) { b.fault("", "") },
		},
		"the visit is over": {
			spoil: func(b *bench) { b.fault("401", "roles") },
			page:  paths.Represent.Fi, words: "Vahvista oikeutesi asioida",
			mend: func(b *bench) {
				b.fault("", "")
				if !leads(b.pick("koivutyo"), backOf(b)) {
					b.t.Errorf("after confirming: %d %s", b.Last.Code, b.Last.Location())
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			b.enter("colleague")
			b.Get(paths.Represent.Fi)
			b.pick("koivutyo")
			b.Get(binding.Fi)
			tt.spoil(b)
			b.Post(binding.Fi, text)
			if tt.page == "" {
				if !leads(b.Last, desk.Fi) || len(b.sent) != 1 {
					t.Errorf("%d %s, %d taken in", b.Last.Code, b.Last.Location(), len(b.sent))
				}
				return
			}
			if !leads(b.Last, tt.page) || len(b.sent) != 0 {
				t.Fatalf("%d %s, %d taken in", b.Last.Code, b.Last.Location(), len(b.sent))
			}
			b.Follow()
			b.says(tt.words)
			if faults := b.Last.Page.Faults("fi"); len(faults) > 0 {
				t.Errorf("%v", faults)
			}
			to := ""
			for _, link := range b.Last.Page.Links() {
				if strings.HasPrefix(link, "/fi/asiointi/lahettamatta/") {
					to = link
				}
			}
			tt.mend(b)
			if to == "" {
				to = b.Last.Location()
			}
			b.Get(to)
			b.Post(binding.Fi, nil)
			if !leads(b.Last, desk.Fi) || len(b.sent) != 1 || b.sent[0] != text.Get("text") {
				t.Errorf("sent again: %d %s, %q", b.Last.Code, b.Last.Location(), b.sent)
			}
		})
	}
}

// backOf is the page on which the form waits.
func backOf(b *bench) string {
	to, _, _ := strings.Cut(b.Last.Location(), "?")
	if !strings.Contains(to, "lahettamatta") {
		b.t.Errorf("leads to %s, not to the form that waits", to)
	}
	return to
}

func TestConfirmingWithAnotherOrganisationDoesNotSendItsForm(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.enter("several")
	b.Get(paths.Represent.Fi)
	b.pick("ura")
	b.Get(binding.Fi)
	b.fault("401", "roles")
	b.Post(binding.Fi, url.Values{"text": {"asia"}})
	b.fault("", "")
	b.Follow()
	if !leads(b.pick("bjorkvik"), paths.Represent.Fi) || !strings.Contains(b.Last.Location(), "outcome=other") {
		t.Fatalf("%d %s", b.Last.Code, b.Last.Location())
	}
	if b.acting() != "9000003-8" {
		t.Errorf("acts for %q", b.acting())
	}
	b.Follow()
	b.says("Valitsit toisen organisaation")
	b.says("Björkvik Rekrytering Ab")
}

func TestOldRightsAreConfirmedBeforeReading(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.enter("aino")
	b.Get(paths.Represent.Fi)
	b.pick("koivutyo")
	for range 3 { // in use all the time, so that the session lives
		b.Pass(mandate.CheckedFor/3 + time.Second)
		b.Get(desk.Fi)
	}
	if b.Last.Code != http.StatusOK {
		t.Errorf("with a refresh token: %d %s", b.Last.Code, b.Last.Location())
	}
	b.sim.End("aino", "koivutyo", "")
	for range 4 {
		b.Pass(mandate.CheckedFor/3 + time.Second)
		if b.Get(desk.Fi); b.Last.Code != http.StatusOK {
			break
		}
	}
	if !leads(b.Last, paths.RepresentEnded.Fi) || b.acting() != "" {
		t.Errorf("%d %s, acts for %q", b.Last.Code, b.Last.Location(), b.acting())
	}
}

func TestSilenceOfTenSecondsEndsInAPage(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.enter("aino")
	b.Get(paths.Represent.Fi)
	b.fault("hang", "")
	began := time.Now()
	if !leads(b.Post(paths.Represent.Fi, nil), paths.RepresentAgain.Fi) || time.Since(began) > 6*time.Second {
		t.Errorf("%d %s after %v", b.Last.Code, b.Last.Location(), time.Since(began))
	}
	b.Follow()
	b.says("Yritä uudelleen")
}
