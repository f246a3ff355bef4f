package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// startSimulator starts a TE system with about that many postings that stay as
// they are until the test says otherwise.
func (s *site) startSimulator(tb testing.TB, postings int) {
	tb.Helper()
	cmd := s.command(tb, "simulator", "-json", "-te-addr", "127.0.0.1:0", "-key", feedKey,
		"-postings", strconv.Itoa(postings), "-rate", "0,0,0", "-rate-limit", "100000", "-smtp-addr", "")
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	s.run(tb, cmd)
	var where struct {
		TEURL string `json:"te_url"`
	}
	if err := json.NewDecoder(out).Decode(&where); err != nil || where.TEURL == "" {
		tb.Fatalf("the simulator does not say where it is: %v", err)
	}
	s.simulator = where.TEURL
}

// control turns a switch of the simulated TE system.
func (s *site) control(tb testing.TB, what string) {
	tb.Helper()
	res, err := http.Post(s.simulator+"/control/"+what, "", nil)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		tb.Fatalf("control %s: %s", what, res.Status)
	}
}

// openAtSource asks the simulated TE system how many postings it has published.
func (s *site) openAtSource(tb testing.TB) int {
	tb.Helper()
	res, err := http.Get(s.simulator + "/control/state")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var state struct{ Published int }
	if err := json.NewDecoder(res.Body).Decode(&state); err != nil {
		tb.Fatal(err)
	}
	return state.Published
}

var totalResults = regexp.MustCompile(`totalResults[^>]*>(\d+)<`)

// shown returns how many postings the portal's own search counts, -1 while it
// does not answer.
func (s *site) shown(tb testing.TB) int {
	tb.Helper()
	res, err := http.Get(s.url + "/fi/tyopaikat.atom")
	if err != nil {
		return -1
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return -1
	}
	m := totalResults.FindStringSubmatch(strings.ReplaceAll(string(body), "\n", " "))
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(m[1])
	return n
}
