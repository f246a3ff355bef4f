package reference

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// ESCOLoaded is the audited action of LoadESCO.
const ESCOLoaded = "esco.loaded"

// Concept is an occupation of ESCO, or of Finland's own extension of it.
type Concept struct {
	// URI identifies it, in the namespace of ESCO or of the extension.
	URI string
	// ISCO is the unit group that it belongs to.
	ISCO string
	// Name holds the preferred names; a language may be empty.
	Name Text
	// Alt holds the other names by language ("fi", "sv", "en"), sorted.
	Alt map[string][]string
}

// ESCOFile is a table of ESCO occupations: either the official CSV form, one
// file for each language with columns conceptUri, iscoGroup, preferredLabel and
// altLabels, or tab-separated with columns uri, notation, fi, sv and en.
type ESCOFile struct {
	// Name is shown in the report; occupations_sv.csv also tells the language.
	Name string
	// Lang is the language of an official file whose name does not tell it.
	Lang    string
	Content io.Reader
}

// ESCOReport tells what LoadESCO found and did. Every occupation of the files is
// counted once in Added, Changed or Unchanged.
type ESCOReport struct {
	Added, Changed, Unchanged int
	// Ignored counts the rows that hold something else than an occupation:
	// ISCO groups, skills, fields of education.
	Ignored int
	// Faults are the rows that were not understood; the others were loaded.
	Faults []ESCOFault
}

// ESCOFault is a row that was left out.
type ESCOFault struct {
	File   string
	Line   int
	Reason string
}

func (f ESCOFault) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Reason) }

// LoadESCO brings the occupations of files into the database, all or nothing,
// and records the event. It adds and renames; an occupation that the files do
// not mention stays, for postings may still point at it. Names in a language that
// the files do not hold stay too. Loading the same files again changes nothing. A
// file that is not an ESCO table is an error; a row that is not understood is
// reported.
func LoadESCO(ctx context.Context, db *postgres.DB, actor audit.Ref, files ...ESCOFile) (ESCOReport, error) {
	var report ESCOReport
	loaded := occupationSet{}
	for _, f := range files {
		if err := loaded.read(f, &report); err != nil {
			return ESCOReport{}, fmt.Errorf("read ESCO file %s: %w", f.Name, err)
		}
	}
	err := db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := lockESCO(ctx, tx); err != nil {
			return err
		}
		known, err := ESCOConcepts(ctx, tx)
		if err != nil {
			return err
		}
		var w escoWrite
		report.Added, report.Changed, report.Unchanged = loaded.compare(known, &w)
		if err := w.store(ctx, tx); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: actor, Action: ESCOLoaded, Subject: audit.Ref{Kind: "reference", ID: "esco"},
			Detail: map[string]any{
				"added": report.Added, "changed": report.Changed,
				"unchanged": report.Unchanged, "faults": len(report.Faults),
			},
		})
	})
	if err != nil {
		return ESCOReport{}, fmt.Errorf("load ESCO: %w", err)
	}
	return report, nil
}

// names is what a file says of one occupation in one language; alt is nil when
// the form of the file has no other names.
type names struct {
	preferred string
	alt       []string
}

type occupation struct {
	isco  string
	names map[string]names
}

// occupationSet is what the files of one load say, by URI.
type occupationSet map[string]occupation

// compare counts how the set differs from what is known and puts the difference
// into w.
func (s occupationSet) compare(known []Concept, w *escoWrite) (added, changed, unchanged int) {
	byURI := make(map[string]Concept, len(known))
	for _, c := range known {
		byURI[c.URI] = c
	}
	for _, uri := range slices.Sorted(maps.Keys(s)) {
		o := s[uri]
		old, exists := byURI[uri]
		differs := !exists || old.ISCO != o.isco
		if differs {
			w.concept(uri, o.isco)
		}
		for _, lang := range slices.Sorted(maps.Keys(o.names)) {
			n := o.names[lang]
			if n.alt == nil {
				n.alt = old.Alt[lang]
			}
			n.alt = slices.DeleteFunc(slices.Clone(n.alt), func(s string) bool { return s == n.preferred })
			if exists && old.Name.exactly(lang) == n.preferred && slices.Equal(old.Alt[lang], n.alt) {
				continue
			}
			differs = true
			w.names(uri, lang, n)
		}
		switch {
		case !exists:
			added++
		case differs:
			changed++
		default:
			unchanged++
		}
	}
	return added, changed, unchanged
}

// exactly returns the name in lang and no other.
func (t Text) exactly(lang string) string {
	switch lang {
	case "fi":
		return t.Fi
	case "sv":
		return t.Sv
	case "en":
		return t.En
	}
	return ""
}

func (t *Text) set(lang, name string) {
	switch lang {
	case "fi":
		t.Fi = name
	case "sv":
		t.Sv = name
	case "en":
		t.En = name
	}
}
