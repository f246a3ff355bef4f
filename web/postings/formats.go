package postings

import (
	"encoding/xml"
	"net/url"
	"strings"
	"time"
)

// atomFeed is an Atom feed (RFC 4287) with the counts of OpenSearch.
type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Search   string      `xml:"xmlns:opensearch,attr"`
	Lang     string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID       string      `xml:"id"`
	Title    string      `xml:"title"`
	Subtitle string      `xml:"subtitle,omitempty"`
	Updated  string      `xml:"updated"`
	Author   atomAuthor  `xml:"author"`
	Links    []atomLink  `xml:"link"`
	Total    int         `xml:"opensearch:totalResults"`
	PerPage  int         `xml:"opensearch:itemsPerPage"`
	Entries  []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
	URI  string `xml:"uri,omitempty"`
}

type atomLink struct {
	Rel      string `xml:"rel,attr"`
	Type     string `xml:"type,attr,omitempty"`
	Hreflang string `xml:"hreflang,attr,omitempty"`
	Href     string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string      `xml:"id"`
	Title     atomText    `xml:"title"`
	Updated   string      `xml:"updated"`
	Published string      `xml:"published,omitempty"`
	Author    *atomAuthor `xml:"author,omitempty"`
	Links     []atomLink  `xml:"link"`
	Summary   atomText    `xml:"summary"`
}

type atomText struct {
	Lang string `xml:"http://www.w3.org/XML/1998/namespace lang,attr,omitempty"`
	Text string `xml:",chardata"`
}

// tagURI names a posting for ever, wherever the portal stands (RFC 4151).
func tagURI(source, externalID string) string {
	return "tag:tyomarkkinatori.fi,2026:posting/" + source + "/" + url.PathEscape(externalID)
}

// event is a deadline in a calendar file.
type event struct {
	UID, Summary, Description, URL, Location string
	At, Stamp                                time.Time
}

// calendar writes a calendar file (RFC 5545). Times are in UTC, so it needs no
// description of time zones.
func calendar(name, lang string, events []event) string {
	var b strings.Builder
	line := func(name, value string) { foldLine(&b, name+":"+value) }
	text := func(name, value string) { line(name, escapeText(value)) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//tyomarkkinatori.fi//portal//"+strings.ToUpper(lang))
	line("CALSCALE", "GREGORIAN")
	line("METHOD", "PUBLISH")
	text("NAME", name)
	text("X-WR-CALNAME", name)
	line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")
	for _, e := range events {
		line("BEGIN", "VEVENT")
		line("UID", e.UID)
		line("DTSTAMP", stamp(e.Stamp))
		line("LAST-MODIFIED", stamp(e.Stamp))
		line("DTSTART", stamp(e.At))
		text("SUMMARY;LANGUAGE="+lang, e.Summary)
		text("DESCRIPTION", e.Description)
		if e.Location != "" {
			text("LOCATION", e.Location)
		}
		line("URL", e.URL)
		line("TRANSP", "TRANSPARENT")
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	return b.String()
}

func stamp(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

func escapeText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(s)
}

// foldLine writes a content line, folded so that no line is longer than 75
// octets and no letter is cut.
func foldLine(b *strings.Builder, s string) {
	const limit = 75
	width := 0
	for _, r := range s {
		n := len(string(r))
		if width+n > limit {
			b.WriteString("\r\n ")
			width = 1
		}
		b.WriteRune(r)
		width += n
	}
	b.WriteString("\r\n")
}
