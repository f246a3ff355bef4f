package provision

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// apt reads the machine's package sources with lists and cache of its own, which works without being root and leaves
// the system as it is.
type apt struct {
	kit     *Kit
	base    string
	options []string
}

// systemApt reads the package sources of this machine and knows what is installed.
func (k *Kit) systemApt(ctx context.Context) (*apt, error) {
	return k.apt(ctx, "apt", "-o", "Dir::State::status=/var/lib/dpkg/status")
}

// debianApt reads Debian's own package sources on a system that is made of Debian, as Ubuntu is, and lacks a package of
// it. DEBIAN_MIRROR names where they are: no address of others is built in. Nothing of the system counts as installed
// but the C library: what was built for an older one runs with a newer.
func (k *Kit) debianApt(ctx context.Context) (*apt, error) {
	mirror := strings.TrimSuffix(k.Getenv("DEBIAN_MIRROR"), "/")
	if mirror == "" {
		return nil, errors.New("this system's packages do not have it; Debian's do: name a Debian mirror in DEBIAN_MIRROR, such as http://mirror.example/")
	}
	system, err := k.systemApt(ctx)
	if err != nil {
		return nil, err
	}
	keys := filepath.Join(k.State, "root", "debian-keys")
	keyring := filepath.Join(keys, "usr/share/keyrings/debian-archive-keyring.gpg")
	if !isFile(keyring) {
		if err := system.unpack(ctx, keys, "debian-archive-keyring"); err != nil {
			return nil, err
		}
	}
	base := filepath.Join(k.State, "apt-debian")
	if err := os.MkdirAll(base, 0o755); err != nil {
		return nil, fmt.Errorf("make apt folder: %w", err)
	}
	status, sources := filepath.Join(base, "status"), filepath.Join(base, "sources.list")
	origin := "deb [signed-by=" + keyring + "] " + mirror + "/"
	list := origin + "debian bookworm main\n" + origin + "debian-security bookworm-security main\n"
	if err := errors.Join(os.WriteFile(status, nil, 0o644), os.WriteFile(sources, []byte(list), 0o644)); err != nil {
		return nil, fmt.Errorf("write apt sources: %w", err)
	}
	return k.apt(ctx, "apt-debian", "-o", "Dir::State::status="+status,
		"-o", "Dir::Etc::SourceList="+sources, "-o", "Dir::Etc::SourceParts=/dev/null")
}

func (k *Kit) apt(ctx context.Context, folder string, options ...string) (*apt, error) {
	for _, program := range []string{"apt-get", "apt-cache", "dpkg"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, errors.New("this system has no apt")
		}
	}
	base := filepath.Join(k.State, folder)
	for _, folder := range []string{"state/lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(base, folder), 0o755); err != nil {
			return nil, fmt.Errorf("make apt folder: %w", err)
		}
	}
	a := &apt{kit: k, base: base, options: append([]string{
		"-q",
		"-o", "Dir::State=" + filepath.Join(base, "state"),
		"-o", "Dir::Cache=" + filepath.Join(base, "cache"),
		// As root apt would drop to a user that may not reach the state folder.
		"-o", "APT::Sandbox::User=root",
		"-o", "Acquire::Retries=3",
	}, options...)}
	return a, a.update(ctx)
}

// update refreshes the lists when they are older than a day.
func (a *apt) update(ctx context.Context) error {
	mark := filepath.Join(a.base, "updated")
	if info, err := os.Stat(mark); err == nil && time.Since(info.ModTime()) < 24*time.Hour {
		return nil
	}
	a.kit.say("reading the package lists")
	if _, err := a.run(ctx, "apt-get", "update"); err != nil {
		// One source of many may be out of reach; whether that matters shows when the package is asked for.
		a.kit.say("apt-get update: %s", firstLine(err))
		return nil
	}
	if err := os.WriteFile(mark, nil, 0o644); err != nil {
		return fmt.Errorf("mark package lists as read: %w", err)
	}
	return nil
}

