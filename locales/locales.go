// Package locales embeds the message catalogues, one TOML file for each
// section of the service and language: <section>.<language>.toml.
package locales

import "embed"

// FS holds the catalogues.
//
//go:embed *.toml
var FS embed.FS
