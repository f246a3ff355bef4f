package terms

import (
	"regexp"
	"strings"

	"tyomarkkinatori.fi/portal/internal/richtext"
)

// Change says what happened to a piece of a text.
type Change string

// The changes of a piece. A paragraph is Rewritten when it has pieces of several.
const (
	Kept      Change = "kept"
	Added     Change = "added"
	Removed   Change = "removed"
	Rewritten Change = "rewritten"
)

// Piece is a run of words.
type Piece struct {
	Change Change
	Text   string
}

// Paragraph is a heading, a paragraph or an item of a list that changed.
type Paragraph struct {
	Change Change
	// Under is the heading that it stands under; "" at the beginning.
	Under string
	// IsHeading tells that it is a heading itself.
	IsHeading bool
	// Pieces make up its words, removed ones before those that were put in their
	// place.
	Pieces []Piece
}

// Difference returns the paragraphs of two markdown texts that differ, in order,
// as words without marks. It is empty when nothing but white space does.
func Difference(before, after string) []Paragraph {
	old, now := blocks(before), blocks(after)
	var all []Paragraph
	under := ""
	for _, step := range compare(raws(old), raws(now)) {
		if step.change != Kept {
			all = append(all, pairUp(old[step.before:step.beforeEnd], now[step.after:step.afterEnd], under)...)
		}
		for _, b := range now[step.after:step.afterEnd] {
			under = b.heading(under)
		}
	}
	return all
}

// block is a part of a markdown text that is compared as one.
type block struct {
	raw, text string
	isHeading bool
}

func (b block) heading(under string) string {
	if b.isHeading {
		return b.text
	}
	return under
}

//nolint:gochecknoglobals // compiled once
var (
	headingMark = regexp.MustCompile(`^#{1,6}\s+`)
	itemMark    = regexp.MustCompile(`^\s*(?:[-*+]|\d{1,9}[.)])\s+`)
)

// blocks cuts a text at blank lines, headings and items of lists.
func blocks(s string) []block {
	var all []block
	var lines []string
	flush := func() {
		if len(lines) > 0 {
			all = append(all, newBlock(strings.Join(lines, " ")))
			lines = nil
		}
	}
	for line := range strings.SplitSeq(richtext.Clean(s), "\n") {
		line = strings.TrimSpace(line)
		isHeading := headingMark.MatchString(line)
		if line == "" || isHeading || itemMark.MatchString(line) {
			flush()
		}
		if line != "" {
			lines = append(lines, line)
		}
		if isHeading {
			flush()
		}
	}
	flush()
	return all
}

func newBlock(raw string) block {
	b := block{raw: raw, isHeading: headingMark.MatchString(raw)}
	mark := ""
	if !b.isHeading {
		// The number of an item is a word of the text, the dash is not.
		mark = itemMark.FindString(raw)
		raw = raw[len(mark):]
		if mark = strings.TrimSpace(mark); len(mark) == 1 {
			mark = ""
		}
	}
	b.text = strings.TrimSpace(mark + " " + strings.Join(strings.Fields(richtext.Text(raw, true)), " "))
	return b
}

func raws(blocks []block) []string {
	all := make([]string, len(blocks))
	for i, b := range blocks {
		all[i] = b.raw
	}
	return all
}

// pairUp makes the paragraphs of a stretch that changed: an old one that a new
// one resembles is rewritten, others are removed or added.
func pairUp(old, now []block, under string) []Paragraph {
	var all []Paragraph
	used := 0
	for _, n := range now {
		match := -1
		for i := used; i < len(old) && i < used+maxApart; i++ {
			if old[i].isHeading == n.isHeading && alike(old[i].text, n.text) {
				match = i
				break
			}
		}
		if match >= 0 {
			for _, o := range old[used:match] {
				all = append(all, entire(o, Removed, under))
			}
			all = append(all, rewritten(old[match], n, under))
			used = match + 1
		} else {
			all = append(all, entire(n, Added, under))
		}
		under = n.heading(under)
	}
	for _, o := range old[used:] {
		all = append(all, entire(o, Removed, under))
	}
	return all
}

// maxApart is how many old paragraphs a new one is held against.
const maxApart = 20

func entire(b block, c Change, under string) Paragraph {
	return Paragraph{Change: c, Under: under, IsHeading: b.isHeading, Pieces: []Piece{{c, b.text}}}
}

func rewritten(old, now block, under string) Paragraph {
	p := Paragraph{Change: Rewritten, Under: under, IsHeading: now.isHeading}
	from, to := strings.Fields(old.text), strings.Fields(now.text)
	if old.text == now.text {
		// Only marks changed, an address behind a link for example: show them.
		from, to = strings.Fields(old.raw), strings.Fields(now.raw)
	}
	for _, step := range compare(from, to) {
		if step.change == Kept {
			p.Pieces = append(p.Pieces, Piece{Kept, strings.Join(to[step.after:step.afterEnd], " ")})
			continue
		}
		if step.before < step.beforeEnd {
			p.Pieces = append(p.Pieces, Piece{Removed, strings.Join(from[step.before:step.beforeEnd], " ")})
		}
		if step.after < step.afterEnd {
			p.Pieces = append(p.Pieces, Piece{Added, strings.Join(to[step.after:step.afterEnd], " ")})
		}
	}
	return p
}

// alike tells whether two paragraphs share more than a third of their words.
func alike(a, b string) bool {
	if a == b {
		return true
	}
	from, to := strings.Fields(a), strings.Fields(b)
	count := map[string]int{}
	for _, w := range from {
		count[w]++
	}
	shared := 0
	for _, w := range to {
		if count[w] > 0 {
			count[w]--
			shared++
		}
	}
	return shared*3 > max(len(from), len(to))
}
