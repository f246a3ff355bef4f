package finnish

import "sort"

// Bounds of the work on one word, whatever tries it takes. A word of ordinary
// text takes a few hundred steps; a forged file or a forged word cannot take
// more than these.
const (
	maxWordLetters = 100
	maxSteps       = 100_000
	maxDepth       = 400
	maxPaths       = 400
	maxAnalyses    = 24
	// From this many transitions on, halving beats walking in order.
	searchFrom = 24
)

// A walker follows one word through the transducer, depth first.
type walker struct {
	machine *transducer
	input   []uint16
	output  []uint16
	steps   int
	paths   int
	reading reading
}

// load turns a word into symbols, and says whether all its letters are known.
func (w *walker) load(word string) bool {
	w.input = w.input[:0]
	for _, r := range word {
		s := w.machine.letter(r)
		if s == 0 || len(w.input) == maxWordLetters {
			return false
		}
		w.input = append(w.input, s)
	}
	return len(w.input) > 0
}

// run finds the readings of input, which load has prepared.
func (w *walker) run(input []uint16) {
	w.paths = 0
	w.output = w.output[:0]
	w.reading.reset()
	w.follow(0, input, 0)
}

// follow returns false when the walk has used up its allowance.
func (w *walker) follow(s int, rest []uint16, flags uint64) bool {
	m := w.machine
	first, from, to, ok := m.state(s)
	if !ok || len(w.output) >= maxDepth {
		return ok
	}
	var want uint16
	if len(rest) > 0 {
		want = rest[0]
	}
	for i, t := from, first; ; i++ {
		in := t.input()
		switch {
		case in == symbolFinal:
			if len(rest) == 0 && !w.accept() {
				return false
			}
		case int(in) < len(m.flags):
			if next, pass := m.flags[in].apply(flags); pass && !w.step(t, rest, next) {
				return false
			}
		case in == want:
			if !w.step(t, rest[1:], flags) {
				return false
			}
		case in > want:
			return true
		case to-i >= searchFrom:
			// Only letters follow, in order.
			tail := m.transitions[i:to]
			i += sort.Search(len(tail), func(k int) bool { return tail[k].input() >= want })
			if i == to {
				return true
			}
			t = m.transitions[i]
			continue
		}
		if i >= to {
			return true
		}
		t = m.transitions[i]
	}
}

func (w *walker) step(t transition, rest []uint16, flags uint64) bool {
	w.steps++
	if w.steps > maxSteps {
		return false
	}
	w.output = append(w.output, t.output())
	ok := w.follow(t.target(), rest, flags)
	w.output = w.output[:len(w.output)-1]
	return ok
}

func (w *walker) accept() bool {
	w.paths++
	w.reading.add(w.machine, w.output)
	return w.paths < maxPaths && len(w.reading.found) < maxAnalyses
}
