package secret_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tyomarkkinatori.fi/portal/internal/secret"
)

func keyring(t *testing.T, text string) *secret.Keyring {
	t.Helper()
	k, err := secret.NewKeyring(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSeal(t *testing.T) {
	t.Parallel()

	k := keyring(t, secret.GenerateKeyring())
	for _, plain := range [][]byte{nil, []byte("010594Y9032"), bytes.Repeat([]byte{7}, 100_000)} {
		one, two := k.Seal(plain, "person.code:1"), k.Seal(plain, "person.code:1")
		if bytes.Equal(one, two) || len(plain) > 8 && bytes.Contains(one, plain) {
			t.Errorf("%d bytes: sealed alike, or not at all", len(plain))
		}
		got, err := k.Open(one, "person.code:1")
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %v", len(plain), err)
		}
		if _, err := k.Open(one, "person.code:2"); !errors.Is(err, secret.ErrSealed) {
			t.Errorf("opened in another place: %v", err)
		}
		if _, err := keyring(t, secret.GenerateKeyring()).Open(one, "person.code:1"); !errors.Is(err, secret.ErrSealed) {
			t.Errorf("opened with other keys: %v", err)
		}
	}
}

func TestChangedSealDoesNotOpen(t *testing.T) {
	t.Parallel()

	k := keyring(t, secret.GenerateKeyring())
	rapid.Check(t, func(r *rapid.T) {
		sealed := k.Seal(rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(r, "plain"), "at")
		changed := slices.Clone(sealed)
		changed[rapid.IntRange(0, len(changed)-1).Draw(r, "byte")] ^= rapid.ByteRange(1, 255).Draw(r, "bits")
		short := sealed[:rapid.IntRange(0, len(sealed)-1).Draw(r, "length")]
		for _, wrong := range [][]byte{changed, short, append(slices.Clone(sealed), 0)} {
			if _, err := k.Open(wrong, "at"); !errors.Is(err, secret.ErrSealed) {
				r.Fatalf("opened what was changed: %v", err)
			}
		}
	})
}

func FuzzOpen(f *testing.F) {
	k, err := secret.NewKeyring(secret.GenerateKeyring())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(k.Seal([]byte("x"), "at"))
	f.Add([]byte{1, 200, 'k'})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if _, err := k.Open(sealed, "other"); err == nil {
			t.Fatal("opened what nobody sealed")
		}
	})
}

func TestRotation(t *testing.T) {
	t.Parallel()

	index := secret.GenerateKey("index")
	older, newer := secret.GenerateKey("k1"), secret.GenerateKey("k2")
	before, both, after := keyring(t, older+"\n"+index), keyring(t, newer+"\n"+older+"\n"+index+"\n"), keyring(t, newer+","+index)
	sealed := before.Seal([]byte("x"), "at")
	if before.NeedsRotation(sealed) || !both.NeedsRotation(sealed) || !both.NeedsRotation(nil) || both.Current() != "k2" {
		t.Error("NeedsRotation does not see the key")
	}
	if got, err := both.Open(sealed, "at"); err != nil || string(got) != "x" {
		t.Errorf("the older key does not open: %v", err)
	}
	if _, err := after.Open(sealed, "at"); !errors.Is(err, secret.ErrSealed) {
		t.Errorf("opened without its key: %v", err)
	}
	if got, err := after.Open(both.Seal([]byte("x"), "at"), "at"); err != nil || string(got) != "x" {
		t.Errorf("sealed anew: %v", err)
	}
	if !bytes.Equal(before.Index("p", "v"), after.Index("p", "v")) {
		t.Error("rotation moved the index")
	}
}

func TestIndex(t *testing.T) {
	t.Parallel()

	k := keyring(t, secret.GenerateKeyring())
	one := k.Index("person.code", "010594Y9032")
	for _, different := range [][]byte{
		k.Index("person.code", "010594-9032"), k.Index("person.cod", "e010594Y9032"), k.Index("", "person.code010594Y9032"),
		keyring(t, secret.GenerateKeyring()).Index("person.code", "010594Y9032"),
	} {
		if bytes.Equal(one, different) {
			t.Error("two values have one index")
		}
	}
	if len(one) != 32 || !bytes.Equal(one, k.Index("person.code", "010594Y9032")) {
		t.Error("a value has two indexes")
	}
}

func TestNewKeyringRefuses(t *testing.T) {
	t.Parallel()

	good, index := secret.GenerateKey("k1"), secret.GenerateKey("index")
	for name, text := range map[string]string{
		"nothing":                   "",
		"no index":                  good,
		"no key that seals":         index,
		"a short key":               "k1:c2hvcnQ=," + index,
		"no base64":                 "k1:" + strings.Repeat("%", 44) + "," + index,
		"no id":                     strings.TrimPrefix(good, "k1") + "," + index,
		"an id in capitals":         strings.Replace(good, "k1", "K1", 1) + "," + index,
		"one id twice":              good + "," + secret.GenerateKey("k1") + "," + index,
		"one key under two ids":     good + "," + strings.Replace(good, "k1", "k2", 1) + "," + index,
		"the key also as the index": good + "," + strings.Replace(good, "k1", "index", 1),
	} {
		_, err := secret.NewKeyring(text)
		if err == nil {
			t.Errorf("%s: taken", name)
			continue
		}
		if _, key, _ := strings.Cut(good, ":"); strings.Contains(err.Error(), key) {
			t.Errorf("%s: the error shows a key", name)
		}
	}
}

func TestKeyringPrintsHidden(t *testing.T) {
	t.Parallel()

	text := secret.GenerateKeyring()
	k := keyring(t, text)
	if got := fmt.Sprintf("%v %+v %#v %s", k, k, k, k); got != "*** *** *** ***" {
		t.Errorf("prints %s", got)
	}
}
