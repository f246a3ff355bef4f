//go:build !linux

package cluster

import (
	"os/exec"
	"syscall"
)

// apply knows no user namespaces outside Linux.
func (as identity) apply(cmd *exec.Cmd) {
	if as.uid >= 0 && !as.mapped {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Credential: &syscall.Credential{Uid: uint32(as.uid), Gid: uint32(as.gid)},
		}
	}
}
