package matcher

import (
	"fmt"
	"strings"

	"tyomarkkinatori.fi/portal/internal/search"
)

// A clause is a condition that searches share.
type clause struct {
	node node
	// keyed tells that the clause holds for no posting that has none of its
	// atoms, so that searches can be found by it.
	keyed bool
	// searches are the slots of those that stand under the clause.
	searches []uint32
	// seen is how many postings it has held for.
	seen uint32
	// held is what it holds for in the batch of the stamp.
	held    bitset
	stamp   uint32
	visited uint32
}

// A node is a condition over atoms.
type node struct {
	kind  kind
	atom  uint32
	below []node
}

type kind byte

const (
	isAtom kind = iota
	isAnd
	isOr
	isNot
)

// clause returns the number of the clause that says what n says.
func (s *Set) clause(n search.Node) uint32 {
	var b strings.Builder
	write(&b, n)
	text := b.String()
	if at, ok := s.byText[text]; ok {
		return at
	}
	at := uint32(len(s.clauses)) //nolint:gosec // far fewer
	s.byText[text] = at
	atoms := map[uint32]bool{}
	c := clause{node: s.node(n)}
	c.keyed = c.node.keys(atoms)
	s.clauses = append(s.clauses, c)
	if c.keyed {
		for atom := range atoms {
			s.atoms.clauses[atom] = append(s.atoms.clauses[atom], at)
		}
	}
	return at
}

// write writes a condition so that two that differ are written otherwise.
func write(b *strings.Builder, n search.Node) {
	list := func(name string, nodes []search.Node) {
		b.WriteString(name)
		for _, n := range nodes {
			write(b, n)
		}
		b.WriteByte(')')
	}
	switch n := n.(type) {
	case search.And:
		list("&(", n)
	case search.Or:
		list("|(", n)
	case search.Not:
		list("!(", []search.Node{n.Node})
	default:
		fmt.Fprintf(b, "%T%q;", n, fmt.Sprint(n))
	}
}

func (s *Set) node(n search.Node) node {
	below := func(kind kind, nodes []search.Node) node {
		all := make([]node, len(nodes))
		for i, n := range nodes {
			all[i] = s.node(n)
		}
		return node{kind: kind, below: all}
	}
	switch n := n.(type) {
	case search.And:
		return below(isAnd, n)
	case search.Or:
		return below(isOr, n)
	case search.Not:
		return below(isNot, []search.Node{n.Node})
	}
	atom, fresh := s.atoms.add(n)
	if fresh {
		// What is known of words does not tell of the new atom.
		clear(s.lexicon)
	}
	return node{kind: isAtom, atom: atom}
}

// keys adds to atoms such that the condition holds only where one of them does,
// and reports whether there are such.
func (n *node) keys(atoms map[uint32]bool) bool {
	switch n.kind {
	case isAtom:
		atoms[n.atom] = true
		return true
	case isOr:
		for i := range n.below {
			if !n.below[i].keys(atoms) {
				return false
			}
		}
		return true
	case isAnd:
		for i := range n.below {
			mine := map[uint32]bool{}
			if n.below[i].keys(mine) {
				for atom := range mine {
					atoms[atom] = true
				}
				return true
			}
		}
	case isNot:
	}
	return false
}

// hold returns the postings of the batch that a clause holds for.
func (s *Set) hold(n uint32) bitset {
	c, m := &s.clauses[n], &s.memory
	if c.stamp != m.stamp || c.held == nil {
		c.stamp = m.stamp
		c.held = m.keep()
		s.eval(c.held, &c.node)
	}
	return c.held
}

// eval puts into dst, which may hold anything, what a condition holds for.
func (s *Set) eval(dst bitset, n *node) {
	m := &s.memory
	switch n.kind {
	case isAtom:
		if b := m.byAtom[n.atom]; b != nil {
			copy(dst, b)
			return
		}
		clear(dst)
	case isAnd, isOr:
		if n.kind == isAnd {
			copy(dst, m.all)
		} else {
			clear(dst)
		}
		t := m.take()
		for i := range n.below {
			if below := &n.below[i]; below.kind == isAtom {
				dst.join(n.kind, m.byAtom[below.atom])
			} else {
				s.eval(t, below)
				dst.join(n.kind, t)
			}
		}
		m.give(t)
	case isNot:
		s.eval(dst, &n.below[0])
		for i := range dst {
			dst[i] = m.all[i] &^ dst[i]
		}
	}
}
