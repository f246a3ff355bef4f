package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/web"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/htmltest"
)

// filled is the feedback form as a reader would send it.
func (p *portal) filled() url.Values {
	page := parse(p.tb, p.get("/fi/palaute"))
	token := ""
	for _, n := range page.Elements("input") {
		if htmltest.Attr(n, "name") == edge.TokenField {
			token = htmltest.Attr(n, "value")
		}
	}
	return url.Values{
		edge.TokenField: {token},
		"topic":         {"accessibility"},
		"message":       {"Painike on <b>liian</b> pieni & vaalea."},
		"email":         {"aino@example.com"},
	}
}

func (p *portal) countFeedback() int {
	p.tb.Helper()
	var n int
	if err := p.db.QueryRow(p.tb.Context(), "SELECT count(*) FROM feedback").Scan(&n); err != nil {
		p.tb.Fatal(err)
	}
	return n
}

func noFormLimit(d *web.Deps) {
	d.Limits = limits(func(l *edge.Limits) { l.FormsPerMinute = 0 })
}

func TestFeedbackIsKeptAndAudited(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	w := p.post("/fi/palaute", p.filled())
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/fi/palaute/kiitos" {
		t.Fatalf("got %d %s", w.Code, w.Header().Get("Location"))
	}

	var topic, language, message, email string
	row := p.db.QueryRow(t.Context(), "SELECT topic, language, message, email FROM feedback")
	if err := row.Scan(&topic, &language, &message, &email); err != nil {
		t.Fatal(err)
	}
	got := []string{topic, language, message, email}
	if want := []string{"accessibility", "fi", "Painike on <b>liian</b> pieni & vaalea.", "aino@example.com"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	var action, detail string
	if err := p.db.QueryRow(t.Context(), "SELECT action, detail::text FROM audit_event").Scan(&action, &detail); err != nil {
		t.Fatal(err)
	}
	if action != "feedback.received" || strings.Contains(detail, "aino") || strings.Contains(detail, "Painike") {
		t.Errorf("audited %s %s", action, detail)
	}
}

func TestFeedbackSentAgainHasOneEffect(t *testing.T) {
	t.Parallel()

	p := newPortal(t, noFormLimit)
	form := p.filled()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if w := p.post("/fi/palaute", form); w.Code != http.StatusSeeOther {
				t.Errorf("got %d", w.Code)
			}
		})
	}
	wg.Wait()
	if n := p.countFeedback(); n != 1 {
		t.Errorf("%d rows", n)
	}

	form.Set("message", "Toinen asia")
	w := p.post("/fi/palaute", form)
	page := parse(t, w)
	if w.Code != http.StatusConflict || !strings.Contains(page.Body(), "Toinen asia") {
		t.Errorf("another text under the same token: got %d", w.Code)
	}
	if n := p.countFeedback(); n != 1 {
		t.Errorf("%d rows after another text under the same token", n)
	}
}

