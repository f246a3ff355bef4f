package provision

import (
	"context"
	"errors"
	"path/filepath"
)

// Dictionary returns the path of the Finnish dictionary, mor.vfst of Debian's package voikko-fi.
func (k *Kit) Dictionary(ctx context.Context) (string, error) {
	if path, ok := k.findDictionary(); ok {
		return path, nil
	}
	unpack := func(ctx context.Context, source func(context.Context) (*apt, error)) error {
		a, err := source(ctx)
		if err != nil {
			return err
		}
		return a.unpack(ctx, filepath.Join(k.State, "root", "voikko-fi"), "voikko-fi")
	}
	ways := []way{
		{"the system's package, unpacked into the project", func(ctx context.Context) error { return unpack(ctx, k.systemApt) }},
		{"Debian's package, unpacked into the project", func(ctx context.Context) error { return unpack(ctx, k.debianApt) }},
	}
	const advice = "Ways out: install voikko-fi (Debian, Ubuntu: apt-get install voikko-fi, on Ubuntu from universe), " +
		"or name a copy of its mor.vfst in VOIKKO_DICTIONARY."
	var path string
	err := k.first(ctx, "Finnish dictionary", ways, func(context.Context) error {
		found, ok := k.findDictionary()
		if !ok {
			return errors.New("voikko-fi has no mor.vfst where it is expected")
		}
		path = found
		return nil
	}, advice)
	return path, err
}

func (k *Kit) findDictionary() (string, bool) {
	if named := k.Getenv("VOIKKO_DICTIONARY"); named != "" {
		return named, true
	}
	for _, root := range []string{
		k.System, filepath.Join(k.System, "opt/homebrew"), filepath.Join(k.System, "usr/local"), filepath.Join(k.State, "root/voikko-fi"),
	} {
		for _, folder := range []string{"usr/lib/voikko", "usr/share/voikko", "lib/voikko"} {
			found, err := filepath.Glob(filepath.Join(root, folder, "5/mor-*/mor.vfst"))
			if err == nil && len(found) > 0 {
				return found[0], true
			}
		}
	}
	return "", false
}
