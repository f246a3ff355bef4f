package provision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Chromium returns the path of a small script that runs a browser with all that it needs on this machine: libraries and
// fonts when it was fetched, and no sandbox where there can be none, such as for root.
func (k *Kit) Chromium(ctx context.Context) (string, error) {
	script, err := k.findChromium(ctx)
	if err == nil || ctx.Err() != nil || k.Getenv("CHROMIUM") != "" {
		return script, err
	}
	ways := []way{
		{"the system's package, unpacked into the project", func(ctx context.Context) error { return k.aptChromium(ctx, k.systemApt) }},
		{"Debian's package, unpacked into the project", func(ctx context.Context) error { return k.aptChromium(ctx, k.debianApt) }},
	}
	const advice = "Ways out: install Chromium or Chrome (Debian: apt-get install chromium), or name a browser in CHROMIUM."
	err = k.first(ctx, "browser", ways, func(ctx context.Context) error {
		script, err = k.findChromium(ctx)
		return err
	}, advice)
	return script, err
}

// findChromium tries the caller's browser alone when there is one; else the installed ones and those fetched earlier.
func (k *Kit) findChromium(ctx context.Context) (string, error) {
	if named := k.Getenv("CHROMIUM"); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("CHROMIUM: %w", err)
		}
		return k.browserScript(ctx, Program{Path: path})
	}
	var faults []error
	for _, candidate := range append(installedBrowsers(), k.fetchedBrowsers()...) {
		script, err := k.browserScript(ctx, candidate)
		if err == nil || ctx.Err() != nil {
			return script, err
		}
		faults = append(faults, err)
	}
	return "", errors.Join(append(faults, errors.New("no browser that runs here"))...)
}

func installedBrowsers() []Program {
	var found []Program
	for _, name := range []string{
		"chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
	} {
		if path, err := exec.LookPath(name); err == nil {
			found = append(found, Program{Path: path})
		}
	}
	return found
}

func (k *Kit) fetchedBrowsers() []Program {
	var found []Program
	root := filepath.Join(k.State, "root", "chromium")
	if path := filepath.Join(root, "usr/lib/chromium/chromium"); isFile(path) {
		found = append(found, Program{Path: path, Env: []string{
			"LD_LIBRARY_PATH=" + libraryPath(root), "FONTCONFIG_FILE=" + filepath.Join(root, "fonts.conf"),
		}})
	}
	return found
}

// aptChromium unpacks Debian's Chromium. Ubuntu's package of a like name is an empty one that installs a snap.
func (k *Kit) aptChromium(ctx context.Context, source func(context.Context) (*apt, error)) error {
	a, err := source(ctx)
	if err != nil {
		return err
	}
	root := filepath.Join(k.State, "root", "chromium")
	if err := a.unpack(ctx, root, "chromium", "chromium-common", "fonts-liberation", "fontconfig-config"); err != nil {
		return err
	}
	return k.writeFonts(root, filepath.Join(root, "usr/share/fonts"))
}

// writeFonts writes a font configuration that finds the fonts of folder and those of the system.
func (k *Kit) writeFonts(root, folder string) error {
	config := `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>` + xmlText(folder) + `</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>` + xmlText(filepath.Join(k.State, "cache", "fontconfig")) + `</cachedir>
</fontconfig>
`
	if err := os.WriteFile(filepath.Join(root, "fonts.conf"), []byte(config), 0o644); err != nil {
		return fmt.Errorf("write font configuration: %w", err)
	}
	return nil
}

func xmlText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(s)
}

// browserScript writes the script for a browser after a try that loads a page. A script that was written for the same
// browser earlier is taken as it is.
func (k *Kit) browserScript(ctx context.Context, browser Program) (string, error) {
	info, err := os.Stat(browser.Path)
	if err != nil {
		return "", fmt.Errorf("look at browser: %w", err)
	}
	script := filepath.Join(k.State, "chromium")
	made := fmt.Sprintf("# Made by dev for %s, %d bytes of %s, user %d.", browser.Path, info.Size(), info.ModTime().UTC().Format(time.RFC3339), os.Geteuid())
	if content, err := os.ReadFile(script); err == nil && strings.Contains(string(content), made+"\n") {
		return script, nil
	}

	k.say("trying the browser %s", browser.Path)
	// A container's /dev/shm is often too small for the browser.
	flags := []string{"--disable-dev-shm-usage"}
	if os.Geteuid() == 0 {
		flags = append(flags, "--no-sandbox")
	}
	err = k.tryBrowser(ctx, browser, flags)
	if err != nil && os.Geteuid() != 0 {
		// The sandbox needs user namespaces, which not every kernel or container gives an ordinary user.
		flags = append(flags, "--no-sandbox")
		err = k.tryBrowser(ctx, browser, flags)
	}
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.WriteString("#!/bin/sh\n" + made + "\n")
	for _, variable := range browser.Env {
		name, value, _ := strings.Cut(variable, "=")
		fmt.Fprintf(&text, "export %s=%s\n", name, shellQuote(value))
	}
	fmt.Fprintf(&text, "exec %s %s \"$@\"\n", shellQuote(browser.Path), strings.Join(flags, " "))
	if err := os.MkdirAll(k.State, 0o755); err != nil {
		return "", fmt.Errorf("make state folder: %w", err)
	}
	fresh := script + ".new"
	if err := os.WriteFile(fresh, []byte(text.String()), 0o755); err != nil {
		return "", fmt.Errorf("write browser script: %w", err)
	}
	return script, replace(fresh, script)
}

// tryBrowser has the browser render a page.
func (k *Kit) tryBrowser(ctx context.Context, browser Program, flags []string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	profile, err := os.MkdirTemp("", "portal-browser-")
	if err != nil {
		return fmt.Errorf("make browser profile: %w", err)
	}
	defer os.RemoveAll(profile)
	args := append([]string{"--headless", "--disable-gpu", "--user-data-dir=" + profile}, flags...)
	args = append(args, "--dump-dom", "data:text/html,<p>it%20runs</p>")
	out, err := k.output(ctx, profile, append([]string{"HOME=" + profile}, browser.Env...), browser.Path, args...)
	if err != nil {
		return fmt.Errorf("try browser %s: %w", browser.Path, err)
	}
	if !strings.Contains(out, "it runs") {
		return fmt.Errorf("try browser %s: it renders nothing", browser.Path)
	}
	return nil
}

func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
