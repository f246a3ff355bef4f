package owndata_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/inventory"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// canary is a person with a row in every table that a copy tells of, and a
// marker of their own in every personal column.
type canary struct {
	tb   testing.TB
	db   *postgres.DB
	keys *secret.Keyring
	id   identity.PersonID
	name string
	// markers are the texts and times by table.column.
	markers map[string]string
	// filled are all personal columns that hold something, markers or not.
	filled map[string]bool
	// ids are those of the rows, by table.
	ids map[string]any
	n   int
	// still lets every time be that of the database, and no marker.
	still bool
}

// newCanary makes a person called name: A or B.
func newCanary(tb testing.TB, db *postgres.DB, code, name string) *canary {
	tb.Helper()
	c := blank(tb, db, name)
	c.makePerson(code)
	return c
}

func blank(tb testing.TB, db *postgres.DB, name string) *canary {
	tb.Helper()
	return &canary{
		tb: tb, db: db, keys: identitytest.Keyring(tb), name: name,
		markers: map[string]string{}, filled: map[string]bool{}, ids: map[string]any{},
	}
}

func (c *canary) makePerson(code string) {
	c.tb.Helper()
	c.id = identitytest.Person(c.tb, c.db, code)
	c.exec(`DELETE FROM session WHERE person_id = $1`, c.id)
	columns := c.columns()
	c.fillPerson(columns["person"])
	c.insertAll(c.fixed())
	for table, list := range columns {
		for _, col := range list {
			if col.Copy != "" && table != "person" && c.ids[table] == nil {
				c.tb.Errorf("%s.%s is in the copy, but nobody has such a row in this test", table, col.Name)
			}
		}
	}
}

func (c *canary) insertAll(rows []tableRows) {
	c.tb.Helper()
	columns := c.columns()
	for _, t := range rows {
		c.insert(t, columns[t.table])
	}
}

// schemaColumn is a column as the live schema has it.
type schemaColumn struct {
	inventory.Column

	kind     string
	nullable bool
	byItself bool
}

const readSchema = `
SELECT table_name, column_name, udt_name, is_nullable = 'YES', column_default IS NOT NULL OR is_identity = 'YES'
  FROM information_schema.columns
 WHERE table_schema = 'public'`

func (c *canary) columns() map[string][]schemaColumn {
	c.tb.Helper()
	classes, err := inventory.Columns(c.tb.Context(), c.db)
	if err != nil {
		c.tb.Fatal(err)
	}
	types := map[string]schemaColumn{}
	rows, err := c.db.Query(c.tb.Context(), readSchema)
	if err != nil {
		c.tb.Fatal(err)
	}
	var table, name string
	var s schemaColumn
	if _, err := pgx.ForEachRow(rows, []any{&table, &name, &s.kind, &s.nullable, &s.byItself}, func() error {
		types[table+"."+name] = s
		return nil
	}); err != nil {
		c.tb.Fatal(err)
	}
	all := map[string][]schemaColumn{}
	for _, class := range classes {
		col := types[class.Table+"."+class.Name]
		col.Column = class
		all[class.Table] = append(all[class.Table], col)
	}
	return all
}

// value fills a column by its type, with a marker where it can hold one.
func (c *canary) value(col schemaColumn) any {
	c.n++
	switch col.kind {
	case "text":
		return c.mark(col.Table, col.Name)
	case "jsonb":
		return []byte(`{"text": "` + c.mark(col.Table, col.Name) + `"}`)
	case "_text":
		return []string{c.mark(col.Table, col.Name)}
	case "timestamptz":
		if c.still {
			return c.db.Now()
		}
		at := c.db.Now().Add(time.Duration(c.n)*time.Second + time.Duration(c.id%1000)*time.Hour)
		c.markers[col.Table+"."+col.Name] = at.Format(time.RFC3339)
		return at
	case "date":
		return c.db.Now().AddDate(0, 0, c.n)
	case "uuid":
		return fmt.Sprintf("00000000-0000-4000-8000-%06x%06x", c.name, c.n)
	case "bytea":
		return c.hash(col.Table + col.Name)
	case "int4", "int8", "int2":
		return c.n
	case "bool":
		return false
	}
	c.tb.Fatalf("%s.%s: no way to fill a %s", col.Table, col.Name, col.kind)
	return nil
}

