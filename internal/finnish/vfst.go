package finnish

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Sizes and marks of the file format.
const (
	magicLow       = 0x00013A6E
	magicHigh      = 0x000351FA
	headerSize     = 16
	transitionSize = 8
	symbolFinal    = 0xFFFF
	countOverflow  = 0xFF
	maxFileSize    = 64 << 20
	maxTransitions = maxFileSize / transitionSize
)

var errFormat = errors.New("not a usable dictionary")

func formatError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errFormat, fmt.Sprintf(format, args...))
}

// A symbolKind says what a symbol does in the transducer's output.
type symbolKind uint8

const (
	kindText symbolKind = iota
	kindSilent
	kindJoint
	kindBoundary
	kindBaseForm
	kindSuffixForm
	kindStructure
	kindEnd
	kindClass
)

// A symbol is an entry of the transducer's alphabet as output.
type symbol struct {
	kind  symbolKind
	class class
	text  string
}

// A flag is a condition on, or a change of, the flags that a path carries.
// The values of all features are packed into one word, so that going back
// costs nothing.
type flag struct {
	op          flagOp
	mask, value uint64
}

type flagOp uint8

const (
	flagNone flagOp = iota
	flagSet
	flagUnify
	flagRequire
	flagRequireAny
	flagDisallow
	flagDisallowAny
)

// apply returns the flags after f, and whether the path may go on.
func (f flag) apply(flags uint64) (uint64, bool) {
	held := flags & f.mask
	switch f.op {
	case flagNone:
		return flags, true
	case flagSet:
		return flags&^f.mask | f.value, true
	case flagUnify:
		return flags | f.value, held == 0 || held == f.value
	case flagRequire:
		return flags, held == f.value
	case flagRequireAny:
		return flags, held != 0
	case flagDisallow:
		return flags, held != f.value
	case flagDisallowAny:
		return flags, held == 0
	}
	return flags, false
}

// A transducer is the checked content of a file: every transition leads to a
// state inside the table, and every symbol it names exists.
type transducer struct {
	symbols     []symbol
	flags       []flag // by symbol; as long as the epsilon and flag symbols
	letters     map[rune]uint16
	ascii       [utf8.RuneSelf]uint16
	transitions []transition
}

// A transition is one packed entry: input, output, target and the number of
// further transitions of the same state, from the low bits up.
type transition uint64

func (t transition) input() uint16  { return uint16(t & 0xFFFF) }
func (t transition) output() uint16 { return uint16(t >> 16 & 0xFFFF) }
func (t transition) target() int    { return int(t >> 32 & 0xFFFFFF) }
func (t transition) more() int      { return int(t >> 56 & 0xFF) }

// letter returns the symbol of a lower-case letter, 0 when there is none.
func (m *transducer) letter(r rune) uint16 {
	if r >= 0 && r < utf8.RuneSelf {
		return m.ascii[r]
	}
	return m.letters[r]
}

// state returns the bounds of the transitions of the state at index s. ok is
// false when they do not fit into the table.
func (m *transducer) state(s int) (first transition, from, to int, ok bool) {
	size := len(m.transitions)
	if s >= size {
		return 0, 0, 0, false
	}
	first = m.transitions[s]
	count := first.more()
	if count != countOverflow {
		return first, s + 1, s + 1 + count, s+1+count <= size
	}
	if s+1 >= size {
		return 0, 0, 0, false
	}
	long := m.transitions[s+1] & 0xFFFFFFFF
	if long > maxTransitions {
		return 0, 0, 0, false
	}
	count = int(long)
	return first, s + 2, s + 2 + count, s+2+count <= size
}

