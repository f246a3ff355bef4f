package datarequests

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/web/respond"
)

// maxParts is more than the forms have.
const maxParts = 12

// readUpload reads the fields of a form and its file. No file is no content.
func readUpload(r *http.Request) (name string, content []byte, values url.Values, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return "", nil, nil, &fault.InvalidError{}
	}
	values = url.Values{}
	for range maxParts {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return name, content, values, nil
		}
		if err != nil {
			return "", nil, nil, readFault(err)
		}
		b, err := readPart(part)
		if err != nil {
			return "", nil, nil, readFault(err)
		}
		if part.FormName() == "file" {
			name, content = part.FileName(), b
			continue
		}
		values.Add(part.FormName(), string(b))
	}
	return "", nil, nil, &fault.InvalidError{}
}

// readPart reads a file to one byte more than it may have, and a field to as much
// as a field of these forms can hold.
func readPart(part *multipart.Part) ([]byte, error) {
	limit := int64(4 << 10)
	if part.FormName() == "file" {
		limit = document.MaxSize + 1
	}
	return io.ReadAll(io.LimitReader(part, limit))
}

// readFault tells a body that is too large from one that is broken.
func readFault(err error) error {
	if respond.Status(err) == http.StatusRequestEntityTooLarge {
		return err
	}
	return &fault.InvalidError{}
}

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
