package provision

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// systemZones is where Debian's Postgres looks for the time zones; the path is part of the program. A small image of
// Ubuntu has no time zones, and then the server knows none but GMT.
const systemZones = "/usr/share/zoneinfo"

// ZonesLink is the name, below the server's data folder, where a fetched Postgres looks for the time zones instead.
const ZonesLink = "zoneinfo"

// Zones is the folder that ZonesLink must point to; it is empty when the server finds the time zones by itself.
func (k *Kit) Zones(bin Program) string {
	zones := filepath.Join(k.State, "root/postgres/usr/share/zoneinfo")
	fetched, err := filepath.Rel(filepath.Join(k.State, "root/postgres"), bin.Path)
	if _, missing := os.Stat(zones); err != nil || missing != nil || !filepath.IsLocal(fetched) {
		return ""
	}
	return zones
}

// moveZones has the fetched server look for its time zones at ZonesLink when the system has none.
func (k *Kit) moveZones() error {
	if _, err := os.Stat(filepath.Join(systemZones, "UTC")); err == nil {
		return nil
	}
	servers, err := filepath.Glob(filepath.Join(k.State, "root/postgres/usr/lib/postgresql/*/bin/postgres"))
	if err != nil || len(servers) != 1 {
		return errors.New("the fetched package has not one server")
	}
	program, err := os.ReadFile(servers[0])
	if err != nil {
		return fmt.Errorf("read the fetched server: %w", err)
	}
	place := []byte("\x00" + systemZones + "\x00")
	if bytes.Count(program, place) != 1 {
		return errors.New("this system has no time zones (package tzdata), and the fetched server cannot be told of others")
	}
	moved := make([]byte, len(place))
	copy(moved[1:], ZonesLink)
	if err := os.WriteFile(servers[0], bytes.Replace(program, place, moved, 1), 0o755); err != nil {
		return fmt.Errorf("write the fetched server: %w", err)
	}
	return nil
}
