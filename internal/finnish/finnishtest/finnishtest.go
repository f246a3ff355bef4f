// Package finnishtest finds the Finnish dictionary for tests of any package.
package finnishtest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"tyomarkkinatori.fi/portal/internal/finnish"
)

const variable = "VOIKKO_DICTIONARY"

// installed is where a Debian package puts the dictionary, below a root.
const installed = "usr/lib/voikko/5/mor-standard/mor.vfst"

var shared = sync.OnceValues(func() (*finnish.Dictionary, error) {
	path, err := find()
	if err != nil {
		return nil, err
	}
	return finnish.Open(path)
})

// Open returns the dictionary that VOIKKO_DICTIONARY names, that the system
// has installed, or that the project's own .dev folder holds. A test that
// needs it fails without it. It is loaded once for all tests of a package.
func Open(tb testing.TB) *finnish.Dictionary {
	tb.Helper()
	dictionary, err := shared()
	if err != nil {
		tb.Fatalf("%v\nGet the dictionary: apt-get install voikko-fi, or, without root, "+
			"apt-get download voikko-fi && dpkg -x voikko-fi_*.deb .dev/root; or name a mor.vfst in %s.", err, variable)
	}
	return dictionary
}

// Path returns the file that Open reads.
func Path(tb testing.TB) string {
	tb.Helper()
	path, err := find()
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

func find() (string, error) {
	if path := os.Getenv(variable); path != "" {
		return path, nil
	}
	candidates := []string{"/" + installed}
	if root, ok := module(); ok {
		candidates = append(candidates,
			filepath.Join(root, ".dev", "voikko", "mor.vfst"),
			filepath.Join(root, ".dev", "root", installed),
			filepath.Join(root, ".dev", "root", "voikko-fi", installed))
	}
	var err error
	for _, path := range candidates {
		if _, err = os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", err
}

// module returns the folder of go.mod, at or above the working folder.
func module() (string, bool) {
	folder, err := os.Getwd()
	if err != nil {
		return "", false
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, true
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", false
		}
		folder = parent
	}
}
