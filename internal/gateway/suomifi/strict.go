package suomifi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"time"
)

const (
	// longestJWT bounds a token, and so all work on it.
	longestJWT = 64 << 10
	// deepestJSON bounds how deep values may lie in one another.
	deepestJSON = 16
)

var errJSON = errors.New("no sound JSON object")

// object is a JSON object whose members were each there once.
type object map[string]any

// readObject reads JSON more strictly than the standard library, which lets the
// last of two members with one name win: two readers of a token must not see
// different claims. A member has a name, so that a name that is not configured
// finds nothing.
func readObject(b []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, err := readValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errJSON
	}
	o, ok := v.(object)
	if !ok {
		return nil, errJSON
	}
	return o, nil
}

func readValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil || depth > deepestJSON {
		return nil, errJSON
	}
	switch token {
	case json.Delim('{'):
		o := object{}
		for d.More() {
			name, err := d.Token()
			key, ok := name.(string)
			if _, twice := o[key]; err != nil || !ok || twice || key == "" {
				return nil, errJSON
			}
			if o[key], err = readValue(d, depth+1); err != nil {
				return nil, err
			}
		}
		_, err = d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := readValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return token, nil
}

// text returns a member that is a text, and "" for all others.
func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

// time returns a member that is a number of seconds since 1970.
func (o object) time(name string) (time.Time, bool) {
	n, ok := o[name].(json.Number)
	if !ok {
		return time.Time{}, false
	}
	seconds, err := n.Float64()
	if err != nil || seconds < 0 || seconds > math.MaxUint32 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}

// readHeader reads the header of a token of so many parts. It refuses headers
// that would have us fetch, trust or unpack something: nothing of that is ever
// needed here.
func readHeader(token string, parts int) (object, error) {
	if len(token) > longestJWT || strings.Count(token, ".") != parts-1 {
		return nil, errJSON
	}
	first, _, _ := strings.Cut(token, ".")
	b, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		return nil, errJSON
	}
	header, err := readObject(b)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"crit", "zip", "b64", "jwk", "jku", "x5u", "x5c", "p2c", "p2s", "epk"} {
		if _, ok := header[name]; ok {
			return nil, errJSON
		}
	}
	return header, nil
}
