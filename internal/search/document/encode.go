package document

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// Form counts the changes to the binary form.
const Form = 1

// Bounds of a document in its binary form.
const (
	maxText  = 400
	maxCodes = 2_000
)

// ErrForm means that some bytes are no document, or one of another form.
var ErrForm = errors.New("not a document")

// Append appends the document's binary form to b: the form's number; the times
// in microseconds and the positions; the codes; the words by language, those of
// the title first; the sequence. Numbers are varints and texts follow their
// length.
func (d *Document) Append(b []byte) []byte {
	b = append(b, Form)
	b = binary.AppendVarint(b, micros(d.PublishedAt))
	b = binary.AppendVarint(b, micros(d.ExpiresAt))
	b = binary.AppendUvarint(b, uint64(max(d.Positions, 0)))
	b = binary.AppendUvarint(b, uint64(len(d.Codes)))
	for _, c := range d.Codes {
		b = append(b, byte(c.Field))
		b = appendText(b, c.Value)
	}
	order := make([]uint32, len(d.Words))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortStableFunc(order, func(x, y uint32) int { return compareWords(&d.Words[x], &d.Words[y]) })
	place := make([]uint32, len(d.Words)+1)
	for i := 0; i < len(order); {
		first := &d.Words[order[i]]
		n := 0
		for i+n < len(order) && sameGroup(first, &d.Words[order[i+n]]) {
			n++
		}
		mark := byte(first.Language) << 1
		if first.InTitle {
			mark |= 1
		}
		b = append(b, mark)
		b = binary.AppendUvarint(b, uint64(n))
		for range n {
			b = appendText(b, d.Words[order[i]].Text)
			i++
			place[order[i-1]+1] = uint32(i)
		}
	}
	b = append(b, 0)
	for _, at := range d.Sequence {
		b = binary.AppendUvarint(b, uint64(place[at]))
	}
	return b
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func sameGroup(a, b *Word) bool { return a.Language == b.Language && a.InTitle == b.InTitle }

func compareWords(a, b *Word) int {
	if a.Language != b.Language {
		return int(a.Language) - int(b.Language)
	}
	switch {
	case a.InTitle && !b.InTitle:
		return -1
	case b.InTitle && !a.InTitle:
		return 1
	}
	return strings.Compare(a.Text, b.Text)
}

// Decode reads a document's binary form, which is not trusted.
func Decode(data []byte) (*Document, error) {
	var d Document
	r, err := NewReader(data)
	if err != nil {
		return nil, err
	}
	d.PublishedAt, d.ExpiresAt = fromMicros(r.Published), fromMicros(r.Expires)
	d.Positions = r.Positions
	for {
		field, value, ok := r.Code()
		if !ok {
			break
		}
		d.Codes = append(d.Codes, Code{field, string(value)})
	}
	for {
		language, inTitle, text, ok := r.Word()
		if !ok {
			break
		}
		d.Words = append(d.Words, Word{language, string(text), inTitle})
	}
	for {
		at, ok := r.Next()
		if !ok {
			break
		}
		d.Sequence = append(d.Sequence, at)
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	return &d, nil
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// A Reader reads a document's binary form from front to back without taking
// memory: all of Code, then all of Word, then all of Next.
type Reader struct {
	// Published and Expires are microseconds since 1970; Expires is 0 when
	// there is no deadline.
	Published, Expires int64
	Positions          int

	rest     []byte
	codes    uint64
	group    uint64 // words left in the group
	mark     byte
	words    uint32
	wordsEnd bool
	bad      bool
}

// NewReader returns a reader of data, which is not trusted.
func NewReader(data []byte) (Reader, error) {
	if len(data) == 0 || data[0] != Form {
		return Reader{}, ErrForm
	}
	r := Reader{rest: data[1:]}
	r.Published = r.varint()
	r.Expires = r.varint()
	positions := r.uvarint()
	r.codes = r.uvarint()
	if r.bad || positions > 1<<31-1 || r.codes > maxCodes {
		return Reader{}, ErrForm
	}
	r.Positions = int(positions)
	return r, nil
}

// Code returns the next code. The value is part of the data.
func (r *Reader) Code() (field Field, value []byte, ok bool) {
	if r.codes == 0 || r.bad {
		return 0, nil, false
	}
	r.codes--
	if len(r.rest) == 0 {
		r.bad = true
		return 0, nil, false
	}
	field = Field(r.rest[0])
	r.rest = r.rest[1:]
	value = r.text()
	if field == 0 || field >= fieldEnd || len(value) == 0 {
		r.bad = true
	}
	return field, value, !r.bad
}

// Word returns the next word. The text is part of the data.
func (r *Reader) Word() (language lexis.Language, inTitle bool, text []byte, ok bool) {
	if r.codes != 0 {
		r.bad = true
	}
	for r.group == 0 && !r.wordsEnd && !r.bad {
		if len(r.rest) == 0 {
			r.bad = true
			break
		}
		r.mark, r.rest = r.rest[0], r.rest[1:]
		if r.mark == 0 {
			r.wordsEnd = true
			break
		}
		r.group = r.uvarint()
		switch lexis.Language(r.mark >> 1) {
		case lexis.Finnish, lexis.Swedish, lexis.English, lexis.Other:
		default:
			r.bad = true
		}
	}
	if r.bad || r.wordsEnd {
		return 0, false, nil, false
	}
	r.group--
	text = r.text()
	r.words++
	if len(text) == 0 {
		r.bad = true
	}
	return lexis.Language(r.mark >> 1), r.mark&1 == 1, text, !r.bad
}

// Next returns the next place of the sequence: 0, or a word by its order of
// reading from 1.
func (r *Reader) Next() (at uint32, ok bool) {
	if r.bad || !r.wordsEnd || len(r.rest) == 0 {
		r.bad = r.bad || !r.wordsEnd
		return 0, false
	}
	if c := r.rest[0]; c < 0x80 {
		r.rest = r.rest[1:]
		at = uint32(c)
	} else {
		n := r.uvarint()
		if n > uint64(r.words) {
			r.bad = true
			return 0, false
		}
		at = uint32(n) //nolint:gosec // no more than words
	}
	if at > r.words {
		r.bad = true
	}
	return at, !r.bad
}

// Err returns ErrForm when something read so far was not as it must be.
func (r *Reader) Err() error {
	if r.bad {
		return ErrForm
	}
	return nil
}

func (r *Reader) varint() int64 {
	n, size := binary.Varint(r.rest)
	if size <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *Reader) uvarint() uint64 {
	if len(r.rest) > 0 && r.rest[0] < 0x80 {
		n := uint64(r.rest[0])
		r.rest = r.rest[1:]
		return n
	}
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *Reader) text() []byte {
	n := r.uvarint()
	if r.bad || n > maxText || n > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	s := r.rest[:n:n]
	r.rest = r.rest[n:]
	return s
}
