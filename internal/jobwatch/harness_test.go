package jobwatch_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/index"
	"tyomarkkinatori.fi/portal/internal/search/store"
	"tyomarkkinatori.fi/portal/internal/terms/termstest"
)

const address = "Aino.Vahti+tyo@person.example"

// A portal is a database with postings, watches and a mail server whose every
// answer the test decides.
type portal struct {
	t        testing.TB
	db       *postgres.DB
	now      time.Time
	postings *jobposting.Postings
	follower *store.Follower
	watches  *jobwatch.Watches
	outbox   *mail.Outbox
	server   *server
	orders   int
}

func newPortal(tb testing.TB) *portal {
	tb.Helper()
	p := &portal{t: tb, db: pgtest.New(tb), now: time.Date(2026, time.March, 2, 12, 0, 0, 0, i18n.Helsinki)}
	p.db.Now = func() time.Time { return p.now }
	analyser := search.NewAnalyser(nil, nil)
	documents := &store.Documents{Analyser: analyser}
	p.postings = jobposting.NewPostings(p.db)
	p.postings.OnChange = documents.Write
	ix := index.New(analyser, func() time.Time { return p.now })
	p.follower = &store.Follower{DB: p.db, Index: ix, Analyser: analyser, Log: logtest.New(tb)}
	p.watches = jobwatch.New(jobwatch.Deps{
		DB: p.db, Keys: identitytest.Keyring(tb), Analyser: analyser, Searcher: ix, Terms: termstest.Seed(tb, p.db),
		Link: func(purpose jobwatch.Purpose, lang i18n.Lang, token string) string {
			return fmt.Sprintf("/%s/%s/%s", lang, purpose, token)
		},
	})
	p.server = &server{portal: p}
	p.outbox = mail.NewOutbox(p.db, p.render, p.server)
	p.outbox.Connections = 1
	p.outbox.OnRefused = p.watches.Refused
	p.do(p.follower.Load(tb.Context()))
	return p
}

