package owndata_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	declared = regexp.MustCompile(`(?m)^func (?:\(\w* ?\*?\w+\) )?(Purges|Keeper|HandOver)\(`)
	called   = regexp.MustCompile(`\.(Purges|Keeper|HandOver)\(`)
)

// TestTheWiringIsWhole holds the portal, and the world of these tests, to whatever
// any capability keeps of persons, gives up and hands over: one that is new and
// wired nowhere would be in no copy, survive deletions, and never go.
func TestTheWiringIsWhole(t *testing.T) {
	t.Parallel()

	var all []string
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(src, -1) {
			// New adds the keeper of people itself.
			if name := string(m[1]); name != "Keeper" || filepath.Base(filepath.Dir(path)) != "identity" {
				all = append(all, name)
			}
		}
		return err
	})
	if err != nil || len(all) < 25 {
		t.Fatalf("capabilities declare %d: %v", len(all), err)
	}
	slices.Sort(all)
	for _, file := range []string{"../../cmd/portal/keeping.go", "world_test.go"} {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var wired []string
		for _, m := range called.FindAllSubmatch(src, -1) {
			wired = append(wired, string(m[1]))
		}
		slices.Sort(wired)
		if !slices.Equal(wired, all) {
			t.Errorf("%s wires %v, but capabilities have %v", file, wired, all)
		}
	}
}
