//go:build drill

package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// mailbag is a mail server that keeps of each mail what the drill counts.
type mailbag struct {
	addr string

	mu     sync.Mutex
	copies map[string]int             // by Message-ID
	told   map[string]map[string]bool // Message-IDs by receiver and what they tell
	links  map[string]string          // confirmations by receiver
}

func openMailbag(t *testing.T) *mailbag {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &mailbag{addr: l.Addr().String(), copies: map[string]int{}, told: map[string]map[string]bool{}, links: map[string]string{}}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &bagged{bag: b}, nil }))
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return b
}

func (b *mailbag) link(to string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.links[to]
}

func (b *mailbag) number() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.copies)
}

type bagged struct {
	bag *mailbag
	to  string
}

func (*bagged) Reset()                                      {}
func (*bagged) Logout() error                               { return nil }
func (*bagged) Mail(string, *smtp.MailOptions) error        { return nil }
func (s *bagged) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }

var (
	messageIDLine = regexp.MustCompile(`(?i)message-id:\s*<([^>]+)>`)
	tokenInMail   = regexp.MustCompile(`nro\d+v\d+`)
	confirmLink   = regexp.MustCompile(`/fi/tyopaikkavahti/vahvistus/[0-9a-z-]+`)
)

func (s *bagged) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	text := strings.NewReplacer("=\r\n", "", "=3D", "=").Replace(string(raw))
	id := messageIDLine.FindStringSubmatch(text)
	if id == nil {
		return errors.New("a mail without a Message-ID")
	}
	b := s.bag
	b.mu.Lock()
	defer b.mu.Unlock()
	b.copies[id[1]]++
	for _, token := range tokenInMail.FindAllString(text, -1) {
		key := s.to + " " + token
		if b.told[key] == nil {
			b.told[key] = map[string]bool{}
		}
		b.told[key][id[1]] = true
	}
	if link := confirmLink.FindString(text); link != "" {
		b.links[s.to] = link
	}
	return nil
}

func (d *watchDrill) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	conn, err := d.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// settleAll lets the portal finish in peace.
func (d *watchDrill) settleAll(t *testing.T) {
	t.Helper()
	time.Sleep(10 * time.Second) // until what the killed had in hand is free
	for range 4 {
		d.nextMorning()
		d.env = append(d.env, "CLOCK_OFFSET="+d.ahead().String())
		for _, kind := range []string{"job_watch.digests", "mail.send", "job_watch.settle", "job_watch.digests", "mail.send", "job_watch.settle"} {
			d.portal(t, "work", "-run", kind)
		}
	}
	if n := d.number(t, `SELECT count(*) FROM mail_outbox WHERE status = 'waiting'`); n != 0 {
		t.Errorf("%d mails still wait", n)
	}
	// It fails when the sum does not fit.
	d.portal(t, "work", "-run", "job_watch.reconcile")
}

// count holds what arrived to what was ordered and published.
func (d *watchDrill) count(t *testing.T) {
	t.Helper()
	kills := int(d.kills.Load())
	mails, most, extra := len(d.bag.copies), 0, 0
	for _, n := range d.bag.copies {
		most, extra = max(most, n), extra+n-1
	}
	watchers := []string{"daily@first.example", "at_once@first.example"}
	for rhythm, n := range likewise {
		for i := range n {
			watchers = append(watchers, rhythm+strconv.Itoa(i+1)+"@drill.example")
		}
	}
	lost, doubled := 0, 0
	for _, to := range watchers {
		for i, version := range d.postings {
			n := len(d.bag.told[fmt.Sprintf("%s nro%dv%d", to, i, version)])
			if n == 0 {
				lost++
			}
			// A title that changes while its mail is under way is told in it, and then
			// as a change.
			if n > version {
				doubled++
			}
		}
	}
	slices.Sort(d.acknowledged)
	for _, to := range d.acknowledged {
		if n := d.number(t, `SELECT count(*) FROM job_watch WHERE address = '`+to+`'`); n != 1 {
			t.Errorf("the order of %s was acknowledged, and it is there %d times", to, n)
		}
	}
	for _, to := range d.confirmed {
		if n := d.number(t, `SELECT count(*) FROM job_watch WHERE address = '`+to+`' AND state = 'active'`); n != 1 {
			t.Errorf("the confirmation of %s was acknowledged, and %d watches are in force", to, n)
		}
	}
	if lost > 0 || doubled > 0 {
		t.Errorf("%d matches lost, %d told twice", lost, doubled)
	}
	if most > 3 || extra*10 > kills {
		t.Errorf("%d copies of one mail, %d extra copies after %d kills", most, extra, kills)
	}
	by := ""
	d.byKind.Range(func(kind, n any) bool {
		if count, ok := n.(*atomic.Int64); ok {
			by += fmt.Sprintf(", %v %d", kind, count.Load())
		}
		return true
	})
	t.Logf("%d kills in %s (pages%s), %d days; %d orders acknowledged, %d confirmed, 0 lost; %d postings for %d watches, %d matches lost, %d told twice; %d mails, %d extra copies, at most %d of one",
		kills, time.Since(d.began).Round(time.Second), by, d.days.Load(), len(d.acknowledged), len(d.confirmed), len(d.postings), len(watchers), lost, doubled, mails, extra, most)
	t.Logf("figures: %s", d.text(t, `SELECT figures::text FROM job_watch_figures ORDER BY day DESC LIMIT 1`))
}
