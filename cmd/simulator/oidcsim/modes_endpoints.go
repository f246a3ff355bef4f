package oidcsim

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// endpointModes change what the endpoints answer.
func endpointModes() map[string]mode {
	set := func(name, value string) mode {
		return mode{answer: func(v url.Values) { v.Set(name, value) }}
	}
	instead := func(name, description string) mode {
		return mode{answer: func(v url.Values) {
			v.Del("code")
			v.Set("error", name)
			if description != "" {
				v.Set("error_description", description)
			}
		}}
	}
	status := func(code int) mode {
		return mode{tokenEnd: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", code) }}
	}
	text := func(kind, body string) mode {
		return mode{tokenEnd: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write([]byte(body))
		}}
	}
	return map[string]mode{
		"state-missing":    {answer: func(v url.Values) { v.Del("state") }},
		"state-wrong":      set("state", strings.Repeat("s", 43)),
		"state-twice":      {answer: func(v url.Values) { v.Add("state", v.Get("state")) }},
		"answer-iss-gone":  {answer: func(v url.Values) { v.Del("iss") }},
		"answer-iss-wrong": set("iss", "https://other.example"),
		"code-wrong":       set("code", "not-a-code"),
		"code-gone":        {answer: func(v url.Values) { v.Del("code") }},
		"code-twice":       {answer: func(v url.Values) { v.Add("code", "another") }},
		"code-huge":        set("code", strings.Repeat("c", 5000)),
		"answer-double":    {double: true},

		"error-access-denied":           instead("access_denied", ""),
		"error-cancel":                  instead("cancel", ""),
		"error-login-required":          instead("login_required", ""),
		"error-server-error":            instead("server_error", ""),
		"error-temporarily-unavailable": instead("temporarily_unavailable", ""),
		"error-unknown":                 instead("no_such_error", ""),
		"error-html":                    instead("<script>alert(1)</script>", "<img src=x onerror=alert(1)>\r\nSet-Cookie: a=b"),
		"error-5kb":                     instead("invalid_request", strings.Repeat("x", 5<<10)),

		"token-500":     status(http.StatusInternalServerError),
		"token-429":     status(http.StatusTooManyRequests),
		"token-401":     status(http.StatusUnauthorized),
		"token-silence": {tokenEnd: silence},
		"token-drip":    {tokenEnd: drip},
		"token-half":    text("application/json", `{"access_token":"a","token_type":"Bea`),
		"token-10mib":   {tokenEnd: flood},
		"token-html":    text("text/html", "<html><body>Huoltokatko</body></html>"),
		"token-plain":   text("text/plain", "access_token=a&token_type=Bearer&id_token=a.b.c"),
		"token-redirect": {tokenEnd: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/attacker/token")
			w.WriteHeader(http.StatusFound)
		}},
		"token-no-id":   {reply: func(reply map[string]any) { delete(reply, "id_token") }},
		"token-id-list": {reply: func(reply map[string]any) { reply["id_token"] = []any{reply["id_token"]} }},
		"token-type":    {reply: func(reply map[string]any) { reply["token_type"] = "mac" }},
		"token-empty":   text("application/json", "{}"),

		"userinfo-sub-other":   {userInfo: func(claims map[string]any) { claims["sub"] = "somebody-else" }},
		"userinfo-sub-missing": {userInfo: func(claims map[string]any) { delete(claims, "sub") }},
		"userinfo-1mib":        {userInfo: func(claims map[string]any) { claims["pad"] = strings.Repeat("x", 1<<20) }},
		"userinfo-down":        {down: "userinfo"},

		"metadata-issuer": {metadata: func(told map[string]any) { told["issuer"] = "https://other.example" }},
		"metadata-plain":  {metadata: func(told map[string]any) { told["token_endpoint"] = "file:///etc/passwd" }},
		"metadata-1mib":   {metadata: func(told map[string]any) { told["pad"] = strings.Repeat("x", 1<<20) }},
		"metadata-down":   {down: "metadata"},
		"jwks-down":       {down: "jwks"},
		"jwks-forged":     {forgedKeySet: true},

		"logout-down":       {down: "logout"},
		"logout-state":      set("logout_state", "other"),
		"logout-state-gone": set("logout_state", ""),
	}
}

// silence takes the call and says nothing for 30 seconds.
func silence(_ http.ResponseWriter, r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-time.After(30 * time.Second):
	}
}

// drip sends a byte at a time, so that no single read is late.
func drip(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	for range 300 {
		if _, err := w.Write([]byte(" ")); err != nil {
			return
		}
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		select {
		case <-r.Context().Done():
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// flood sends 10 MiB of JSON.
func flood(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"access_token":"`))
	piece := []byte(strings.Repeat("x", 64<<10))
	for range 160 {
		if _, err := w.Write(piece); err != nil {
			return
		}
	}
	_, _ = w.Write([]byte(`","token_type":"Bearer"}`))
}
