package lexis

import (
	"html"
	"strings"
	"unicode/utf8"
)

// maxTag is the length in bytes up to which something that begins like a tag is
// taken for one.
const maxTag = 2000

// Plain returns a posting's text without what is not for reading: tags, targets
// of links, addresses of pages and of mail. Character references are resolved.
func Plain(text string) string {
	if strings.IndexByte(text, '<') >= 0 {
		text = withoutTags(text)
	}
	if strings.IndexByte(text, '&') >= 0 {
		text = html.UnescapeString(text)
	}
	return withoutAddresses(text)
}

func withoutTags(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for {
		at := strings.IndexByte(text, '<')
		if at < 0 || at+1 == len(text) {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:at])
		rest := text[at:]
		end := -1
		if c := rest[1]; c == '/' || c == '!' || c == '?' || 'a' <= c|0x20 && c|0x20 <= 'z' {
			end = strings.IndexByte(rest[:min(len(rest), maxTag)], '>')
		}
		if end < 0 {
			b.WriteByte('<')
			text = rest[1:]
			continue
		}
		// A tag ends a word only where it ends a line or a block.
		if !inline(rest[1:end]) {
			b.WriteByte('\n')
		}
		text = rest[end+1:]
	}
}

func inline(tag string) bool {
	tag = strings.ToLower(strings.TrimPrefix(tag, "/"))
	if at := strings.IndexAny(tag, " \t\n"); at >= 0 {
		tag = tag[:at]
	}
	switch tag {
	case "b", "i", "em", "strong", "u", "span", "a", "mark", "small", "wbr":
		return true
	}
	return false
}

// withoutAddresses blanks out addresses and the targets of markdown links.
func withoutAddresses(text string) string {
	if !strings.Contains(text, "://") && !strings.Contains(text, "](") &&
		!strings.Contains(text, "www.") && strings.IndexByte(text, '@') < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for text != "" {
		end := strings.IndexAny(text, " \t\r\n")
		if end < 0 {
			end = len(text)
		}
		b.WriteString(withoutAddress(text[:end]))
		if end < len(text) {
			b.WriteByte(text[end])
			end++
		}
		text = text[end:]
	}
	return b.String()
}

func withoutAddress(run string) string {
	if strings.IndexByte(run, '@') > 0 {
		return ""
	}
	if at := strings.Index(run, "]("); at >= 0 {
		tail := ""
		if end := strings.LastIndexByte(run, ')'); end > at {
			tail = run[end+1:]
		}
		return run[:at] + " " + tail
	}
	for _, mark := range [...]string{"http://", "https://", "www."} {
		at := strings.Index(run, mark)
		if at < 0 {
			continue
		}
		if r, _ := utf8.DecodeLastRuneInString(run[:at]); at == 0 || !inWord(r) {
			return run[:at]
		}
	}
	return run
}
