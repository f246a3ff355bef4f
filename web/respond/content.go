package respond

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

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
// form's own, too many fields, and text that is not UTF-8 or holds NUL.
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
		for _, v := range append(values, name) {
			if !utf8.ValidString(v) || strings.IndexByte(v, 0) >= 0 {
				return nil, &fault.InvalidError{}
			}
		}
		n += len(values)
	}
	if n > maxFields {
		return nil, &fault.InvalidError{}
	}
	return r.PostForm, nil
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
