package child_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/dev/internal/child"
)

// role is what the test binary does when a test starts it as a program of its own.
const role = "CHILD_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "parent":
		// Start a child that would outlive this process, say who it is, and wait to be killed.
		cmd := exec.Command("sleep", "600")
		c, err := child.NewKeeper().Start(cmd, syscall.SIGKILL)
		if err != nil {
			os.Exit(1)
		}
		fmt.Fprintln(os.Stdout, c.PID())
		time.Sleep(10 * time.Minute)
	case "follower":
		child.NewKeeper().FollowParent()
		fmt.Fprintln(os.Stdout, os.Getpid())
		time.Sleep(10 * time.Minute)
	case "grandparent":
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), role+"=follower")
		cmd.Stdout = os.Stdout
		if err := cmd.Start(); err != nil {
			os.Exit(1)
		}
		_ = cmd.Wait()
	default:
		os.Exit(m.Run())
	}
}

func TestChildDiesWithItsKilledParent(t *testing.T) {
	t.Parallel()

	for _, name := range []string{"parent", "grandparent"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), role+"="+name)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			buffer := make([]byte, 32)
			n, err := out.Read(buffer)
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(buffer[:n])))
			if err != nil {
				t.Fatal(err)
			}
			if !runs(pid) {
				t.Fatalf("process %d does not run to begin with", pid)
			}

			_ = cmd.Process.Kill()
			_ = cmd.Wait()

			for deadline := time.Now().Add(10 * time.Second); runs(pid); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("process %d outlives its parent", pid)
				}
			}
		})
	}
}

// runs tells whether a process runs; one that is dead and not yet buried does not.
func runs(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func TestRunPassesOnTheExitStatus(t *testing.T) {
	t.Parallel()

	err := child.NewKeeper().Run(t.Context(), exec.Command("sh", "-c", "exit 7"))

	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("Run = %v, want exit status 7", err)
	}
}

func TestRunEndsTheWholeGroupWithItsContext(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.Command("sh", "-c", "sleep 600 & echo $!; wait")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- child.NewKeeper().Run(ctx, cmd) }()
	buffer := make([]byte, 32)
	n, err := out.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(buffer[:n])))
	if err != nil {
		t.Fatal(err)
	}

	cancel()

	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want the context's error", err)
	}
	for deadline := time.Now().Add(10 * time.Second); runs(pid); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("grandchild %d outlives the command", pid)
		}
	}
}
