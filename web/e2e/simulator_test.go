package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/gateway/suomifi"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// startSimulator starts a TE system with about that many postings that stay as
// they are until the test says otherwise; more are further flags.
func (s *site) startSimulator(tb testing.TB, postings int, more ...string) {
	tb.Helper()
	cmd := s.command(tb, "simulator", append([]string{
		"-json", "-te-addr", "127.0.0.1:0", "-key", feedKey,
		"-postings", strconv.Itoa(postings), "-rate", "0,0,0", "-rate-limit", "100000",
		"-smtp-addr", "127.0.0.1:0", "-inbox-addr", "127.0.0.1:0", "-identity-addr", "127.0.0.1:0", "-mandates-addr", "127.0.0.1:0",
		"-register-addr", "127.0.0.1:0", "-scanner-addr", "127.0.0.1:0", "-portal-url", s.url,
	}, more...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	s.run(tb, cmd)
	var where struct {
		TEURL string `json:"te_url"`
		neighbours
	}
	if err := json.NewDecoder(out).Decode(&where); err != nil || where.TEURL == "" {
		tb.Fatalf("the simulator does not say where it is: %v", err)
	}
	s.simulator, s.world = where.TEURL, where.neighbours
}

// neighbours is where the simulated systems are that know people.
type neighbours struct {
	SMTPAddr    string `json:"smtp_addr"`
	InboxURL    string `json:"inbox_url"`
	IdentityURL string `json:"identity_url"`
	MandatesURL string `json:"mandates_url"`
	RegisterURL string `json:"register_url"`
	ScannerAddr string `json:"scanner_addr"`
}

// env tells the portal of the world. Half of what is approved is marked, so that
// tests meet both.
func (w neighbours) env(tb testing.TB) []string {
	tb.Helper()
	keys, err := suomifi.GenerateKeys(time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	return []string{
		"PERSON_KEYS=" + secret.GenerateKeyring(), "SUOMIFI_KEYS=" + keys, "MAIN_USERS=010180-9015,020280-902M", "SAMPLE_SEED=e2e", "SAMPLE_RATE=0.5",
		"SUOMIFI_ISSUER=" + w.IdentityURL, "SUOMIFI_CLIENT_ID=portal",
		"MANDATES_URL=" + w.MandatesURL, "MANDATES_CLIENT_ID=a1b2c3d4", "MANDATES_API_KEY=simulated-key", "MANDATES_PASSWORD=simulated-password",
		"BUSINESS_REGISTER_URL=" + w.RegisterURL + "/opendata-ytj-api/v3", "SCANNER_ADDR=" + w.ScannerAddr,
		"SMTP_ADDR=" + w.SMTPAddr, "SMTP_TLS=none",
	}
}

// order tells one of the simulated systems what to do: its address, then what
// comes after /control/.
func order(tb testing.TB, system, what string) {
	tb.Helper()
	res, err := http.Post(system+"/control/"+what, "", nil)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= http.StatusBadRequest {
		tb.Fatalf("control %s: %s", what, res.Status)
	}
}

// control turns a switch of the simulated TE system.
func (s *site) control(tb testing.TB, what string) {
	tb.Helper()
	order(tb, s.simulator, what)
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
