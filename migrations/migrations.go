// Package migrations embeds the changes of the schema, oldest first. Each is
// expand-and-contract: the previous release runs on the schema after it.
package migrations

import "embed"

// FS holds one goose file for each migration.
//
//go:embed *.sql
var FS embed.FS
