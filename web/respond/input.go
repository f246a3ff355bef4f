package respond

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
)

// Number reads a number of an address in its only spelling. Anything else is
// fault.ErrNotFound.
func Number(r *http.Request, name string) (int64, error) {
	text := chi.URLParam(r, name)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("number in an address: %w", fault.ErrNotFound)
	}
	return n, nil
}

// InvalidFields returns what err finds wrong in the fields of a form, and false
// when it is not about fields.
func InvalidFields(err error) ([]fault.FieldError, bool) {
	invalid, ok := errors.AsType[*fault.InvalidError](err)
	if !ok || len(invalid.Fields) == 0 {
		return nil, false
	}
	return invalid.Fields, true
}

const (
	// maxParts is more than the forms with a file have.
	maxParts = 12
	// maxField is as much as one of their fields can hold.
	maxField = 4 << 10
)

// Upload reads the fields of a form and its file, of which it takes one byte more
// than largest, so that the reader sees that it is too large. No file is no
// content.
func Upload(r *http.Request, largest int64) (name string, content []byte, values url.Values, err error) {
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
		isFile := part.FormName() == "file"
		b, err := readPart(part, isFile, largest)
		if err != nil {
			return "", nil, nil, readFault(err)
		}
		if isFile {
			name, content = part.FileName(), b
			continue
		}
		values.Add(part.FormName(), string(b))
	}
	return "", nil, nil, &fault.InvalidError{}
}

func readPart(part *multipart.Part, isFile bool, largest int64) ([]byte, error) {
	limit := int64(maxField)
	if isFile {
		limit = largest + 1
	}
	return io.ReadAll(io.LimitReader(part, limit))
}

// readFault tells a body that is too large from one that is broken.
func readFault(err error) error {
	if Status(err) == http.StatusRequestEntityTooLarge {
		return err
	}
	return &fault.InvalidError{}
}
