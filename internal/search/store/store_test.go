package store_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/index"
	"tyomarkkinatori.fi/portal/internal/search/store"
)

var feed = audit.Ref{Kind: "system", ID: "test"}

// A portal is a database with postings and one process's index of them.
type portal struct {
	t         *testing.T
	db        *postgres.DB
	now       time.Time
	analyser  *search.Analyser
	postings  *jobposting.Postings
	documents *store.Documents
	index     *index.Index
	follower  *store.Follower
	log       *bytes.Buffer
}

func newPortal(t *testing.T) *portal {
	t.Helper()
	p := &portal{t: t, db: pgtest.New(t), now: pgtest.Now, analyser: search.NewAnalyser(nil, nil), log: &bytes.Buffer{}}
	p.db.Now = func() time.Time { return p.now }
	p.documents = &store.Documents{Analyser: p.analyser}
	p.postings = jobposting.NewPostings(p.db)
	p.postings.OnChange = p.documents.Write
	p.start()
	return p
}

// start begins anew as after a restart of the process.
func (p *portal) start() {
	p.index = index.New(p.analyser, func() time.Time { return p.now })
	p.follower = &store.Follower{
		DB: p.db, Index: p.index, Analyser: p.analyser, Log: logtest.New(p.t, p.log),
	}
}

