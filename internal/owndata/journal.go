package owndata

// Journal is the file that remembers, outside of the database and its backups,
// whose accounts are gone.
type Journal struct{ path string }

// NewJournal returns the journal at path.
func NewJournal(path string) *Journal { return &Journal{path} }
