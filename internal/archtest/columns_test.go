package archtest_test

import (
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

	db := pgtest.New(t)
	columns, err := inventory.Columns(t.Context(), db)
	if err != nil {
		t.Error(err)
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
			t.Errorf("%s: there is no rule %q", place, c.Rule)
		}
		if c.Copy != "" && seen[c.Copy] != "" {
			t.Errorf("%s: %s holds %s in the copy already", place, c.Copy, seen[c.Copy])
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
			t.Errorf("%s: its comment begins with \"no personal data: \" when no column is personal, and only then: %q", name, comment)
		}
	}
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
