package jobwatch_test

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/mailsink" //nolint:depguard // a real mail server for a test
	"tyomarkkinatori.fi/portal/internal/gateway/smtp"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/mail"
)

// connect gives the portal a real mail server in place of the one that the test
// plays.
func (p *portal) connect() *mailsink.Sink {
	p.t.Helper()
	begun := p.now // the server works beside the test, which moves its clock
	sink, err := mailsink.Start(mailsink.Options{Addr: "127.0.0.1:0", Clock: func() time.Time { return begun }})
	p.do(err)
	p.t.Cleanup(func() { _ = sink.Close() })
	p.connectTo(sink.Addr())
	return sink
}

func (p *portal) connectTo(addr string) {
	p.t.Helper()
	server, err := smtp.New(smtp.Config{Addr: addr, TLS: smtp.TLSNone, From: "Portaali <portaali@portal.example>", Step: 100 * time.Millisecond})
	p.do(err)
	p.outbox = mail.NewOutbox(p.db, p.render, server)
	p.outbox.Connections, p.outbox.OnRefused = 2, p.watches.Refused
}

func (p *portal) fail(sink *mailsink.Sink, f mailsink.Fault) {
	p.t.Helper()
	p.do(sink.SetFault(f))
}

// got returns what a receiver has, oldest first, each mail once.
func got(sink *mailsink.Sink, to string) (texts []string, copies int) {
	seen := map[string]int{}
	all := sink.Messages(to)
	slices.Reverse(all)
	for _, m := range all {
		if seen[m.MessageID]++; seen[m.MessageID] == 1 {
			texts = append(texts, strings.TrimSpace(m.Content().Text))
		}
		copies = max(copies, seen[m.MessageID])
	}
	return texts, copies
}

// TestADeadServerIsWaitedForAndOneMailFollows lets the mail server fail in every
// way for three days of postings. Afterwards each watch gets what came meanwhile,
// each posting once, in one mail.
func TestADeadServerIsWaitedForAndOneMailFollows(t *testing.T) {
	t.Parallel()

	for _, mode := range []string{"down", "frozen", "421", "450", "unconfirmed"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()

			p := newPortal(t)
			rhythms := []jobwatch.Rhythm{jobwatch.AtOnce, jobwatch.Daily, jobwatch.AtOnce, jobwatch.Daily}
			for _, rhythm := range rhythms {
				p.watch(rhythm)
			}
			sink := p.connect()
			switch mode {
			case "down":
				p.connectTo("127.0.0.1:1")
			case "frozen":
				p.connectTo(frozenServer(t))
			default:
				p.fail(sink, mailsink.Fault{Mode: mode})
			}
			for i := range 9 { // 72 hours
				p.publishCook(i)
				p.wait(8*time.Hour, 2*time.Hour)
			}
			p.remove("3")
			f := p.sound()
			if f.Sent != 0 || f.Queued+f.Pending != 9*len(rhythms) {
				t.Errorf("while the server is away: %+v", f)
			}
			p.connectTo(sink.Addr())
			p.fail(sink, mailsink.Fault{})
			tried := sink.Messages("")
			p.publish("9", "Kokki n9")
			p.wait(2*time.Hour, 10*time.Minute)
			p.wait(80*time.Hour, 4*time.Hour)
			for i := range rhythms {
				texts, copies := got(sink, fmt.Sprintf("aino%d@person.example", i+1))
				if mode == "unconfirmed" { // what was handed over in vain for three days is told anew
					texts = texts[len(texts)-1:]
				}
				p.hasOnce(texts, 10, "3")
				if len(texts) > 2 {
					t.Errorf("%d mails after the silence: %q", len(texts), texts)
				}
				if copies > 3 {
					t.Errorf("%d copies of one mail", copies)
				}
			}
			if f := p.sound(); f.Queued+f.Pending != 0 {
				t.Errorf("in the end: %+v", f)
			}
			t.Logf("%s: %d mails handed over without an answer, %d afterwards", mode, len(tried), len(sink.Messages(""))-len(tried))
		})
	}
}

// publishCook publishes the n-th posting for a cook.
func (p *portal) publishCook(n int) {
	p.t.Helper()
	p.publish(strconv.Itoa(n), fmt.Sprintf("Kokki n%d", n))
}

// hasOnce checks that the mails tell of n numbered postings, each once, but for
// one.
func (p *portal) hasOnce(texts []string, n int, but string) {
	p.t.Helper()
	told := map[string]int{}
	for word := range strings.FieldsSeq(strings.Join(texts, " ")) {
		if number, ok := strings.CutPrefix(word, "n"); ok {
			told[number]++
		}
	}
	for i := range n {
		want := 1
		if strconv.Itoa(i) == but {
			want = 0
		}
		if got := told[strconv.Itoa(i)]; got != want {
			p.t.Errorf("posting %d was told %d times, want %d: %q", i, got, want, texts)
		}
	}
}

