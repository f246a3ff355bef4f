package corpus

import "math"

// dice is a small deterministic source of numbers (splitmix64). The standard
// library's generators would do, but their sequences may change with a release
// and the same seed must give the same postings for years.
type dice struct{ state uint64 }

func mix(parts ...uint64) uint64 {
	h := uint64(0x9E3779B97F4A7C15)
	for _, p := range parts {
		d := dice{state: h ^ p}
		h = d.next()
	}
	return h
}

func (d *dice) next() uint64 {
	d.state += 0x9E3779B97F4A7C15
	z := d.state
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB
	return z ^ (z >> 31)
}

// under returns a number in [0, n).
func (d *dice) under(n int) int {
	if n <= 1 {
		return 0
	}
	return int(d.next() >> 1 % uint64(n)) //nolint:gosec // below n, which is an int
}

// between returns a number in [low, high].
func (d *dice) between(low, high int) int { return low + d.under(high-low+1) }

// chance is true in percent of a hundred throws.
func (d *dice) chance(percent int) bool { return d.under(100) < percent }

// unit returns a number in [0, 1).
func (d *dice) unit() float64 { return float64(d.next()>>11) / (1 << 53) }

// skewed returns a number in [0, n), the low ones far more often: a few
// employers have many postings.
func (d *dice) skewed(n int) int { return int(math.Pow(d.unit(), 2.2) * float64(n)) }

func one[T any](d *dice, list []T) T { return list[d.under(len(list))] }

// weighted picks an index of cumulative weights.
func (d *dice) weighted(cumulative []int) int {
	at := d.under(cumulative[len(cumulative)-1])
	for i, c := range cumulative {
		if at < c {
			return i
		}
	}
	return len(cumulative) - 1
}
