package postings_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"
	"golang.org/x/net/html"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/index"
	"tyomarkkinatori.fi/portal/locales"
	"tyomarkkinatori.fi/portal/web/postings"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/ui"
)

const origin = "https://portal.example"

// portal is the job seeker's pages over a database of their own.
type portal struct {
	t        testing.TB
	db       *postgres.DB
	postings *jobposting.Postings
	searcher searcher
	handler  http.Handler
	pages    *postings.Pages
	now      time.Time
}

func newPortal(tb testing.TB) *portal {
	tb.Helper()
	catalogue, err := i18n.Load(locales.FS)
	if err != nil {
		tb.Fatal(err)
	}
	p := &portal{t: tb, db: pgtest.New(tb), now: pgtest.Now}
	p.postings = jobposting.NewPostings(p.db)
	analyser := search.NewAnalyser(nil, nil)
	p.searcher = searcher{index.New(analyser, func() time.Time { return p.now }), p.db, analyser}
	p.pages = &postings.Pages{
		Analyser: analyser, Searcher: p.searcher, Similar: p.searcher.Similar, DB: p.db,
		Now: func() time.Time { return p.now }, PublicURL: origin,
	}
	router := chi.NewRouter()
	mux := &route.Mux{
		Router: router, Catalogue: catalogue,
		Edge: respond.Edge{
			Log: logtest.New(tb, tb.Output()),
			ErrorPage: func(_ context.Context, status int) templ.Component {
				return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
					_, err := fmt.Fprintf(w, "error %d", status)
					return err
				})
			},
		},
		Guard: func(_ route.Class, h http.Handler) http.Handler { return h },
	}
	p.pages.Routes(mux)
	p.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		router.ServeHTTP(w, r.WithContext(ui.With(r.Context(), ui.Site{Origin: origin, RequestID: "request-1"})))
	})
	return p
}

// receive stores postings as the source publishes them and lets the search know
// of them. It returns their IDs.
func (p *portal) receive(batch ...jobposting.Incoming) []int64 {
	p.t.Helper()
	if _, err := p.postings.Receive(p.t.Context(), audit.System("feed"), jobposting.SourceTE, batch); err != nil {
		p.t.Fatal(err)
	}
	p.searcher.refresh(p.t)
	ids := make([]int64, len(batch))
	for i, in := range batch {
		err := p.db.QueryRow(p.t.Context(), "SELECT id FROM job_posting WHERE external_id = $1", in.ExternalID).Scan(&ids[i])
		if err != nil {
			p.t.Fatal(err)
		}
	}
	return ids
}

func (p *portal) close(externalID string) {
	p.t.Helper()
	if _, err := p.postings.Close(p.t.Context(), audit.System("feed"), jobposting.SourceTE, []string{externalID}, jobposting.ClosedArchived); err != nil {
		p.t.Fatal(err)
	}
	p.searcher.refresh(p.t)
}

// answer is what a request got.
type answer struct {
	t      testing.TB
	Status int
	Header http.Header
	Body   string
}

func (p *portal) get(path string) answer {
	p.t.Helper()
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, httptest.NewRequestWithContext(p.t.Context(), http.MethodGet, path, http.NoBody))
	return answer{p.t, w.Code, w.Header(), w.Body.String()}
}

// page gets a page that must be there.
func (p *portal) page(path string) answer {
	p.t.Helper()
	a := p.get(path)
	if a.Status != http.StatusOK {
		p.t.Fatalf("GET %s: %d\n%s", path, a.Status, a.Body)
	}
	return a
}

// tree parses a page and holds it to what every page must be.
func (a answer) tree() *html.Node {
	a.t.Helper()
	root, err := html.Parse(strings.NewReader(a.Body))
	if err != nil {
		a.t.Fatal(err)
	}
	ids := map[string]bool{}
	var headings []string
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			headings = append(headings, n.Data)
		}
		for _, attr := range n.Attr {
			if attr.Key == "id" && ids[attr.Val] {
				a.t.Errorf("the id %q stands twice", attr.Val)
			}
			if attr.Key == "id" {
				ids[attr.Val] = true
			}
			if strings.HasPrefix(attr.Key, "on") || attr.Key == "style" {
				a.t.Errorf("<%s> has %s", n.Data, attr.Key)
			}
			if (attr.Key == "href" || attr.Key == "src" || attr.Key == "action") && strings.HasPrefix(strings.ToLower(strings.TrimSpace(attr.Val)), "javascript:") {
				a.t.Errorf("<%s> leads to %s", n.Data, attr.Val)
			}
		}
	}
	if n := len(slices.DeleteFunc(slices.Clone(headings), func(h string) bool { return h != "h1" })); n != 1 {
		a.t.Errorf("%d main headings, want 1", n)
	}
	for i := 1; i < len(headings); i++ {
		if headings[i][1] > headings[i-1][1]+1 {
			a.t.Errorf("%s follows %s", headings[i], headings[i-1])
		}
	}
	for n := range root.Descendants() {
		if id, ok := strings.CutPrefix(attribute(n, "href"), "#"); ok && !ids[id] {
			a.t.Errorf("a link leads to #%s, which is nowhere", id)
		}
		if id := attribute(n, "for"); n.Data == "label" && !ids[id] {
			a.t.Errorf("the label of %q has no field", id)
		}
	}
	return root
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// all returns the elements of a page with a tag, and a class unless it is "".
func (a answer) all(tag, class string) []*html.Node {
	a.t.Helper()
	var found []*html.Node
	for n := range a.tree().Descendants() {
		if n.Type == html.ElementNode && n.Data == tag &&
			(class == "" || slices.Contains(strings.Fields(attribute(n, "class")), class)) {
			found = append(found, n)
		}
	}
	return found
}

