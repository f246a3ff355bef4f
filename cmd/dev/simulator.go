package main

import (
	"bufio"
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
}

// The credentials with which the simulator starts. They open nothing else.
const (
	simulatedKey    = "simulated-key"
	simulatedClient = "simulated-client"
	simulatedSecret = "simulated-secret"
)

// startSimulator starts those parts of the outside world that the caller's environment does not name. A second run on
// the same database takes the first one's: two of them would tell different stories of the same postings.
func (st *stage) startSimulator(ctx context.Context) error {
	feed, mail := st.getenv("TE_FEED_URL") == "", st.getenv("SMTP_ADDR") == ""
	if !feed {
		st.rows = append(st.rows, [2]string{"TE feed", "the one that TE_FEED_URL names"})
	}
	if !mail {
		st.rows = append(st.rows, [2]string{"mail server", "the one that SMTP_ADDR names"})
	}
	if !feed && !mail {
		return nil
	}
	noted := filepath.Join(st.state, "simulator.json")
	var where simulated
	if st.shared && readJSON(noted, &where) == nil && (!feed || where.TEURL != "") && (!mail || where.SMTPAddr != "") {
		st.useSimulated(where)
		return nil
	}
	args := []string{"-json", "-te-addr", "", "-smtp-addr", "", "-inbox-addr", ""}
	for _, part := range []struct {
		wanted         bool
		flag, variable string
		preferred      string
	}{
		{feed, "-te-addr", "TE_SIM_ADDR", "127.0.0.1:8091"},
		{mail, "-smtp-addr", "SMTP_SIM_ADDR", "127.0.0.1:8025"},
		{mail, "-inbox-addr", "INBOX_ADDR", "127.0.0.1:8092"},
	} {
		if !part.wanted {
			continue
		}
		addr := st.getenv(part.variable)
		if addr == "" {
			var err error
			if addr, err = freeAddress(ctx, part.preferred); err != nil {
				return err
			}
		}
		args = append(args, part.flag, addr)
	}
	args = append(args, "-key", simulatedKey, "-client-id", simulatedClient, "-client-secret", simulatedSecret)
	st.say("simulators of the outside world")
	where, err := st.launchSimulator(ctx, args)
	if err != nil {
		return err
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
		st.vars["SMTP_ADDR"] = where.SMTPAddr
		st.rows = append(st.rows, [2]string{"mail server, simulated", where.SMTPAddr + "   inbox: " + where.InboxURL})
	}
}

func readJSON(name string, to any) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, to)
}
