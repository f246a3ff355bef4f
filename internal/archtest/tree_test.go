// Package archtest keeps rules that hold over the whole tree: which package may
// import which, that every statement fits the schema, that both languages say
// everything, and that whoever stores a person's data says why and how long.
package archtest_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
)

const module = "tyomarkkinatori.fi/portal/"

// sources calls fn with every hand-written file of the project with one of the
// endings, tests left out.
func sources(t *testing.T, fn func(path string, src []byte), endings ...string) {
	t.Helper()
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != "." && (strings.HasPrefix(name, ".") || name == "bin" || name == "testdata" || name == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		for _, ending := range endings {
			if strings.HasSuffix(path, ending) {
				src, err := fs.ReadFile(root, path)
				if err != nil {
					return err
				}
				fn(path, src)
				return nil
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