// frozenServer takes connections and never says a word.
func frozenServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// TestARefusalSuspendsAndAMadServerDoesNot has a server refuse one address for
// good, and later everybody: that is the server's own fault, and all but the
// first few wait for it.
func TestARefusalSuspendsAndAMadServerDoesNot(t *testing.T) {
	t.Parallel()

	const seekers = 24
	p := newPortal(t)
	for range seekers {
		p.watch(jobwatch.AtOnce)
	}
	sink := p.connect()
	p.fail(sink, mailsink.Fault{Mode: "550", Address: "aino7@person.example"})
	p.publish("0", "Kokki n0")
	p.work()
	if n := p.count("SELECT count(*) FROM job_watch WHERE state = 'suspended'"); n != 1 || len(sink.Messages("")) != seekers-1 {
		t.Errorf("%d suspended, %d mails; want 1 and %d", n, len(sink.Messages("")), seekers-1)
	}
	p.fail(sink, mailsink.Fault{Mode: "550"})
	p.publish("1", "Kokki n1")
	p.wait(24*time.Hour, 2*time.Hour)
	suspended := p.count("SELECT count(*) FROM job_watch WHERE state = 'suspended'")
	if suspended > 11 {
		t.Errorf("a server that refuses everybody has had %d watches suspended", suspended)
	}
	p.fail(sink, mailsink.Fault{})
	p.publish("2", "Kokki n2")
	p.wait(3*time.Hour, 10*time.Minute)
	whole := 0
	for i := range seekers {
		if texts, _ := got(sink, fmt.Sprintf("aino%d@", i+1)); strings.Contains(strings.Join(texts, " "), "n1") {
			p.hasOnce(texts, 3, "")
			whole++
		}
	}
	if whole != seekers-suspended {
		t.Errorf("%d of %d have everything, %d are suspended", whole, seekers, suspended)
	}
	p.sound()
	t.Logf("%d of %d suspended after a day of refusals", suspended-1, seekers)
}

// TestConfirmationsGoBeforeDigestsWithinTheLimit lets mails heap up and then
// watches in which order and how fast they go.
func TestConfirmationsGoBeforeDigestsWithinTheLimit(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	for range 60 {
		p.watch(jobwatch.AtOnce)
	}
	sink := p.connect()
	p.outbox.PerMinute = 12
	p.now = p.now.Add(2 * time.Minute) // what was confirmed does not hold the newcomers up
	p.publish("0", "Kokki n0")
	p.work()
	began := len(sink.Messages(""))
	for range 5 {
		p.do(p.watches.Order(t.Context(), p.newcomer()))
	}
	for range 13 {
		before := len(sink.Messages(""))
		p.wait(time.Minute, 10*time.Second)
		if n := len(sink.Messages("")) - before; n > 12 {
			t.Errorf("%d mails in a minute, want at most 12", n)
		}
	}
	all := sink.Messages("")
	slices.Reverse(all)
	confirmations := 0
	for i, m := range all {
		if strings.HasPrefix(m.Subject, "watch_confirmation") {
			if confirmations++; i > began+5 {
				t.Errorf("a confirmation went as mail %d, after %d digests", i+1, i+1-confirmations)
			}
		}
	}
	if confirmations != 5 || len(all) != 65 {
		t.Errorf("%d confirmations, %d mails", confirmations, len(all))
	}
}

func (p *portal) newcomer() jobwatch.Order {
	o := p.order(jobwatch.Daily, "kokki")
	o.Address = fmt.Sprintf("uusi%d@person.example", p.orders)
	return o
}

// TestAWarningOutlivesADeadServer holds the mail before the end of a watch until
// it is of no use any more.
func TestAWarningOutlivesADeadServer(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.watch(jobwatch.Daily)
	p.now = p.now.AddDate(0, 3, -6)
	p.server.away = true
	p.wait(100*time.Hour, time.Hour)
	p.server.away = false
	p.wait(2*time.Hour, 10*time.Minute)
	if got := p.server.bodies(); len(got) != 1 || !strings.HasPrefix(got[0], "watch_ends") {
		t.Errorf("the server has taken %q, want the warning", got)
	}
}

// TestAnOutcomeThatIsForgottenBlocksNoWatch has the portal stand still for so
// long that the outbox has forgotten what became of a mail.
func TestAnOutcomeThatIsForgottenBlocksNoWatch(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.watch(jobwatch.AtOnce)
	p.publish("0", "Kokki n0")
	p.do(p.follower.Step(t.Context()))
	_, err := p.watches.Match(t.Context())
	p.do(err)
	_, err = p.watches.Digests(t.Context())
	p.do(err)
	p.do(p.outbox.Work(t.Context()))
	p.now = p.now.AddDate(0, 0, 31)
	_, err = p.outbox.Purges()[0].Run(t.Context(), keeping.Rule{Period: keeping.Period{Hours: 720}}, 1000)
	p.do(err)
	p.publish("1", "Kokki n1")
	p.work()
	p.work()
	if got := strings.Join(p.server.bodies(), "; "); !strings.Contains(got, "Kokki n1") {
		t.Errorf("the server has taken %q", got)
	}
	p.sound()
}
