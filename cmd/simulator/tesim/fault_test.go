package tesim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/tesim"
)

// raw posts a snapshot request and returns what came before the end or error.
func raw(ctx context.Context, t *testing.T, base string) (head, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/kipa/p67/v2/jobpostings", strings.NewReader(`{"onlyStatus":"PUBLISHED"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("KIPA-Subscription-Key", "right")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return head{}, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return headOf(res), body, err
}

func TestFaultsAnswerWithAStatus(t *testing.T) {
	t.Parallel()

	system, base := serve(t, options())
	for _, mode := range []string{"400", "401", "403", "404", "429", "500", "502", "503"} {
		if err := system.SetFault(tesim.Fault{Mode: mode, Times: 1, Wait: 3}); err != nil {
			t.Fatal(err)
		}
		got, _, err := raw(t.Context(), t, base)
		if err != nil {
			t.Fatal(err)
		}
		if status := strconv.Itoa(got.status); status != mode {
			t.Errorf("status %s, want %s", status, mode)
		}
		if wait := got.header.Get("Retry-After"); (mode == "429" || mode == "503") != (wait == "3") {
			t.Errorf("%s: Retry-After %q", mode, wait)
		}
		if got, _, err := raw(t.Context(), t, base); err != nil || got.status != http.StatusOK {
			t.Errorf("after one %s: %v, want all well again", mode, err)
		}
	}
}

