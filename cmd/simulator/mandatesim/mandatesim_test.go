package mandatesim_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/mandatesim"
	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/web/htmltest"
)

func clock() time.Time { return time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC) }

type bench struct {
	t   *testing.T
	sim *mandatesim.System
}

func newBench(t *testing.T) bench {
	t.Helper()
	return bench{t, mandatesim.New(world.Default(), mandatesim.Options{ClientID: "client", APIKey: "key", Password: "password", Clock: clock})}
}

func (b bench) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.sim.ServeHTTP(w, r)
	return w
}

// signed calls target with a checksum made by key at stamp.
func (b bench) signed(target, key, stamp, access string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, http.NoBody)
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = io.WriteString(mac, target+" "+stamp)
	r.Header.Set("X-AsiointivaltuudetAuthorization", "client "+stamp+" "+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	if access != "" {
		r.Header.Set("Authorization", "Bearer "+access)
	}
	return b.do(r)
}

const registerAino = "/service/ypa/user/register/client/010594Y9032?requestId=1"

func (b bench) register() (session, user string) {
	b.t.Helper()
	var answer struct{ SessionID, UserID string }
	w := b.signed(registerAino, "key", "2026-03-02T09:30:00Z", "")
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		b.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return answer.SessionID, answer.UserID
}

func choicePage(user, lang string) string {
	return "/oauth/authorize?" + url.Values{
		"client_id": {"client"}, "response_type": {"code"}, "redirect_uri": {"https://portal.example/back"}, "user": {user}, "lang": {lang}, "state": {"s&t"},
	}.Encode()
}

func (b bench) post(target string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth("client", "password")
	return b.do(r)
}

func TestCallsNeedAChecksumOfNow(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		target, key, stamp string
		status             int
	}{
		"right":            {registerAino, "key", "2026-03-02T09:30:00Z", 200},
		"with an offset":   {registerAino, "key", "2026-03-02T11:30:00.000+02:00", 200},
		"at the limit":     {registerAino, "key", "2026-03-02T09:25:00Z", 200},
		"too old":          {registerAino, "key", "2026-03-02T09:24:59Z", 401},
		"to come":          {registerAino, "key", "2026-03-02T09:35:01Z", 401},
		"another key":      {registerAino, "other", "2026-03-02T09:30:00Z", 401},
		"no time":          {registerAino, "key", "now", 401},
		"no request ID":    {"/service/ypa/user/register/client/010594Y9032", "key", "2026-03-02T09:30:00Z", 400},
		"another client":   {"/service/ypa/user/register/other/010594Y9032?requestId=1", "key", "2026-03-02T09:30:00Z", 401},
		"no such visit":    {"/service/ypa/user/unregister/x?requestId=1", "key", "2026-03-02T09:30:00Z", 401},
		"no access token":  {"/service/ypa/api/organizationRoles/x?requestId=1", "key", "2026-03-02T09:30:00Z", 401},
		"person's own way": {"/service/hpa/user/register/client/010594Y9032?requestId=1", "key", "2026-03-02T09:30:00Z", 404},
	} {
		b := newBench(t)
		if w := b.signed(tt.target, tt.key, tt.stamp, ""); w.Code != tt.status {
			t.Errorf("%s: %d %s, want %d", name, w.Code, w.Body, tt.status)
		}
	}
	b := newBench(t)
	if w := b.do(httptest.NewRequest(http.MethodGet, registerAino, http.NoBody)); w.Code != http.StatusUnauthorized {
		t.Errorf("without a checksum: %d", w.Code)
	}
}