// parseTransducer reads and checks a whole file.
func parseTransducer(data []byte) (*transducer, error) {
	if len(data) < headerSize+2 {
		return nil, formatError("%d bytes are too few", len(data))
	}
	if len(data) > maxFileSize {
		return nil, formatError("%d bytes are too many", len(data))
	}
	if binary.LittleEndian.Uint32(data) != magicLow || binary.LittleEndian.Uint32(data[4:]) != magicHigh {
		return nil, formatError("it does not begin like one")
	}
	if data[8] != 0 {
		return nil, formatError("weighted transducers are not read")
	}
	m := &transducer{letters: make(map[rune]uint16)}
	pos, err := m.parseSymbols(data)
	if err != nil {
		return nil, err
	}
	pos = (pos + transitionSize - 1) / transitionSize * transitionSize
	if pos >= len(data) || (len(data)-pos)%transitionSize != 0 {
		return nil, formatError("the table of transitions is cut")
	}
	m.transitions = make([]transition, (len(data)-pos)/transitionSize)
	for i := range m.transitions {
		m.transitions[i] = transition(binary.LittleEndian.Uint64(data[pos+i*transitionSize:]))
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, nil
}

// parseSymbols reads the alphabet and returns where it ends.
func (m *transducer) parseSymbols(data []byte) (int, error) {
	count := int(binary.LittleEndian.Uint16(data[headerSize:]))
	pos := headerSize + 2
	features := newFeatures()
	m.symbols = make([]symbol, 0, count)
	for i := range count {
		end := bytes.IndexByte(data[pos:], 0)
		if end < 0 {
			return 0, formatError("symbol %d has no end", i)
		}
		name := string(data[pos : pos+end])
		pos += end + 1
		if !utf8.ValidString(name) || (name == "") != (i == 0) {
			return 0, formatError("symbol %d is no text", i)
		}
		isFlag := i == 0 || len(name) > 1 && name[0] == '@'
		if isFlag {
			if len(m.flags) != i {
				return 0, formatError("flag %d stands among the letters", i)
			}
			f, err := features.parse(name)
			if err != nil {
				return 0, err
			}
			m.flags = append(m.flags, f)
			m.symbols = append(m.symbols, symbol{kind: kindSilent})
			continue
		}
		m.symbols = append(m.symbols, outputSymbol(name))
		if r, size := utf8.DecodeRuneInString(name); size == len(name) {
			m.letters[r] = uint16(i)
			if r < utf8.RuneSelf {
				m.ascii[r] = uint16(i)
			}
		}
	}
	if len(m.letters) == 0 {
		return 0, formatError("it knows no letters")
	}
	return pos, features.assign(m.flags)
}

func outputSymbol(name string) symbol {
	switch name {
	case "=":
		return symbol{kind: kindJoint}
	case "[Bc]":
		return symbol{kind: kindBoundary}
	case "[Xp]":
		return symbol{kind: kindBaseForm}
	case "[Xj]":
		return symbol{kind: kindSuffixForm}
	case "[Xr]":
		return symbol{kind: kindStructure}
	case "[X]":
		return symbol{kind: kindEnd}
	}
	if utf8.RuneCountInString(name) > 1 {
		if c, ok := classTags[name]; ok {
			return symbol{kind: kindClass, class: c}
		}
		return symbol{kind: kindSilent}
	}
	return symbol{kind: kindText, text: strings.ToLower(name)}
}

// check goes through the states, which lie one after the other. It makes sure
// that they fill the table, that their symbols exist, that they are in order,
// which the search relies on, and that all transitions lead to where a state
// begins.
func (m *transducer) check() error {
	size := len(m.transitions)
	begins := make([]uint64, (size+63)/64)
	final := false
	for s := 0; s < size; {
		first, from, to, ok := m.state(s)
		if !ok {
			return formatError("state %d leaves the table", s)
		}
		begins[s/64] |= 1 << (s % 64)
		last := -1
		for i, t := from, first; ; i++ {
			in := int(t.input())
			if in == symbolFinal {
				in = -1
				final = true
			} else if in >= len(m.symbols) || int(t.output()) >= len(m.symbols) {
				return formatError("state %d uses an unknown symbol", s)
			}
			if in < last {
				return formatError("state %d is out of order", s)
			}
			last = in
			if i == to {
				break
			}
			t = m.transitions[i]
		}
		s = to
	}
	if !final {
		return formatError("no word ends")
	}
	return m.checkTargets(begins)
}

// checkTargets holds the transitions to the bits of where states begin.
func (m *transducer) checkTargets(begins []uint64) error {
	size := len(m.transitions)
	for s := 0; s < size; {
		first, from, to, _ := m.state(s)
		for i, t := from, first; ; i++ {
			target := t.target()
			if t.input() != symbolFinal && (target >= size || begins[target/64]>>(target%64)&1 == 0) {
				return formatError("state %d leads to no state", s)
			}
			if i == to {
				break
			}
			t = m.transitions[i]
		}
		s = to
	}
	return nil
}
