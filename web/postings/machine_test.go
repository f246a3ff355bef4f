package postings_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"tyomarkkinatori.fi/portal/internal/jobposting"
)

var update = flag.Bool("update", false, "write the golden files")

// golden holds got to the file of that name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, string(want)); diff != "" {
		t.Errorf("%s (-got +want):\n%s", name, diff)
	}
}

func (p *portal) wellFormed(path string) {
	p.t.Helper()
	d := xml.NewDecoder(strings.NewReader(p.page(path).Body))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			p.t.Fatalf("%s: %v", path, err)
		}
	}
}

// samples are postings that show what the machines' forms have to say.
func samples() []jobposting.Incoming {
	remote := nurse("remote")
	remote.Content.Title = jobposting.Localised{"fi": "Kääntäjä; suomi, ruotsi", "sv": "Översättare"}
	remote.Content.Flexible = true
	remote.Content.Municipalities, remote.Content.Regions, remote.Content.Workplace = nil, nil, jobposting.Workplace{}
	remote.Content.WorkTime, remote.Content.Continuity = "02", []string{"0202"}
	remote.Content.Employment.Type = "03"
	remote.PublishedAt = remote.PublishedAt.Add(-time.Hour)
	household := nurse("household")
	household.Content = jobposting.Content{
		Languages: []string{"fi"}, EmployerType: "02", Title: jobposting.Localised{"fi": "Puutarha-apu"},
		Description: jobposting.Localised{"fi": "Kesätyö & <muuta>."}, Countries: []string{"FI"}, Regions: []string{"21"}, Employment: jobposting.Employment{Internship: true},
	}
	household.People.Household = "Matti Meikäläinen"
	household.PublishedAt = household.PublishedAt.Add(-2 * time.Hour)
	household.ExpiresAt = time.Time{}
	return []jobposting.Incoming{nurse("0b6c1f2e-1111"), remote, household}
}

func TestStructuredData(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	var all bytes.Buffer
	for _, id := range p.receive(samples()...) {
		for _, lang := range []string{"fi", "sv"} {
			page := p.page(jobPath(lang, id))
			if err := json.Indent(&all, []byte(page.structured()), "", "  "); err != nil {
				t.Fatal(err)
			}
			all.WriteByte('\n')
			for _, hidden := range notOnPage(t, page) {
				t.Errorf("%s: the structured data says %q and the page does not", jobPath(lang, id), hidden)
			}
		}
	}
	golden(t, "jobposting.json", all.String())
	if strings.Contains(all.String(), "Aino") || strings.Contains(all.String(), "Meikäläinen") {
		t.Error("the structured data names a person")
	}
}

// notOnPage lists the texts of the structured data that a reader of the page
// does not see.
func notOnPage(t *testing.T, page answer) []string {
	t.Helper()
	var data map[string]any
	if err := json.Unmarshal([]byte(page.structured()), &data); err != nil {
		t.Fatal(err)
	}
	seen := ""
	for _, n := range page.all("main", "") {
		seen = text(n)
	}
	var missing []string
	var walk func(key string, v any)
	walk = func(key string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, v := range v {
				walk(k, v)
			}
		case []any:
			for _, v := range v {
				walk(key, v)
			}
		case string:
			switch key {
			case "@context", "@type", "url", "sameAs", "inLanguage", "datePosted", "validThrough", "employmentType", "addressCountry",
				"jobLocationType", "inCodeSet", "description":
				return // codes and forms of what the page says in words
			}
			if !strings.Contains(seen, v) {
				missing = append(missing, key+": "+v)
			}
		}
	}
	walk("", data)
	description, _ := data["description"].(string)
	root, err := html.Parse(strings.NewReader(description))
	if err != nil {
		t.Fatal(err)
	}
	if words := text(root); !strings.Contains(seen, words) {
		missing = append(missing, "description: "+words)
	}
	return missing
}

