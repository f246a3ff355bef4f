package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tyomarkkinatori.fi/portal/cmd/dev/internal/cluster"
)

// clean deletes the state folder, unless a server runs in it.
func clean(_ context.Context, s *shop, _ []string) error {
	for _, kind := range []string{"postgres", "test"} {
		inUse, err := cluster.InUse(filepath.Join(s.state, kind))
		if err != nil {
			return err
		}
		if inUse {
			return errors.New("a private Postgres is running; stop dev run and the tests first")
		}
	}
	if err := os.RemoveAll(s.state); err != nil {
		return fmt.Errorf("delete state folder: %w", err)
	}
	return nil
}
