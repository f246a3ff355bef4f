package terms

// step is a stretch of two lists: either the same in both, or what stands in
// place of what.
type step struct {
	change                             Change
	before, beforeEnd, after, afterEnd int
}

// maxCells bounds the work of comparing two stretches; longer ones that have no
// word of their own in common are taken for replaced as a whole.
const maxCells = 1 << 22

// compare returns the steps from a to b.
func compare(a, b []string) []step {
	c := comparison{a: a, b: b}
	c.run(0, len(a), 0, len(b))
	return c.steps
}

type comparison struct {
	a, b  []string
	steps []step
}

// run compares a[i:iEnd] with b[j:jEnd]: what is the same at both ends first,
// then between the items that each side has once.
func (c *comparison) run(i, iEnd, j, jEnd int) {
	start := 0
	for i+start < iEnd && j+start < jEnd && c.a[i+start] == c.b[j+start] {
		start++
	}
	c.add(Kept, i, i+start, j, j+start)
	i, j = i+start, j+start
	end := 0
	for iEnd-end > i && jEnd-end > j && c.a[iEnd-end-1] == c.b[jEnd-end-1] {
		end++
	}
	defer c.add(Kept, iEnd-end, iEnd, jEnd-end, jEnd)
	c.between(i, iEnd-end, j, jEnd-end)
}

func (c *comparison) between(i, iEnd, j, jEnd int) {
	switch {
	case i == iEnd || j == jEnd:
		c.add(Rewritten, i, iEnd, j, jEnd)
	case (iEnd-i+1)*(jEnd-j+1) <= maxCells:
		c.exactly(i, iEnd, j, jEnd)
	default:
		anchors := c.anchors(i, iEnd, j, jEnd)
		if len(anchors) == 0 {
			c.add(Rewritten, i, iEnd, j, jEnd)
			return
		}
		for _, at := range anchors {
			c.run(i, at[0], j, at[1])
			c.add(Kept, at[0], at[0]+1, at[1], at[1]+1)
			i, j = at[0]+1, at[1]+1
		}
		c.run(i, iEnd, j, jEnd)
	}
}

// exactly finds the longest common subsequence.
func (c *comparison) exactly(i, iEnd, j, jEnd int) {
	n, m := iEnd-i, jEnd-j
	length := make([]int32, (n+1)*(m+1))
	at := func(x, y int) *int32 { return &length[x*(m+1)+y] }
	for x := n - 1; x >= 0; x-- {
		for y := m - 1; y >= 0; y-- {
			if c.a[i+x] == c.b[j+y] {
				*at(x, y) = *at(x+1, y+1) + 1
			} else {
				*at(x, y) = max(*at(x+1, y), *at(x, y+1))
			}
		}
	}
	x, y := 0, 0
	for x < n && y < m {
		fromX, fromY := x, y
		for x < n && y < m && c.a[i+x] == c.b[j+y] {
			x, y = x+1, y+1
		}
		c.add(Kept, i+fromX, i+x, j+fromY, j+y)
		fromX, fromY = x, y
		for x < n && y < m && c.a[i+x] != c.b[j+y] {
			if *at(x+1, y) >= *at(x, y+1) {
				x++
			} else {
				y++
			}
		}
		c.add(Rewritten, i+fromX, i+x, j+fromY, j+y)
	}
	c.add(Rewritten, i+x, iEnd, j+y, jEnd)
}

// anchors returns items that each side has once, in an order that both have.
func (c *comparison) anchors(i, iEnd, j, jEnd int) [][2]int {
	type seen struct{ inA, inB, at int }
	count := map[string]*seen{}
	for x := i; x < iEnd; x++ {
		s := count[c.a[x]]
		if s == nil {
			s = &seen{}
			count[c.a[x]] = s
		}
		s.inA++
		s.at = x
	}
	for y := j; y < jEnd; y++ {
		if s := count[c.b[y]]; s != nil {
			s.inB++
		}
	}
	// The longest rising run of places in a, by patience sorting.
	var places [][2]int
	var piles, previous []int
	for y := j; y < jEnd; y++ {
		s := count[c.b[y]]
		if s == nil || s.inA != 1 || s.inB != 1 {
			continue
		}
		low, high := 0, len(piles)
		for low < high {
			if middle := (low + high) / 2; places[piles[middle]][0] < s.at {
				low = middle + 1
			} else {
				high = middle
			}
		}
		before := -1
		if low > 0 {
			before = piles[low-1]
		}
		places, previous = append(places, [2]int{s.at, y}), append(previous, before)
		if low == len(piles) {
			piles = append(piles, 0)
		}
		piles[low] = len(places) - 1
	}
	rising := make([][2]int, len(piles))
	if len(piles) == 0 {
		return nil
	}
	for at, k := piles[len(piles)-1], len(piles)-1; k >= 0; at, k = previous[at], k-1 {
		rising[k] = places[at]
	}
	return rising
}

// add joins what goes on from the step before.
func (c *comparison) add(change Change, i, iEnd, j, jEnd int) {
	if i == iEnd && j == jEnd {
		return
	}
	if n := len(c.steps); n > 0 && c.steps[n-1].change == change {
		c.steps[n-1].beforeEnd, c.steps[n-1].afterEnd = iEnd, jEnd
		return
	}
	c.steps = append(c.steps, step{change, i, iEnd, j, jEnd})
}