func (p *portal) load() {
	p.t.Helper()
	if err := p.follower.Load(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

func (p *portal) step() {
	p.t.Helper()
	if err := p.follower.Step(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

func (p *portal) receive(incoming ...jobposting.Incoming) {
	p.t.Helper()
	if _, err := p.postings.Receive(p.t.Context(), feed, jobposting.SourceTE, incoming); err != nil {
		p.t.Fatal(err)
	}
}

// titles returns the titles of the postings that a query finds, sorted.
func (p *portal) titles(text string) []string {
	p.t.Helper()
	c := search.Criteria{Query: text}
	q, _, err := p.analyser.Compile(c)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := p.index.Search(p.t.Context(), q, search.Request{Criteria: c, Limit: 100})
	if err != nil {
		p.t.Fatal(err)
	}
	titles := []string{}
	for _, id := range r.IDs {
		post, err := jobposting.ByID(p.t.Context(), p.db, id)
		if err != nil {
			p.t.Fatal(err)
		}
		titles = append(titles, post.Content.Title["fi"])
	}
	slices.Sort(titles)
	return titles
}

func (p *portal) want(text string, titles ...string) {
	p.t.Helper()
	if got := p.titles(text); !slices.Equal(got, titles) {
		p.t.Errorf("%q finds %q, want %q", text, got, titles)
	}
}

func incoming(externalID, title string) jobposting.Incoming {
	return jobposting.Incoming{
		ExternalID:  externalID,
		Content:     jobposting.Content{Languages: []string{"fi"}, Title: jobposting.Localised{"fi": title}, Positions: 1},
		CreatedAt:   pgtest.Now.Add(-time.Hour),
		ModifiedAt:  pgtest.Now.Add(-time.Hour),
		PublishedAt: pgtest.Now.Add(-time.Hour),
	}
}

func TestLoadFindsWhatWasStored(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(incoming("1", "Kokki"), incoming("2", "Siivooja"))

	p.load()

	p.want("kokki", "Kokki")
	p.want("", "Kokki", "Siivooja")
	if !p.follower.Loaded() {
		t.Error("not loaded")
	}
}

func TestStepFollowsChanges(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(incoming("1", "Kokki"), incoming("2", "Siivooja"))
	p.load()
	before := p.index.Version()

	p.receive(incoming("1", "Tarjoilija"), incoming("3", "Vartija"))
	if _, err := p.postings.Close(p.t.Context(), feed, jobposting.SourceTE, []string{"2"}, jobposting.ClosedRemoved); err != nil {
		t.Fatal(err)
	}
	p.step()

	p.want("kokki")
	p.want("siivooja")
	p.want("", "Tarjoilija", "Vartija")
	if p.index.Version() == before {
		t.Error("the version is what it was")
	}
	after := p.index.Version()
	p.step()
	if p.index.Version() != after {
		t.Error("the version changed and the data did not")
	}
}

func TestAnotherProcessHasTheSameVersion(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.load()
	late := incoming("2", "Siivooja")
	late.ExpiresAt = p.now.Add(time.Minute)
	p.receive(incoming("1", "Kokki"), late)
	p.step()
	followed := p.index.Version()

	p.start()
	p.load()
	if got := p.index.Version(); got != followed {
		t.Errorf("version %d when loaded, %d when followed", got, followed)
	}

	p.now = p.now.Add(2 * time.Minute)
	if n := p.index.Expire(); n != 1 {
		t.Errorf("%d expired, want 1", n)
	}
	p.want("", "Kokki")
	expired := p.index.Version()
	if expired == followed {
		t.Error("the version is the same without the expired posting")
	}
	p.start()
	p.load()
	if got := p.index.Version(); got != expired {
		t.Errorf("version %d when loaded, %d when expired", got, expired)
	}
}

func TestAFailedChangeLeavesNoDocument(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.load()
	p.postings.OnChange = func(ctx context.Context, tx *postgres.Tx, changed []jobposting.Posting) error {
		if err := p.documents.Write(ctx, tx, changed); err != nil {
			return err
		}
		return context.Canceled
	}

	_, err := p.postings.Receive(t.Context(), feed, jobposting.SourceTE, []jobposting.Incoming{incoming("1", "Kokki")})

	if err == nil {
		t.Fatal("no error")
	}
	p.step()
	p.want("")
	if n := p.count("SELECT count(*) FROM search_document"); n != 0 {
		t.Errorf("%d documents, want none", n)
	}
}

func (p *portal) count(query string) (n int) {
	p.t.Helper()
	if err := p.db.QueryRow(p.t.Context(), query).Scan(&n); err != nil {
		p.t.Fatal(err)
	}
	return n
}

func TestReindexBringsANewVersionIntoTheIndex(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	var many []jobposting.Incoming
	for i := range 230 {
		in := incoming("x"+strings.Repeat("i", i), "Kuljettaja")
		in.Content.Occupations = []string{"http://data.europa.eu/esco/occupation/1"}
		many = append(many, in)
	}
	p.receive(many...)
	// A start with more concepts than before.
	concepts := []reference.Concept{{URI: "http://data.europa.eu/esco/occupation/1", ISCO: "2166", Name: reference.Text{Fi: "lumilautojen koristelija", Sv: "snöbrädesdekoratör"}}}
	p.analyser = search.NewAnalyser(nil, concepts)
	p.documents.Analyser = p.analyser
	p.start()
	p.load()
	if got := len(p.titles("lumilautojen koristelija")); got != 100 {
		t.Errorf("by concept: %d on the page, want 100", got)
	}
	group := search.Criteria{Occupations: []string{"2166"}}
	if n := p.total(group); n != 0 {
		t.Errorf("%d postings in the group before they are analysed anew", n)
	}
	before := p.index.Version()

	n, err := p.documents.Reindex(t.Context(), p.db)
	if err != nil || n != 230 {
		t.Fatalf("Reindex = %d, %v; want 230", n, err)
	}
	p.step()
	p.step()

	if n := p.total(group); n != 230 {
		t.Errorf("%d postings in the group, want 230", n)
	}
	if p.index.Version() == before {
		t.Error("the version is what it was")
	}
	if n, err := p.documents.Reindex(t.Context(), p.db); err != nil || n != 0 {
		t.Errorf("Reindex again = %d, %v; want 0", n, err)
	}
	p.start()
	p.load()
	if n := p.total(group); n != 230 {
		t.Errorf("%d postings in the group after a restart, want 230", n)
	}
}

func (p *portal) total(c search.Criteria) int {
	p.t.Helper()
	q, _, err := p.analyser.Compile(c)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := p.index.Search(p.t.Context(), q, search.Request{Criteria: c})
	if err != nil {
		p.t.Fatal(err)
	}
	return r.Total
}

func TestReindexWritesMissingDocuments(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.postings.OnChange = nil
	p.receive(incoming("1", "Kokki"))
	p.load()
	p.want("")

	if n, err := p.documents.Reindex(t.Context(), p.db); err != nil || n != 1 {
		t.Fatalf("Reindex = %d, %v; want 1", n, err)
	}
	p.step()

	p.want("kokki", "Kokki")
}

func TestTheLexiconSurvivesARestart(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.load()
	p.receive(incoming("1", "Kokki keittiöön"), incoming("2", "Siivooja"))
	p.step()
	if n := p.count("SELECT count(*) FROM search_lexicon"); n != 1 {
		t.Fatalf("%d parts of the lexicon, want 1", n)
	}

	p.start()
	p.load()
	if _, words, _ := p.index.Lexicon(0); words != 3 {
		t.Errorf("%d words, want 3", words)
	}
	p.want("keittiö", "Kokki keittiöön")
	p.step()
	if n := p.count("SELECT count(*) FROM search_lexicon"); n != 1 {
		t.Errorf("%d parts of the lexicon after nothing new, want 1", n)
	}
}

func TestADamagedDocumentIsLeftOutAndTold(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(incoming("1", "Kokki"), incoming("2", "Siivooja"))
	if _, err := p.db.Exec(t.Context(), `UPDATE search_document SET document = '\x01ff' WHERE posting_id = 1`); err != nil {
		t.Fatal(err)
	}

	p.load()

	p.want("", "Siivooja")
	if !strings.Contains(p.log.String(), `"documents":1`) {
		t.Errorf("the log says %q", p.log.String())
	}
}

func TestRunFollowsUntilItIsStopped(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(incoming("1", "Kokki"))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.follower.Run(ctx) }()
	deadline := time.After(10 * time.Second)
	for p.index.Seq() < 1 {
		select {
		case <-deadline:
			t.Fatal("nothing was followed")
		case <-time.After(10 * time.Millisecond):
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("Run = %v", err)
	}
	p.want("kokki", "Kokki")
}
