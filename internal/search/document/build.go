package document

import (
	"slices"

	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// maxSequence bounds how much of a posting's text is taken, in words.
const maxSequence = 20_000

// A Builder puts a document together. Its zero value is ready to use.
type Builder struct {
	doc   Document
	words map[wordKey]uint32
	codes map[Code]bool
}

type wordKey struct {
	language lexis.Language
	text     string
}

// Title adds words of the title, Text words of anything else.
func (b *Builder) Title(language lexis.Language, text string) { b.add(language, text, true) }

// Text adds a passage of text.
func (b *Builder) Text(language lexis.Language, text string) { b.add(language, text, false) }

func (b *Builder) add(language lexis.Language, text string, title bool) {
	if b.words == nil {
		b.words = make(map[wordKey]uint32, 128)
	}
	added := false
	for _, w := range lexis.Words(text) {
		if len(b.doc.Sequence) >= maxSequence {
			break
		}
		key := wordKey{language, w.Text}
		n, ok := b.words[key]
		if !ok {
			b.doc.Words = append(b.doc.Words, Word{Language: language, Text: w.Text})
			n = uint32(len(b.doc.Words)) //nolint:gosec // no more than maxSequence
			b.words[key] = n
		}
		if title {
			b.doc.Words[n-1].InTitle = true
		}
		b.doc.Sequence = append(b.doc.Sequence, n)
		added = true
	}
	if added {
		b.doc.Sequence = append(b.doc.Sequence, 0)
	}
}

// Code adds a code once. Empty values are left out.
func (b *Builder) Code(field Field, value string) {
	c := Code{field, value}
	if value == "" || len(value) > maxText || b.codes[c] || len(b.codes) >= maxCodes {
		return
	}
	if b.codes == nil {
		b.codes = make(map[Code]bool, 16)
	}
	b.codes[c] = true
	b.doc.Codes = append(b.doc.Codes, c)
}

// Document returns what was added. Times and positions are the caller's to set.
func (b *Builder) Document() Document {
	slices.SortStableFunc(b.doc.Codes, func(x, y Code) int { return int(x.Field) - int(y.Field) })
	return b.doc
}
