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
)

type sitemapIndex struct {
	XMLName xml.Name          `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
	Parts   []sitemapIndexRow `xml:"sitemap"`
}

type sitemapIndexRow struct {
	Location string `xml:"loc"`
	LastMod  string `xml:"lastmod"`
}

type sitemap struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	XHTML   string       `xml:"xmlns:xhtml,attr"`
	Pages   []sitemapRow `xml:"url"`
}

type sitemapRow struct {
	Location   string        `xml:"loc"`
	LastMod    string        `xml:"lastmod"`
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
	var index sitemapIndex
	for _, part := range parts {
		index.Parts = append(index.Parts, sitemapIndexRow{
			Location: p.PublicURL + "/sitemap-" + strconv.FormatInt(part.Part+1, 10) + ".xml",
			LastMod:  machine(part.ModifiedAt),
		})
	}
	return writeXML(w, "application/xml", index)
}

func (p *Pages) showSitemapPart(w http.ResponseWriter, r *http.Request) error {
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
	set := sitemap{XHTML: "http://www.w3.org/1999/xhtml", Pages: make([]sitemapRow, 0, 2*len(entries))}
	for _, e := range entries {
		alternates := make([]sitemapLink, 0, len(i18n.Langs))
		for _, lang := range i18n.Langs {
			alternates = append(alternates, sitemapLink{"alternate", string(lang), p.PublicURL + paths.Job(lang, e.ID)})
		}
		for _, a := range alternates {
			set.Pages = append(set.Pages, sitemapRow{a.Href, machine(e.ModifiedAt), alternates})
		}
	}
	return writeXML(w, "application/xml", set)
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
