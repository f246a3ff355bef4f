// Package organisation knows organisations by their business ID and what the
// business register tells of them.
package organisation

// BusinessID is a Finnish business ID (Y-tunnus), checked, as it is written:
// 1234567-1.
type BusinessID string
