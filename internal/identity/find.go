package identity

import (
	"unicode"

	"tyomarkkinatori.fi/portal/internal/fault"
)

// FoundCode is an identity code that stands in a text, at text[Start:End].
type FoundCode struct {
	Code       Code
	Start, End int
}

// FindCodes returns the identity codes that stand in text, in their order. It
// finds them inside words too, in small letters, with any dash for the mark of
// the century, in wide characters, and with blanks or unseen characters between
// their characters. Only what ParseCode takes counts, so a telephone number is
// seldom mistaken for one.
func FindCodes(text string) []FoundCode {
	var found []FoundCode
	letters := codeLetters(text)
	for i := 0; i+codeLength <= len(letters); i++ {
		code, ok := codeAt(letters[i : i+codeLength])
		if !ok {
			continue
		}
		found = append(found, FoundCode{Code: code, Start: letters[i].start, End: letters[i+codeLength-1].end})
		i += codeLength - 1
	}
	return found
}

// RefuseCodes adds to c that text in field holds an identity code, so that its
// writer is warned before it is kept.
func RefuseCodes(c *fault.Checker, field, text string) {
	if found := FindCodes(text); len(found) > 0 {
		c.Add(fault.FieldError{Field: field, MessageID: "identity.code.in_text", Data: map[string]any{"Code": found[0].Code.Masked()}})
	}
}

// codeLength is how many characters a code has, mark included.
const codeLength = 11

// codeLetter is a character as a code would have it, and where it stands.
type codeLetter struct {
	is         byte
	start, end int
}

// codeLetters leaves out of text what does not count between the characters of
// a code; what no code can have becomes a zero.
func codeLetters(text string) []codeLetter {
	letters := make([]codeLetter, 0, len(text))
	for start, r := range text {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			continue
		}
		letters = append(letters, codeLetter{is: plainLetter(r), start: start})
		letters[len(letters)-1].end = start + len(string(r))
	}
	return letters
}

const (
	minusSign     = '\u2212'
	firstWide     = '\uff01'
	lastWide      = '\uff5e'
	wideToPlain   = firstWide - '!'
	lastOfASCII   = '~'
	smallToLarge  = 'a' - 'A'
	noCodeAnyMore = 0
)

func plainLetter(r rune) byte {
	if r >= firstWide && r <= lastWide {
		r -= wideToPlain
	}
	switch {
	case r == minusSign || unicode.Is(unicode.Pd, r):
		return '-'
	case r > lastOfASCII:
		return noCodeAnyMore
	case r >= 'a' && r <= 'z':
		r -= smallToLarge
	}
	return byte(r) //nolint:gosec // at most that of ~
}

func codeAt(letters []codeLetter) (Code, bool) {
	var text [codeLength]byte
	for i, l := range letters {
		text[i] = l.is
	}
	if text[0] > '3' || text[0] < '0' { // most places of most texts
		return Code{}, false
	}
	code, err := ParseCode(string(text[:]))
	return code, err == nil
}