func TestFeed(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(samples()...)
	fi := p.page("/fi/tyopaikat.atom")
	if got := fi.Header.Get("Content-Type"); got != "application/atom+xml; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	golden(t, "feed.fi.atom", fi.Body)
	golden(t, "feed.sv.atom", p.page("/sv/lediga-jobb.atom"+query("q", "sjukskötare", "municipality", "853")).Body)
	p.wellFormed("/fi/tyopaikat.atom")
	p.wellFormed("/fi/tyopaikat.atom" + query("q", `</feed>"&<`))
	p.page("/fi/tyopaikat"+query("municipality", "853")).has(`type="application/atom+xml"`, `href="/fi/tyopaikat.atom?municipality=853"`)
}

func TestFeedHoldsTheNewest(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	var batch []jobposting.Incoming
	for i := range 130 {
		in := nurse(fmt.Sprintf("n%03d", i))
		in.PublishedAt = p.now.Add(-time.Duration(130-i) * time.Minute)
		batch = append(batch, in)
	}
	p.receive(batch...)
	feed := p.page("/fi/tyopaikat.atom" + query("sort", "closing", "after", "x")).Body
	if n := strings.Count(feed, "<entry>"); n != 100 {
		t.Errorf("%d entries, want 100", n)
	}
	if !strings.Contains(feed, ">130</opensearch:totalResults>") {
		t.Error("the feed does not say how many there are")
	}
	if strings.Index(feed, "posting/te/n129") > strings.Index(feed, "posting/te/n128") || strings.Contains(feed, "posting/te/n029") {
		t.Error("the entries are not the newest ones first")
	}
}

func TestDeadlines(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(samples()...)
	got := p.page("/fi/tyopaikat.ics")
	golden(t, "deadlines.fi.ics", got.Body)
	if got := got.Header.Get("Content-Type"); got != "text/calendar; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(got.Body, "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
	if n := strings.Count(p.page("/sv/lediga-jobb.ics"+query("q", "översättare")).Body, "BEGIN:VEVENT"); n != 1 {
		t.Errorf("%d deadlines of translators, want 1", n)
	}
}

func TestSitemap(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	ids := p.receive(nurse("open"), nurse("closed"))
	p.close("closed")
	index := p.page("/sitemap.xml")
	p.wellFormed("/sitemap.xml")
	index.has("<loc>"+origin+"/sitemap-1.xml</loc>", "<lastmod>2026-03-02T09:30:00Z</lastmod>")
	index.has("<loc>" + origin + "/sitemap-pages.xml</loc>")
	p.wellFormed("/sitemap-pages.xml")
	pages := p.page("/sitemap-pages.xml")
	for fi, sv := range map[string]string{
		"/fi": "/sv", "/fi/tyopaikat": "/sv/lediga-jobb", "/fi/tietoa-palvelusta": "/sv/om-tjansten", "/fi/saavutettavuus": "/sv/tillganglighet",
		"/fi/tietosuoja": "/sv/dataskydd", "/fi/palaute": "/sv/respons",
	} {
		pages.has("<loc>"+origin+fi+"</loc>", "<loc>"+origin+sv+"</loc>", `hreflang="sv" href="`+origin+sv+`"`)
	}
	pages.hasNot("lastmod")
	p.wellFormed("/sitemap-1.xml")
	part := p.page("/sitemap-1.xml")
	for _, lang := range []string{"fi", "sv"} {
		part.has("<loc>"+origin+jobPath(lang, ids[0])+"</loc>", `<xhtml:link rel="alternate" hreflang="`+lang+`" href="`+origin+jobPath(lang, ids[0])+`"></xhtml:link>`)
		part.hasNot(origin + jobPath(lang, ids[1]) + "<")
	}
	part.has("<lastmod>2026-03-02T09:30:00Z</lastmod>")
	for _, path := range []string{"/sitemap-2.xml", "/sitemap-0.xml", "/sitemap--1.xml", "/sitemap-x.xml"} {
		if got := p.get(path).Status; got != http.StatusNotFound {
			t.Errorf("%s answers %d, want 404", path, got)
		}
	}
}
