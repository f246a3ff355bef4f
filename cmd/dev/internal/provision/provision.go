// Package provision finds the programs and data that the portal needs beside Go, and gets what is missing without
// touching the system: packages are unpacked into the project's own state folder, never installed.
package provision

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Kit finds and gets things for one checkout.
type Kit struct {
	Checkout string // root of the source tree
	State    string // folder that takes what is fetched
	System   string // root of the file system in which to look for what is installed
	Env      []string
	Getenv   func(string) string
	Out      io.Writer // what is being done, for people
}

// Program is a program or a folder of programs together with the environment it needs.
type Program struct {
	Path string
	Env  []string
}

// say tells people what happens; setting up may take minutes on a new machine.
func (k *Kit) say(format string, args ...any) {
	fmt.Fprintf(k.Out, "setup: "+format+"\n", args...)
}

// way is one way to get a thing; ways are tried in order.
type way struct {
	name string
	get  func(ctx context.Context) error
}

// first tries the ways in order until one works and find is content with what it got. It explains all failures when none
// does.
func (k *Kit) first(ctx context.Context, what string, ways []way, find func(context.Context) error, advice string) error {
	unlock, err := k.lock()
	if err != nil {
		return err
	}
	defer unlock()
	// Another command may have got it while this one waited.
	if find(ctx) == nil {
		return nil
	}
	faults := make([]error, 0, len(ways))
	for _, w := range ways {
		k.say("%s is not there, trying %s", what, w.name)
		err := w.get(ctx)
		if err == nil {
			err = find(ctx)
		}
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		k.say("%s did not work: %s", w.name, firstLine(err))
		faults = append(faults, fmt.Errorf("%s: %w", w.name, err))
	}
	return fmt.Errorf("no %s here and none could be got. %s\n%w", what, advice, errors.Join(faults...))
}

// lock keeps two commands from fetching the same thing into the same folder.
func (k *Kit) lock() (func(), error) {
	if err := os.MkdirAll(k.State, 0o755); err != nil {
		return nil, fmt.Errorf("make state folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(k.State, "setup.lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open set-up lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("take set-up lock: %w", err)
	}
	return func() { f.Close() }, nil
}

// output runs a program and returns what it wrote to standard output. Its complaints become part of the error.
func (k *Kit) output(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(append([]string{}, k.Env...), env...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s: %w: %s", filepath.Base(name), err, lastLines(stderr.String()+stdout.String(), 5))
	}
	return stdout.String(), nil
}

// replace puts a folder that was built under another name in its place.
func replace(fresh, place string) error {
	if err := os.RemoveAll(place); err != nil {
		return fmt.Errorf("remove old %s: %w", filepath.Base(place), err)
	}
	if err := os.Rename(fresh, place); err != nil {
		return fmt.Errorf("put %s in place: %w", filepath.Base(place), err)
	}
	return nil
}

func emptyFolder(name string) error {
	if err := os.RemoveAll(name); err != nil {
		return fmt.Errorf("empty %s: %w", filepath.Base(name), err)
	}
	if err := os.MkdirAll(name, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", filepath.Base(name), err)
	}
	return nil
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, "\n")
}
