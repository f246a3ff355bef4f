package mandates_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/gateway/mandates"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/internal/mandate"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// seen is what a server was called with.
type seen struct {
	method, target, checksum, authorization, contentType, body string
}

// serve answers every call with status and answer.
func serve(t *testing.T, status int, answer string) (*mandates.Client, *[]seen, *bytes.Buffer) {
	t.Helper()
	var calls []seen
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		calls = append(calls, seen{
			r.Method, r.RequestURI, r.Header.Get("X-AsiointivaltuudetAuthorization"), r.Header.Get("Authorization"), r.Header.Get("Content-Type"), b.String(),
		})
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	var log bytes.Buffer
	return mandates.New(mandates.Options{
		URL: server.URL + "/", BrowserURL: "https://choose.example/", ClientID: "ed4b7ae7",
		APIKey: secret.New("key"), Password: secret.New("pass:word"), ReturnURL: "https://portal.example/representing/callback",
		Now: func() time.Time {
			return time.Date(2026, time.March, 2, 9, 30, 0, 5_000_000, time.FixedZone("EET", 7200))
		},
		Log: logtest.New(t, &log),
	}), &calls, &log
}

func code(t *testing.T, s string) identity.Code {
	t.Helper()
	c, err := identity.ParseCode(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const uuid = `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`

func TestCallsAreWrittenAsTheInterfaceWants(t *testing.T) {
	t.Parallel()

	visit, access := secret.New("visit/id"), secret.New("token")
	const tokens = `{"access_token":"a","refresh_token":"r","token_type":"bearer","expires_in":599,"new":{}}`
	for name, tt := range map[string]struct {
		answer string
		call   func(ctx context.Context, c *mandates.Client) error
		method string
		// target is a pattern; signed calls carry a checksum.
		target string
		signed bool
		auth   string
		body   string
	}{
		"register": {
			answer: `{"sessionId":"s","userId":"u"}`, method: "GET", signed: true,
			target: `/service/ypa/user/register/ed4b7ae7/010594Y9032\?requestId=` + uuid,
			call: func(ctx context.Context, c *mandates.Client) error {
				_, err := c.Open(ctx, code(t, "010594Y9032"))
				return err
			},
		},
		"register of somebody old": {
			answer: `{"sessionId":"s","userId":"u"}`, method: "GET", signed: true,
			target: `/service/ypa/user/register/ed4b7ae7/010199\+9012\?requestId=` + uuid,
			call: func(ctx context.Context, c *mandates.Client) error {
				_, err := c.Open(ctx, code(t, "010199+9012"))
				return err
			},
		},
		"token": {
			answer: tokens, method: "POST", auth: "Basic ZWQ0YjdhZTc6cGFzczp3b3Jk",
			target: `/oauth/token\?code=c%26d&grant_type=authorization_code&redirect_uri=https%3A%2F%2Fportal.example%2Frepresenting%2Fcallback&requestId=` + uuid,
			call: func(ctx context.Context, c *mandates.Client) error {
				got, err := c.Exchange(ctx, "c&d")
				if got.Life != 599*time.Second || got.Access.Reveal() != "a" || got.Refresh.Reveal() != "r" {
					t.Errorf("got %+v", got)
				}
				return err
			},
		},
		"refresh": {
			answer: tokens, method: "POST", auth: "Basic ZWQ0YjdhZTc6cGFzczp3b3Jk", body: "grant_type=refresh_token&refresh_token=r%2F1",
			target: `/oauth/token\?requestId=` + uuid,
			call: func(ctx context.Context, c *mandates.Client) error {
				_, err := c.Refresh(ctx, secret.New("r/1"))
				return err
			},
		},
		"roles": {
			answer: `[{"name":"Oy","identifier":"1234567-1","complete":true,"roles":["TJ"],"new":1}]`, method: "GET", signed: true, auth: "Bearer token",
			target: `/service/ypa/api/organizationRoles/visit%2Fid\?requestId=` + uuid,
			call: func(ctx context.Context, c *mandates.Client) error {
				got, err := c.Organisations(ctx, visit, access, "")
				if len(got) != 1 || !got[0].Complete || got[0].Roles[0] != "TJ" || got[0].Name != "Oy" {
					t.Errorf("got %+v", got)
				}
				return err
			},
		},
		"roles in one organisation": {
			answer: `[]`, method: "GET", signed: true, auth: "Bearer token",
			target: `/service/ypa/api/organizationRoles/visit%2Fid/1234567-1\?requestId=` + uuid,
			call: func(ctx context.Context, c *mandates.Client) error {
				_, err := c.Organisations(ctx, visit, access, "1234567-1")
				return err
			},
		},
		"unregister": {
			answer: `true`, method: "GET", signed: true,
			target: `/service/ypa/user/unregister/visit%2Fid\?requestId=` + uuid,
			call:   func(ctx context.Context, c *mandates.Client) error { return c.Close(ctx, visit) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			client, calls, log := serve(t, http.StatusOK, tt.answer)
			if err := tt.call(t.Context(), client); err != nil {
				t.Fatal(err)
			}
			got := (*calls)[0]
			if got.method != tt.method || !regexp.MustCompile("^"+tt.target+"$").MatchString(got.target) || got.authorization != tt.auth || got.body != tt.body {
				t.Errorf("got %+v", got)
			}
			signed := regexp.MustCompile(`^ed4b7ae7 2026-03-02T07:30:00\.005Z [A-Za-z0-9+/]{43}=$`).MatchString(got.checksum)
			if signed != tt.signed || !tt.signed && got.checksum != "" {
				t.Errorf("checksum %q", got.checksum)
			}
			var line struct {
				RequestID string `json:"request_id"`
				Status    int    `json:"status"`
			}
			if err := json.Unmarshal(log.Bytes(), &line); err != nil || !strings.Contains(got.target, "requestId="+line.RequestID) || line.Status != http.StatusOK {
				t.Errorf("logged %s, %v", log, err)
			}
			for _, hidden := range []string{"/service", "/oauth", "9032", "9012", "visit", "bearer", "http"} {
				if strings.Contains(strings.ToLower(log.String()), hidden) {
					t.Errorf("%q is logged: %s", hidden, log)
				}
			}
		})
	}
}

func TestTheBrowserIsSentOnlyWhatIsForIt(t *testing.T) {
	t.Parallel()

	client, _, _ := serve(t, http.StatusOK, "")
	got := client.ChoosePage(mandate.Visit{ID: secret.New("visit"), UserID: "user 1"}, "state", "sv")
	want := `^https://choose\.example/oauth/authorize\?client_id=ed4b7ae7&lang=sv&redirect_uri=https%3A%2F%2Fportal\.example%2Frepresenting%2Fcallback&requestId=` + uuid + `&response_type=code&state=state&user=user\+1$`
	if !regexp.MustCompile(want).MatchString(got) {
		t.Errorf("got %s", got)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()

	const own = "010594Y9032"
	for name, tt := range map[string]struct {
		status int
		answer string
		want   error
	}{
		"nothing":                      {200, ``, mandate.ErrUnavailable},
		"a page":                       {200, `<html>` + own, mandate.ErrUnavailable},
		"a list":                       {200, `[]`, mandate.ErrUnavailable},
		"no session":                   {200, `{"userId":"u"}`, mandate.ErrUnavailable},
		"no user":                      {200, `{"sessionId":"s"}`, mandate.ErrUnavailable},
		"the session for the user":     {200, `{"sessionId":"s","userId":"s"}`, mandate.ErrUnavailable},
		"the identity code for a user": {200, `{"sessionId":"s","userId":"` + own + `"}`, mandate.ErrUnavailable},
		"an endless user":              {200, `{"sessionId":"s","userId":"` + strings.Repeat("x", 300) + `"}`, mandate.ErrUnavailable},
		"other credentials":            {401, own, mandate.ErrUnavailable},
		"an odd request":               {400, own, mandate.ErrUnavailable},
		"an outage":                    {502, own, mandate.ErrUnavailable},
		"created":                      {201, `{"sessionId":"s","userId":"u"}`, mandate.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			client, _, log := serve(t, tt.status, tt.answer)
			_, err := client.Open(t.Context(), code(t, own))
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v", err)
			}
			if told := err.Error() + log.String(); strings.Contains(told, own) || strings.Contains(told, "127.0.0.1") {
				t.Errorf("told: %s", told)
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()

	for _, url := range []string{"http://127.0.0.1:1", "http://no-such-host.invalid", "", "://", "http://[::1"} {
		client := mandates.New(mandates.Options{URL: url, ClientID: "c", Now: time.Now, Log: logtest.New(t)})
		_, err := client.Open(t.Context(), code(t, "010594Y9032"))
		if !errors.Is(err, mandate.ErrUnavailable) || strings.Contains(err.Error(), "9032") || strings.Contains(err.Error(), "/") {
			t.Errorf("%q: got %v", url, err)
		}
	}
}

func TestVisitsThatAreOver(t *testing.T) {
	t.Parallel()

	for _, status := range []int{400, 401} {
		client, _, _ := serve(t, status, `{}`)
		if _, err := client.Organisations(t.Context(), secret.New("v"), secret.New("a"), ""); !errors.Is(err, mandate.ErrConfirm) {
			t.Errorf("%d: got %v", status, err)
		}
	}
	for _, life := range []string{"-1", "1e9", "999999"} {
		client, _, _ := serve(t, http.StatusOK, `{"access_token":"a","expires_in":`+life+`}`)
		if _, err := client.Exchange(t.Context(), "c"); !errors.Is(err, mandate.ErrUnavailable) {
			t.Errorf("a life of %s: got %v", life, err)
		}
	}
}

func TestNobodyFollowsARedirect(t *testing.T) {
	t.Parallel()

	followed := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	t.Cleanup(elsewhere.Close)
	here := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	t.Cleanup(here.Close)
	client := mandates.New(mandates.Options{URL: here.URL, ClientID: "c", Now: time.Now, Log: logtest.New(t)})
	if _, err := client.Open(t.Context(), code(t, "010594Y9032")); !errors.Is(err, mandate.ErrUnavailable) || followed {
		t.Errorf("got %v, followed: %v", err, followed)
	}
}
