// Package lexis turns text into words and words into what they are found by:
// base forms, compound parts and stems, in Finnish, Swedish and English.
package lexis

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Language tells how the words of a text are analysed.
type Language byte

// The languages. Texts in Other languages are found by their words as they are.
const (
	Finnish Language = 'f'
	Swedish Language = 's'
	English Language = 'e'
	Other   Language = 'x'
)

// Languages returns every Language. A query is analysed in all of them, so that
// the language of the page never changes what is found.
func Languages() [4]Language { return [...]Language{Finnish, Swedish, English, Other} }

// LanguageOf returns how texts in the language with an ISO 639-1 code are
// analysed.
func LanguageOf(code string) Language {
	switch code {
	case "fi":
		return Finnish
	case "sv":
		return Swedish
	case "en":
		return English
	}
	return Other
}

// Clean returns text as valid UTF-8 in Unicode's composed form, without control
// characters, marks of writing direction and characters of no width. Line ends
// become spaces.
func Clean(text string) string {
	if clean(text) {
		return text
	}
	text = strings.ToValidUTF8(text, " ")
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\v' || r == '\f' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, text)
	return norm.NFC.String(text)
}

// clean reports whether text is as Clean would leave it. It knows the letters of
// western Europe only and says no to anything else.
func clean(text string) bool {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c == 0x7f {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r < 0xC0 || r > 0x17F {
			return false
		}
		i += size
	}
	return true
}
