package cluster

import (
	"os/exec"
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
