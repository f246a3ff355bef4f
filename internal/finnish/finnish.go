// Package finnish finds the base forms and the compound parts of Finnish
// words. It reads the morphology of the Voikko project, a finite-state
// transducer that Debian's package voikko-fi installs, and never embeds it.
// Where there is no dictionary, Stem is the fallback.
package finnish

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open dictionary: %w", err)
	}
	// The size is asked first, so that a wrong path fills no memory.
	if !info.Mode().IsRegular() || info.Size() > maxFileSize {
		return nil, fmt.Errorf("open dictionary: %w", formatError("%d bytes, %v", info.Size(), info.Mode()))
	}
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("read dictionary: %w", err)
	}
	return Parse(data)
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
// What is too long to be a word comes back as it is.
func Stem(word string) string {
	if len(word) > maxWordBytes {
		return word
	}
	env := snowballstem.NewEnv(word)
	snowball.Stem(env)
	return env.Current()
}