func TestFeedbackFormShowsWhatIsWrong(t *testing.T) {
	t.Parallel()

	p := newPortal(t, noFormLimit)
	tests := []struct {
		name   string
		change url.Values
		fields []string
	}{
		{"nothing filled in", url.Values{"topic": {""}, "message": {" \r\n"}, "email": {""}}, []string{"topic", "message"}},
		{"too long", url.Values{"message": {strings.Repeat("ä", 5001)}}, []string{"message"}},
		{"nothing to be seen", url.Values{"message": {"\u200b\u202e \u2060\ufeff\u3164"}}, []string{"message"}},
		{"unknown topic", url.Values{"topic": {"x"}}, []string{"topic"}},
		{"no address", url.Values{"email": {"aino"}}, []string{"email"}},
		{"two addresses", url.Values{"email": {"a@example.com,b@example.com"}}, []string{"email"}},
		{"a header", url.Values{"email": {"a@example.com\r\nBcc: b@example.com"}}, []string{"email"}},
		{"an identity code", url.Values{"message": {"Olen 010594Y9032."}}, []string{"message"}},
		{"an identity code of the last century", url.Values{"message": {"hetuni:010594-9032!"}}, []string{"message"}},
		{"an identity code typed apart", url.Values{"message": {"Syntynyt 010594 y 9032"}}, []string{"message"}},
		{"an identity code as the address", url.Values{"email": {"010594Y9032@example.com"}}, []string{"email"}},
		{"a name", url.Values{"email": {"Aino <a@example.com>"}}, []string{"email"}},
	}
	for _, path := range []string{"/fi/palaute", "/sv/respons"} {
		for _, tt := range tests {
			form := p.filled()
			maps.Copy(form, tt.change)
			w := p.post(path, form)
			page := parse(t, w)
			if w.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s, %s: got %d", path, tt.name, w.Code)
			}
			for _, fault := range page.Faults(path[1:3]) {
				t.Errorf("%s, %s: %s", path, tt.name, fault)
			}
			if !strings.HasPrefix(page.Title(), "Virhe:") && !strings.HasPrefix(page.Title(), "Fel:") {
				t.Errorf("%s, %s: the title is %q", path, tt.name, page.Title())
			}
			if got := summary(page); !slices.Equal(got, tt.fields) {
				t.Errorf("%s, %s: the summary leads to %q, want %q", path, tt.name, got, tt.fields)
			}
			if message := strings.TrimSpace(form.Get("message")); !strings.Contains(page.Body(), message) {
				t.Errorf("%s, %s: the text is lost", path, tt.name)
			}
		}
	}
	if n := p.countFeedback(); n != 0 {
		t.Errorf("%d rows", n)
	}
}

// An identity code is noticed before it is kept; without it the same form, with
// everything else in it, is sent.
func TestFeedbackIsSentOnceTheIdentityCodeIsOut(t *testing.T) {
	t.Parallel()

	for path, warning := range map[string]string{"/fi/palaute": "Poista henkilötunnus (010594Y••••)", "/sv/respons": "Ta bort personbeteckningen (010594Y••••)"} {
		p := newPortal(t, noFormLimit)
		form := p.filled()
		form.Set("message", "Haku ei löydä. Olen 010594Y9032.")
		w := p.post(path, form)
		if page := parse(t, w); w.Code != http.StatusUnprocessableEntity || !strings.Contains(page.Body(), warning) || strings.Contains(w.Header().Get("Location"), "010594") {
			t.Errorf("%s: got %d without a warning", path, w.Code)
		}
		form.Set("message", "Haku ei löydä.")
		if w := p.post(path, form); w.Code != http.StatusSeeOther || p.countFeedback() != 1 {
			t.Errorf("%s: got %d, %d rows", path, w.Code, p.countFeedback())
		}
	}
}

// summary returns the fields that the summary of errors leads to. The same
// words must stand at the field.
func summary(page *htmltest.Page) []string {
	words := map[string]string{}
	var fields []string
	for _, n := range page.Elements("p") {
		if field, ok := strings.CutSuffix(htmltest.Attr(n, "id"), "-error"); ok {
			words[field] = htmltest.Text(n)
		}
	}
	for _, box := range page.Elements("div") {
		if htmltest.Attr(box, "class") != "error-summary" || !htmltest.Has(box, "autofocus") {
			continue
		}
		for n := range box.Descendants() {
			field, ok := strings.CutPrefix(htmltest.Attr(n, "href"), "#")
			if ok && words[field] == htmltest.Text(n) {
				fields = append(fields, field)
			}
		}
	}
	return fields
}

