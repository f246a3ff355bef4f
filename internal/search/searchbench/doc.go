// Package searchbench measures whole searches over postings that the corpus
// makes up: how long they take, how that grows, what the index needs, how fast
// it fills and how fast it is read back from the database. Beside the benchmarks,
// which make bench runs, it holds the mix of searches that others measure with.
package searchbench
