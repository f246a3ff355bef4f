package archtest_test

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/BurntSushi/toml"

	"tyomarkkinatori.fi/portal/locales"
)

var (
	usedID      = regexp.MustCompile(`"([a-z0-9_]+\.[a-z0-9_.]*)"`)
	placeholder = regexp.MustCompile(`{{\s*\.[A-Za-z]+\s*}}`)
)

// TestCatalogues holds the languages to the same messages with the same
// placeholders, and to no message that nothing uses. A message whose ID is put
// together is used when its beginning, up to a dot or an underscore, stands in
// the code.
func TestCatalogues(t *testing.T) {
	t.Parallel()

	used := map[string]bool{}
	sources(t, func(_ string, src []byte) {
		for _, m := range usedID.FindAllSubmatch(src, -1) {
			used[string(m[1])] = true
		}
	}, ".go", ".templ")

	fi, sv := catalogue(t, "fi"), catalogue(t, "sv")
	if len(fi) < 50 {
		t.Fatalf("found %d messages", len(fi))
	}
	for _, id := range slices.Sorted(maps.Keys(fi)) {
		s, ok := sv[id]
		if !ok {
			t.Errorf("%s: no Swedish", id)
			continue
		}
		if f, s := marks(fi[id]), marks(s); !slices.Equal(f, s) {
			t.Errorf("%s: placeholders differ: fi %v, sv %v", id, f, s)
		}
		if !isUsed(used, id) {
			t.Errorf("%s: used nowhere", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(sv)) {
		if _, ok := fi[id]; !ok {
			t.Errorf("%s: no Finnish", id)
		}
	}
}

func isUsed(used map[string]bool, id string) bool {
	if used[id] {
		return true
	}
	for i := len(id) - 1; i > 0; i-- {
		if (id[i] == '.' || id[i] == '_') && used[id[:i+1]] {
			return true
		}
	}
	return false
}

// catalogue reads every file of one language. A message is a text, or a table
// of plural forms that become one text here.
func catalogue(t *testing.T, lang string) map[string]string {
	t.Helper()
	names, err := fs.Glob(locales.FS, "*."+lang+".toml")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range names {
		b, err := locales.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := toml.Unmarshal(b, &tree); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		flatten(all, "", tree)
	}
	return all
}

func flatten(all map[string]string, prefix string, tree map[string]any) {
	for k, v := range tree {
		switch v := v.(type) {
		case string:
			all[prefix+k] = v
		case map[string]any:
			if other, ok := v["other"].(string); ok {
				all[prefix+k] = other
				continue
			}
			flatten(all, prefix+k+".", v)
		}
	}
}

func marks(s string) []string {
	m := placeholder.FindAllString(s, -1)
	slices.Sort(m)
	return slices.Compact(m)
}
