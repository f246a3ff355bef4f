package provision

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/andybalholm/brotli"
)

// maxUnpacked bounds what one file of the npm package may grow to; the browser itself has some 200 MB.
const maxUnpacked = 1 << 30

func (k *Kit) unpackedChromium() string {
	return filepath.Join(k.State, "root", "chromium-npm")
}

// npmChromium gets the headless Chromium that is packed into an npm package, with its libraries and a font.
func (k *Kit) npmChromium(ctx context.Context) error {
	if err := k.npmInstall(ctx, "chromium"); err != nil {
		return err
	}
	packed := filepath.Join(k.State, "npm", "chromium", "node_modules", "@sparticuz", "chromium", "bin")
	root := k.unpackedChromium()
	fresh := root + ".new"
	if err := emptyFolder(fresh); err != nil {
		return err
	}
	if err := unbrotli(filepath.Join(packed, "chromium.br"), func(r io.Reader) error {
		return writeNew(filepath.Join(fresh, "chromium"), r, 0o755)
	}); err != nil {
		return err
	}
	for _, name := range []string{"al2023", "swiftshader", "fonts"} {
		if err := unbrotli(filepath.Join(packed, name+".tar.br"), func(r io.Reader) error { return untar(r, fresh) }); err != nil {
			return err
		}
	}
	if err := k.writeFonts(fresh, filepath.Join(root, "fonts")); err != nil {
		return err
	}
	return replace(fresh, root)
}

func unbrotli(name string, use func(io.Reader) error) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("open packed browser: %w", err)
	}
	defer f.Close()
	if err := use(brotli.NewReader(f)); err != nil {
		return fmt.Errorf("unpack %s: %w", filepath.Base(name), err)
	}
	return nil
}

func untar(r io.Reader, place string) error {
	entries := tar.NewReader(r)
	for {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read archive: %w", err)
		}
		if !filepath.IsLocal(entry.Name) {
			return fmt.Errorf("archive reaches outside itself: %s", entry.Name)
		}
		if entry.Typeflag != tar.TypeReg {
			continue
		}
		mode := os.FileMode(0o644)
		if entry.Mode&0o100 != 0 {
			mode = 0o755
		}
		if err := writeNew(filepath.Join(place, entry.Name), entries, mode); err != nil {
			return err
		}
	}
}

func writeNew(name string, content io.Reader, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return fmt.Errorf("create %s: %w", filepath.Base(name), err)
	}
	n, err := io.Copy(f, io.LimitReader(content, maxUnpacked))
	if err == nil && n == maxUnpacked {
		err = errors.New("larger than anything expected")
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(name), err)
	}
	return nil
}
