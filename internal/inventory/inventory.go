// Package inventory reads from the live schema what personal data the portal
// keeps: the comment of every column says whether it is personal, why it is
// kept, on what ground, under which rule of retention, and under which name its
// person finds it in a copy.
//
// A comment is either "no personal data", with words after a colon if need be, or
//
//	personal: category=name purpose=dealing ground=public_interest rule=account copy=account.first_names
//
// with withheld=<reason> in place of copy for a column that no copy holds. Words
// may follow after a semicolon.
package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Column is one column of the live schema with its class.
type Column struct {
	Table, Name string
	Personal    bool
	// The rest is of personal columns. Rule is a kind of retention. Copy is
	// group.name, empty when Withheld tells why there is none.
	Category, Purpose, Ground, Rule string
	Copy, Withheld                  string
	// Words are what the comment says beyond the class.
	Words string
}

const none = "no personal data"

// Parse reads the class of a column from its comment. Whatever the grammar or
// the code lists do not know is an error.
func Parse(table, name, comment string) (Column, error) {
	c := Column{Table: table, Name: name}
	if words, ok := strings.CutPrefix(comment, none); ok && (words == "" || strings.HasPrefix(words, ": ")) {
		c.Words = strings.TrimPrefix(words, ": ")
		return c, nil
	}
	class, ok := strings.CutPrefix(comment, "personal: ")
	if !ok {
		return c, fmt.Errorf("column %s.%s has no class: %q", table, name, comment)
	}
	c.Personal = true
	class, c.Words, _ = strings.Cut(class, ";")
	c.Words = strings.TrimSpace(c.Words)
	fields := map[string]*string{
		"category": &c.Category, "purpose": &c.Purpose, "ground": &c.Ground, "rule": &c.Rule,
		"copy": &c.Copy, "withheld": &c.Withheld,
	}
	for pair := range strings.FieldsSeq(class) {
		key, value, _ := strings.Cut(pair, "=")
		field, known := fields[key]
		if !known || value == "" || *field != "" {
			return c, fmt.Errorf("column %s.%s: not of the grammar: %q", table, name, pair)
		}
		*field = value
	}
	return c, c.check()
}

func (c Column) check() error {
	var errs []error
	known := func(what, code string, list []string) {
		if !slices.Contains(list, code) {
			errs = append(errs, fmt.Errorf("column %s.%s: unknown %s %q", c.Table, c.Name, what, code))
		}
	}
	known("category", c.Category, Categories())
	known("purpose", c.Purpose, Purposes())
	known("ground", c.Ground, Grounds())
	if c.Rule == "" {
		errs = append(errs, fmt.Errorf("column %s.%s: no rule", c.Table, c.Name))
	}
	switch {
	case (c.Copy == "") == (c.Withheld == ""):
		errs = append(errs, fmt.Errorf("column %s.%s: one of copy and withheld", c.Table, c.Name))
	case c.Withheld != "":
		known("reason", c.Withheld, Reasons())
	default:
		group, item, _ := strings.Cut(c.Copy, ".")
		if group == "" || item == "" || strings.Contains(item, ".") {
			errs = append(errs, fmt.Errorf("column %s.%s: copy is not group.name: %q", c.Table, c.Name, c.Copy))
		}
	}
	return errors.Join(errs...)
}

// foreign are the tables of the queue and of the migrations, which hold numbers
// and names of tasks alone.
func foreign() []string {
	return []string{"goose_db_version", "river_job", "river_leader", "river_migration", "river_notification", "river_queue"}
}

const sqlSelectColumns = `
SELECT c.oid::regclass::text, a.attname, coalesce(col_description(c.oid, a.attnum), '')
  FROM pg_class AS c
  JOIN pg_attribute AS a ON a.attrelid = c.oid
 WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v')
   AND c.relnamespace NOT IN (SELECT oid
                                FROM pg_namespace
                               WHERE nspname = 'information_schema' OR nspname LIKE 'pg\_%')
   AND c.oid::regclass::text <> ALL($1)
   AND a.attnum > 0
   AND NOT a.attisdropped
 ORDER BY 1, a.attnum`

// Columns returns every column of every table and view of the portal, by table and
// in order. Columns without a proper class are all named in the error; the others
// are returned nevertheless.
func Columns(ctx context.Context, q postgres.Querier) ([]Column, error) {
	rows, err := q.Query(ctx, sqlSelectColumns, foreign())
	if err != nil {
		return nil, fmt.Errorf("select columns: %w", err)
	}
	var all []Column
	var errs []error
	var table, name, comment string
	_, err = pgx.ForEachRow(rows, []any{&table, &name, &comment}, func() error {
		c, err := Parse(table, name, comment)
		if err != nil {
			errs = append(errs, err)
		}
		all = append(all, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read columns: %w", err)
	}
	return all, errors.Join(errs...)
}
