package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tyomarkkinatori.fi/portal/cmd/dev/internal/child"
	"tyomarkkinatori.fi/portal/cmd/dev/internal/cluster"
	"tyomarkkinatori.fi/portal/cmd/dev/internal/provision"
)

// shop is what all commands work with.
type shop struct {
	keeper         *child.Keeper
	kit            *provision.Kit
	checkout       string
	state          string
	getenv         func(string) string
	env            []string // what getenv looks in
	stdout, stderr io.Writer
}

func newShop(ctx context.Context, getenv func(string) string, stdout, stderr io.Writer) (*shop, error) {
	checkout, err := findCheckout()
	if err != nil {
		return nil, err
	}
	if os.Geteuid() == 0 {
		// The server runs as another user and must be able to enter what is made here.
		syscall.Umask(0o022)
	}
	s := &shop{
		keeper: child.NewKeeper(), checkout: checkout, state: stateFolder(ctx, checkout, getenv),
		getenv: getenv, env: os.Environ(), stdout: stdout, stderr: stderr,
	}
	s.kit = &provision.Kit{Checkout: checkout, State: s.state, System: "/", Env: s.env, Getenv: getenv, Out: stderr}
	if getenv("MAKELEVEL") != "" {
		s.keeper.FollowParent()
	}
	return s, nil
}

func findCheckout() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the source tree: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("run dev inside the source tree")
		}
		dir = filepath.Dir(dir)
	}
}

// stateFolder is .dev in the source tree. Root's Postgres runs as another user; where that one cannot enter the source
// tree, as below /root, the state is kept in a folder of the system instead. DEV_STATE names another.
func stateFolder(ctx context.Context, checkout string, getenv func(string) string) string {
	if named := getenv("DEV_STATE"); named != "" {
		return named
	}
	inTree := filepath.Join(checkout, ".dev")
	if cluster.Reachable(ctx, inTree) {
		return inTree
	}
	sum := sha256.Sum256([]byte(checkout))
	return filepath.Join("/var/lib/tyomarkkinatori-dev", hex.EncodeToString(sum[:6]))
}

// kept runs the Postgres whose data stay from run to run, or joins the one that another dev runs.
func (s *shop) kept(ctx context.Context) (*cluster.Cluster, error) {
	conf, major, err := s.clusterConfig(ctx)
	if err != nil {
		return nil, err
	}
	conf.Dir = filepath.Join(s.state, "postgres", strconv.Itoa(major))
	conf.Settings = []string{"shared_buffers=256MB"}
	s.say("Postgres %d in %s", major, conf.Dir)
	return cluster.Start(ctx, s.keeper, conf)
}

// throwaway runs a Postgres for tests in a folder that the next one sweeps up if this one is killed.
func (s *shop) throwaway(ctx context.Context, settings ...string) (*cluster.Cluster, error) {
	conf, major, err := s.clusterConfig(ctx)
	if err != nil {
		return nil, err
	}
	all := filepath.Join(s.state, "test")
	if err := cluster.Sweep(ctx, all); err != nil {
		return nil, err
	}
	conf.Dir = filepath.Join(all, strconv.Itoa(os.Getpid())+"-"+strconv.FormatInt(time.Now().UnixMilli(), 36))
	conf.Throwaway, conf.Settings = true, settings
	s.say("a throw-away Postgres %d", major)
	return cluster.Start(ctx, s.keeper, conf)
}

func (s *shop) clusterConfig(ctx context.Context) (cluster.Config, int, error) {
	bin, major, err := s.kit.Postgres(ctx)
	if err != nil {
		return cluster.Config{}, 0, err
	}
	conf := cluster.Config{Bin: bin.Path, Env: append(slices.Clip(s.env), bin.Env...)}
	if zones := s.kit.Zones(bin); zones != "" {
		conf.Links = map[string]string{provision.ZonesLink: zones}
	}
	return conf, major, nil
}

// say tells people what begins: on a new machine a step may take a minute.
func (s *shop) say(format string, args ...any) {
	fmt.Fprintf(s.stderr, "start: "+format+"\n", args...)
}

func (s *shop) discard(c *cluster.Cluster) {
	c.Stop()
	if err := c.Remove(); err != nil {
		fmt.Fprintln(s.stderr, "dev:", err)
	}
}

// secrets puts the portal's own secrets on this machine into vars. They are made once, so that what is sealed and
// signed with them survives a restart.
func (s *shop) secrets(ctx context.Context, vars map[string]string) error {
	for _, secret := range []struct {
		variable, file string
		make           func() (string, error)
	}{
		{"FORM_KEY", "form.key", func() (string, error) { return rand.Text() + rand.Text(), nil }},
		{"SAMPLE_SEED", "sample.seed", func() (string, error) { return rand.Text(), nil }},
		{"PERSON_KEYS", "person.keys", func() (string, error) { return s.generate(ctx, "generate") }},
		{"SUOMIFI_KEYS", "suomifi.keys", func() (string, error) { return s.generate(ctx, "suomifi") }},
	} {
		value, err := s.remembered(secret.file, secret.make)
		if err != nil {
			return err
		}
		vars[secret.variable] = value
	}
	return nil
}

// generate has the portal make keys.
func (s *shop) generate(ctx context.Context, what string) (string, error) {
	out, err := exec.CommandContext(ctx, filepath.Join(s.checkout, "bin", "portal"), "keys", what).Output()
	if err != nil {
		return "", fmt.Errorf("make keys: %w", err)
	}
	return string(out), nil
}

// remembered returns what the file in the state folder holds, which is what produce made when it was first asked for.
func (s *shop) remembered(name string, produce func() (string, error)) (string, error) {
	name = filepath.Join(s.state, name)
	if content, err := os.ReadFile(name); err == nil && len(content) > 0 {
		return strings.TrimSpace(string(content)), nil
	}
	value, err := produce()
	if err != nil {
		return "", err
	}
	value = strings.TrimSpace(value)
	if err := os.MkdirAll(s.state, 0o755); err != nil {
		return "", fmt.Errorf("make state folder: %w", err)
	}
	if err := os.WriteFile(name, []byte(value+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep a secret: %w", err)
	}
	return value, nil
}

// environ is the caller's environment with some variables set.
func (s *shop) environ(set ...string) []string {
	names := make(map[string]bool, len(set))
	for _, v := range set {
		name, _, _ := strings.Cut(v, "=")
		names[name] = true
	}
	kept := slices.DeleteFunc(slices.Clone(s.env), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return names[name]
	})
	return append(kept, set...)
}
