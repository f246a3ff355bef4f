package store

import (
	"encoding/binary"

	"github.com/jackc/pgx/v5"
)

func collectIDs(rows pgx.Rows) ([]int64, error) {
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// int64Of reads a bigint in the binary format.
func int64Of(raw []byte) (int64, bool) {
	if len(raw) != 8 {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(raw)), true //nolint:gosec // as it was sent
}
