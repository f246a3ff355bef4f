package index_test

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/finnish/finnishtest"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/index"
)

func now() time.Time { return time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC) }

var (
	analyserOnce   sync.Once
	sharedAnalyser *search.Analyser
)

func analyser(tb testing.TB) *search.Analyser {
	tb.Helper()
	dictionary := finnishtest.Open(tb)
	analyserOnce.Do(func() { sharedAnalyser = search.NewAnalyser(dictionary, nil) })
	return sharedAnalyser
}

// rows reads a file of tab-separated columns.
func rows(t *testing.T, name string) [][]string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var list [][]string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if line := lines.Text(); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, strings.Split(line, "\t"))
		}
	}
	if lines.Err() != nil || len(list) == 0 {
		t.Fatalf("%s: %d rows: %v", name, len(list), lines.Err())
	}
	return list
}

// posting returns an open posting with a title, published id minutes ago.
func posting(id int64, language, title string) *jobposting.Posting {
	return &jobposting.Posting{
		ID:          id,
		Status:      jobposting.StatusOpen,
		PublishedAt: now().Add(-time.Duration(id) * time.Minute),
		Content: jobposting.Content{
			Languages: []string{language},
			Title:     jobposting.Localised{language: title},
		},
	}
}

// A finder is an index of postings under test.
type finder struct {
	t        testing.TB
	analyser *search.Analyser
	index    *index.Index
	seq      int64
}

func newFinder(tb testing.TB) *finder {
	tb.Helper()
	a := analyser(tb)
	return &finder{t: tb, analyser: a, index: index.New(a, now)}
}

func (f *finder) add(postings ...*jobposting.Posting) {
	f.t.Helper()
	changes := make([]index.Change, 0, len(postings))
	for _, p := range postings {
		d := f.analyser.Document(p)
		changes = append(changes, index.Change{ID: p.ID, Document: d.Append(nil)})
	}
	f.seq += int64(len(postings))
	if bad := f.index.Apply(changes, f.seq); bad != 0 {
		f.t.Fatalf("%d documents were not taken", bad)
	}
}

func (f *finder) search(r search.Request) search.Result {
	f.t.Helper()
	q, understood, err := f.analyser.Compile(r.Criteria)
	if err != nil {
		f.t.Fatalf("%+v: %v", r.Criteria, err)
	}
	result, err := f.index.Search(f.t.Context(), q, r)
	if err != nil {
		f.t.Fatalf("%+v: %v", r, err)
	}
	result.Understood = understood
	return result
}

// find returns the postings that a query's text finds.
func (f *finder) find(text string) search.Result {
	f.t.Helper()
	return f.search(search.Request{Criteria: search.Criteria{Query: text}, Limit: 100})
}

// finds tells whether the text finds a posting among at most 100.
func (f *finder) finds(text string, id int64) bool {
	return slices.Contains(f.find(text).IDs, id)
}
