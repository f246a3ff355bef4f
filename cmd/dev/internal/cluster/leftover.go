package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// endLeftover waits for a server on the data folder that nobody holds any more, and ends it when it does not end by
// itself.
func endLeftover(ctx context.Context, data string) error {
	for try := range 400 {
		pid, err := leftover(data)
		if err != nil {
			return err
		}
		if pid == 0 {
			return nil
		}
		if try == 100 {
			_ = syscall.Kill(pid, syscall.SIGINT)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("another postgres runs on %s and does not end", data)
}

func leftover(data string) (int, error) {
	content, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read postmaster.pid: %w", err)
	}
	lines := strings.Split(string(content), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	// A file that was cut off while written holds no running server.
	running := err == nil && pid > 1 && len(lines) > 1 && sameProgram(pid) && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	if !running {
		return 0, nil
	}
	return pid, nil
}

// sameProgram guards against a process id that was given to another program since. Without /proc it trusts the file.
func sameProgram(pid int) bool {
	name, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	if err != nil {
		_, noProc := os.Stat("/proc/self")
		return noProc != nil
	}
	return strings.TrimSpace(string(name)) == "postgres"
}
