//go:build drill

package e2e_test

import (
	"testing"
	"time"
)

// TestDrillLogIns has 10,000 people log in, 200 at a time, while the answers of
// identification come late, in another order and twice: each sees their own
// page, and nobody another's.
func TestDrillLogIns(t *testing.T) {
	s := newSite(t, 5)
	t.Cleanup(s.stop)
	race{people: 10_000, atOnce: 200, delay: 2 * time.Second}.run(t, s)
}
