package archtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/inventory"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// TestColumns holds every column of the live schema to its class: personal or
// not, and if it is, what for, on what ground, under which rule, and under which
// name its person finds it or why not.
func TestColumns(t *testing.T) {
	t.Parallel()

	for _, fault := range classFaults(t, pgtest.New(t)) {
		t.Error(fault)
	}
}

// TestColumnFaultsAreFound makes each fault that TestColumns is there for.
func TestColumnFaultsAreFound(t *testing.T) {
	t.Parallel()

	const class = `'personal: category=name purpose=dealing ground=public_interest rule=%s %s'`
	for want, statement := range map[string]string{
		"person.shoe_size has no class":             `ALTER TABLE person ADD COLUMN shoe_size integer`,
		"person.shirt_size has no class":            `ALTER TABLE person ADD COLUMN shirt_size text; COMMENT ON COLUMN person.shirt_size IS 'what the shop asks for'`,
		"person.call_name has no class":             `COMMENT ON COLUMN person.call_name IS NULL`,
		"visitor.name has no class":                 `CREATE TABLE visitor (name text); COMMENT ON TABLE visitor IS 'guests'`,
		"named.call_name has no class":              `CREATE VIEW named AS SELECT call_name FROM person`,
		"named_once.call_name has no class":         `CREATE MATERIALIZED VIEW named_once AS SELECT call_name FROM person`, //nolint:misspell // SQL
		"kept.river_pet.name has no class":          `CREATE SCHEMA kept; CREATE TABLE kept.river_pet (name text)`,
		"river_pet.name has no class":               `CREATE TABLE river_pet (name text)`,
		`person.call_name: there is no rule "ever"`: `COMMENT ON COLUMN person.call_name IS ` + fmt.Sprintf(class, "ever", "copy=account.call_name"),
		"account.first_names holds":                 `COMMENT ON COLUMN person.call_name IS ` + fmt.Sprintf(class, "account", "copy=account.first_names"),
		`unknown reason "shyness"`:                  `COMMENT ON COLUMN person.call_name IS ` + fmt.Sprintf(class, "account", "withheld=shyness"),
		"erasure_beat: its comment":                 `COMMENT ON TABLE erasure_beat IS 'counts'`,
		"person: its comment":                       `COMMENT ON TABLE person IS 'no personal data: nobody'`,
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()

			db := pgtest.New(t)
			if _, err := db.Exec(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
			if all := strings.Join(classFaults(t, db), "\n"); !strings.Contains(all, want) {
				t.Errorf("%s: want a fault that says %q, have %q", statement, want, all)
			}
		})
	}
}

// classFaults are the faults of the columns' classes and of the tables' comments.
func classFaults(t *testing.T, db *postgres.DB) []string {
	t.Helper()
	var faults []string
	columns, err := inventory.Columns(t.Context(), db)
	if err != nil {
		faults = strings.Split(err.Error(), "\n")
	}
	if len(columns) < 300 {
		t.Fatalf("found %d columns", len(columns))
	}
	rules := texts(t, db, `SELECT DISTINCT kind FROM retention_rule`)
	personal, seen := map[string]bool{}, map[string]string{}
	for _, c := range columns {
		if !c.Personal {
			continue
		}
		personal[c.Table] = true
		place := c.Table + "." + c.Name
		if !slices.Contains(rules, c.Rule) {
			faults = append(faults, fmt.Sprintf("%s: there is no rule %q", place, c.Rule))
		}
		if c.Copy != "" && seen[c.Copy] != "" {
			faults = append(faults, fmt.Sprintf("%s: %s holds %s in the copy already", place, c.Copy, seen[c.Copy]))
		}
		seen[c.Copy] = place
	}
	// A table's own comment is what people read first, so it may not contradict.
	for _, table := range texts(t, db, `
		SELECT c.relname || '|' || coalesce(obj_description(c.oid), '')
		  FROM pg_class AS c
		 WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
		   AND c.relname NOT LIKE 'river\_%' AND c.relname <> 'goose_db_version'`) {
		name, comment, _ := strings.Cut(table, "|")
		if comment == "" || strings.HasPrefix(comment, "no personal data: ") == personal[name] {
			faults = append(faults, fmt.Sprintf("%s: its comment begins with \"no personal data: \" when no column is personal, and only then: %q", name, comment))
		}
	}
	return faults
}

// TestRules holds every kind that another goes with to being there.
func TestRules(t *testing.T) {
	t.Parallel()

	for _, orphan := range texts(t, pgtest.New(t), `
		SELECT r.kind FROM retention_rule AS r
		 WHERE r.goes_with <> '' AND NOT EXISTS (SELECT FROM retention_rule AS h WHERE h.kind = r.goes_with AND h.goes_with = '')`) {
		t.Errorf("%s goes with a kind that has no rule of its own", orphan)
	}
}

func texts(t *testing.T, q postgres.Querier, query string) []string {
	t.Helper()
	rows, err := q.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return all
}
