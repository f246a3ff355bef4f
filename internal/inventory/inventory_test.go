package inventory_test

import (
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/inventory"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

func TestParse(t *testing.T) {
	t.Parallel()

	const class = "personal: category=name purpose=dealing ground=public_interest rule=account copy=account.call_name"
	c, err := inventory.Parse("person", "call_name", class+"; never under a protection order")
	if err != nil || !c.Personal || c.Category != "name" || c.Rule != "account" || c.Copy != "account.call_name" || c.Words != "never under a protection order" {
		t.Errorf("Parse = %+v, %v", c, err)
	}
	if c, err := inventory.Parse("t", "c", "no personal data: a number"); err != nil || c.Personal || c.Words != "a number" {
		t.Errorf("Parse = %+v, %v", c, err)
	}
	for name, comment := range map[string]string{
		"nothing":                   "",
		"words alone":               "the name of the person",
		"the old grammar":           "personal: name; dealing; one year",
		"a prefix only":             "no personal data at all",
		"an unknown category":       strings.Replace(class, "=name", "=shoe_size", 1),
		"an unknown purpose":        strings.Replace(class, "=dealing", "=fun", 1),
		"an unknown ground":         strings.Replace(class, "=public_interest", "=interest", 1),
		"no rule":                   strings.Replace(class, " rule=account", "", 1),
		"neither copy nor withheld": strings.Replace(class, " copy=account.call_name", "", 1),
		"copy and withheld":         class + " withheld=secret",
		"an unknown reason":         strings.Replace(class, "copy=account.call_name", "withheld=laziness", 1),
		"a copy without a group":    strings.Replace(class, "account.call_name", "call_name", 1),
		"a field twice":             class + " rule=draft",
		"an unknown field":          class + " owner=me",
	} {
		if _, err := inventory.Parse("t", "c", comment); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// TestColumnsFinds a column that a migration has forgotten to class.
func TestColumnsFinds(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	if _, err := inventory.Columns(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `ALTER TABLE person ADD COLUMN shoe_size integer`); err != nil {
		t.Fatal(err)
	}
	if _, err := inventory.Columns(t.Context(), db); err == nil || !strings.Contains(err.Error(), "person.shoe_size") {
		t.Errorf("a new column without a class: %v", err)
	}
}
