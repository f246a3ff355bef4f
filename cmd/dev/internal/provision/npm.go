package provision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// npmInstall installs what the lock file in tools/<name> says below the state folder. No script of any package runs.
func (k *Kit) npmInstall(ctx context.Context, name string) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm is not installed")
	}
	place := filepath.Join(k.State, "npm", name)
	if err := os.MkdirAll(place, 0o755); err != nil {
		return fmt.Errorf("make npm folder: %w", err)
	}
	for _, file := range []string{"package.json", "package-lock.json"} {
		content, err := os.ReadFile(filepath.Join(k.Checkout, "tools", name, file))
		if err != nil {
			return fmt.Errorf("read npm lock file: %w", err)
		}
		if err := os.WriteFile(filepath.Join(place, file), content, 0o644); err != nil {
			return fmt.Errorf("copy npm lock file: %w", err)
		}
	}
	k.say("fetching the npm package %s", name)
	args := []string{"ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", filepath.Join(k.State, "npm", "cache")}
	if _, err := k.output(ctx, place, nil, npm, args...); err != nil {
		return err
	}
	return nil
}