func TestFaultsBreakTheStreamOff(t *testing.T) {
	t.Parallel()

	system, base := serve(t, options())
	fail := func(mode string) (int, []byte, error) {
		if err := system.SetFault(tesim.Fault{Mode: mode, Times: 1, After: 5}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, body, err := raw(ctx, t, base)
		return bytes.Count(body, []byte("\n")), body, err
	}
	if lines, _, err := fail("truncate"); err == nil || lines != 5 {
		t.Errorf("truncate: %d whole lines and %v, want 5 and an error", lines, err)
	}
	if lines, body, err := fail("cut"); err != nil || lines != 5 || bytes.HasSuffix(body, []byte("\n")) {
		t.Errorf("cut: %d whole lines and %v, want 5 and a clean end within a line", lines, err)
	}
	if lines, _, err := fail("stall"); !errors.Is(err, context.DeadlineExceeded) || lines != 5 {
		t.Errorf("stall: %d whole lines and %v, want 5 and a deadline", lines, err)
	}
	if _, _, err := fail("hang"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("hang: %v, want a deadline", err)
	}
	if _, _, err := fail("drop"); err == nil {
		t.Error("drop: no error")
	}
}

func TestFaultsSpoilOneRecordAndGoOn(t *testing.T) {
	t.Parallel()

	system, base := serve(t, options())
	for _, c := range []struct {
		mode, contains string
		lines          int
		notJSON        bool
	}{
		{"badjson", `{"broken"`, postings, true},
		{"wrongtypes", `"title":42`, postings, false},
		{"duplicate", "toiseen kertaan", postings + 1, false},
		{"year9999", "9999-12-31", postings, false},
		{"baddate", "2026-02-30", postings, false},
		{"script", "alert('feed')", postings, false},
		{"surrogate", `\ud800`, postings, false},
		{"notitle", "", postings, false},
		{"noid", `"metadata":{"created"`, postings, false},
		{"null", "\nnull\n", postings, false},
		{"unknown", "newField", postings, false},
		{"deep", `{"a":{"a":`, postings, true},
	} {
		if err := system.SetFault(tesim.Fault{Mode: c.mode, Times: 1, After: 2}); err != nil {
			t.Fatal(err)
		}
		_, body, err := raw(t.Context(), t, base)
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
		unescaped := strings.ReplaceAll(string(body), `\u003c`, "<")
		if len(lines) != c.lines || !strings.Contains(unescaped, c.contains) {
			t.Errorf("%s: %d lines, want %d and %q in them", c.mode, len(lines), c.lines, c.contains)
			continue
		}
		for i, line := range lines {
			if json.Valid(line) == (c.notJSON && i == 2) {
				t.Errorf("%s: line %d valid JSON: %v", c.mode, i, json.Valid(line))
			}
		}
	}
}

func TestFaultEmptyIsAValidAnswerWithoutPostings(t *testing.T) {
	t.Parallel()

	system, base := serve(t, options())
	bearer := token(t, base)
	if err := system.SetFault(tesim.Fault{Mode: "empty"}); err != nil {
		t.Fatal(err)
	}
	if got, body, err := raw(t.Context(), t, base); err != nil || got.status != http.StatusOK || len(body) != 0 {
		t.Errorf("P67: %d bytes, %v", len(body), err)
	}
	status, body := get(t, base+"/jobpostingprovider/v1/tyopaikat?sivu=0&maara=100", bearer)
	var page v1Page
	if err := json.Unmarshal(body, &page); err != nil || status != http.StatusOK || page.IlmoituksienMaara != 0 {
		t.Errorf("v1: status %d, %d postings, %v", status, page.IlmoituksienMaara, err)
	}
}

func TestFaultBigLineIsAsBigAsAsked(t *testing.T) {
	t.Parallel()

	system, base := serve(t, options())
	if err := system.SetFault(tesim.Fault{Mode: "bigline", Size: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	_, body, err := raw(t.Context(), t, base)
	if err != nil {
		t.Fatal(err)
	}
	if first, _, _ := bytes.Cut(body, []byte("\n")); len(first) < 900_000 || len(first) > 1_200_000 {
		t.Errorf("the line is %d bytes long, want about 1 MB", len(first))
	}
}

func TestFaultsReachV1(t *testing.T) {
	t.Parallel()

	system, base := serve(t, options())
	bearer := token(t, base)
	const path = "/jobpostingprovider/v1/tyopaikat?sivu=0&maara=100"
	for mode, contains := range map[string]string{
		"spec": `"Ilmoitukset":[`, "wrongtypes": `"tyonOtsikko":42`, "year9999": "9999-12-31", "badjson": `{"broken"`, "cut": `"sivutus"`,
	} {
		if err := system.SetFault(tesim.Fault{Mode: mode, On: "v1", Times: 1}); err != nil {
			t.Fatal(err)
		}
		status, body := get(t, base+path, bearer)
		if status != http.StatusOK || !bytes.Contains(body, []byte(contains)) {
			t.Errorf("%s: status %d without %q", mode, status, contains)
		}
		if broken := mode == "badjson" || mode == "cut"; json.Valid(body) == broken {
			t.Errorf("%s: valid JSON: %v", mode, !broken)
		}
	}
	if err := system.SetFault(tesim.Fault{Mode: "500", On: "token", Times: 1}); err != nil {
		t.Fatal(err)
	}
	if status, _ := get(t, base+path, bearer); status != http.StatusOK {
		t.Errorf("a fault of the token endpoint reached v1: status %d", status)
	}
	res, err := http.PostForm(base+"/oauth2/v2.0/token", url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusInternalServerError {
		t.Errorf("token endpoint: status %d, want 500", res.StatusCode)
	}
}

func TestControl(t *testing.T) {
	t.Parallel()

	system, base := serve(t, options())
	post := func(path string) (int, []byte) {
		res, err := http.Post(base+path, "", nil)
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
	var answer struct{ IDs []string }
	status, body := post("/control/publish?n=5")
	if err := json.Unmarshal(body, &answer); err != nil || status != http.StatusOK || len(answer.IDs) != 5 {
		t.Fatalf("publish: status %d, %d ids, %v", status, len(answer.IDs), err)
	}
	if p, open, known := system.Posting(answer.IDs[0]); !known || !open || !p.Published.Equal(start()) {
		t.Errorf("a published posting is known %v, open %v, published %v", known, open, p.Published)
	}
	if got := system.Status().Published; got != postings+5 {
		t.Errorf("%d published, want %d", got, postings+5)
	}
	for _, c := range []struct {
		path string
		want int
	}{
		{"/control/publish?n=many", http.StatusBadRequest},
		{"/control/fault?mode=meteor", http.StatusBadRequest},
		{"/control/advance?by=soon", http.StatusBadRequest},
		{"/control/fault?mode=500&times=2&on=p67", http.StatusOK},
		{"/control/reset", http.StatusOK},
	} {
		if status, body := post(c.path); status != c.want {
			t.Errorf("%s: status %d, want %d: %s", c.path, status, c.want, body)
		}
	}
	if got := system.Status(); got.Published != postings || got.Fault.Mode != "" {
		t.Errorf("after a reset: %+v", got)
	}
}