func (p *portal) do(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// render writes mails as lines that the tests can read.
func (p *portal) render(ctx context.Context, m mail.Message) (mail.Rendered, error) {
	if m.Kind != jobwatch.KindDigest {
		return mail.Rendered{Subject: string(m.Kind), Text: m.Data["link"] + " " + m.Data["end"]}, nil
	}
	d, err := p.watches.Compose(ctx, m)
	if err != nil {
		return mail.Rendered{}, err
	}
	r := mail.Rendered{Subject: string(m.Kind), Unsubscribe: d.EndPath}
	for _, item := range d.Items {
		r.Text += item.Title["fi"]
		if item.Changed {
			r.Text += "!"
		}
		r.Text += " "
	}
	return r, nil
}

// A server takes mails or answers what it is told to.
type server struct {
	portal *portal
	mu     sync.Mutex
	taken  []mail.Letter
	reply  error // for each mail
	away   bool
	lose   bool // the answer to a mail that it takes is lost
}

func (s *server) Open(context.Context) (mail.Connection, error) {
	if s.away {
		return nil, errors.New("connection refused")
	}
	return s, nil
}

func (s *server) Close() error { return nil }

func (s *server) Send(_ context.Context, l mail.Letter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reply != nil {
		return s.reply
	}
	s.taken = append(s.taken, l)
	if s.lose {
		return errors.New("connection lost")
	}
	return nil
}

// bodies returns what the server has taken since the last call, by subject and
// body.
func (s *server) bodies() []string {
	var all []string
	for _, l := range s.taken {
		all = append(all, strings.TrimSpace(l.Subject+": "+l.Text))
	}
	s.taken = nil
	return all
}

// work runs the tasks until nothing is left to do now.
func (p *portal) work() {
	p.t.Helper()
	ctx := p.t.Context()
	p.do(p.follower.Step(ctx))
	_, err := p.watches.Expire(ctx, audit.System("jobwatch.expire"))
	p.do(err)
	_, err = p.watches.Warn(ctx)
	p.do(err)
	_, err = p.watches.Confirmations(ctx)
	p.do(err)
	_, err = p.watches.Match(ctx)
	p.do(err)
	for range 3 {
		_, err = p.watches.Digests(ctx)
		p.do(err)
		_ = p.outbox.Work(ctx) // what the server answers is no fault here
		_, err = p.watches.Settle(ctx)
		p.do(err)
	}
}

// wait moves the clock in steps and works at each.
func (p *portal) wait(d, step time.Duration) {
	p.t.Helper()
	for end := p.now.Add(d); p.now.Before(end); {
		p.now = p.now.Add(min(step, end.Sub(p.now)))
		p.work()
	}
}

func (p *portal) order(rhythm jobwatch.Rhythm, query string) jobwatch.Order {
	p.orders++
	return jobwatch.Order{
		ID: fmt.Sprintf("order %d", p.orders), Address: address, Language: i18n.Finnish, Criteria: search.Criteria{Query: query},
		Schedule: jobwatch.Schedule{Rhythm: rhythm}, TermsVersion: 1, Accepted: true,
	}
}

// watch orders and confirms a watch for cooks and returns the tokens of its own page.
func (p *portal) watch(rhythm jobwatch.Rhythm) string {
	p.t.Helper()
	return p.watchCapped(rhythm, "kokki", 0)
}

func (p *portal) watchCapped(rhythm jobwatch.Rhythm, query string, most int) string {
	p.t.Helper()
	o := p.order(rhythm, query)
	o.Schedule.Cap = most
	o.Address = fmt.Sprintf("aino%d@person.example", p.orders)
	p.do(p.watches.Order(p.t.Context(), o))
	p.work()
	return p.confirm()
}

// confirm presses the button on the page that the last confirmation leads to.
func (p *portal) confirm() string {
	p.t.Helper()
	bodies := p.server.bodies()
	if len(bodies) == 0 || !strings.HasPrefix(bodies[len(bodies)-1], "watch_confirmation") {
		p.t.Fatalf("no confirmation in %q", bodies)
	}
	_, token, _ := strings.Cut(bodies[len(bodies)-1], "/confirm/")
	orders, err := p.watches.Orders(p.t.Context(), token)
	p.do(err)
	manage, err := p.watches.Confirm(p.t.Context(), token, orders[0].ID)
	p.do(err)
	p.do(p.outbox.Work(p.t.Context()))
	if bodies = p.server.bodies(); len(bodies) != 1 || !strings.HasPrefix(bodies[0], "watch_begun: /fi/manage/"+manage+" /fi/end/") {
		p.t.Errorf("a watch begins with the mails %q", bodies)
	}
	return manage
}

func (p *portal) publish(externalID, title string, more ...func(*jobposting.Incoming)) {
	p.t.Helper()
	in := jobposting.Incoming{
		ExternalID:  externalID,
		Content:     jobposting.Content{Languages: []string{"fi"}, Title: jobposting.Localised{"fi": title}, Positions: 1},
		CreatedAt:   p.now.Add(-time.Hour),
		ModifiedAt:  p.now,
		PublishedAt: p.now.Add(-time.Hour),
	}
	for _, f := range more {
		f(&in)
	}
	_, err := p.postings.Receive(p.t.Context(), audit.System("test"), jobposting.SourceTE, []jobposting.Incoming{in})
	p.do(err)
}

func until(t time.Time) func(*jobposting.Incoming) {
	return func(in *jobposting.Incoming) { in.ExpiresAt = t }
}

func saying(text string) func(*jobposting.Incoming) {
	return func(in *jobposting.Incoming) { in.Content.Description = jobposting.Localised{"fi": text} }
}

func (p *portal) remove(externalID string) {
	p.t.Helper()
	_, err := p.postings.Close(p.t.Context(), audit.System("test"), jobposting.SourceTE, []string{externalID}, jobposting.ClosedRemoved)
	p.do(err)
}

// want checks what the server has taken since the last look.
func (p *portal) want(bodies ...string) {
	p.t.Helper()
	if got := p.server.bodies(); !slices.Equal(got, bodies) {
		p.t.Errorf("the server has taken %q, want %q", got, bodies)
	}
}

// sound checks the reconciliation and returns it.
func (p *portal) sound() jobwatch.Figures {
	p.t.Helper()
	f, err := p.watches.Reconcile(p.t.Context())
	p.do(err)
	if !f.Sound() {
		p.t.Errorf("not sound: %+v", f)
	}
	return f
}

func (p *portal) count(query string) int {
	p.t.Helper()
	var n int
	p.do(p.db.QueryRow(p.t.Context(), query).Scan(&n))
	return n
}
