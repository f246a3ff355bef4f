package inventory_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"tyomarkkinatori.fi/portal/internal/inventory"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/locales"
)

// TestWords holds every code of a class to words in both languages, which the
// public page, the account page and the copy show, and every code to being in use.
func TestWords(t *testing.T) {
	t.Parallel()

	columns, err := inventory.Columns(t.Context(), pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	used, groups, items := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, c := range columns {
		if !c.Personal {
			continue
		}
		used["category."+c.Category], used["purpose."+c.Purpose], used["ground."+c.Ground] = true, true, true
		if group, item, ok := strings.Cut(c.Copy, "."); ok {
			groups[group], items[item] = true, true
			continue
		}
		used["reason."+c.Withheld] = true
	}
	if len(groups) < 15 || len(items) < 50 {
		t.Fatalf("%d groups and %d items are in copies", len(groups), len(items))
	}
	for _, lang := range []string{"fi", "sv"} {
		words := catalogue(t, lang)
		for list, codes := range map[string][]string{
			"category": inventory.Categories(), "purpose": inventory.Purposes(), "ground": inventory.Grounds(), "reason": inventory.Reasons(),
		} {
			for _, code := range codes {
				if words["inventory."+list+"."+code] == "" {
					t.Errorf("%s: no words for the %s %s", lang, list, code)
				}
				if !used[list+"."+code] {
					t.Errorf("no column has the %s %s", list, code)
				}
			}
		}
		for group := range groups {
			if words["owndata.group."+group] == "" {
				t.Errorf("%s: no words for the group %s of the copy", lang, group)
			}
		}
		for item := range items {
			if words["owndata.item."+item] == "" {
				t.Errorf("%s: no words for the item %s of the copy", lang, item)
			}
		}
	}
}

// catalogue reads the texts of one language, plural ones left out.
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
		var texts map[string]any
		if err := toml.Unmarshal(b, &texts); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for id, text := range texts {
			all[id], _ = text.(string)
		}
	}
	return all
}
