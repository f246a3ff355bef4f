package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
)

// identity is who the server runs as. Postgres refuses to run as root.
type identity struct {
	uid, gid int  // -1: as this process
	mapped   bool // root outside, nobody inside a user namespace
}

// nobody is the user id that a user namespace shows the server instead of root.
const nobody = 65534

// identityFor says who may run a cluster in dir.
func identityFor(ctx context.Context, dir string) (identity, error) {
	if os.Geteuid() != 0 {
		return identity{uid: -1, gid: -1}, nil
	}
	candidates := make([]identity, 0, 3)
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if uidErr == nil && gidErr == nil {
			candidates = append(candidates, identity{uid: uid, gid: gid})
		}
	}
	if runtime.GOOS == "linux" {
		candidates = append(candidates, identity{mapped: true})
	}
	// An existing cluster decides: its server must own its data.
	if owner, ok := ownerOf(dir + "/data"); ok {
		for _, as := range candidates {
			if as.uid == owner {
				return as, nil
			}
		}
	}
	for _, as := range candidates {
		if as.works(ctx, dir) {
			return as, nil
		}
	}
	return identity{}, fmt.Errorf("postgres does not run as root, and no other user can be taken here: "+
		"neither %q nor %q reaches %s, and user namespaces are not allowed; "+
		"run as an ordinary user, move the project to a folder others may enter, or set DATABASE_URL", "postgres", "nobody", dir)
}

// Reachable tells whether a cluster can be run in dir, or in a folder yet to be made there.
func Reachable(ctx context.Context, dir string) bool {
	_, err := identityFor(ctx, dir)
	return err == nil
}

// works tries the identity on the nearest folder above dir that exists.
func (as identity) works(ctx context.Context, dir string) bool {
	for {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", "cd \"$0\"", dir)
	cmd.Dir = "/"
	as.apply(cmd)
	return cmd.Run() == nil
}

func (as identity) makeFolder(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return fmt.Errorf("make folder: %w", err)
	}
	return as.own(dir)
}

func (as identity) own(name string) error {
	if as.uid <= 0 {
		return nil
	}
	if err := os.Chown(name, as.uid, as.gid); err != nil {
		return fmt.Errorf("give %s to the server's user: %w", name, err)
	}
	return nil
}

func ownerOf(name string) (int, bool) {
	info, err := os.Stat(name)
	if err != nil {
		return 0, false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}
