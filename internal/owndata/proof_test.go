package owndata_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/keeping"
)

// accountRule is the portal's rule for accounts.
func accountRule() keeping.Rule {
	return keeping.Rule{
		Kind: "account", Action: keeping.Delete, Version: 1, Period: keeping.Period{Months: 12}, WarnDays: []int{30, 7},
	}
}

// TestCopyHoldsEverything has a marker in every personal column of a person and
// of another one.
func TestCopyHoldsEverything(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	a, b := newCanary(t, w.db, "010594Y9032", "A"), newCanary(t, w.db, "010594Y9021", "B")

	all, err := w.Everything(t.Context(), a.id)
	if err != nil {
		t.Fatal(err)
	}
	file, err := all.JSON()
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]int{}
	for _, g := range all.Groups {
		for _, e := range g.Entries {
			for _, i := range e.Items {
				told[i.Table+"."+i.Name]++
			}
		}
	}
	seen := 0
	for table, columns := range a.columns() {
		for _, c := range columns {
			name := table + "." + c.Name
			marker, n := a.markers[name], 0
			if marker != "" {
				n = bytes.Count(file, quoted(marker))
			}
			if name == "document.content" {
				n = bytes.Count(file, []byte(base64.StdEncoding.EncodeToString([]byte(marker))))
			}
			switch {
			case c.Copy != "" && !a.filled[name] && c.kind != "timestamptz":
				t.Errorf("%s is in the copy, but nothing fills it in this test", name)
			case c.Copy != "" && a.filled[name] && told[name] == 0:
				t.Errorf("%s is not in the copy", name)
			case c.Copy != "" && marker != "" && n != 1 && c.kind != "timestamptz":
				t.Errorf("%s: its marker is in the copy %d times", name, n)
			case c.Withheld != "" && n > 0:
				t.Errorf("%s is withheld, but its marker is in the copy", name)
			}
			if c.Copy != "" && n == 1 {
				seen++
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d markers are in the copy", seen)
	}
	for name, marker := range b.markers {
		if !strings.HasPrefix(marker, "Mäkí-B") {
			continue
		}
		if bytes.Contains(file, quoted(marker)) {
			t.Errorf("the copy holds %s of somebody else", name)
		}
	}
}

// quoted is s as it stands within a text of JSON.
func quoted(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a text
	}
	return bytes.Trim(b.Bytes(), "\"\n")
}

// TestEndsAreTold holds the dates to their rules.
func TestEndsAreTold(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	a := newCanary(t, w.db, "010594Y9032", "A")
	a.exec(`UPDATE person SET logged_in_at = '2024-02-29 10:00:00+02' WHERE id = $1`, a.id)
	all, err := w.Everything(t.Context(), a.id)
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2025, 2, 28, 8, 0, 0, 0, time.UTC); !all.Ends.Equal(want) {
		t.Errorf("the account ends %v, want %v", all.Ends, want)
	}
	for _, g := range all.Groups {
		for _, e := range g.Entries {
			switch e.Table {
			case "person", "profile":
				if !e.Ends.Equal(all.Ends) {
					t.Errorf("%s ends %v, want with the account", e.Table, e.Ends)
				}
			case "application", "application_revision", "terms_acceptance", "decision", "document", "audit_event", "application_draft", "parked_form":
				if e.Ends.IsZero() {
					t.Errorf("%s has no end", e.Table)
				}
			}
			if e.Source == "" {
				t.Errorf("%s: nobody says where it came from", e.Table)
			}
		}
	}
}