func TestFeedbackRefusesForgedRequests(t *testing.T) {
	t.Parallel()

	p := newPortal(t, noFormLimit)
	good := p.filled().Get(edge.TokenField)
	other := edge.Tokens{Key: make([]byte, 32), Now: p.db.Now}
	tests := []struct {
		name, token string
		header      []string
	}{
		{"cross-site", good, []string{"Sec-Fetch-Site", "cross-site"}},
		{"same-site", good, []string{"Sec-Fetch-Site", "same-site"}},
		{"another origin", good, []string{"Sec-Fetch-Site", "", "Origin", "https://evil.example"}},
		{"no origin", good, []string{"Sec-Fetch-Site", "", "Origin", "null"}},
		{"another port", good, []string{"Sec-Fetch-Site", "", "Origin", "https://portal.example:8443"}},
		{"a sub-domain", good, []string{"Sec-Fetch-Site", "", "Origin", "https://a.portal.example"}},
		{"no headers and no token", "", []string{"Sec-Fetch-Site", ""}},
		{"no token", "", nil},
		{"half a token", good[:len(good)/2], nil},
		{"a changed token", changed(good), nil},
		{"another key", other.Issue("feedback", ""), nil},
		{"another form", p.tokens.Issue("other", ""), nil},
		{"another session", p.tokens.Issue("feedback", "session"), nil},
	}
	for _, tt := range tests {
		form := p.filled()
		form.Set(edge.TokenField, tt.token)
		w := p.post("/fi/palaute", form, tt.header...)
		if w.Code != http.StatusForbidden {
			t.Errorf("%s: got %d", tt.name, w.Code)
		}
	}
	if w := p.post("/fi/tietosuoja?_method=POST", p.filled()); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("method override: got %d", w.Code)
	}
	if n := p.countFeedback(); n != 0 {
		t.Errorf("%d rows", n)
	}
}

// changed differs from token in one letter.
func changed(token string) string {
	if token[0] == 'A' {
		return "B" + token[1:]
	}
	return "A" + token[1:]
}

func TestFeedbackFormThatLayOpenLosesNothing(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	form := p.filled()
	p.setNow(pgtest.Now.Add(25 * time.Hour))
	w := p.post("/fi/palaute", form)
	page := parse(t, w)
	if w.Code != http.StatusForbidden || !strings.Contains(page.Body(), form.Get("message")) {
		t.Fatalf("got %d: %s", w.Code, page.Body())
	}

	for _, n := range page.Elements("input") {
		if htmltest.Attr(n, "name") == edge.TokenField {
			form.Set(edge.TokenField, htmltest.Attr(n, "value"))
		}
	}
	if w := p.post("/fi/palaute", form); w.Code != http.StatusSeeOther {
		t.Errorf("sent again: got %d", w.Code)
	}
}

func TestFeedbackRefusesOtherContent(t *testing.T) {
	t.Parallel()

	p := newPortal(t, noFormLimit)

	for name, header := range map[string]string{"multipart": "multipart/form-data; boundary=x", "JSON": "application/json", "plain": "text/plain"} {
		if w := p.post("/fi/palaute", p.filled(), "Content-Type", header); w.Code != http.StatusBadRequest {
			t.Errorf("%s: got %d", name, w.Code)
		}
	}
}

func TestFeedbackTakesWhatIsNoTextAsUnreadableCharacters(t *testing.T) {
	t.Parallel()

	p := newPortal(t, noFormLimit)

	for name, message := range map[string]string{"NUL": "a\x00b", "no UTF-8": "a\xff"} {
		form := p.filled()
		form.Set("message", message)
		form.Set("topic", "")
		if w := p.post("/fi/palaute", form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "a\uFFFD") {
			t.Errorf("%s: got %d", name, w.Code)
		}
	}
}

func TestTopicIsChosenByTheLink(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	page := parse(t, p.get("/fi/palaute?topic=accessibility"))

	for _, n := range page.Elements("input") {
		if htmltest.Has(n, "checked") != (htmltest.Attr(n, "value") == "accessibility") {
			t.Errorf("%s is chosen: %v", htmltest.Attr(n, "value"), htmltest.Has(n, "checked"))
		}
	}
}

// TestFeedbackTellsThePeriodInForce changes the rule: the form follows.
func TestFeedbackTellsThePeriodInForce(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	_, err := p.db.Exec(t.Context(), `
		INSERT INTO retention_rule (kind, version, trigger, months, action, ground, reason, in_force_from, proposed_by, approved_by)
		VALUES ('feedback', 2, 'received', 5, 'delete', 'portal_notice', 'test', $1, 1, 2)`, p.db.Now())
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/fi/palaute": "osoitteen: 5 kuukautta", "/sv/respons": "adressen: 5 månader"} {
		if body := p.get(path).Body.String(); !strings.Contains(body, want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
}
