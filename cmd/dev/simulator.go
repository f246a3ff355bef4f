package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// simulated is what cmd/simulator says of itself: where its parts listen.
type simulated struct {
	TEURL    string `json:"te_url"`
	P67URL   string `json:"p67_url"`
	V1URL    string `json:"v1_url"`
	TokenURL string `json:"token_url"`
	SMTPAddr string `json:"smtp_addr"`
	InboxURL string `json:"inbox_url"`

	IdentityURL string `json:"identity_url"`
	MandatesURL string `json:"mandates_url"`
	RegisterURL string `json:"register_url"`
	ScannerAddr string `json:"scanner_addr"`
}

// The credentials with which the simulator starts. They open nothing else.
const (
	simulatedKey    = "simulated-key"
	simulatedClient = "simulated-client"
	simulatedSecret = "simulated-secret"

	simulatedOIDCClient       = "portal"
	simulatedMandatesClient   = "a1b2c3d4"
	simulatedMandatesPassword = "simulated-password"
	// mainUsers are two of the simulated people: the first officers.
	mainUsers = "010180-9015,020280-902M"
)

// part is a part of the simulator with the variable of the portal that names another one in its place.
type part struct {
	replaces, label string
	flag, variable  string
	preferred       string
}

func parts() []part {
	return []part{
		{"TE_FEED_URL", "TE feed", "-te-addr", "TE_SIM_ADDR", "127.0.0.1:8091"},
		{"SMTP_ADDR", "mail server", "-smtp-addr", "SMTP_SIM_ADDR", "127.0.0.1:8025"},
		{"SMTP_ADDR", "", "-inbox-addr", "INBOX_ADDR", "127.0.0.1:8092"},
		{"SUOMIFI_ISSUER", "identification", "-identity-addr", "IDENTITY_SIM_ADDR", "127.0.0.1:8093"},
		{"MANDATES_URL", "e-Authorizations", "-mandates-addr", "MANDATES_SIM_ADDR", "127.0.0.1:8094"},
		{"BUSINESS_REGISTER_URL", "business register", "-register-addr", "REGISTER_SIM_ADDR", "127.0.0.1:8095"},
		{"SCANNER_ADDR", "scanner of documents", "-scanner-addr", "SCANNER_SIM_ADDR", "127.0.0.1:8096"},
	}
}

// startSimulator starts those parts of the outside world that the caller's environment does not name. A second run on
// the same database takes the first one's TE system and mail server: two of them would tell different stories of the
// same postings.
func (st *stage) startSimulator(ctx context.Context) error {
	noted := filepath.Join(st.state, "simulator.json")
	var first simulated
	if st.shared {
		_ = readJSON(noted, &first)
	}
	taken := map[string]bool{"TE_FEED_URL": first.TEURL != "", "SMTP_ADDR": first.SMTPAddr != ""}
	args := []string{
		"-json", "-key", simulatedKey, "-client-id", simulatedClient, "-client-secret", simulatedSecret,
		"-portal-url", st.get("PUBLIC_URL"), "-oidc-client", simulatedOIDCClient, "-mandates-client", simulatedMandatesClient,
		"-mandates-key", simulatedKey, "-mandates-password", simulatedMandatesPassword, "-clock-offset", cmp.Or(st.getenv("CLOCK_OFFSET"), "0s"),
	}
	var wanted []string
	for _, p := range parts() {
		addr := ""
		switch {
		case st.getenv(p.replaces) != "":
			if p.label != "" {
				st.rows = append(st.rows, [2]string{p.label, "the one that " + p.replaces + " names"})
			}
		case !taken[p.replaces]:
			if addr = st.getenv(p.variable); addr == "" {
				var err error
				if addr, err = freeAddress(ctx, p.preferred); err != nil {
					return err
				}
			}
			wanted = append(wanted, addr)
		}
		args = append(args, p.flag, addr)
	}
	if len(wanted) == 0 {
		return nil
	}
	if !taken["SMTP_ADDR"] && st.getenv("SMTP_ADDR") == "" && st.getenv("TE_FEED_URL") == "" {
		watches := filepath.Join(st.state, "job-watches.json")
		args = append(args, "-seekers", watches)
		st.rows = append(st.rows, [2]string{"job watches of job seekers", "their pages are in " + watches})
	}
	st.say("simulators of the outside world")
	where, err := st.launchSimulator(ctx, args)
	if err != nil {
		return err
	}
	if where.TEURL == "" {
		where.TEURL, where.P67URL, where.V1URL, where.TokenURL = first.TEURL, first.P67URL, first.V1URL, first.TokenURL
	}
	if where.SMTPAddr == "" {
		where.SMTPAddr, where.InboxURL = first.SMTPAddr, first.InboxURL
	}
	if !st.shared {
		content, err := json.Marshal(where)
		if err != nil {
			return fmt.Errorf("encode simulator addresses: %w", err)
		}
		if err := os.WriteFile(noted, content, 0o644); err != nil {
			return fmt.Errorf("note simulator addresses: %w", err)
		}
		st.ends = append(st.ends, func() { os.Remove(noted) })
	}
	st.useSimulated(where)
	return nil
}

