package retention

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/inventory"
	"tyomarkkinatori.fi/portal/internal/keeping"
)

// pack is a package: a folder with
//
//	package.json    what it is, under which rule, and what each table and column holds
//	data/*.json     the rows of one table each, as an array of objects
//	documents/*     documents as they were sent
//	SHA256SUMS      the checksum of every other file, as sha256sum -c reads it
//
// The same data always makes the same files.
type pack struct {
	id         int64
	kind, name string
	rule       keeping.Rule
	began      time.Time

	files  []keeping.File
	rows   int
	digest string
}

// format names the layout of a package, for those who read it in a hundred years.
const format = "tyomarkkinatori-handover/1"

const sums = "SHA256SUMS"

func (p *pack) ref() audit.Ref {
	return audit.Ref{Kind: "handover", ID: strconv.FormatInt(p.id, 10)}
}

type tableNote struct {
	Name        string       `json:"name"`
	Description string       `json:"description"`
	File        string       `json:"file"`
	Rows        int          `json:"rows"`
	Columns     []columnNote `json:"columns"`
}

type columnNote struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`

	Personal bool   `json:"personal"`
	Category string `json:"category,omitempty"`
	Purpose  string `json:"purpose,omitempty"`
	Ground   string `json:"ground,omitempty"`
}

// meaning is what the live schema says of a table.
type meaning struct {
	words   string
	columns []inventory.Column
}

// fill makes the files of p.
func (p *pack) fill(organisation string, c keeping.Contents, tablesMean map[string]meaning) error {
	p.files, p.rows = nil, 0
	var tables []tableNote
	for _, t := range c.Tables {
		if len(t.Rows) == 0 {
			continue
		}
		m := tablesMean[t.Name]
		note := tableNote{Name: t.Name, Description: m.words, File: "data/" + t.Name + ".json", Rows: len(t.Rows)}
		for _, col := range m.columns {
			note.Columns = append(note.Columns, columnNote{col.Name, col.Words, col.Personal, col.Category, col.Purpose, col.Ground})
		}
		if err := p.add(note.File, t.Rows); err != nil {
			return err
		}
		tables, p.rows = append(tables, note), p.rows+len(t.Rows)
	}
	p.files = append(p.files, c.Files...)
	err := p.add("package.json", map[string]any{
		"format": format, "package": p.name, "kind": p.kind, "organisation": organisation,
		"rule": map[string]any{
			"trigger": p.rule.Trigger, "period": p.rule.Period.String(), "ground": p.rule.Ground, "version": p.rule.Version,
		},
		"begun_at": p.began, "tables": tables, "documents": len(c.Files), "rows": p.rows,
	})
	if err != nil {
		return err
	}
	slices.SortFunc(p.files, func(a, b keeping.File) int { return strings.Compare(a.Name, b.Name) })
	var list bytes.Buffer
	for _, f := range p.files {
		fmt.Fprintf(&list, "%s  %s\n", checksum(f.Content), f.Name)
	}
	p.digest = checksum(list.Bytes())
	p.files = append(p.files, keeping.File{Name: sums, Content: list.Bytes()})
	return nil
}

func (p *pack) add(name string, what any) error {
	b, err := json.MarshalIndent(what, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	p.files = append(p.files, keeping.File{Name: name, Content: append(b, '\n')})
	return nil
}

func checksum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// writePackage puts p into dir, whole or not at all, and on the disk before it
// returns. A package of that name that is there already stays as it is: false
// says that it holds something else.
func writePackage(dir string, p pack) (bool, error) {
	final := filepath.Join(dir, p.name)
	if _, err := os.Lstat(final); err == nil {
		same, err := samePackage(final, p)
		return same, errors.Join(err, syncFolder(dir))
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("look for the package: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, fmt.Errorf("make the place for packages: %w", err)
	}
	if err := sweep(dir, p.name); err != nil {
		return false, err
	}
	partial, err := os.MkdirTemp(dir, partialPrefix(p.name))
	if err != nil {
		return false, fmt.Errorf("begin the package: %w", err)
	}
	folders := map[string]bool{partial: true}
	for _, f := range p.files {
		path := filepath.Join(partial, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return false, fmt.Errorf("make a folder: %w", err)
		}
		folders[filepath.Dir(path)] = true
		if err := writeFile(path, f.Content); err != nil {
			return false, err
		}
	}
	for folder := range folders {
		if err := syncFolder(folder); err != nil {
			return false, err
		}
	}
	// Nothing is ever overwritten: a folder that is not empty cannot be replaced.
	if err := os.Rename(partial, final); err != nil {
		return false, fmt.Errorf("name the package: %w", err)
	}
	return true, syncFolder(dir)
}

// samePackage tells whether the folder holds p's files and no others. A disk that
// fails while it is read is an error, not a difference.
func samePackage(folder string, p pack) (bool, error) {
	want := map[string]string{}
	for _, f := range p.files {
		want[f.Name] = checksum(f.Content)
	}
	same := true
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path) //nolint:gosec // below the folder that the operator named
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		same = same && want[name] == checksum(content)
		delete(want, name)
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("read the package: %w", err)
	}
	return same && len(want) == 0, nil
}

// voidPackage takes a package away that does not hold what was to be deleted. Its
// row keeps nothing of it but the digest.
func voidPackage(dir string, p pack) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil // nothing was ever written
	}
	// A folder that is half deleted has no name of a package.
	err := os.Rename(filepath.Join(dir, p.name), filepath.Join(dir, partialPrefix(p.name)+"void"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("take away the package: %w", err)
	}
	return errors.Join(sweep(dir, p.name), syncFolder(dir))
}

// halfPackages are the names of those that are not finished.
func halfPackages(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the place for packages: %w", err)
	}
	var names []string
	for _, e := range entries {
		if name, _, half := strings.Cut(strings.TrimPrefix(e.Name(), "."), ".partial-"); half {
			names = append(names, name)
		}
	}
	return names, nil
}

func partialPrefix(name string) string { return "." + name + ".partial-" }

// sweep takes away what is left half done of the package.
func sweep(dir, name string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read the place for packages: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), partialPrefix(name)) {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("take away a package that was left half done: %w", err)
			}
		}
	}
	return nil
}

func writeFile(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // below the folder that the operator named
	if err != nil {
		return fmt.Errorf("create a file: %w", err)
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write a file: %w", err)
	}
	return nil
}

func syncFolder(path string) error {
	d, err := os.Open(path) //nolint:gosec // the folder that the operator named
	if err != nil {
		return fmt.Errorf("open a folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("keep a folder: %w", err)
	}
	return nil
}