func TestTheWholeFlow(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	session, user := b.register()
	w := b.post(choicePage(user, "fi"), url.Values{"organisation": {"9000000-3"}, "act": {"choose"}})
	back, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != http.StatusSeeOther || back.Query().Get("state") != "s&t" {
		t.Fatalf("%d %s", w.Code, back)
	}
	code := url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {"https://portal.example/back"}}
	var tokens struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := json.Unmarshal(b.post("/oauth/token?"+code.Encode(), nil).Body.Bytes(), &tokens); err != nil || tokens.Access == "" {
		t.Fatalf("%+v, %v", tokens, err)
	}
	if w := b.post("/oauth/token?"+code.Encode(), nil); w.Code != http.StatusBadRequest {
		t.Errorf("the code again: %d", w.Code)
	}
	roles := "/service/ypa/api/organizationRoles/" + session + "?requestId=1"
	w = b.signed(roles, "key", "2026-03-02T09:30:00Z", tokens.Access)
	if want := `[{"name":"Koivutyö Oy","identifier":"9000000-3","complete":true,"roles":["NIMKO","TJ"]}]`; strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}}
	if w := b.post("/oauth/token", refresh); w.Code != http.StatusOK {
		t.Errorf("refreshing: %d", w.Code)
	}
	if w := b.post("/oauth/token", refresh); w.Code != http.StatusBadRequest {
		t.Errorf("refreshing again: %d", w.Code)
	}
	if w := b.signed("/service/ypa/user/unregister/"+session+"?requestId=1", "key", "2026-03-02T09:30:00Z", ""); strings.TrimSpace(w.Body.String()) != "true" {
		t.Errorf("unregistering: %d %s", w.Code, w.Body)
	}
	if w := b.signed(roles, "key", "2026-03-02T09:30:00Z", tokens.Access); w.Code != http.StatusUnauthorized {
		t.Errorf("after unregistering: %d", w.Code)
	}
}

func TestThePageToChooseOn(t *testing.T) {
	t.Parallel()

	for lang, title := range map[string]string{"fi": "Kenen puolesta asioit?", "sv": "För vems räkning uträttar du ärenden?"} {
		b := newBench(t)
		_, user := b.register()
		w := b.do(httptest.NewRequest(http.MethodGet, choicePage(user, lang), http.NoBody))
		page := htmltest.Parse(t, w.Body)
		if h := page.Elements("h1"); w.Code != http.StatusOK || len(h) != 1 || htmltest.Text(h[0]) != title {
			t.Errorf("%s: %d", lang, w.Code)
		}
		if got := htmltest.Attr(page.Elements("html")[0], "lang"); got != lang {
			t.Errorf("lang %q", got)
		}
		for _, form := range []url.Values{{"act": {"choose"}}, {"act": {"choose"}, "organisation": {"9000001-1"}}, {}} {
			w := b.post(choicePage(user, lang), form)
			if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `id="missing"`) {
				t.Errorf("%v: %d", form, w.Code)
			}
		}
		w = b.post(choicePage(user, lang), url.Values{"act": {"cancel"}})
		if got := w.Header().Get("Location"); got != "https://portal.example/back?error=access_denied&state=s%26t" {
			t.Errorf("cancelling leads to %s", got)
		}
		w = b.do(httptest.NewRequest(http.MethodGet, choicePage("somebody", lang), http.NoBody))
		if w.Code != http.StatusBadRequest || strings.Contains(w.Body.String(), "<form") {
			t.Errorf("a user that is not there: %d", w.Code)
		}
	}
}

func TestControls(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	for _, step := range []struct {
		target string
		status int
	}{
		{"/control/fault?mode=500&on=roles&times=2", 200},
		{"/control/fault?mode=odd", 400},
		{"/control/fault?mode=500&on=odd", 400},
		{"/control/fault?mode=500&times=x", 400},
		{"/control/clock?offset=-6m", 200},
		{"/control/clock?offset=later", 400},
		{"/control/end?person=aino&organisation=koivutyo&role=NIMKO", 200},
		{"/control/end?person=nobody&organisation=koivutyo", 400},
		{"/control/grant?person=nobody&organisation=koivutyo&role=TJ", 200},
		{"/control/grant?person=nobody-at-all&organisation=koivutyo&role=TJ", 400},
		{"/control/grant?person=nobody&organisation=nothing&role=TJ", 400},
		{"/control/several?on=1", 200},
	} {
		if w := b.post(step.target, nil); w.Code != step.status {
			t.Errorf("%s: %d %s", step.target, w.Code, w.Body)
		}
	}
	b.sim.Reset()
	if s := b.sim.State(); s.Fault.Mode != "" || s.Clock != "0s" || s.Several || s.Visits != 0 {
		t.Errorf("after a reset: %+v", s)
	}
	if w := b.do(httptest.NewRequest(http.MethodGet, "/", http.NoBody)); !strings.Contains(w.Body.String(), "wrong-organisation") {
		t.Error("the front page does not list the switches")
	}
}
