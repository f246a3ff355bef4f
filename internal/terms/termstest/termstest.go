// Package termstest gives tests terms to accept.
package termstest

import (
	"testing"

	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/terms"
)

// Seed publishes version 1 of every kind in db and returns the capability.
func Seed(tb testing.TB, db *postgres.DB) *terms.Terms {
	tb.Helper()
	if _, err := terms.Seed(tb.Context(), db); err != nil {
		tb.Fatal(err)
	}
	return terms.New(db)
}
