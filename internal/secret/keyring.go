package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

// Keyring encrypts what must not be read from the database, and makes the keyed
// hashes by which it is found again. The newest key seals, all of them open; the
// key of the hashes is another one.
type Keyring struct {
	current string
	keys    map[string]cipher.AEAD
	index   []byte
}

// ErrSealed means that a sealed value cannot be opened: its key is not in the
// ring, it was changed, or it was sealed for another place.
var ErrSealed = errors.New("sealed value cannot be opened")

const (
	keySize = 32
	// indexID stands before the key of the hashes.
	indexID = "index"
	// sealVersion begins every sealed value.
	sealVersion = 1
)

var keyID = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// NewKeyring reads a keyring as the configuration holds it: entries id:key, key
// being 32 bytes in base64, separated by white space or commas. The first entry
// seals; the one whose id is index makes the hashes. GenerateKeyring shows it.
func NewKeyring(text string) (*Keyring, error) {
	k := &Keyring{keys: map[string]cipher.AEAD{}}
	seen := map[string]bool{}
	for entry := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n,", r) }) {
		id, encoded, ok := strings.Cut(entry, ":")
		if !ok || !keyID.MatchString(id) {
			return nil, errors.New("a key must be written id:base64, the id in small letters and digits")
		}
		key, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(key) != keySize {
			return nil, fmt.Errorf("key %s must be %d bytes in base64", id, keySize)
		}
		if seen[id] || seen[string(key)] {
			return nil, fmt.Errorf("key %s is there twice, by its id or by its bytes", id)
		}
		seen[id], seen[string(key)] = true, true
		if id == indexID {
			k.index = key
			continue
		}
		if k.current == "" {
			k.current = id
		}
		k.keys[id] = newAEAD(key)
	}
	if k.current == "" || k.index == nil {
		return nil, errors.New("a keyring needs a key that seals and the key called index")
	}
	return k, nil
}

// GenerateKeyring returns a new keyring as NewKeyring reads it, on one line.
func GenerateKeyring() string {
	return GenerateKey("k1") + "," + GenerateKey(indexID)
}

// GenerateKey returns a new entry of a keyring. To change the key that seals,
// put it before the others, run portal keys rotate, and take the old ones out.
func GenerateKey(id string) string {
	return id + ":" + base64.StdEncoding.EncodeToString(random(keySize))
}

// Current is the id of the key that seals.
func (k *Keyring) Current() string { return k.current }

// Seal encrypts plain under a key of its own, which is encrypted under the
// current key. context is the place of the value, as table.column:row; only
// there will it open again.
func (k *Keyring) Seal(plain []byte, context string) []byte {
	head := append([]byte{sealVersion, byte(len(k.current))}, k.current...) //nolint:gosec // at most 32
	dataKey := random(keySize)
	sealed := seal(head, k.keys[k.current], dataKey, head, context)
	return seal(sealed, newAEAD(dataKey), plain, head, context)
}

// Open decrypts what Seal made in the same context, or fails with ErrSealed.
func (k *Keyring) Open(sealed []byte, context string) ([]byte, error) {
	id, rest, ok := splitSealed(sealed)
	key, known := k.keys[id]
	if !ok || !known {
		return nil, ErrSealed
	}
	head := sealed[:len(sealed)-len(rest)]
	const wrapped = nonceSize + keySize + tagSize
	if len(rest) < wrapped {
		return nil, ErrSealed
	}
	dataKey, err := open(key, rest[:wrapped], head, context)
	if err != nil {
		return nil, ErrSealed
	}
	plain, err := open(newAEAD(dataKey), rest[wrapped:], head, context)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// NeedsRotation tells whether sealed is not under the current key.
func (k *Keyring) NeedsRotation(sealed []byte) bool {
	id, _, ok := splitSealed(sealed)
	return !ok || id != k.current
}

// Index returns a keyed hash of value, by which it is found without being kept.
// The same value has another hash for another purpose.
func (k *Keyring) Index(purpose, value string) []byte {
	mac := hmac.New(sha256.New, k.index)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(purpose))))
	mac.Write([]byte(purpose))
	mac.Write([]byte(value))
	return mac.Sum(nil)
}

// String hides the keys from fmt.
func (k *Keyring) String() string { return "***" }

// GoString hides the keys from %#v.
func (k *Keyring) GoString() string { return k.String() }

// LogValue hides the keys from slog.
func (k *Keyring) LogValue() slog.Value { return slog.StringValue(k.String()) }

const (
	nonceSize = 12
	tagSize   = 16
)

// splitSealed reads the head of a sealed value: version, and length and text of
// the key's id.
func splitSealed(sealed []byte) (id string, rest []byte, ok bool) {
	if len(sealed) < 2 || sealed[0] != sealVersion || len(sealed) < 2+int(sealed[1]) {
		return "", nil, false
	}
	end := 2 + int(sealed[1])
	return string(sealed[2:end]), sealed[end:], true
}

// seal appends nonce and ciphertext to dst.
func seal(dst []byte, key cipher.AEAD, plain, head []byte, context string) []byte {
	nonce := random(nonceSize)
	return key.Seal(append(dst, nonce...), nonce, plain, bound(head, context))
}

func open(key cipher.AEAD, sealed, head []byte, context string) ([]byte, error) {
	if len(sealed) < nonceSize {
		return nil, ErrSealed
	}
	return key.Open(nil, sealed[:nonceSize], sealed[nonceSize:], bound(head, context))
}

// bound is what a ciphertext is tied to besides its key.
func bound(head []byte, context string) []byte {
	return append(append([]byte{}, head...), context...)
}

// newAEAD returns AES-256-GCM; it cannot fail with a key of the right size.
func newAEAD(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}
