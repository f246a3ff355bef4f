package document

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// typeOf tells a type by the first bytes; "" for none that is taken in.
func typeOf(content []byte) Type {
	switch {
	case bytes.HasPrefix(content, []byte("%PDF-")):
		return PDF
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return PNG
	case bytes.HasPrefix(content, []byte("\xff\xd8\xff")):
		return JPEG
	}
	return ""
}

func scan(ctx context.Context, scanner Scanner, content []byte) error {
	if scanner == nil {
		return fmt.Errorf("no scanner: %w", ErrNotScanned)
	}
	err := scanner.Scan(ctx, bytes.NewReader(content))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrMalware):
		return refuse("document.file.malware")
	}
	return fmt.Errorf("scan document: %w: %w", ErrNotScanned, err)
}

var (
	pdfHeader = regexp.MustCompile(`^%PDF-[12]\.[0-9][\r\n \t]`)
	// pdfName finds the names of a PDF; a letter may be written as #xx.
	pdfName = regexp.MustCompile(`/[A-Za-z0-9#]{2,40}`)
	// markup finds the beginning of a page for a browser.
	markup = regexp.MustCompile(`(?i)<(!doctype|html|head|body|script|iframe|svg|object|embed)[\s>/]`)
)

// activePDF are names behind which a PDF does something by itself.
func activePDF(name string) bool {
	return slices.Contains([]string{"/JavaScript", "/JS", "/Launch", "/RichMedia", "/EmbeddedFile", "/EmbeddedFiles"}, name)
}

// headSize is how far into a file readers look for what it is.
const headSize = 1024

// maxZipTail is how far from its end a zip archive is found.
const maxZipTail = 22 + 1<<16

// checkPDF refuses a PDF that is something else besides, that acts by itself, or
// that cannot be looked into.
func checkPDF(content []byte) error {
	end := bytes.LastIndex(content, []byte("%%EOF"))
	switch {
	case !pdfHeader.Match(content), end < 0, len(bytes.Trim(content[end+5:], "\r\n\t \x00")) > 0:
		return refuse("document.file.broken")
	case markup.Match(content[:min(headSize, len(content))]),
		bytes.Contains(content[max(0, len(content)-maxZipTail):], []byte("PK\x05\x06")):
		return refuse("document.file.broken")
	}
	for _, raw := range pdfName.FindAll(content, -1) {
		switch name := plainName(string(raw)); {
		case name == "/Encrypt":
			return refuse("document.file.locked")
		case activePDF(name):
			return refuse("document.file.active")
		}
	}
	return nil
}

// plainName writes #xx in a PDF's name as the letter it stands for.
func plainName(raw string) string {
	var b []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) {
			if n, err := strconv.ParseUint(raw[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(n))
				i += 2
				continue
			}
		}
		b = append(b, raw[i])
	}
	return string(b)
}
