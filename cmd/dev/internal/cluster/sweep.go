package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Sweep deletes the clusters in the folders below dir that nobody runs any more. Throw-away clusters stay behind when
// the program that started them is killed.
func Sweep(ctx context.Context, dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for old clusters: %w", err)
	}
	for _, entry := range entries {
		old := filepath.Join(dir, entry.Name())
		// A young folder may belong to a cluster that is about to take its lock.
		if info, err := entry.Info(); err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		lock, err := lockFile(filepath.Join(old, "lock"))
		if errors.Is(err, errLocked) || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		err = endLeftover(ctx, filepath.Join(old, "data"))
		if err == nil {
			err = os.RemoveAll(old)
		}
		unlockFile(lock)
		if err != nil {
			return fmt.Errorf("remove old cluster: %w", err)
		}
	}
	return nil
}

// InUse tells whether any cluster in the folders below dir is running.
func InUse(dir string) (bool, error) {
	locks, err := filepath.Glob(filepath.Join(dir, "*", "lock"))
	if err != nil {
		return false, fmt.Errorf("look for clusters: %w", err)
	}
	for _, name := range locks {
		lock, err := lockFile(name)
		if errors.Is(err, errLocked) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		unlockFile(lock)
	}
	return false, nil
}
