// Package searchbench measures whole searches over postings that the corpus
// makes up: how long they take, how that grows, what the index needs, how fast
// it fills and how fast it is read back from the database. It holds only
// benchmarks; make bench runs them.
package searchbench
