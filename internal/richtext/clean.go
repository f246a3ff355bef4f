// Package richtext makes texts that come from outside safe: it cleans them on
// their way in and renders them, from markdown or plain text, to a small set of
// HTML on their way out. Either step alone keeps scripts away.
package richtext

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Clean makes a text of several lines fit to keep: valid UTF-8 with plain line
// ends, without control and direction-changing characters, and without HTML
// tags. Scripts, styles and embedded things go with their content; of other
// tags only the content stays. Markdown and comparisons such as a < b stay as
// they are.
func Clean(s string) string {
	s = strings.TrimSpace(printable(s, '\n'))
	if !strings.Contains(s, "<") {
		return s
	}
	// Taking a tag out can make a new one of what stood around it. Eight rounds
	// are enough for honest text; a text that still changes is built to deceive.
	// Where there are tags, entities are meant as such too.
	for range 8 {
		stripped := stripTags(s)
		if stripped == s {
			return strings.TrimSpace(s)
		}
		s = printable(html.UnescapeString(stripped), '\n')
	}
	return strings.TrimSpace(strings.ReplaceAll(s, "<", ""))
}

// Line is Clean for a text of one line, such as a title: any run of white space
// becomes one space.
func Line(s string) string { return strings.Join(strings.Fields(Clean(printable(s, ' '))), " ") }

// Cut returns s cut to at most limit bytes without splitting a character.
func Cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// printable drops what has no place in a text and turns line ends into newline.
func printable(s string, newline rune) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\v' || r == '\f':
			return newline
		case r == '\t':
			return r
		case r < ' ', r >= 0x7f && r <= 0x9f:
			return -1
		case r == '\u00ad', r == '\u200b', r == '\ufeff', // soft hyphen, zero-width space, byte order mark
			r == '\u200e', r == '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069': // direction
			return -1
		case r >= 0xe0000 && r <= 0xe007f, r&0xfffe == 0xfffe: // tag characters, non-characters
			return -1
		}
		return r
	}, s)
}

//nolint:gochecknoglobals // compiled once
var (
	autolink = regexp.MustCompile(`^(?:https?://[^\s<>"]+|mailto:[^\s<>"]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)$`)
	tagName  = regexp.MustCompile(`^/?([A-Za-z][A-Za-z0-9:-]*)`)
)

// swallowed are the elements whose content is no text.
//
//nolint:gochecknoglobals // a constant table
var swallowed = map[string]bool{
	"script": true, "style": true, "iframe": true, "object": true, "embed": true, "svg": true, "math": true,
	"template": true, "noscript": true, "textarea": true, "title": true, "xmp": true, "noembed": true,
	"noframes": true, "select": true, "head": true, "plaintext": true,
}

// breaking are the tags that end a line.
//
//nolint:gochecknoglobals // a constant table
var breaking = map[string]string{
	"br": "\n", "p": "\n\n", "div": "\n", "li": "\n- ", "ul": "\n", "ol": "\n", "tr": "\n", "table": "\n\n",
	"h1": "\n\n", "h2": "\n\n", "h3": "\n\n", "h4": "\n\n", "h5": "\n\n", "h6": "\n\n", "section": "\n\n",
}

func stripTags(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	// Once no closing mark is left, none needs to be looked for again: without
	// this a text of nothing but "<a" would cost the square of its length.
	closable := true
	for s != "" {
		i := strings.IndexByte(s, '<')
		if i < 0 || !closable {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		s = s[i:]
		var skip int
		var put string
		skip, put, closable = tag(s)
		b.WriteString(put)
		s = s[skip:]
	}
	return b.String()
}

// tag looks at s, which starts with "<", and says how much of it to skip, what
// to put in its place, and whether another tag can end in the rest.
func tag(s string) (skip int, put string, closable bool) {
	if strings.HasPrefix(s, "<!--") {
		if i := strings.Index(s, "-->"); i >= 0 {
			return i + len("-->"), "", true
		}
	}
	end := strings.IndexByte(s, '>')
	if end < 0 {
		return 1, "<", false
	}
	inner := s[1:end]
	if autolink.MatchString(inner) {
		return end + 1, s[:end+1], true
	}
	if strings.HasPrefix(inner, "!") || strings.HasPrefix(inner, "?") {
		return end + 1, "", true
	}
	m := tagName.FindStringSubmatch(inner)
	if m == nil {
		return 1, "<", true
	}
	name := strings.ToLower(m[1])
	if swallowed[name] && inner[0] != '/' {
		rest := s[end+1:]
		i := indexFold(rest, "</"+name)
		if i < 0 {
			return len(s), "", true
		}
		j := strings.IndexByte(rest[i:], '>')
		if j < 0 {
			return len(s), "", true
		}
		return end + 1 + i + j + 1, "", true
	}
	put = breaking[name]
	if inner[0] == '/' && put != "" {
		put = "\n"
	}
	return end + 1, put, true
}

func indexFold(s, lower string) int {
	for i := 0; i+len(lower) <= len(s); {
		j := strings.IndexByte(s[i:], lower[0])
		if j < 0 || i+j+len(lower) > len(s) {
			return -1
		}
		i += j
		if strings.EqualFold(s[i:i+len(lower)], lower) {
			return i
		}
		i++
	}
	return -1
}
