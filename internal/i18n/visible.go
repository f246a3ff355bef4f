package i18n

import (
	"strings"
	"unicode"
)

// Hidden tells the characters that do things to a text unseen: controls, marks that
// turn its direction, and tags. Line breaks, tabs and joiners stay: scripts and
// pictures need them.
func Hidden(r rune) bool {
	switch {
	case r == '\n', r == '\r', r == '\t':
		return false
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r >= '\U000e0000' && r <= '\U000e007f':
		return true
	}
	return unicode.IsControl(r) || strings.ContainsRune("\ufffd\u2028\u2029\ufeff\u200b\u200e\u200f\u061c", r)
}

// Visible is text without what is hidden, so that whoever reads it sees what is
// there.
func Visible(text string) string {
	return strings.Map(func(r rune) rune {
		if Hidden(r) {
			return -1
		}
		return r
	}, text)
}

// VisibleText is what is visible of a text that somebody typed, without blanks
// around it and with line breaks of one kind.
func VisibleText(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(Visible(text), "\r\n", "\n"))
}

// VisibleLine is VisibleText for a text of one line.
func VisibleLine(text string) string { return strings.Join(strings.Fields(Visible(text)), " ") }
