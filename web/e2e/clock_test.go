package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// move stops the portal and starts it again with another clock, and tells the
// systems that know people what time it is.
func (s *site) move(tb testing.TB, ahead time.Duration) {
	tb.Helper()
	portal := s.processes[len(s.processes)-1]
	s.processes = s.processes[:len(s.processes)-1]
	_ = portal.Process.Kill()
	_ = portal.Wait()
	s.env = append(s.env, "CLOCK_OFFSET="+ahead.String())
	s.serve(tb)
	for _, system := range []string{s.world.IdentityURL, s.world.MandatesURL} {
		order(tb, system, "clock?offset="+ahead.String())
	}
	eventually(tb, "the portal is ready again", func() bool {
		res, err := http.Get(s.url + "/health/ready")
		if err != nil {
			return false
		}
		defer func() { _ = res.Body.Close() }()
		return res.StatusCode == http.StatusOK
	})
}

// mailed waits for a mail with that subject and returns its text.
func (s *site) mailed(tb testing.TB, to, subject string) string {
	tb.Helper()
	var text string
	eventually(tb, "a mail "+subject+" reaches "+to, func() bool {
		for _, m := range s.mails(tb, to) {
			if m.Subject == subject {
				text = m.Text
				return true
			}
		}
		return false
	})
	return text
}

type message struct {
	Subject, Text, HTML string
	MessageID           string `json:"message_id"`
	Headers             []struct{ Name, Value string }
}

// header is a line of the mail's head, "" when it has none.
func (m message) header(name string) string {
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// mails are those that reached an address.
func (s *site) mails(tb testing.TB, to string) []message {
	tb.Helper()
	res, err := http.Get(s.world.InboxURL + "/api/messages?to=" + url.QueryEscape(to))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var inbox struct{ Messages []message }
	if err := json.NewDecoder(res.Body).Decode(&inbox); err != nil {
		tb.Fatal(err)
	}
	return inbox.Messages
}

var address = regexp.MustCompile(`https?://\S+`)

// linkIn returns the address that a mail leads to.
func linkIn(tb testing.TB, text string) string {
	tb.Helper()
	found := strings.TrimRight(address.FindString(text), ".)>")
	if found == "" {
		tb.Fatalf("no link in the mail: %s", text)
	}
	return found
}
