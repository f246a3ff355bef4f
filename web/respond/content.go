package respond

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tyomarkkinatori.fi/portal/internal/fault"
)

// maxFields is how many values a form may hold.
const maxFields = 200

// Content answers 200 with a finished body that is no page: a feed, a calendar.
func Content(w http.ResponseWriter, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// Form returns the fields of a POST. It refuses other content types than a
// form's own and too many fields. What no text may hold, NUL and bytes that are
// not UTF-8, becomes U+FFFD, so that it can be shown at its field.
func Form(r *http.Request) (url.Values, error) {
	contentType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(contentType), "application/x-www-form-urlencoded") {
		return nil, &fault.InvalidError{}
	}
	if err := r.ParseForm(); err != nil {
		if Status(err) == http.StatusRequestEntityTooLarge {
			return nil, err
		}
		return nil, &fault.InvalidError{}
	}
	n := 0
	for name, values := range r.PostForm {
		if name != legible(name) {
			return nil, &fault.InvalidError{}
		}
		for i, v := range values {
			values[i] = legible(v)
		}
		n += len(values)
	}
	if n > maxFields {
		return nil, &fault.InvalidError{}
	}
	return r.PostForm, nil
}

// legible is s with the replacement character for what is no text.
func legible(s string) string {
	const replacement = "\uFFFD"
	return strings.ReplaceAll(strings.ToValidUTF8(s, replacement), "\x00", replacement)
}

// AcceptsGzip reports whether the reader takes gzip.
func AcceptsGzip(r *http.Request) bool {
	for _, line := range r.Header["Accept-Encoding"] {
		for coding := range strings.SplitSeq(line, ",") {
			name, weight, weighted := strings.Cut(coding, ";")
			if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
				continue
			}
			if !weighted {
				return true
			}
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
			return err == nil && q > 0
		}
	}
	return false
}
