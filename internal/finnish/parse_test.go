package finnish_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/finnish"
	"tyomarkkinatori.fi/portal/internal/finnish/finnishtest"
)

const final = 0xFFFF

// A move is one transition of a file built for a test.
type move struct {
	in, out uint16
	target  uint32
	more    uint8
}

// build writes a file of the given symbols and transitions.
func build(symbols []string, moves ...move) []byte {
	data := binary.LittleEndian.AppendUint32(nil, 0x00013A6E)
	data = binary.LittleEndian.AppendUint32(data, 0x000351FA)
	data = append(data, make([]byte, 8)...)
	data = binary.LittleEndian.AppendUint16(data, uint16(len(symbols)))
	for _, s := range symbols {
		data = append(append(data, s...), 0)
	}
	for len(data)%8 != 0 {
		data = append(data, 0)
	}
	for _, m := range moves {
		data = binary.LittleEndian.AppendUint16(data, m.in)
		data = binary.LittleEndian.AppendUint16(data, m.out)
		data = binary.LittleEndian.AppendUint32(data, m.target|uint32(m.more)<<24)
	}
	return data
}

// small reads "a" as a noun, and nothing else.
func small() []byte {
	return build([]string{"", "a", "[Ln]"}, move{0, 2, 1, 0}, move{1, 1, 2, 0}, move{final, 0, 0, 0})
}

func TestParseReadsASmallFile(t *testing.T) {
	t.Parallel()

	d, err := finnish.Parse(small())
	if err != nil {
		t.Fatal(err)
	}
	got := d.Analyse("a")
	if len(got) != 1 || got[0].BaseForm != "a" || got[0].Class != finnish.ClassNoun {
		t.Errorf("Analyse = %+v", got)
	}
	if got := d.Analyse("aa"); got != nil {
		t.Errorf("Analyse = %+v, want none", got)
	}
}

func TestParseFollowsFlags(t *testing.T) {
	t.Parallel()

	symbols := []string{"", "@P.F.ON@", "@R.F.ON@", "@D.F@", "a", "b", "[Ln]"}
	d, err := finnish.Parse(build(symbols,
		move{1, 1, 2, 1}, move{4, 4, 3, 0}, // 0: set F and go to 2, or "a" to 3
		move{4, 4, 3, 0},                   // 2: "a" to 3
		move{2, 2, 5, 1}, move{3, 3, 6, 0}, // 3: with F to 5, without to 6
		move{5, 5, 7, 0},     // 5: "b"
		move{4, 4, 7, 0},     // 6: "a"
		move{final, 0, 0, 0}, // 7
	))
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]bool{"ab": true, "aa": true, "a": false, "b": false, "ba": false} {
		if got := d.Analyse(word) != nil; got != want {
			t.Errorf("%q is known: %t, want %t", word, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()

	letters := []string{"", "a", "b"}
	end := move{final, 0, 0, 0}
	for name, data := range map[string][]byte{
		"nothing":                       nil,
		"a header alone":                small()[:16],
		"another magic number":          append([]byte("PK\x03\x04"), small()[4:]...),
		"a weighted transducer":         slices.Concat(small()[:8], []byte{1}, small()[9:]),
		"a cut alphabet":                small()[:20],
		"a cut table":                   small()[:len(small())-3],
		"no transitions":                build(letters),
		"no letters":                    build([]string{"", "@P.F.ON@"}, end),
		"no first symbol":               build([]string{"a", "b"}, end),
		"an empty symbol":               build([]string{"", "a", ""}, end),
		"a flag that is not understood": build([]string{"", "@X.F@", "a"}, end),
		"a flag without an end":         build([]string{"", "@P.F.ON", "a"}, end),
		"a flag without a value":        build([]string{"", "@P.F@", "a"}, end),
		"a flag among the letters":      build([]string{"", "a", "@P.F.ON@"}, end),
		"a symbol that is no text":      build([]string{"", "\xff"}, end),
		"an unknown input":              build(letters, move{9, 0, 0, 0}),
		"an unknown output":             build(letters, move{1, 9, 0, 1}, move{2, 0, 0, 0}),
		"a target outside":              build(letters, move{1, 1, 9, 0}),
		"a target inside a state":       build(letters, move{1, 1, 1, 1}, move{2, 2, 2, 0}, end),
		"a count outside":               build(letters, move{1, 1, 0, 9}),
		"an overflow without a count":   build(letters, move{1, 1, 0, 255}),
		"an overflow that is too great": build(letters, move{1, 1, 0, 255}, move{0xFFFE, 0xFFFF, 0, 0}),
		"transitions out of order":      build(letters, move{2, 2, 2, 1}, move{1, 1, 2, 0}, end),
		"no final state":                build(letters, move{1, 1, 0, 0}),
		"too many flags":                build(manyFlags(), end),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if _, err := finnish.Parse(data); err == nil {
				t.Error("no error")
			}
		})
	}
}

