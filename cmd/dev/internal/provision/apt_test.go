package provision_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPackagesAreUnpackedNotInstalled has a small apt of its own in the PATH, so it cannot run beside other tests.
func TestPackagesAreUnpackedNotInstalled(t *testing.T) {
	apt := t.TempDir()
	asked := filepath.Join(apt, "asked")
	program(t, filepath.Join(apt, "apt-get"), `for word in "$@"; do
  case "$word" in update|install|download) command=$word ;; esac
done
case $command in
  install)
    case "$*" in *--simulate*) ;; *) echo "installs for real" >&2; exit 1 ;; esac
    echo 'Inst newer-libc [1] (2 source [amd64]) []'
    echo 'Inst libc6 [2.36-9] (2.36-10 source [amd64])'
    echo 'Inst postgresql-16 (16.2-1 source [amd64])' ;;
  download)
    for word in "$@"; do
      case "$word" in *=*-*|newer*) echo "$word" >> '`+asked+`'; : > "${word%%=*}.deb" ;; esac
    done ;;
esac`)
	program(t, filepath.Join(apt, "apt-cache"), `case "$*" in
  *depends*) printf 'postgresql\n  Depends: postgresql-16\n' ;;
  *policy*) printf 'x:\n  Candidate: 16.2-1\n' ;;
esac`)
	program(t, filepath.Join(apt, "dpkg"), `case "$2" in *postgresql-16.deb)
  bin=$3/usr/lib/postgresql/16/bin; mkdir -p "$bin" "$3/usr/share/doc" "$3/usr/lib/of-its-own"
  : > "$3/usr/lib/of-its-own/libneeded.so.1"
  printf '\000/usr/share/zoneinfo\000' > "$bin/postgres"
  printf '#!/bin/sh\ntest -n "$LD_LIBRARY_PATH" && echo "initdb (PostgreSQL) 16.2"\n' > "$bin/initdb"
  chmod +x "$bin/initdb" ;;
esac`)
	t.Setenv("PATH", apt+":/usr/bin:/bin")
	k := kit(t, nil)
	root := filepath.Join(k.State, "root/postgres")

	bin, major, err := k.Postgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	if want := filepath.Join(root, "usr/lib/postgresql/16/bin"); bin.Path != want || major != 16 {
		t.Errorf("Postgres = %s, %d, want %s, 16", bin.Path, major, want)
	}
	if want := []string{"LD_LIBRARY_PATH=" + filepath.Join(root, "usr/lib/of-its-own")}; cmp.Diff(bin.Env, want) != "" {
		t.Errorf("environment = %q, want %q", bin.Env, want)
	}
	content, err := os.ReadFile(asked)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Fields(string(content)), []string{"newer-libc=2", "postgresql-16=16.2-1"}); diff != "" {
		t.Errorf("packages fetched (-got +want):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(root, "usr/share/doc")); !os.IsNotExist(err) {
		t.Error("the documentation is kept")
	}
}