// link returns the address of the link with a text.
func (a answer) link(label string) string {
	a.t.Helper()
	for _, n := range a.all("a", "") {
		if strings.Contains(text(n), label) {
			return attribute(n, "href")
		}
	}
	a.t.Fatalf("no link %q in\n%s", label, a.Body)
	return ""
}

// titles are the titles of the cards on a listing.
func (a answer) titles() []string {
	a.t.Helper()
	var out []string
	for _, n := range a.all("h3", "card-title") {
		out = append(out, text(n))
	}
	return out
}

func (a answer) has(want ...string) {
	a.t.Helper()
	// A space that does not break is a space to a reader.
	body := strings.ReplaceAll(html.UnescapeString(a.Body), "\u00a0", " ")
	for _, s := range want {
		if !strings.Contains(body, s) {
			a.t.Errorf("lacks %q", s)
		}
	}
}

func (a answer) hasNot(unwanted ...string) {
	a.t.Helper()
	body := html.UnescapeString(a.Body)
	for _, s := range unwanted {
		if strings.Contains(body, s) {
			a.t.Errorf("holds %q", s)
		}
	}
}

// field is the input with an ID.
func (a answer) field(id string) *html.Node {
	a.t.Helper()
	for _, n := range a.all("input", "") {
		if attribute(n, "id") == id {
			return n
		}
	}
	a.t.Fatalf("no field %q", id)
	return nil
}

// submitted are the parameters that sending the page's form as it stands gives.
func (a answer) submitted() []string {
	a.t.Helper()
	var sent []string
	for _, n := range a.all("input", "") {
		kind, name := attribute(n, "type"), attribute(n, "name")
		checked := slices.ContainsFunc(n.Attr, func(x html.Attribute) bool { return x.Key == "checked" })
		if name == "" || (kind == "checkbox" || kind == "radio") && !checked {
			continue
		}
		sent = append(sent, url.Values{name: {attribute(n, "value")}}.Encode())
	}
	return sent
}

// compressed is how many bytes the answer is on the wire.
func (a answer) compressed() int {
	a.t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(a.Body)); err != nil {
		a.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		a.t.Fatal(err)
	}
	return b.Len()
}

func query(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return "?" + v.Encode()
}

// nurse returns a whole posting; tests change what they are about.
func nurse(id string) jobposting.Incoming {
	return jobposting.Incoming{
		ExternalID: id,
		Content: jobposting.Content{
			Languages: []string{"fi", "sv"}, Markdown: true, EmployerType: "01",
			Advertiser: jobposting.Organisation{
				BusinessID: "1234567-1", Name: jobposting.Localised{"fi": "Esimerkkikunta", "sv": "Exempelkommunen"},
				Office: "Henkilöstöpalvelut", Reference: "REK-1", Industry: "86101",
			},
			Homepage:       "https://www.example.invalid",
			Title:          jobposting.Localised{"fi": "Sairaanhoitaja", "sv": "Sjukskötare"},
			Summary:        jobposting.Localised{"fi": "Vuodeosastolle", "sv": "Till bäddavdelningen"},
			Description:    jobposting.Localised{"fi": "Tule **meille** töihin.", "sv": "Kom till **oss**."},
			Positions:      2,
			Employment:     jobposting.Employment{Type: "01"},
			Continuity:     []string{"01"},
			WorkTime:       "01",
			HoursPeriod:    "0201",
			HoursMin:       30,
			HoursMax:       38.25,
			Start:          "02",
			StartsOn:       "2026-04-01",
			WageInfo:       jobposting.Localised{"fi": "2 900–3 300 €/kk", "sv": "2 900–3 300 €/mån"},
			Occupations:    []string{"http://data.europa.eu/esco/isco/C2221"},
			WorkLanguages:  []string{"fi"},
			LanguageSkills: []jobposting.LanguageSkill{{Code: "sv", Level: "B2"}},
			Countries:      []string{"FI"},
			Regions:        []string{"02"},
			Municipalities: []string{"853"},
			Workplace:      jobposting.Workplace{Address: "Esimerkkikatu 1", PostalCode: "20100", PostOffice: "TURKU"},
			ApplyURL:       jobposting.Localised{"fi": "https://rekry.example.invalid/1"},
			ApplyElsewhere: true,
		},
		People: jobposting.People{
			Contacts: []jobposting.Contact{{FirstName: "Aino", LastName: "Esimerkki", Email: "aino@example.invalid", Phone: "+358 40 123 4567"}},
		},
		CreatedAt:   pgtest.Now.Add(-48 * time.Hour),
		ModifiedAt:  pgtest.Now.Add(-2 * time.Hour),
		PublishedAt: pgtest.Now.Add(-3 * time.Hour),
		ExpiresAt:   time.Date(2026, time.March, 16, 14, 0, 0, 0, time.UTC),
	}
}
