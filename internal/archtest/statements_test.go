package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// TestStatements prepares every sql… constant against the migrated schema, so
// that a misspelt column fails here and not in the one page that uses it.
func TestStatements(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	conn, err := db.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()

	star := regexp.MustCompile(`(?i)select\s+\*|now\(\)|current_timestamp`)
	n := 0
	sources(t, func(path string, src []byte) {
		if strings.HasPrefix(path, "cmd/") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, src, 0)
		if err != nil {
			t.Error(err)
			return
		}
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "sql") {
				return true
			}
			query, ok := text(spec.Values[0])
			if !ok {
				t.Errorf("%s: %s is not one literal, so it cannot be checked", path, spec.Names[0].Name)
				return true
			}
			if star.MatchString(query) {
				t.Errorf("%s: %s selects * or takes the time from the database", path, spec.Names[0].Name)
			}
			if _, err := conn.Conn().Prepare(t.Context(), "", query); err != nil {
				t.Errorf("%s: %s: %v", path, spec.Names[0].Name, err)
			}
			n++
			return true
		})
	}, ".go")
	if n < 5 {
		t.Fatalf("found %d statements", n)
	}
}

// text evaluates a string literal or a sum of them.
func text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		a, okA := text(e.X)
		b, okB := text(e.Y)
		return a + b, okA && okB && e.Op == token.ADD
	}
	return "", false
}
