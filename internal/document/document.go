// Package document takes in documents that people send, such as a certificate
// that an officer has asked for. A document is told by its content and never by
// what its name or its sender says of it; pictures are drawn anew; everything is
// looked through by a malware scanner first and kept sealed.
package document

import (
	"context"
	"errors"
	"io"

	"tyomarkkinatori.fi/portal/internal/fault"
)

// Type is a media type that is taken in.
type Type string

// The types.
const (
	PDF  Type = "application/pdf"
	PNG  Type = "image/png"
	JPEG Type = "image/jpeg"
)

// Limits of what is taken in.
const (
	// MaxSize is the size of a document in bytes.
	MaxSize = 5 << 20
	// MaxPixels is the size of a picture, drawn.
	MaxPixels = 25_000_000
	// MaxSide is the longest side of a picture.
	MaxSide = 12_000
	// MaxOfSubject is how many documents one matter takes.
	MaxOfSubject = 10
)

// Scanner looks for malware. The gateway clamd fills it.
type Scanner interface {
	// Scan reads all of r. It returns nil for a clean document and ErrMalware
	// for one that is not; any other error means that it could not look.
	Scan(ctx context.Context, r io.Reader) error
}

var (
	// ErrMalware means that the scanner has found something.
	ErrMalware = errors.New("malware found")
	// ErrNotScanned means that the scanner did not answer; nothing is taken in
	// without it, and trying again may help.
	ErrNotScanned = errors.New("document not scanned")
)

// Clean is a document that has passed every check.
type Clean struct {
	Type Type
	// Name is a harmless file name with the ending of the type.
	Name    string
	Content []byte
}

func check(ctx context.Context, scanner Scanner, name string, content []byte) (Clean, error) {
	switch {
	case len(content) == 0:
		return Clean{}, refuse("document.file.missing")
	case len(content) > MaxSize:
		return Clean{}, refuse("document.file.large")
	}
	kind := typeOf(content)
	if kind == "" {
		return Clean{}, refuse("document.file.type")
	}
	if err := scan(ctx, scanner, content); err != nil {
		return Clean{}, err
	}
	clean := Clean{Type: kind, Name: tidyName(name, kind)}
	var err error
	switch kind {
	case PDF:
		clean.Content, err = content, checkPDF(content)
	case PNG, JPEG:
		clean.Content, err = redraw(ctx, kind, content)
	}
	if err != nil {
		return Clean{}, err
	}
	return clean, nil
}

func refuse(messageID string) error {
	var c fault.Checker
	c.Check(false, "file", messageID)
	return c.Err()
}
