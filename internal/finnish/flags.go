package finnish

import (
	"math/bits"
	"strings"
)

// features collects the names and values of the flags while the alphabet is
// read, and then gives every feature its bits.
type features struct {
	index  map[string]int
	values []map[string]uint64 // by feature; values count from 1, 0 is unset
	uses   []flagUse           // by symbol
}

type flagUse struct {
	feature int
	value   uint64
}

func newFeatures() *features {
	return &features{index: make(map[string]int)}
}

// parse reads one symbol, "@OP.FEATURE.VALUE@", or the empty one.
func (f *features) parse(name string) (flag, error) {
	if name == "" {
		f.uses = append(f.uses, flagUse{feature: -1})
		return flag{}, nil
	}
	inner, ok := strings.CutSuffix(name[1:], "@")
	op, rest, dot := strings.Cut(inner, ".")
	feature, value, hasValue := strings.Cut(rest, ".")
	if !ok || !dot || feature == "" || hasValue && value == "" {
		return flag{}, formatError("flag %q is not understood", name)
	}
	var result flag
	switch {
	case op == "P" && hasValue, op == "C" && !hasValue:
		result.op = flagSet
	case op == "U" && hasValue:
		result.op = flagUnify
	case op == "R" && hasValue:
		result.op = flagRequire
	case op == "R":
		result.op = flagRequireAny
	case op == "D" && hasValue:
		result.op = flagDisallow
	case op == "D":
		result.op = flagDisallowAny
	default:
		return flag{}, formatError("flag %q is not understood", name)
	}
	at, known := f.index[feature]
	if !known {
		at = len(f.values)
		f.index[feature] = at
		f.values = append(f.values, make(map[string]uint64))
	}
	use := flagUse{feature: at}
	if hasValue {
		number, known := f.values[at][value]
		if !known {
			number = uint64(len(f.values[at])) + 1
			f.values[at][value] = number
		}
		use.value = number
	}
	f.uses = append(f.uses, use)
	return result, nil
}

// assign fills in the masks and values once all flags are known.
func (f *features) assign(flags []flag) error {
	shifts := make([]int, len(f.values))
	widths := make([]int, len(f.values))
	used := 0
	for i, values := range f.values {
		shifts[i] = used
		widths[i] = max(1, bits.Len(uint(len(values))))
		used += widths[i]
	}
	if used > 64 {
		return formatError("it has more flags than fit")
	}
	for i, use := range f.uses {
		if use.feature < 0 {
			continue
		}
		flags[i].mask = (1<<widths[use.feature] - 1) << shifts[use.feature]
		flags[i].value = use.value << shifts[use.feature]
	}
	return nil
}
