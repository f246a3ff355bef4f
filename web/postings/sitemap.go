package postings

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
)

const (
	sitemapPartPattern = "/sitemap-{part}.xml"
	// sitemapPart is how many IDs one sitemap covers; each open posting has two
	// addresses, and a sitemap may hold 50,000.
	sitemapPart = 25_000
	// sitemapOfPages is the part with the pages that are no postings.
	sitemapOfPages = "pages"
	xhtml          = "http://www.w3.org/1999/xhtml"
)

type sitemapIndex struct {
	XMLName xml.Name          `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
	Parts   []sitemapIndexRow `xml:"sitemap"`
}

type sitemapIndexRow struct {
	Location string `xml:"loc"`
	LastMod  string `xml:"lastmod,omitempty"`
}

type sitemap struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	XHTML   string       `xml:"xmlns:xhtml,attr"`
	Pages   []sitemapRow `xml:"url"`
}

type sitemapRow struct {
	Location   string        `xml:"loc"`
	LastMod    string        `xml:"lastmod,omitempty"`
	Alternates []sitemapLink `xml:"xhtml:link"`
}

type sitemapLink struct {
	Rel      string `xml:"rel,attr"`
	Hreflang string `xml:"hreflang,attr"`
	Href     string `xml:"href,attr"`
}

func (p *Pages) showSitemapIndex(w http.ResponseWriter, r *http.Request) error {
	parts, err := jobposting.SitemapParts(r.Context(), p.DB, sitemapPart)
	if err != nil {
		return err
	}
	index := sitemapIndex{Parts: []sitemapIndexRow{{Location: p.PublicURL + "/sitemap-" + sitemapOfPages + ".xml"}}}
	for _, part := range parts {
		index.Parts = append(index.Parts, sitemapIndexRow{
			Location: p.PublicURL + "/sitemap-" + strconv.FormatInt(part.Part+1, 10) + ".xml",
			LastMod:  machine(part.ModifiedAt),
		})
	}
	return writeXML(w, "application/xml", index)
}

func (p *Pages) showSitemapPart(w http.ResponseWriter, r *http.Request) error {
	if chi.URLParam(r, "part") == sitemapOfPages {
		return writeXML(w, "application/xml", p.sitemapOfPages())
	}
	part, err := strconv.ParseInt(chi.URLParam(r, "part"), 10, 32)
	if err != nil || part < 1 {
		return fmt.Errorf("sitemap: %w", fault.ErrNotFound)
	}
	entries, err := jobposting.SitemapPage(r.Context(), p.DB, part-1, sitemapPart)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return fmt.Errorf("sitemap: %w", fault.ErrNotFound)
	}
	set := sitemap{XHTML: xhtml, Pages: make([]sitemapRow, 0, 2*len(entries))}
	for _, e := range entries {
		set.add(machine(e.ModifiedAt), func(lang i18n.Lang) string { return p.PublicURL + paths.Job(lang, e.ID) })
	}
	return writeXML(w, "application/xml", set)
}

// sitemapOfPages lists the pages that are no postings.
func (p *Pages) sitemapOfPages() sitemap {
	set := sitemap{XHTML: xhtml}
	for _, page := range []paths.Pair{
		paths.Front, paths.JobSearch, paths.About, paths.Feedback, paths.Accessibility, paths.Privacy, paths.Cookies, paths.SiteMap,
	} {
		set.add("", func(lang i18n.Lang) string { return p.PublicURL + page.In(lang) })
	}
	return set
}

// add adds a page in each of its languages.
func (s *sitemap) add(modified string, address func(i18n.Lang) string) {
	alternates := make([]sitemapLink, 0, len(i18n.Langs))
	for _, lang := range i18n.Langs {
		alternates = append(alternates, sitemapLink{"alternate", string(lang), address(lang)})
	}
	for _, a := range alternates {
		s.Pages = append(s.Pages, sitemapRow{a.Href, modified, alternates})
	}
}

// writeXML encodes v in full before it writes anything.
func writeXML(w http.ResponseWriter, contentType string, v any) error {
	body, err := xml.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", contentType, err)
	}
	respond.Content(w, contentType+"; charset=utf-8", append([]byte(xml.Header), body...))
	return nil
}
