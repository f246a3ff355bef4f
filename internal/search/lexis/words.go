package lexis

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWord is the length in bytes from which on the rest of a word is ignored.
const maxWord = 120

// A Word is a word of a text in lower case, and where it stands in the text.
type Word struct {
	Text       string
	Start, End int
}

// Words returns the words of text, which should be what Clean returns. A word is
// letters and digits with the marks that belong to it: C++, C#, .NET, node.js,
// H&M, it-tuki, EU:n and vaa'an are one word each.
func Words(text string) []Word {
	words := make([]Word, 0, len(text)/7+1)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		start := i
		if r == '.' && dotted(text[i:]) == ".net" {
			i += len(".net")
			words = append(words, Word{".net", start, i})
			continue
		}
		i += size
		if !inWord(r) {
			continue
		}
		i = wordEnd(text, start, i)
		words = append(words, Word{lower(text[start:i]), start, i})
	}
	return words
}

// wordEnd returns where the word that begins at start ends, when i is past its
// first character.
func wordEnd(text string, start, i int) int {
	for i < len(text) {
		r, size := utf8.DecodeRuneInString(text[i:])
		if inWord(r) {
			i += size
			continue
		}
		rest := text[i+size:]
		next, _ := utf8.DecodeRuneInString(rest)
		switch r {
		case '-', '\u2010', '\u2011', '\'', '’':
			if !inWord(next) {
				return i
			}
			i += size
		case ':':
			n := ending(rest)
			if n == 0 {
				return i
			}
			return i + size + n
		case '&':
			if i-start > 3 || !unicode.IsLetter(next) || letters(rest) > 3 {
				return i
			}
			i += size
		case '.':
			suffix := dotted(text[i:])
			return i + len(suffix)
		case '+':
			if next == '+' && i-start <= 3 {
				return i + 2
			}
			return i
		case '#':
			if i-start == 1 && !inWord(next) {
				return i + 1
			}
			return i
		default:
			return i
		}
	}
	return i
}

func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

// ending returns the length of a case ending after a colon, as in "EU:n", or 0.
func ending(rest string) int {
	n := 0
	for i, r := range rest {
		if !unicode.IsLower(r) {
			if inWord(r) {
				return 0
			}
			return i
		}
		if n++; n > 6 {
			return 0
		}
	}
	return len(rest)
}

// letters returns how many letters and digits rest begins with.
func letters(rest string) int {
	n := 0
	for _, r := range rest {
		if !inWord(r) {
			break
		}
		n++
	}
	return n
}

// dotted returns the ending with a dot that rest begins with and that belongs
// to the name of a technology, or "".
func dotted(rest string) string {
	for _, suffix := range [...]string{".net", ".js"} {
		if len(rest) < len(suffix) || !strings.EqualFold(rest[:len(suffix)], suffix) {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(rest[len(suffix):]); !inWord(r) {
			return suffix
		}
	}
	return ""
}

// lower returns a word in lower case with plain hyphens and apostrophes, cut to
// what a word may measure.
func lower(word string) string {
	word = strings.ToLower(word)
	if strings.ContainsAny(word, "\u2010\u2011’") {
		word = strings.NewReplacer("\u2010", "-", "\u2011", "-", "’", "'").Replace(word)
	}
	if len(word) <= maxWord {
		return word
	}
	end := maxWord
	for !utf8.RuneStart(word[end]) {
		end--
	}
	return word[:end]
}
