package logline

import (
	"regexp"
	"strconv"
	"strings"
)

// Finding is a place in a text that tells of a person, or opens something.
type Finding struct {
	// What names the kind of thing.
	What       string
	Start, End int
}

// pattern finds one kind of thing; is, unless nil, tells what only looks like it.
type pattern struct {
	what string
	re   *regexp.Regexp
	is   func(text string) bool
}

//nolint:gochecknoglobals // a constant list
var patterns = []pattern{
	{"an identity code", regexp.MustCompile(`(?i)[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y]`), isCode},
	{"an e-mail address", regexp.MustCompile(`(?i)[^\s"'<>=:,;(){}\[\]/\\@]+(?:@|%40|\\u0040)(?:[\pL\pM0-9-]+\.)+\pL{2,}`), nil},
	{"a telephone number", regexp.MustCompile(`\+358[ -]?[0-9][0-9 -]{5,}`), nil},
	{"a query string", regexp.MustCompile(`[?&][A-Za-z_][\w.-]*=`), nil},
	{"a parameter", regexp.MustCompile(`(?i)\b(?:state|code|nonce|return|form_token|login_hint|code_verifier|client_assertion|requestId|businessId|[a-z]+_token|password)=[^\s"]`), nil},
	{"a credential", regexp.MustCompile(`(?i)\b(?:bearer|basic) +[\w.~+/=-]{16,}|\b(?:authorization|set-cookie|cookie)"?: ?\S`), nil},
	{"a signed token", regexp.MustCompile(`\beyJ[\w-]{8,}\.`), nil},
	{"a token", regexp.MustCompile(`[\w+-]{24,}`), isToken},
}

// Find returns the places in text that tell of people, or that hold what opens a
// door: tokens, and addresses with what was asked for.
func Find(text string) []Finding {
	var all []Finding
	for _, p := range patterns {
		for _, at := range p.re.FindAllStringIndex(text, -1) {
			if p.is == nil || p.is(text[at[0]:at[1]]) && !continues(text, at[0], at[1]) {
				all = append(all, Finding{p.what, at[0], at[1]})
			}
		}
	}
	return all
}

// Hide puts Hidden where Find finds something.
func Hide(text string) string {
	for found := Find(text); len(found) > 0; found = Find(text) {
		text = text[:found[0].Start] + Hidden + text[found[0].End:]
	}
	return text
}

// continues tells that a letter or a digit comes directly before or after, so
// that what was found is a part of something longer.
func continues(text string, start, end int) bool {
	return start > 0 && isWord(text[start-1]) || end < len(text) && isWord(text[end])
}

func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

const checkCharacters = "0123456789ABCDEFHJKLMNPRSTUVWXY"

// isCode tells a Finnish identity code from other signs by its check character
// and its date, whatever century it is of.
func isCode(s string) bool {
	s = strings.ToUpper(s)
	n, err := strconv.Atoi(s[:6] + s[7:10])
	day, month := s[:2], s[2:4]
	return err == nil && "01" <= day && day <= "31" && "01" <= month && month <= "12" && s[10] == checkCharacters[n%len(checkCharacters)]
}

var (
	hexToken = regexp.MustCompile(`^[0-9a-fA-F]{32,}$`)
	mixed    = [...]*regexp.Regexp{regexp.MustCompile(`[0-9].*[^0-9].*[0-9]`), regexp.MustCompile(`[A-Z]`), regexp.MustCompile(`[a-z]`)}
)

// isToken tells random text from names, which may end in a number: it is hex, or
// has digits among small and large letters. IDs of requests are shorter, or have
// hyphens between small letters.
func isToken(s string) bool {
	if hexToken.MatchString(s) {
		return true
	}
	for _, re := range mixed {
		if !re.MatchString(s) {
			return false
		}
	}
	return true
}
