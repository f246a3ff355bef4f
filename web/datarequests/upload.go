package datarequests

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"tyomarkkinatori.fi/portal/internal/document"
)

// attach answers with a document as a file to be kept. Should a browser show it
// all the same, it does so in a box that can do nothing.
func attach(w http.ResponseWriter, doc document.Document, content []byte) {
	h := w.Header()
	kind := string(doc.Type)
	if strings.HasPrefix(kind, "text/") { // the portal's own copy
		kind += "; charset=utf-8"
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": doc.Name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(content) //nolint:gosec // of a type that was checked, and in a box
}
