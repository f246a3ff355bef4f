// Package static serves the style sheet, fonts, pictures and the one script.
// Each file's address holds a hash of its content, so that it may be kept for
// ever and a changed file is another file.
package static

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

//go:embed css/*.css fonts/*.woff2 img/*.svg js/*.js
var files embed.FS

// Pattern is the router pattern of all files.
const Pattern = "/static/*"

const prefix = "/static/"

// sheet is the name of the style sheet, which is made of the parts in css.
const sheet = "site.css"

// fontPlaceholder stands in the style sheet before the name of a font.
const fontPlaceholder = "../fonts/"

type file struct {
	contentType string
	plain       []byte
	// compressed is nil when compressing gains nothing.
	compressed []byte
}

type collection struct {
	address map[string]string // by name
	file    map[string]*file  // by address
	version string
}

//nolint:gochecknoglobals // made of embedded files, never changed
var all = load()

// Href returns the address of the file called name, which must exist.
func Href(name string) string {
	if address, ok := all.address[name]; ok {
		return address
	}
	panic("no static file " + name)
}

// Version changes when any of the files does.
func Version() string { return all.version }

// load panics on a fault, which only a broken build has.
func load() collection {
	c := collection{address: map[string]string{}, file: map[string]*file{}}
	sum := sha256.New()
	var style []byte
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		if path.Dir(name) == "css" {
			style = append(style, b...)
			return nil
		}
		c.add(name, b)
		return nil
	})
	if err != nil {
		panic(err)
	}
	for _, name := range c.names() {
		base, isFont := strings.CutPrefix(name, "fonts/")
		if isFont {
			style = bytes.ReplaceAll(style, []byte(fontPlaceholder+base), []byte(c.address[name]))
		}
	}
	c.add(sheet, style)
	for _, name := range c.names() {
		sum.Write([]byte(c.address[name]))
	}
	c.version = hex.EncodeToString(sum.Sum(nil)[:6])
	return c
}

func (c collection) names() []string {
	names := make([]string, 0, len(c.address))
	for name := range c.address {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (c collection) add(name string, b []byte) {
	sum := sha256.Sum256(b)
	ext := path.Ext(name)
	address := prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	f := &file{plain: b, contentType: contentTypes[ext]}
	if f.contentType == "" {
		panic("no content type for " + name)
	}
	if ext != ".woff2" {
		f.compressed = compress(b)
	}
	c.address[name] = address
	c.file[address] = f
}

//nolint:gochecknoglobals // a constant table
var contentTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

func compress(b []byte) []byte {
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(b) // a bytes.Buffer takes everything
	_ = w.Close()
	return buf.Bytes()
}

// Serve answers with the file at the request's path and reports whether there
// is one. acceptsGzip tells whether the reader can take it compressed.
func Serve(w http.ResponseWriter, r *http.Request, acceptsGzip bool) bool {
	f, ok := all.file[r.URL.Path]
	if !ok {
		return false
	}
	f.serve(w, acceptsGzip, "public, max-age=31536000, immutable")
	return true
}

// ServeIcon answers with the icon at an address that cannot change.
func ServeIcon(w http.ResponseWriter, acceptsGzip bool) {
	all.file[all.address["img/icon.svg"]].serve(w, acceptsGzip, "public, max-age=86400")
}

func (f *file) serve(w http.ResponseWriter, acceptsGzip bool, cacheControl string) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", cacheControl)
	body := f.plain
	if f.compressed != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip {
			h.Set("Content-Encoding", "gzip")
			body = f.compressed
		}
	}
	_, _ = w.Write(body)
}
