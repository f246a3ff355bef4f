package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// env returns a getenv over the smallest production configuration, changed by
// pairs of name and value.
func testEnv(pairs ...string) func(string) string {
	m := map[string]string{
		"PUBLIC_URL": "https://portal.example", "DATABASE_URL": "postgres://u:hunter2@127.0.0.1/db",
		"FORM_KEY": "0123456789abcdef0123456789abcdef",
	}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func TestLoadConfig(t *testing.T) {
	t.Parallel()

	c, err := loadConfig(testEnv("TE_FEED_URL", "https://te.example/x?key=hunter2", "TE_FEED_KEY", "k", "TRUSTED_PROXIES", "10.0.0.1, 10.1.0.0/16"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.DatabaseURL.Reveal(), "postgres://u:hunter2@127.0.0.1/db"; got != want {
		t.Errorf("DatabaseURL = %q, want %q", got, want)
	}
	if got, want := fmt.Sprint(c.TrustedProxies), "[10.0.0.1 10.1.0.0/16]"; got != want {
		t.Errorf("TrustedProxies = %s, want %s", got, want)
	}
	var out strings.Builder
	if err := c.print(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "TRUSTED_PROXIES=10.0.0.1,10.1.0.0/16\n") {
		t.Errorf("print shows a list otherwise than it is given:\n%s", out.String())
	}
	if strings.Contains(out.String(), "hunter2") || !strings.Contains(out.String(), "DATABASE_URL=***") {
		t.Errorf("print shows a secret or hides its name:\n%s", out.String())
	}
}

func TestLoadConfigNamesEveryFault(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name  string
		env   []string
		names []string
	}{
		{"nothing set", []string{"PUBLIC_URL", "", "DATABASE_URL", "", "FORM_KEY", "short"}, []string{"PUBLIC_URL", "DATABASE_URL", "FORM_KEY"}},
		{"plain http in production", []string{"PUBLIC_URL", "http://portal.example"}, []string{"PUBLIC_URL"}},
		{"path in the origin", []string{"PUBLIC_URL", "https://portal.example/x"}, []string{"PUBLIC_URL"}},
		{
			"many at once",
			[]string{"ENVIRONMENT", "test", "LISTEN_ADDR", "8080", "METRICS_ADDR", "0.0.0.0:1", "PAGES_PER_MINUTE", "0", "STATEMENT_TIMEOUT", "fast", "SERVE_WITHOUT_TASKS", "perhaps"},
			[]string{"ENVIRONMENT", "LISTEN_ADDR", "METRICS_ADDR", "PAGES_PER_MINUTE", "STATEMENT_TIMEOUT", "SERVE_WITHOUT_TASKS"},
		},
		{"p67 without key", []string{"TE_FEED_URL", "https://te.example"}, []string{"TE_FEED_KEY"}},
		{
			"v1 without credentials",
			[]string{"TE_FEED_URL", "https://te.example", "TE_FEED_KIND", "v1", "TE_TOKEN_URL", "x", "TE_PAGE_SIZE", "50"},
			[]string{"TE_TOKEN_URL", "TE_CLIENT_ID", "TE_CLIENT_SECRET", "TE_PAGE_SIZE"},
		},
		{"test switch in production", []string{"CLOCK_OFFSET", "1h"}, []string{"CLOCK_OFFSET"}},
		{"no time at all", []string{"STATEMENT_TIMEOUT", "0s", "TE_FEED_INTERVAL", "-1s"}, []string{"STATEMENT_TIMEOUT", "TE_FEED_INTERVAL"}},
		{"bad port of the database", []string{"DATABASE_URL", "postgres://u:hunter2@h:xx/n"}, []string{"DATABASE_URL"}},
		{"password in the feed's address", []string{"TE_FEED_URL", "https://u:hunter2@te.example", "TE_FEED_KEY", "k"}, []string{"TE_FEED_URL"}},
		{"no such file", []string{"DATABASE_URL", "", "DATABASE_URL_FILE", "/nowhere"}, []string{"DATABASE_URL"}},
		{"secret twice", []string{"DATABASE_URL_FILE", "/nowhere"}, []string{"DATABASE_URL"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			_, err := loadConfig(testEnv(tt.env...))
			if err == nil {
				t.Fatal("no error")
			}
			for _, name := range tt.names {
				if !strings.Contains(err.Error(), name+": ") {
					t.Errorf("error does not name %s: %v", name, err)
				}
			}
			if got := strings.Count(err.Error(), "\n") + 1; got != len(tt.names) {
				t.Errorf("faults = %d, want %d: %v", got, len(tt.names), err)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("the error holds a secret")
			}
		})
	}
}

func TestSecretFromFile(t *testing.T) {
	t.Parallel()

	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte("postgres://from:file@127.0.0.1/db\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := loadConfig(testEnv("DATABASE_URL", "", "DATABASE_URL_FILE", file))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.DatabaseURL.Reveal(), "postgres://from:file@127.0.0.1/db"; got != want {
		t.Errorf("DatabaseURL = %q, want %q", got, want)
	}
}

// TestReadmeConfiguration holds README's table to the struct.
func TestReadmeConfiguration(t *testing.T) {
	t.Parallel()

	var table strings.Builder
	table.WriteString("| variable | default | what for |\n| --- | --- | --- |\n")
	for field := range settings(reflect.ValueOf(Config{})) {
		def := field.Tag.Get("default")
		if def != "" {
			def = "`" + def + "`"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", field.Tag.Get("env"), def, field.Tag.Get("usage"))
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), table.String()) {
		t.Errorf("README's configuration table differs; it must hold:\n%s", table.String())
	}
}
