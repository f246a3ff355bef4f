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
	npm, err := k.npm(ctx)
	if err != nil {
		return err
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
	args := append(npm.args, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", filepath.Join(k.State, "npm", "cache"))
	if _, err := k.output(ctx, place, npm.env, npm.path, args...); err != nil {
		return err
	}
	return nil
}

type npmProgram struct {
	path string
	args []string
	env  []string
}

// npm finds npm, or unpacks it from the system's packages.
func (k *Kit) npm(ctx context.Context) (npmProgram, error) {
	if path, err := exec.LookPath("npm"); err == nil {
		return npmProgram{path: path}, nil
	}
	root := filepath.Join(k.State, "root", "npm")
	node, cli := filepath.Join(root, "usr/bin/node"), filepath.Join(root, "usr/share/nodejs/npm/bin/npm-cli.js")
	if !isFile(node) || !isFile(cli) {
		a, err := k.apt(ctx)
		if err != nil {
			return npmProgram{}, errors.New("npm is not installed")
		}
		k.say("npm is not installed, unpacking it into the project")
		if err := a.unpack(ctx, root, "npm", "nodejs"); err != nil {
			return npmProgram{}, err
		}
	}
	modules := filepath.Join(root, "usr/share/nodejs") + ":" + filepath.Join(root, "usr/lib/nodejs")
	return npmProgram{path: node, args: []string{cli}, env: []string{
		"LD_LIBRARY_PATH=" + libraryPath(root), "NODE_PATH=" + modules,
	}}, nil
}
