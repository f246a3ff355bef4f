package document_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"path"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/secret"
)

const pdf = "%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"

// pest is what the scanner of these tests finds.
const pest = "the pest that every scanner knows"

// scanner is one that answers by itself; away, it does not.
type scanner struct{ away bool }

func (s *scanner) Scan(_ context.Context, r io.Reader) error {
	content, err := io.ReadAll(r)
	switch {
	case err != nil:
		return err
	case s.away:
		return errors.New("no answer")
	case bytes.Contains(content, []byte(pest)):
		return document.ErrMalware
	}
	return nil
}

type desk struct {
	*document.Documents

	db      *postgres.DB
	scanner *scanner
}

func newDesk(t *testing.T) desk {
	t.Helper()
	d := desk{db: pgtest.New(t), scanner: &scanner{}}
	d.Documents = document.New(d.db, keyring(t, secret.GenerateKeyring()), d.scanner)
	return d
}

func picture(w, h int) *image.RGBA {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			p.Set(x, y, color.RGBA{R: uint8(x * 7), G: uint8(y * 5), B: 200, A: 255})
		}
	}
	return p
}

func asPNG(t *testing.T, p image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, p); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func asJPEG(t *testing.T, p image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, p, nil); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// hugePNG says that it is side by side pixels and holds next to nothing.
func hugePNG(t *testing.T, side uint32) []byte {
	t.Helper()
	b := asPNG(t, picture(2, 2))
	binary.BigEndian.PutUint32(b[16:], side)
	binary.BigEndian.PutUint32(b[20:], side)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

func TestWhatLiesOrHarmsIsRefused(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	for _, test := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"nothing", nil, "document.file.missing"},
		{"more than five mebibytes", bytes.Repeat([]byte("x"), document.MaxSize+1), "document.file.large"},
		{"a page called .pdf", []byte("<!doctype html><script>alert(1)</script>"), "document.file.type"},
		{"a drawing with a script", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "document.file.type"},
		{"an archive", []byte("PK\x03\x04 something"), "document.file.type"},
		{"a program", []byte("MZ\x90\x00"), "document.file.type"},
		{"a PDF that begins late", []byte("<html>" + pdf), "document.file.type"},
		{"a PDF and a page", []byte(strings.Replace(pdf, "1 0 obj", "<html><script>alert(1)</script>\n1 0 obj", 1)), "document.file.broken"},
		{"a PDF and a page behind it", []byte(pdf + "<html><script>alert(1)</script>"), "document.file.broken"},
		{"a PDF and an archive", []byte(strings.Replace(pdf, "%%EOF", "PK\x05\x06\x00\x00\x00\x00\x00\x00\n%%EOF", 1)), "document.file.broken"},
		{"half a PDF", []byte(pdf[:40]), "document.file.broken"},
		{"a PDF that runs a script", []byte(strings.Replace(pdf, "/Catalog", "/Catalog /OpenAction << /S /JavaScript /JS (app.alert(1)) >>", 1)), "document.file.active"},
		{"a PDF that hides its script", []byte(strings.Replace(pdf, "/Catalog", "/Catalog /AA << /S /J#61vaScript >>", 1)), "document.file.active"},
		{"a PDF that starts a program", []byte(strings.Replace(pdf, "/Catalog", "/Catalog /A << /S /Launch >>", 1)), "document.file.active"},
		{"a locked PDF", []byte(strings.Replace(pdf, "/Root 1 0 R", "/Root 1 0 R /Encrypt 2 0 R", 1)), "document.file.locked"},
		{"the pest", []byte(strings.Replace(pdf, "endobj", pest+"\nendobj", 1)), "document.file.malware"},
		{"twenty thousand pixels square", hugePNG(t, 20_000), "document.file.pixels"},
		{"two thousand million pixels square", hugePNG(t, 1<<31-1), "document.file.broken"},
		{"a picture without its pixels", hugePNG(t, 4000), "document.file.broken"},
		{"half a photograph", asJPEG(t, picture(300, 300))[:2000], "document.file.broken"},
	} {
		_, err := d.Check(t.Context(), "x.pdf", test.content)
		invalid, ok := errors.AsType[*fault.InvalidError](err)
		if !ok || invalid.Fields[0].Field != "file" || invalid.Fields[0].MessageID != test.want {
			t.Errorf("%s: got %+v, want %s", test.name, err, test.want)
		}
	}
}

