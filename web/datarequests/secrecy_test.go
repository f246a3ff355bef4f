package datarequests_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

const nobodysCode = "010594Y9021"

// answersAlike fails the test when two questions are answered in ways that tell
// them apart: by status, by where they lead, by what they say, or by the time that
// it takes. On a busy machine times differ by chance, so they must differ again and
// again.
func answersAlike(t *testing.T, what string, status int, one, other func() *sessiontest.Answer) {
	t.Helper()
	const tries = 6
	for range tries {
		a, b := quick(t, what, status, one, other)
		t.Logf("%s: the answers take %s and %s", what, a, b)
		if (a - b).Abs() <= 200*time.Microsecond+min(a, b)/4 {
			return
		}
	}
	t.Errorf("%s: the times tell the answers apart", what)
}

// quick asks both in turn, many times, and returns how long the quickest quarter
// of the answers takes.
func quick(t *testing.T, what string, status int, one, other func() *sessiontest.Answer) (a, b time.Duration) {
	t.Helper()
	const rounds = 80
	said := func(a *sessiontest.Answer) string {
		return a.Location() + " " + strings.ReplaceAll(a.Page.Body(), a.Header().Get("X-Request-Id"), "")
	}
	took := [2][]time.Duration{}
	for n := range rounds {
		answers := [2]*sessiontest.Answer{}
		for i := range answers {
			i = (i + n) % 2 // neither is always the first
			began := time.Now()
			answers[i] = []func() *sessiontest.Answer{one, other}[i]()
			took[i] = append(took[i], time.Since(began))
			if answers[i].Code != status {
				t.Fatalf("%s: got %d, want %d", what, answers[i].Code, status)
			}
		}
		if a, b := said(answers[0]), said(answers[1]); a != b {
			t.Fatalf("%s: the answers differ:\n%s\n%s", what, a, b)
		}
	}
	for i := range took {
		slices.Sort(took[i])
	}
	return took[0][rounds/4], took[1][rounds/4]
}

// TestNobodyLearnsWhoIsACustomer holds OD8: whoever may not know gets the same
// answer in the same time, whether or not there is such a person.
//
//nolint:paralleltest // it measures time
func TestNobodyLearnsWhoIsACustomer(t *testing.T) {
	p := sessiontest.New(t)
	p.Limits.FormsPerMinute, p.Limits.PagesPerMinute = 0, 0
	o := newOfficeIn(t, p)
	id := o.filed(o.aino(), "inspection")
	looks := o.count("SELECT count(*) FROM audit_event WHERE action IN ('person.viewed', 'person.searched')")

	searching := func(b *sessiontest.Browser, code, reason string) func() *sessiontest.Answer {
		return func() *sessiontest.Answer {
			return b.Send(search, url.Values{"code": {code}, "reason": {reason}})
		}
	}
	other := o.Browser()
	other.LogInStaff(identity.GroupApplications, identity.GroupMain)
	answersAlike(t, "an officer of another group searches", http.StatusForbidden, searching(other, ainosCode, "identity"), searching(other, nobodysCode, "identity"))

	stranger := o.Browser()
	stranger.LogInAs("010594Y9032")
	answersAlike(t, "a person searches", http.StatusSeeOther, searching(stranger, ainosCode, "identity"), searching(stranger, nobodysCode, "identity"))
	answersAlike(t, "a person opens a request", http.StatusNotFound,
		func() *sessiontest.Answer { return stranger.Get(own + "/" + id) },
		func() *sessiontest.Answer { return stranger.Get(own + "/999999") })

	officer := o.officer()
	officer.Get(search)
	unsaid := func(code string) func() *sessiontest.Answer {
		return func() *sessiontest.Answer { return officer.Post(search, url.Values{"code": {code}, "reason": {""}}) }
	}
	answersAlike(t, "an officer gives no reason", http.StatusUnprocessableEntity, unsaid(ainosCode), unsaid(nobodysCode))

	if n := o.count("SELECT count(*) FROM audit_event WHERE action IN ('person.viewed', 'person.searched')"); n != looks {
		t.Errorf("%d searches were made for somebody who may not", n-looks)
	}
}

func TestASearchTakesAFreshIdentificationAndAReason(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	o.aino()
	officer := o.officer()
	for lang, path := range map[string]string{"fi": search, "sv": "/sv/handlaggare/personsokning"} {
		o.good(officer.Get(path), http.StatusOK, lang)
		o.good(officer.Post(path, url.Values{"code": {"020594X903"}, "reason": {""}}), http.StatusUnprocessableEntity, lang)
		o.good(officer.Post(path, url.Values{"code": {ainosCode}, "reason": {"data_request"}}), http.StatusOK, lang, "Aino Korhonen", "020594X••••")
		o.good(officer.Post(path, url.Values{"code": {nobodysCode}, "reason": {"data_request"}}), http.StatusOK, lang)
		if strings.Contains(officer.Last.Page.Body(), "Korhonen") {
			t.Error("found somebody else")
		}
	}
	if n := o.count("SELECT count(*) FROM audit_event WHERE action = 'person.viewed' AND subject_kind = 'person' AND detail->>'reason' = 'data_request'"); n != 2 {
		t.Errorf("the person will see %d searches", n)
	}

	officer.Get(search)
	o.Pass(6 * time.Minute)
	a := officer.Post(search, url.Values{"code": {ainosCode}, "reason": {"data_request"}})
	if a.Code != http.StatusSeeOther || !strings.Contains(a.Location(), "fresh=1") || !strings.Contains(a.Location(), "lost=1") || strings.Contains(a.Location(), ainosCode) {
		t.Errorf("identified long ago: got %d to %s", a.Code, a.Location())
	}
	if a := officer.Get(search); a.Code != http.StatusSeeOther {
		t.Errorf("the page of the search asks for no identification: %d", a.Code)
	}
	if n := o.count("SELECT count(*) FROM parked_form"); n != 0 {
		t.Error("the code that was typed is kept")
	}
}

func TestTheLogHoldsNothingOfWhatIsTyped(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	_, officer, path := o.taken("correction")
	officer.Get(search)
	officer.Post(search, url.Values{"code": {ainosCode}, "reason": {"identity"}})
	officer.Get(path + "/yhteydenotto")
	officer.Post(path+"/yhteydenotto", url.Values{"note": {"Soitettu Korhoselle."}})
	for _, secret := range []string{ainosCode, "Korho", "Tutkintoni", "aino@example.com"} {
		if strings.Contains(o.Log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
