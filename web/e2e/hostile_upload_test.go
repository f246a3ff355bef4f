package e2e_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// eicar is the text that every scanner of viruses takes for one.
const eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// picture is a small PNG; bomb says that it is 20,000 pixels wide and high.
func picture(t *testing.T) (whole, bomb []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	bomb = bytes.Clone(b.Bytes())
	binary.BigEndian.PutUint32(bomb[16:], 20_000)
	binary.BigEndian.PutUint32(bomb[20:], 20_000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	return b.Bytes(), bomb
}

// TestUploadsThatLie sends files that are not what they say: none is kept. What
// is kept comes to the officer as a file to save, under a name that does no harm.
func TestUploadsThatLie(t *testing.T) {
	t.Parallel()

	s := set(t)
	v := s.visitor("long").logIn(t).actFor(t, "long")
	id := v.apply(t, "tikka", "work_ability")
	s.has(t, id, "in_review")
	o := s.officers["applications"].copied()
	path := casePages + id
	o.see(t, path)
	o.send(t, path+"/ota", nil)
	o.see(t, path+"/asiakirjapyynto")
	o.send(t, path+"/asiakirjapyynto", url.Values{"message": {"Lähettäkää selvitys tikasta."}})
	request := fmt.Sprint("/fi/pyynnot/", s.number(t, `SELECT id FROM review_request WHERE application_id = `+id))
	documents := `SELECT count(*) FROM document WHERE subject_kind = 'request' AND subject_id = '` + number(t, request) + `'`

	whole, bomb := picture(t)
	for _, f := range []struct {
		what, name, kind string
		content          []byte
	}{
		{"a program called a PDF", "a.pdf", "application/pdf", []byte("MZ\x90\x00\x03\x00\x00\x00")},
		{"a page called a PDF", "a.pdf", "application/pdf", []byte("<!doctype html><script>alert(1)</script>")},
		{"a page that says it is a PDF further down", "a.pdf", "application/pdf", append([]byte("<html><script>alert(1)</script>"), pdf...)},
		{"a drawing with scripts", "a.svg", "image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)},
		{"a drawing called a PNG", "a.png", "image/png", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)},
		{"a broken PNG", "a.png", "image/png", whole[:40]},
		{"a PNG that would be huge", "a.png", "image/png", bomb},
		{"an archive", "a.docx", "application/zip", []byte("PK\x03\x04\x14\x00")},
		{"a virus", "a.pdf", "application/pdf", append(bytes.Clone(pdf), eicar...)},
		{"nothing", "a.pdf", "application/pdf", nil},
		{"too much", "a.pdf", "application/pdf", append(bytes.Clone(pdf), make([]byte, 5<<20)...)},
		{"far too much", "a.pdf", "application/pdf", append(bytes.Clone(pdf), make([]byte, 7<<20)...)},
	} {
		v.see(t, request)
		a := v.upload(t, request, f.name, f.kind, f.content)
		if a.status != http.StatusUnprocessableEntity && a.status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %s", f.what, a)
		}
		if n := s.number(t, documents); n != 0 {
			t.Fatalf("%s: %d documents are kept", f.what, n)
		}
	}
	names := []string{"../../../etc/passwd.pdf", "a\\\"; filename=\\\"evil.html", "hakija\u202efdp.exe", "a%00.pdf", strings.Repeat("ä", 300) + ".pdf", "<script>alert(1)</script>.pdf", "=cmd|calc.pdf"}
	for i, name := range names {
		v.see(t, request)
		kind, content := "application/octet-stream", append(bytes.Clone(pdf), fmt.Sprint("% ", i)...)
		if i == 1 {
			kind, content = "text/html", append(bytes.Clone(whole), "<script>alert(1)</script>"...)
		}
		a := v.upload(t, request, name, kind, content)
		if a.status != http.StatusSeeOther && a.status != http.StatusUnprocessableEntity {
			t.Errorf("%q: %s", name, a)
		}
		if strings.Contains(v.see(t, request).body, "<script>alert") {
			t.Errorf("%q comes back as markup", name)
		}
	}
	v.see(t, request)
	v.send(t, request+"/laheta", nil)
	o.see(t, path)
	o.send(t, path+"/ota", nil)
	n := 0
	for _, link := range o.see(t, path).page(t).Links() {
		if !strings.Contains(link, "/asiakirjat/") {
			continue
		}
		n++
		a := o.copied().open(t, link)
		if a.status != http.StatusOK {
			t.Errorf("%s", a)
		}
		if csp := a.header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s has the policy %q", link, csp)
		}
		disposition := a.header.Get("Content-Disposition")
		if !strings.HasPrefix(disposition, "attachment") || strings.Contains(disposition, "..") || strings.Contains(disposition, "/etc") || strings.Contains(disposition, "evil.html\"") ||
			strings.ContainsAny(disposition, "\r\n<\u202e") || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s comes as %q", link, disposition)
		}
		if strings.Contains(a.body, "<script>") {
			t.Errorf("%s still holds what was put behind the picture", link)
		}
	}
	if n == 0 {
		t.Errorf("the officer finds no documents: %s", o.at)
	}
}
