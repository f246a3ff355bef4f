//go:build drill

package e2e_test

import (
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

// TestDrillOrders orders 10,000 watches for one mailbox from as many networks.
func TestDrillOrders(t *testing.T) {
	s := newWatching(t)
	t.Cleanup(s.stop)
	s.isNoWeapon(t, 10_000)
}

// TestDrillTime times ten times as many pairs of orders as make test does.
func TestDrillTime(t *testing.T) {
	s := newWatching(t)
	t.Cleanup(s.stop)
	known := s.subscriber(t, i18n.Finnish, everyday, "tuttu@arvoitus.example", nil).address
	s.tellsNothing(t, known, 1000)
}
