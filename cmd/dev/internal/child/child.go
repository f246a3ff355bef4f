// Package child starts programs that may not outlive the one that started them.
package child

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Keeper starts children from one operating-system thread that lives as long as the process does. Linux ties a
// parent-death signal to the thread that forked, not to the process, so a child started from any other thread could be
// signalled while its parent is well.
type Keeper struct {
	starts chan func()
}

// NewKeeper returns a Keeper with its thread running. The thread ends with the process only.
func NewKeeper() *Keeper {
	k := &Keeper{starts: make(chan func())}
	go func() {
		runtime.LockOSThread()
		for start := range k.starts {
			start()
		}
	}()
	return k
}

// FollowParent asks for SIGTERM when the process that started this one dies. Where the system cannot do that, it does
// nothing.
func (k *Keeper) FollowParent() {
	done := make(chan struct{})
	k.starts <- func() {
		followParent()
		close(done)
	}
	<-done
}

// Child is a started program.
type Child struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// Start starts cmd in a process group of its own. The child gets the signal death when this process is killed. SysProcAttr
// of cmd may be set beforehand; its group and death signal are overwritten.
func (k *Keeper) Start(cmd *exec.Cmd, death syscall.Signal) (*Child, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	setDeathSignal(cmd.SysProcAttr, death)
	// A grandchild that keeps the output open must not keep Wait from returning.
	cmd.WaitDelay = 5 * time.Second

	started := make(chan error)
	k.starts <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	c := &Child{cmd: cmd, done: make(chan struct{})}
	go func() {
		c.err = cmd.Wait()
		close(c.done)
	}()
	return c, nil
}

// Run starts cmd like Start, passes on the end of ctx as SIGINT and waits for the child to end.
func (k *Keeper) Run(ctx context.Context, cmd *exec.Cmd) error {
	c, err := k.Start(cmd, syscall.SIGKILL)
	if err != nil {
		return err
	}
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
		c.Stop(syscall.SIGINT, 10*time.Second)
		return ctx.Err()
	}
}

// Done is closed when the child has ended.
func (c *Child) Done() <-chan struct{} { return c.done }

// PID is the process id of the child.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Stop sends sig to the child's process group, waits for at most grace, and then kills the group.
func (c *Child) Stop(sig syscall.Signal, grace time.Duration) {
	_ = syscall.Kill(-c.PID(), sig)
	select {
	case <-c.done:
	case <-time.After(grace):
	}
	// The group is killed in any case: what a child left running behind it belongs to it.
	_ = syscall.Kill(-c.PID(), syscall.SIGKILL)
	<-c.done
}
