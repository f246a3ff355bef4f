package e2e_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestAccessMatrix holds every route to its class and to what each kind of
// visitor gets from it. A new route fails until it has a line.
func TestAccessMatrix(t *testing.T) {
	t.Parallel()

	s := theSite(t)
	id := s.number(t, `SELECT id FROM job_posting WHERE status = 'open' LIMIT 1`)
	var got strings.Builder
	got.WriteString("# method pattern audience csrf cache rate -> anonymous\n")
	for _, r := range s.routes(t) {
		path := strings.NewReplacer("{id}", strconv.FormatInt(id, 10), "{n}", "1", "*", "none.css").Replace(r.Pattern)
		req, err := http.NewRequestWithContext(t.Context(), r.Method, s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		status, header, _ := s.do(t, req)
		fmt.Fprintf(&got, "%s %s %s %s %s %s -> %d\n", r.Method, r.Pattern, r.Audience, r.CSRF, r.Cache, r.Rate, status)
		if r.CSRF == "safe" == (r.Method == http.MethodPost) {
			t.Errorf("%s %s has the csrf class %s", r.Method, r.Pattern, r.CSRF)
		}
		cache := header.Get("Cache-Control")
		if status == http.StatusOK && strings.Contains(cache, "no-store") != (r.Cache == "none") {
			t.Errorf("%s %s has the cache class %s and answers Cache-Control: %s", r.Method, r.Pattern, r.Cache, cache)
		}
	}
	const golden = "testdata/routes.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}