func (st *stage) launchSimulator(ctx context.Context, args []string) (where simulated, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return where, fmt.Errorf("open pipe: %w", err)
	}
	defer r.Close()
	c, err := st.launch(ctx, "simulator", w, args...)
	w.Close()
	if err != nil {
		return where, err
	}
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(r).ReadString('\n')
		line <- text
	}()
	select {
	case text := <-line:
		if text == "" {
			<-c.Done()
			return where, <-st.dead
		}
		if err := json.Unmarshal([]byte(text), &where); err != nil {
			return where, fmt.Errorf("decode simulator addresses: %w", err)
		}
		return where, nil
	case <-ctx.Done():
		return where, ctx.Err()
	case <-time.After(time.Minute):
		return where, fmt.Errorf("the simulator does not start; see its log in %s", filepath.Join(st.state, "log"))
	}
}

// useSimulated points the portal at the simulator, each variable only where the caller set none.
func (st *stage) useSimulated(where simulated) {
	if where.TEURL != "" && st.getenv("TE_FEED_URL") == "" {
		st.vars["TE_FEED_URL"] = where.P67URL
		st.vars["TE_FEED_KIND"] = "p67"
		st.vars["TE_FEED_KEY"] = simulatedKey
		if st.getenv("TE_FEED_KIND") == "v1" {
			st.vars["TE_FEED_URL"] = where.V1URL
			st.vars["TE_TOKEN_URL"] = where.TokenURL
			st.vars["TE_CLIENT_ID"] = simulatedClient
			st.vars["TE_CLIENT_SECRET"] = simulatedSecret
		}
		st.rows = append(st.rows, [2]string{"TE system, simulated", where.TEURL + "   (its page lists the switches)"})
	}
	if where.SMTPAddr != "" && st.getenv("SMTP_ADDR") == "" {
		st.vars["SMTP_ADDR"], st.vars["SMTP_TLS"] = where.SMTPAddr, "none"
		st.rows = append(st.rows, [2]string{"mail server, simulated", where.SMTPAddr + "   inbox: " + where.InboxURL})
	}
	if where.IdentityURL != "" {
		st.vars["SUOMIFI_ISSUER"], st.vars["SUOMIFI_CLIENT_ID"] = where.IdentityURL, simulatedOIDCClient
		st.vars["MAIN_USERS"] = mainUsers
		st.rows = append(st.rows, [2]string{"identification, simulated", where.IdentityURL + "   choose whom to be; officers begin at " + st.get("PUBLIC_URL") + "/fi/virkailija"})
	}
	if where.MandatesURL != "" {
		st.vars["MANDATES_URL"], st.vars["MANDATES_CLIENT_ID"] = where.MandatesURL, simulatedMandatesClient
		st.vars["MANDATES_API_KEY"], st.vars["MANDATES_PASSWORD"] = simulatedKey, simulatedMandatesPassword
		st.rows = append(st.rows, [2]string{"e-Authorizations, simulated", where.MandatesURL})
	}
	if where.RegisterURL != "" {
		st.vars["BUSINESS_REGISTER_URL"] = where.RegisterURL + "/opendata-ytj-api/v3"
		st.rows = append(st.rows, [2]string{"business register, simulated", where.RegisterURL})
	}
	if where.ScannerAddr != "" {
		st.vars["SCANNER_ADDR"] = where.ScannerAddr
	}
}

func readJSON(name string, to any) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, to)
}