// mark makes the marker of a column. It has what encodings change: letters of
// both cases, one beyond ASCII, and signs of HTML and URLs.
func (c *canary) mark(table, column string) string {
	m := fmt.Sprintf("%s%s.%s>&%d?", c.beginning(), table, column, c.n)
	c.markers[table+"."+column] = m
	return m
}

// beginning is what every marker of c begins with.
func (c *canary) beginning() string { return "Mäkí-" + c.name + "<" }

func (c *canary) hash(of string) []byte {
	return fmt.Appendf(nil, "%-32.32s", c.name+of)
}

// id_ is the ID of the row in another table, once that is there.
func (c *canary) idOf(table string) func() any { return func() any { return c.ids[table] } }

// sealed is a secret of a visit to e-Authorizations, bound to its place.
func (c *canary) sealed(place, column string) func() any {
	return func() any {
		return c.keys.Seal([]byte(c.mark("sealed", column)), "mandate_session."+place+":"+fmt.Sprint(c.ids["session"]))
	}
}

func (c *canary) certificateHash() []byte {
	var sum []byte
	if err := c.db.QueryRow(c.tb.Context(), `SELECT sha256(convert_to($1, 'UTF8'))`, c.markers["data_certificate.wording"]).Scan(&sum); err != nil {
		c.tb.Fatal(err)
	}
	return sum
}

func (c *canary) insert(t tableRows, columns []schemaColumn) {
	c.tb.Helper()
	var names, places []string
	var values []any
	add := func(name string, v any) {
		values = append(values, v)
		names, places = append(names, name), append(places, fmt.Sprintf("$%d", len(values)))
	}
	if len(columns) == 0 {
		c.tb.Fatalf("no table %s", t.table)
	}
	var later []schemaColumn
	for _, col := range columns {
		v, is := t.fixed[col.Name]
		switch {
		case !is && col.byItself && !col.Personal:
			continue
		case !is && !col.Personal && col.nullable:
			continue
		case !is:
			v = c.value(col)
		default:
			if _, ok := v.(func() any); ok {
				later = append(later, col)
				continue
			}
		}
		add(col.Name, v)
		c.fill(col, v != nil && v != "")
	}
	for _, col := range later {
		f, _ := t.fixed[col.Name].(func() any)
		add(col.Name, f())
		c.fill(col, true)
	}
	var id any
	err := c.db.QueryRow(c.tb.Context(), "INSERT INTO "+t.table+" ("+strings.Join(names, ", ")+") OVERRIDING SYSTEM VALUE VALUES ("+
		strings.Join(places, ", ")+") RETURNING "+t.key, values...).Scan(&id)
	if err != nil {
		c.tb.Fatalf("fill %s: %v", t.table, err)
	}
	c.ids[t.table] = id
}

// fill notes that a column holds something in some row.
func (c *canary) fill(col schemaColumn, something bool) {
	c.filled[col.Table+"."+col.Name] = c.filled[col.Table+"."+col.Name] || something
}

// fillPerson changes the person's own row.
func (c *canary) fillPerson(columns []schemaColumn) {
	c.tb.Helper()
	keep := []string{"id", "code_index", "code_masked", "language", "erasure_key", "non_disclosure"}
	c.exec(`UPDATE person SET warned_days = 7, warned_at = $2 WHERE id = $1`, c.id, c.db.Now())
	for _, col := range columns {
		if !col.Personal {
			continue
		}
		switch {
		case col.Name == "code_sealed", col.Name == "foreign_sealed":
			m := c.mark(col.Table, col.Name)
			c.exec(`UPDATE person SET foreign_index = coalesce(foreign_index, $2), foreign_sealed = coalesce(foreign_sealed, $2) WHERE id = $1`, c.id, c.hash("foreign"))
			c.exec(`UPDATE person SET `+col.Name+` = $2 WHERE id = $1`, c.id, c.keys.Seal([]byte(m), "person."+col.Name+":"+c.id.String()))
		case slices.Contains(keep, col.Name), col.Name == "foreign_index":
		default:
			c.exec(`UPDATE person SET `+col.Name+` = $2 WHERE id = $1`, c.id, c.value(col))
		}
		c.filled["person."+col.Name] = true
	}
}

func (c *canary) exec(query string, args ...any) {
	c.tb.Helper()
	if _, err := c.db.Exec(context.Background(), query, args...); err != nil {
		c.tb.Fatalf("%s: %v", query, err)
	}
}
