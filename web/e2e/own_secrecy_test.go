package e2e_test

import (
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// question is asked of the portal about somebody who is its customer, and about
// nobody.
type question struct {
	what       string
	status     int
	one, other func() *answer
	// told are what the questions themselves say, which may come back.
	told []string
}

// said is an answer without what differs from one to the next: numbers in where it
// leads, and what was asked.
func (q question) said(t *testing.T, a *answer) string {
	t.Helper()
	to, err := url.QueryUnescape(a.location())
	if err != nil {
		t.Fatal(err)
	}
	text := names.ReplaceAllString(to, "0") + " " + a.page(t).Title() + " " + strings.ReplaceAll(a.page(t).Body(), a.header.Get("X-Request-Id"), "")
	for _, told := range q.told {
		text = strings.ReplaceAll(text, told, "…")
	}
	return text
}

// isMute fails the test when the answers tell which of the two is there: by status,
// by where they lead, by what they say, by their size or by the time they take. On a
// busy machine times differ by chance, so they must differ again and again.
func (q question) isMute(t *testing.T) {
	t.Helper()
	const rounds, tries = 40, 6
	for n := range tries {
		took := [2][]time.Duration{}
		for n := range rounds {
			said, size := [2]string{}, [2]int{}
			for i := range took {
				i = (i + n) % 2 // neither is always the first
				began := time.Now()
				a := []func() *answer{q.one, q.other}[i]()
				took[i] = append(took[i], time.Since(began))
				if a.status != q.status {
					t.Fatalf("%s: got %s, want %d", q.what, a, q.status)
				}
				said[i], size[i] = q.said(t, a), len(a.header)
			}
			if said[0] != said[1] || size[0] != size[1] {
				t.Fatalf("%s: the answers differ:\n%s\n%s", q.what, said[0], said[1])
			}
		}
		for i := range took {
			slices.Sort(took[i])
		}
		a, b := took[0][rounds/4], took[1][rounds/4]
		if (a - b).Abs() <= 300*time.Microsecond+min(a, b)/4 {
			t.Logf("%s: the answers take %s and %s", q.what, a, b)
			return
		}
		if n == tries-1 {
			t.Errorf("%s: the answers take %s and %s", q.what, a, b)
		}
	}
}

// TestNobodyLearnsWhoIsACustomer holds OD8 against everybody who may not know, in
// both languages: whoever asks about a customer by address or by form gets the same
// answer in the same time as about nobody. Because it measures time, no other test
// runs beside it.
func TestNobodyLearnsWhoIsACustomer(t *testing.T) {
	site := theOwners(t)
	customer := site.visitor("crowd-170").logIn(t)
	own := customer.fillsAFew(t)
	code, nobodys := crowd(170).Code, crowd(19_000).Code
	stranger, main := site.visitor("crowd-171").logIn(t), site.visitor("main").logInStaff(t)
	officer := site.visitor(dataProtection[5]).logInStaff(t)
	site.execute(t, `UPDATE session SET identified_at = identified_at - interval '6 minutes' WHERE token_hash = sha256('`+officer.cookies["session"]+`')`)
	looks := `SELECT count(*) FROM audit_event WHERE action IN ('person.viewed', 'person.searched', 'person_code.used')`
	before := site.number(t, looks)

	for _, lang := range i18n.Langs {
		var all []question
		opens := func(who string, v *visitor, status int, to paths.Pair, there string) {
			page := func(id string) func() *answer {
				return func() *answer { return v.copied().open(t, paths.Fill(to, lang, id)) }
			}
			all = append(all, question{who + " opens " + to.Fi, status, page(there), page("987654321"), nil})
		}
		asks := func(who string, v *visitor, status int, to paths.Pair, field string, more url.Values) {
			page := paths.Fill(to, lang)
			fields, ok := formOf(v.open(t, page).body, page)
			if !ok {
				fields = url.Values{} // whoever is shown no form makes one
			}
			about := func(code string) func() *answer {
				sent := maps.Clone(fields)
				maps.Copy(sent, more)
				sent.Set(field, code)
				return func() *answer { return v.copied().submit(t, page, sent) }
			}
			all = append(all, question{who + " asks at " + page, status, about(code), about(nobodys), []string{code, nobodys, code[:6], nobodys[:6]}})
		}
		anybody := site.visitor("")
		for _, p := range []paths.Pair{paths.OwnDataRequest, paths.OwnDataRequestProof, paths.ProfileEntry("skills"), paths.DataRequest} {
			id := own.request
			if p == paths.ProfileEntry("skills") {
				id = own.entry
			}
			opens("anybody", anybody, http.StatusSeeOther, p, id)
			if p == paths.DataRequest {
				opens("a main user", main, http.StatusForbidden, p, id)
			} else {
				opens("a stranger", stranger, http.StatusNotFound, p, id)
			}
		}
		opens("a stranger", stranger, http.StatusNotFound, paths.ProfileRemove("skills"), own.entry)
		search := url.Values{"reason": {"identity"}}
		asks("anybody", anybody, http.StatusSeeOther, paths.PersonSearch, "code", search)
		asks("a stranger", stranger, http.StatusSeeOther, paths.PersonSearch, "code", search)
		asks("a main user", main, http.StatusForbidden, paths.PersonSearch, "code", search)
		asks("an officer identified a while ago", officer, http.StatusSeeOther, paths.PersonSearch, "code", search)
		asks("an officer identified a while ago", officer, http.StatusSeeOther, paths.DataRequestNew, "code", nil)
		asks("a stranger", stranger, http.StatusUnprocessableEntity, paths.OwnDataRequestNew, "message", url.Values{"kind": {"inspection"}})
		asks("a stranger", stranger, http.StatusUnprocessableEntity, paths.ProfileNew("skills"), "name", nil)
		asks("a stranger", stranger, http.StatusUnprocessableEntity, paths.Consents, "matter", url.Values{"purpose": {"health"}, "receiver": {"Oy"}})
		asks("anybody", anybody, http.StatusUnprocessableEntity, paths.Feedback, "message", url.Values{"topic": {"service"}})
		for _, q := range all {
			q.isMute(t)
		}
	}
	if n := site.number(t, looks); n != before {
		t.Errorf("%d looks were made for somebody who may not", n-before)
	}
}

// belonging is what belongs to a customer.
type belonging struct{ request, entry string }

// fillsAFew makes a request and writes an entry.
func (v *visitor) fillsAFew(t *testing.T) belonging {
	t.Helper()
	form := paths.Fill(paths.ProfileNew("skills"), i18n.Finnish)
	v.see(t, form)
	if a := v.send(t, form, url.Values{"name": {"Salaisuus"}}); a.status != http.StatusSeeOther {
		t.Fatalf("no entry is written: %s", a)
	}
	entry := ""
	for _, link := range v.see(t, paths.Fill(paths.ProfileSection("skills"), i18n.Finnish)).page(t).Links() {
		if of, ok := strings.CutSuffix(link, "/poisto"); ok {
			entry = path.Base(of)
		}
	}
	return belonging{v.asksAbout(t, "inspection", "salaisuus"), entry}
}
