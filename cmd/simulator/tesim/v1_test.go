package tesim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/corpus"
)

func get(t *testing.T, address, token string) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, body
}

func token(t *testing.T, base string) string {
	t.Helper()
	res, err := http.PostForm(base+"/tenant/B2C_1A_SIGNIN/oauth2/v2.0/token", url.Values{
		"client_id": {"portal"}, "client_secret": {"hush"}, "grant_type": {"client_credentials"},
		"scope": {"https://te.example/feed/.default"}, "response_type": {"token"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int    `json:"expires_in"`
		ExpiresOn   int64  `json:"expires_on"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if answer.TokenType != "Bearer" || answer.ExpiresIn != 3600 || answer.ExpiresOn != start().Add(time.Hour).Unix() {
		t.Errorf("token answer %+v", answer)
	}
	return answer.AccessToken
}

type v1Page struct {
	Sivutus           struct{ Sivu, Maara int }
	IlmoituksienMaara int
	Ilmoitukset       []struct {
		IlmoituksenID string
		Sijainti      struct{ Kunta []string }
		Perustiedot   struct{ TyonJatkuvuus string }
	}
}

func TestV1PagesHoldEveryPostingOnce(t *testing.T) {
	t.Parallel()

	_, base := serve(t, options())
	bearer := token(t, base)
	seen := map[string]bool{}
	pages := 0
	for ; ; pages++ {
		status, body := get(t, base+"/jobpostingprovider/v1/tyopaikat?maara=100&sivu="+strconv.Itoa(pages), bearer)
		if status != http.StatusOK {
			t.Fatalf("page %d: status %d: %s", pages, status, body)
		}
		var page v1Page
		if err := json.Unmarshal(body, &page); err != nil {
			t.Fatal(err)
		}
		if page.IlmoituksienMaara != len(page.Ilmoitukset) || page.Sivutus.Sivu != pages || page.Sivutus.Maara != 100 {
			t.Errorf("page %d says %d of %d postings, page %d", pages, page.IlmoituksienMaara, len(page.Ilmoitukset), page.Sivutus.Sivu)
		}
		for _, p := range page.Ilmoitukset {
			if seen[p.IlmoituksenID] {
				t.Errorf("%s is on two pages", p.IlmoituksenID)
			}
			seen[p.IlmoituksenID] = true
		}
		if len(page.Ilmoitukset) < 100 {
			break
		}
	}
	if len(seen) != postings || pages != 3 {
		t.Errorf("%d postings and %d full pages, want %d and 3", len(seen), pages, postings)
	}
}

func TestV1Filters(t *testing.T) {
	t.Parallel()

	_, base := serve(t, options())
	bearer := token(t, base)
	want := 0
	for _, p := range corpus.Generate(7, postings, start().Truncate(24*time.Hour)) {
		if p.Terms.Continuity == "02" && slices.Contains(p.Location.Regions, "01") {
			want++
		}
	}
	status, body := get(t, base+"/jobpostingprovider/v1/tyopaikat?sivu=0&maara=500&tyonjatkuvuus=02&maakunta=01", bearer)
	var page v1Page
	if err := json.Unmarshal(body, &page); err != nil || status != http.StatusOK {
		t.Fatalf("status %d: %v", status, err)
	}
	if len(page.Ilmoitukset) != want || want == 0 {
		t.Errorf("%d postings, want %d", len(page.Ilmoitukset), want)
	}
}

func TestV1Refuses(t *testing.T) {
	t.Parallel()

	system, base := serve(t, options())
	bearer := token(t, base)
	const path = "/jobpostingprovider/v1/tyopaikat"
	for _, c := range []struct {
		what, query, token string
		want               int
		field              string
	}{
		{"no token", "?sivu=0&maara=100", "", http.StatusUnauthorized, ""},
		{"an unknown token", "?sivu=0&maara=100", "simulated-0", http.StatusUnauthorized, ""},
		{"no page", "?maara=100", bearer, http.StatusBadRequest, "sivu"},
		{"a page too small", "?sivu=0&maara=99", bearer, http.StatusBadRequest, "maara"},
		{"a page too big", "?sivu=0&maara=501", bearer, http.StatusBadRequest, "maara"},
		{"an unknown code", "?sivu=0&maara=100&tyoaika=03", bearer, http.StatusBadRequest, "tyoaika"},
	} {
		status, body := get(t, base+path+c.query, c.token)
		var virhe struct {
			Aikaleima, Virheviesti string
			Status                 int
			Virheviestit           []map[string]string
		}
		if err := json.Unmarshal(body, &virhe); err != nil || status != c.want || virhe.Status != c.want || virhe.Virheviesti == "" {
			t.Errorf("%s: status %d, %+v, %v, want %d", c.what, status, virhe, err, c.want)
		}
		if c.field != "" && (len(virhe.Virheviestit) != 1 || virhe.Virheviestit[0]["kenttä"] != c.field) {
			t.Errorf("%s: %v, want the field %q", c.what, virhe.Virheviestit, c.field)
		}
	}
	system.Advance(2 * time.Hour)
	if status, _ := get(t, base+path+"?sivu=0&maara=100", bearer); status != http.StatusUnauthorized {
		t.Errorf("status %d with a token of two hours ago, want 401", status)
	}
}