func manyFlags() []string {
	symbols := []string{""}
	for i := range 65 {
		symbols = append(symbols, "@P.F"+strings.Repeat("X", i)+".ON@")
	}
	return append(symbols, "a")
}

// Files that are well-formed but made to keep the reader busy.
func TestAnalyseIsBounded(t *testing.T) {
	t.Parallel()

	letters := []string{"", "a", "b", "[Ln]", "[Bc]", "[Xp]", "[Xj]"}
	for name, data := range map[string][]byte{
		"a circle without input":     build(letters, move{0, 1, 0, 1}, move{0, 3, 2, 0}, move{final, 0, 0, 0}),
		"two paths for every letter": build(letters, move{final, 0, 0, 2}, move{1, 1, 0, 0}, move{1, 2, 0, 0}),
		"two circles":                build(letters, move{final, 0, 0, 3}, move{0, 4, 0, 0}, move{0, 6, 0, 0}, move{1, 5, 0, 0}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			d, err := finnish.Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(d.Analyse(strings.Repeat("a", 90))); got > 24 {
				t.Errorf("%d analyses", got)
			}
		})
	}
}

func TestVersionFollowsTheContent(t *testing.T) {
	t.Parallel()

	a, err := finnish.Parse(small())
	if err != nil {
		t.Fatal(err)
	}
	same, err := finnish.Parse(small())
	if err != nil {
		t.Fatal(err)
	}
	other, err := finnish.Parse(build([]string{"", "b", "[Ln]"}, move{0, 2, 1, 0}, move{1, 1, 2, 0}, move{final, 0, 0, 0}))
	if err != nil {
		t.Fatal(err)
	}
	if a.Version() == "" || a.Version() != same.Version() || a.Version() == other.Version() {
		t.Errorf("versions %q, %q and %q", a.Version(), same.Version(), other.Version())
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	empty := filepath.Join(folder, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{empty, folder, filepath.Join(folder, "missing")} {
		if _, err := finnish.Open(path); err == nil {
			t.Errorf("Open(%q): no error", path)
		}
	}
}

// The true file with single bytes changed must never stop the reader.
func TestDamagedDictionary(t *testing.T) {
	t.Parallel()

	data, err := os.ReadFile(finnishtest.Path(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		damaged := slices.Clone(data)
		at := 16 + i*(len(data)-16)/60
		damaged[at] ^= byte(1 + i*37)
		if i%2 == 0 {
			damaged = damaged[:len(damaged)-8*i]
		}
		d, err := finnish.Parse(damaged)
		if err != nil {
			continue
		}
		d.Analyse("sairaanhoitajien")
		d.Analyse("linja-autonkuljettaja")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(small())
	f.Add(build([]string{"", "@P.F.ON@", "a", "[Bc]", "[Xp]", "[X]", "="}, move{0, 3, 0, 2}, move{1, 4, 0, 0}, move{2, 2, 0, 0}, move{final, 0, 0, 0}))
	f.Add(build([]string{"", "a"}, move{final, 0, 0, 255}, move{1, 0, 0, 0}, move{1, 1, 0, 0}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := finnish.Parse(data)
		if err != nil {
			return
		}
		for _, word := range []string{"a", "ab", "aaaaaaaaaaaa", "a-b", "ä"} {
			if got := len(d.Analyse(word)); got > 24 {
				t.Errorf("Analyse(%q) gives %d analyses", word, got)
			}
		}
	})
}
