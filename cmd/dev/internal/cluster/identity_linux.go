package cluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

func (as identity) apply(cmd *exec.Cmd) {
	switch {
	case as.mapped:
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: nobody, HostID: 0, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: nobody, HostID: 0, Size: 1}},
		}
	case as.uid >= 0:
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Credential: &syscall.Credential{Uid: uint32(as.uid), Gid: uint32(as.gid)},
		}
	}
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

func parent(dir string) string { return filepath.Dir(dir) }
