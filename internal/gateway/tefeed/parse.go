package tefeed

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// parseObject reads one JSON object, refusing what is nested too deep to be a
// posting.
func parseObject(raw []byte) (object, *unusable) {
	if tooDeep(raw) {
		return nil, &unusable{"too_deep", ""}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, &unusable{"not_json", ""}
	}
	if d.More() {
		return nil, &unusable{"not_json", ""}
	}
	o, ok := v.(map[string]any)
	if !ok {
		return nil, &unusable{"wrong_type", fmt.Sprintf("%T", v)}
	}
	return o, nil
}

func tooDeep(raw []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}