func TestPicturesAreDrawnAnew(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	tail := "<script>alert(1)</script>PK\x05\x06"
	for kind, content := range map[document.Type][]byte{
		document.PNG:  append(asPNG(t, picture(40, 30)), tail...),
		document.JPEG: append(asJPEG(t, picture(40, 30)), tail...),
	} {
		clean, err := d.Check(t.Context(), "x", content)
		if err != nil {
			t.Fatal(err)
		}
		if clean.Type != kind || bytes.Contains(clean.Content, []byte("script")) {
			t.Errorf("%s: got %s with %q", kind, clean.Type, clean.Content)
		}
		p, _, err := image.Decode(bytes.NewReader(clean.Content))
		if err != nil || p.Bounds().Dx() != 40 || p.Bounds().Dy() != 30 {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestAPhotographTakenSidewaysStandsUpright(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	plain := asJPEG(t, picture(40, 30))
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	segment := append([]byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	content := append(append(bytes.Clone(plain[:2]), segment...), plain[2:]...)
	clean, err := d.Check(t.Context(), "x", content)
	if err != nil {
		t.Fatal(err)
	}
	p, err := jpeg.Decode(bytes.NewReader(clean.Content))
	if err != nil || p.Bounds().Dx() != 30 || p.Bounds().Dy() != 40 {
		t.Errorf("got %v, %v", p.Bounds(), err)
	}
	if bytes.Contains(clean.Content, []byte("Exif")) {
		t.Error("what the camera wrote is still there")
	}
}

func TestNamesAreHarmless(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	for name, want := range map[string]string{
		"../../x":                       "x.pdf",
		`C:\Users\liisa\todistus.PDF`:   "todistus.pdf",
		"todistus\u202efdp.exe":         "todistusfdp.pdf",
		"a\r\nSet-Cookie: b":            "a Set-Cookie b.pdf",
		"":                              "document.pdf",
		"..":                            "document.pdf",
		"Äyrämö & O'Neill.pdf":          "Äyrämö & O'Neill.pdf",
		"lasku.html":                    "lasku.pdf",
		strings.Repeat("ä", 300):        strings.Repeat("ä", 80) + ".pdf",
		"\xff\xfe" + "nimi":             "nimi.pdf",
		"asiakirja 1.2 luonnos nro 1.5": "asiakirja 1.2 luonnos nro 1.pdf",
	} {
		clean, err := d.Check(t.Context(), name, []byte(pdf))
		if err != nil || clean.Name != want {
			t.Errorf("%q: got %q, %v; want %q", name, clean.Name, err, want)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("../../x")
	f.Add("a\u202e.pdf\x00")
	f.Fuzz(func(t *testing.T, name string) {
		clean, err := document.New(nil, nil, never{}).Check(t.Context(), name, []byte(pdf))
		if err != nil {
			t.Fatal(err)
		}
		n := clean.Name
		if !utf8.ValidString(n) || path.Base(n) != n || !strings.HasSuffix(n, ".pdf") || n == ".pdf" || n[0] == '.' || utf8.RuneCountInString(n) > 84 {
			t.Errorf("%q became %q", name, n)
		}
		if strings.ContainsFunc(n, func(r rune) bool { return !unicode.IsGraphic(r) || strings.ContainsRune(`/\"`, r) }) {
			t.Errorf("%q became %q", name, n)
		}
	})
}

// FuzzContent looks for what makes the checks fail otherwise than by refusing.
func FuzzContent(f *testing.F) {
	f.Add([]byte(pdf))
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, content []byte) {
		clean, err := document.New(nil, nil, never{}).Check(t.Context(), "x", content)
		if _, invalid := errors.AsType[*fault.InvalidError](err); err != nil && !invalid {
			t.Fatal(err)
		}
		if err == nil && len(clean.Content) == 0 {
			t.Error("took in nothing")
		}
	})
}

// never finds nothing.
type never struct{}

func (never) Scan(context.Context, io.Reader) error { return nil }

func TestNothingIsTakenInWhileTheScannerIsAway(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	d.scanner.away = true
	if _, err := d.Check(t.Context(), "x", []byte(pdf)); !errors.Is(err, document.ErrNotScanned) {
		t.Errorf("away: got %v", err)
	}
	if _, err := document.New(d.db, nil, nil).Check(t.Context(), "x", []byte(pdf)); !errors.Is(err, document.ErrNotScanned) {
		t.Errorf("none: got %v", err)
	}
}

func TestDocumentsAreKeptSealedAndOnlyForTheirMatter(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	sender := identity.Session{ID: 1, PersonID: 5, Kind: identity.KindPerson}
	matter := audit.Ref{Kind: "request", ID: "1"}
	keep := func(submission, name string) error {
		clean, err := d.Check(t.Context(), name, []byte(pdf))
		if err != nil {
			t.Fatal(err)
		}
		return d.db.InTx(t.Context(), func(tx *postgres.Tx) error {
			return d.Keep(t.Context(), tx, sender, submission, matter, clean)
		})
	}
	for range 3 {
		if err := keep("a", "canary-name.pdf"); err != nil {
			t.Fatal(err)
		}
	}
	all, err := d.Of(t.Context(), matter)
	if err != nil || len(all) != 1 || all[0].Name != "canary-name.pdf" || all[0].UploadedBy != 5 {
		t.Fatalf("got %+v, %v", all, err)
	}
	var plain bool
	err = d.db.QueryRow(t.Context(), `SELECT count(*) > 0 FROM document WHERE position('canary'::bytea IN name) > 0 OR position('%PDF'::bytea IN content) > 0`).Scan(&plain)
	if err != nil || plain {
		t.Errorf("stored in clear: %v, %v", plain, err)
	}

	officer := audit.Ref{Kind: "staff", ID: "9"}
	doc, content, err := d.Open(t.Context(), officer, matter, all[0].Key)
	if err != nil || string(content) != pdf || doc.Type != document.PDF {
		t.Errorf("got %+v, %v", doc, err)
	}
	if _, _, err := d.Open(t.Context(), officer, audit.Ref{Kind: "request", ID: "2"}, all[0].Key); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("another matter: got %v", err)
	}
	var opened int
	if err := d.db.QueryRow(t.Context(), "SELECT count(*) FROM audit_event WHERE action = 'document.opened'").Scan(&opened); err != nil || opened != 1 {
		t.Errorf("%d openings in the audit log, %v", opened, err)
	}

	for n := range document.MaxOfSubject - 1 {
		if err := keep("b"+strings.Repeat("b", n), "x"); err != nil {
			t.Fatal(err)
		}
	}
	if _, invalid := errors.AsType[*fault.InvalidError](keep("c", "x")); !invalid {
		t.Error("took in more than a matter may have")
	}
}

func TestDocumentsMoveToANewKey(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	lines := secret.GenerateKeyring()
	matter := audit.Ref{Kind: "request", ID: "1"}
	old := keyring(t, lines)
	before := document.New(d.db, old, never{})
	err := d.db.InTx(t.Context(), func(tx *postgres.Tx) error {
		return before.Keep(t.Context(), tx, identity.Session{PersonID: 5}, "a", matter, document.Clean{Type: document.PDF, Name: "x.pdf", Content: []byte(pdf)})
	})
	if err != nil {
		t.Fatal(err)
	}
	after := document.New(d.db, keyring(t, secret.GenerateKey("newer")+"\n"+lines), never{})
	if n, err := after.Reseal(t.Context(), 10); n != 1 || err != nil {
		t.Fatalf("resealed %d, %v", n, err)
	}
	if n, err := after.Reseal(t.Context(), 10); n != 0 || err != nil {
		t.Errorf("resealed %d more, %v", n, err)
	}
	all, err := after.Of(t.Context(), matter)
	if err != nil {
		t.Fatal(err)
	}
	if _, content, err := after.Open(t.Context(), audit.System("test"), matter, all[0].Key); err != nil || string(content) != pdf {
		t.Errorf("got %q, %v", content, err)
	}
	if _, err := before.Of(t.Context(), matter); err == nil {
		t.Error("opened with the old key")
	}
}

func keyring(t *testing.T, text string) *secret.Keyring {
	t.Helper()
	k, err := secret.NewKeyring(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
