// Package finnish finds the base forms and the compound parts of Finnish
// words. It reads the morphology of the Voikko project, a finite-state
// transducer that Debian's package voikko-fi installs, and never embeds it.
// Where there is no dictionary, Stem is the fallback.
package finnish

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/blevesearch/snowballstem"
	snowball "github.com/blevesearch/snowballstem/finnish"
)

// rules counts the changes to this package that alter what Analyse answers,
// so that an index built before such a change can be told from a newer one.
const rules = "1"

// A Dictionary is a loaded morphology. It is safe for concurrent use.
type Dictionary struct {
	machine *transducer
	version string
	walkers sync.Pool
}

// An Analysis is one reading of a word. All its texts are in lower case.
type Analysis struct {
	// BaseForm is the form a dictionary would list: "hoitaja" for
	// "hoitajien", "helsinki" for "Helsingissä".
	BaseForm string
	// Class is one of the Class constants.
	Class string
	// Parts are the base forms of a compound's parts that are nouns of four
	// letters or more, in the order of the word.
	Parts []string
	// Tails are what is left of a compound from each boundary on, with its
	// last part in the base form: "tarhanopettaja" and "opettaja" for
	// "lastentarhanopettajille".
	Tails []string
	// Name says that the word is a name in this reading.
	Name bool
}

func (a Analysis) isNoun() bool {
	return a.Class == ClassNoun || a.Class == ClassNounAdjective
}

// Open reads the dictionary in the file at path. The file is not trusted: one
// that is damaged gives an error.
func Open(path string) (*Dictionary, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open dictionary: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read from
	data, err := readAll(file)
	if err != nil {
		return nil, fmt.Errorf("read dictionary: %w", err)
	}
	return Parse(data)
}

// readAll reads at most one byte more than a dictionary may have, into a
// buffer of the file's size.
func readAll(file *os.File) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	size := min(max(info.Size(), 0), maxFileSize)
	data := make([]byte, size, size+1)
	n, err := io.ReadFull(file, data)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return nil, err
	}
	rest, err := io.ReadAll(io.LimitReader(file, maxFileSize+1-int64(n)))
	return append(data[:n], rest...), err
}

// Parse reads a dictionary from the content of its file. It keeps no
// reference to data.
func Parse(data []byte) (*Dictionary, error) {
	machine, err := parseTransducer(data)
	if err != nil {
		return nil, fmt.Errorf("parse dictionary: %w", err)
	}
	sum := sha256.Sum256(data)
	d := &Dictionary{machine: machine, version: rules + "-" + hex.EncodeToString(sum[:6])}
	d.walkers.New = func() any { return &walker{machine: machine} }
	return d, nil
}

// Version is a short text that changes with the dictionary's content and with
// the rules of this package. Texts that were indexed under another version
// must be indexed again.
func (d *Dictionary) Version() string { return d.version }

// Stem cuts the endings off a word in lower case by the Snowball rules, with
// no dictionary. It meets fewer forms than Analyse and never splits compounds.
func Stem(word string) string {
	env := snowballstem.NewEnv(word)
	snowball.Stem(env)
	return env.Current()
}