func (a *apt) run(ctx context.Context, program string, args ...string) (string, error) {
	return a.kit.output(ctx, a.kit.State, []string{"LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"}, program, append(slices.Clip(a.options), args...)...)
}

// candidate is the version that apt would install; it is empty when apt knows none.
func (a *apt) candidate(ctx context.Context, name string) (string, error) {
	out, err := a.run(ctx, "apt-cache", "policy", name)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(out) {
		if version, ok := strings.CutPrefix(strings.TrimSpace(line), "Candidate: "); ok && version != "(none)" {
			return version, nil
		}
	}
	return "", nil
}

// reInstall reads a line of apt-get's simulation: "Inst name [old version] (new version source [architecture])".
var reInstall = regexp.MustCompile(`(?m)^Inst (\S+) (?:\[[^]]*\] )?\((\S+) `)

// unpack puts the named packages and those of their dependencies that the system lacks into the folder place, below the
// state folder. It runs none of the packages' scripts.
func (a *apt) unpack(ctx context.Context, place string, names ...string) error {
	for _, name := range names {
		version, err := a.candidate(ctx, name)
		if err != nil {
			return err
		}
		if version == "" {
			return fmt.Errorf("the package sources of this system have no %s", name)
		}
	}
	// Reinstalling makes apt list the packages even when dpkg holds them for installed but their files are gone.
	out, err := a.run(ctx, "apt-get", append([]string{"install", "--simulate", "--reinstall", "--no-install-recommends"}, names...)...)
	if err != nil {
		return err
	}
	var packages []string
	for _, match := range reInstall.FindAllStringSubmatch(out, -1) {
		// A second C library on the library path would not fit the loader of the first.
		if strings.HasPrefix(match[1], "libc6") || match[1] == "libc-bin" {
			continue
		}
		packages = append(packages, match[1]+"="+match[2])
	}
	if len(packages) == 0 {
		return fmt.Errorf("apt offers nothing for %s", strings.Join(names, ", "))
	}

	a.kit.say("fetching %d packages for %s", len(packages), names[0])
	archives := filepath.Join(a.base, "fetched")
	if err := emptyFolder(archives); err != nil {
		return err
	}
	defer os.RemoveAll(archives)
	download := append(slices.Clip(a.options), "download")
	if _, err := a.kit.output(ctx, archives, []string{"LC_ALL=C"}, "apt-get", append(download, packages...)...); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(archives, "*.deb"))
	if err != nil || len(files) < len(packages) {
		return fmt.Errorf("apt fetched %d of %d packages", len(files), len(packages))
	}
	fresh := place + ".new"
	if err := emptyFolder(fresh); err != nil {
		return err
	}
	for _, file := range files {
		if _, err := a.kit.output(ctx, archives, nil, "dpkg", "-x", file, fresh); err != nil {
			return err
		}
	}
	for _, unused := range []string{"doc", "man", "locale", "icons", "help"} {
		if err := os.RemoveAll(filepath.Join(fresh, "usr/share", unused)); err != nil {
			return fmt.Errorf("drop what is not needed: %w", err)
		}
	}
	return replace(fresh, place)
}

// libraryPath names the folders below root that hold shared libraries. Some packages keep theirs in folders of their own
// and say so to the loader with a path that holds for an installed package only.
func libraryPath(root string) string {
	var folders []string
	for _, top := range []string{"usr/lib", "lib"} {
		// What cannot be read cannot be loaded either.
		_ = filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasPrefix(entry.Name(), "lib") || !strings.Contains(entry.Name(), ".so") {
				return nil //nolint:nilerr // see above
			}
			if folder := filepath.Dir(path); !slices.Contains(folders, folder) {
				folders = append(folders, folder)
			}
			return nil
		})
	}
	return strings.Join(folders, ":")
}
