package casework_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/scansim"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

const pdf = "%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"

// huge is a picture of few bytes that says it has 400 million pixels.
func huge(t *testing.T) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	b := buf.Bytes()
	binary.BigEndian.PutUint32(b[16:], 20_000)
	binary.BigEndian.PutUint32(b[20:], 20_000)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

// askedForFiles is a case whose applicant is asked for documents: the browsers of
// the officer and of the applicant, and the path of the case.
func (d desk) askedForFiles(t *testing.T) (*sessiontest.Browser, *sessiontest.Browser, string) {
	t.Helper()
	officer, app, path := d.taken()
	form := url.Values{"message": {"Lähettäkää todistus <b>.\r\n\r\nKiitos."}, "due_on": {"16.3.2026"}}
	leadsTo(t, officer.Post(path+"/asiakirjapyynto", form), "/fi/virkailija/hakemukset")
	return officer, d.representative(app), path
}

func TestADocumentIsAskedForSentAndFetched(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	officer, own, path := d.askedForFiles(t)
	const page = "/fi/pyynnot/1"
	a := own.Get(page)
	good(t, a, http.StatusOK, "fi")
	has(t, a, "Lähettäkää todistus <b>.", "ma 16.3.2026", "Et ole vielä lisännyt tiedostoja.")
	good(t, own.Get("/sv/begaran/1"), http.StatusOK, "sv")
	if n := d.count(`SELECT count(*) FROM mail_outbox WHERE kind = 'application_documents' AND data ->> 'link' = '/fi/pyynnot/1'`); n != 1 {
		t.Errorf("%d mails", n)
	}

	own.Get(page)
	first := own.Last
	for range 2 { // the same form twice
		own.Last = first
		leadsTo(t, own.PostFile(page, nil, "file", "../../todistus\u202egnp.exe", []byte(pdf)), page)
	}
	listed := own.Get(page)
	good(t, listed, http.StatusOK, "fi")
	has(t, listed, "todistusgnp.pdf (PDF, 1 kt)", "Toimita asiakirjat")
	if n := d.count("SELECT count(*) FROM document"); n != 1 {
		t.Errorf("%d documents", n)
	}
	d.Pass(time.Minute)
	leadsTo(t, own.PostFile(page, nil, "file", "väärä.pdf", []byte(pdf)), page)
	both := own.Get(page)
	good(t, both, http.StatusOK, "fi")
	wrong := ""
	for _, n := range both.Page.Elements("input") {
		if htmltest.Attr(n, "name") == "key" {
			wrong = htmltest.Attr(n, "value") // the newest stands last
		}
	}
	for range 2 {
		own.Last = both
		leadsTo(t, own.Post(page+"/poista", url.Values{"key": {wrong}}), page)
	}
	if left := own.Get(page); strings.Contains(left.Page.Body(), "väärä.pdf") || !strings.Contains(left.Page.Body(), "todistusgnp.pdf") {
		t.Error("the wrong document was not the one that was removed")
	}
	own.Get(page)
	leadsTo(t, own.Post(page+"/laheta", nil), page+"/valmis")
	done := own.Get(page + "/valmis")
	good(t, done, http.StatusOK, "fi")
	has(t, done, "Asiakirjat on toimitettu", "todistusgnp.pdf")
	has(t, own.Get(page), "Pyyntö on suljettu.")
	own.Last = both
	if a := own.Post(page+"/poista", url.Values{"key": {wrong}}); a.Code != http.StatusConflict {
		t.Errorf("removed after all were delivered: %d", a.Code)
	}
	own.Last = listed
	late := own.PostFile(page, nil, "file", "x.pdf", []byte(pdf))
	good(t, late, http.StatusConflict, "fi")
	has(t, late, "Mitään ei muutettu.")

	officer.Get("/fi/virkailija/hakemukset")
	leadsTo(t, officer.Post("/fi/virkailija/hakemukset/seuraava", nil), path)
	c := officer.Get(path)
	good(t, c, http.StatusOK, "fi")
	has(t, c, "Hakija on vastannut", "Vastattu", "todistusgnp.pdf")
	link := ""
	for _, l := range c.Page.Links() {
		if strings.Contains(l, "/asiakirjat/1/") {
			link = l
		}
	}
	file := officer.Get(link)
	if file.Code != http.StatusOK || file.Body.String() != pdf {
		t.Fatalf("got %d", file.Code)
	}
	kind, params, err := mime.ParseMediaType(file.Header().Get("Content-Disposition"))
	if err != nil || kind != "attachment" || params["filename"] != "todistusgnp.pdf" {
		t.Errorf("got %q", file.Header().Get("Content-Disposition"))
	}
	for name, want := range map[string]string{
		"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Content-Type": "application/pdf",
	} {
		if got := file.Header().Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if n := d.count("SELECT count(*) FROM audit_event WHERE action = 'document.opened'"); n != 1 {
		t.Errorf("%d openings in the audit log", n)
	}
	other := d.officer(identity.GroupSupervision)
	if a := other.Get(link); a.Code != http.StatusForbidden {
		t.Errorf("another group got %d", a.Code)
	}
	if a := own.Get(link); a.Code != http.StatusSeeOther {
		t.Errorf("the applicant got %d from the officers' address", a.Code)
	}
	elsewhere := d.waiting(7)
	if a := officer.Get(fmt.Sprintf("/fi/virkailija/hakemukset/%d%s", elsewhere.ID, strings.TrimPrefix(link, path))); a.Code != http.StatusNotFound {
		t.Errorf("under another case: %d", a.Code)
	}
}

func TestAFileThatMayNotComeInIsRefusedInWords(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	_, own, _ := d.askedForFiles(t)
	const page = "/fi/pyynnot/1"
	for _, test := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"todistus.pdf", nil, "Valitse tiedosto."},
		{"todistus.pdf", []byte("<!doctype html><script>alert(1)</script>"), "Tiedosto ei ole PDF, PNG tai JPEG."},
		{"kuva.png", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "Tiedosto ei ole PDF, PNG tai JPEG."},
		{"paketti.pdf", []byte("PK\x03\x04 zip"), "Tiedosto ei ole PDF, PNG tai JPEG."},
		{"a.pdf", []byte(strings.Replace(pdf, "%%EOF", "PK\x05\x06\x00\x00\x00\x00\x00\x00\n%%EOF", 1)), "Tiedostoa ei voi lukea."},
		{"a.pdf", []byte(strings.Replace(pdf, "/Catalog", "/Catalog /AA << /S /J#61vaScript >>", 1)), "PDF sisältää ohjelman tai liitteen."},
		{"a.pdf", []byte(strings.Replace(pdf, "endobj", scansim.TestFile+"\nendobj", 1)), "Tiedostosta löytyi haittaohjelma."},
		{"a.png", huge(t), "Kuva on liian suuri."},
		{"a.pdf", append([]byte(pdf), bytes.Repeat([]byte(" "), document.MaxSize)...), "Tiedosto on liian suuri."},
	} {
		own.Get(page)
		a := own.PostFile(page, nil, "file", test.name, test.content)
		good(t, a, http.StatusUnprocessableEntity, "fi")
		has(t, a, test.want)
	}
	own.Get(page)
	if a := own.PostFile(page, nil, "file", "a.pdf", make([]byte, 20<<20)); a.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("20 megabytes: %d", a.Code)
	}
	own.Get(page)
	if a := own.Send(page, url.Values{"file": {"x"}}); a.Code < 400 || a.Code >= 500 {
		t.Errorf("no upload at all: %d", a.Code)
	}

	d.scanner.Set(scansim.Confused)
	own.Get(page)
	down := own.PostFile(page, nil, "file", "a.pdf", []byte(pdf))
	good(t, down, http.StatusServiceUnavailable, "fi")
	has(t, down, "Yritä hetken päästä uudelleen.")
	d.scanner.Set(scansim.Honest)
	own.Get(page)
	own.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := own.PostFile(page, nil, "file", "a.pdf", []byte(pdf)); a.Code != http.StatusForbidden {
		t.Errorf("from another site: %d", a.Code)
	}
	own.Header.Set("Sec-Fetch-Site", "same-origin")
	if n := d.count("SELECT count(*) FROM document"); n != 0 {
		t.Fatalf("%d documents were taken in", n)
	}
	leadsTo(t, own.PostFile(page, nil, "file", "a.pdf", []byte(pdf)), page)
}

func TestARequestIsThereForItsOrganisationAlone(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	officer, own, _ := d.askedForFiles(t)
	other := d.Browser()
	other.LogInAs("020594X903P")
	other.Act(business(9), "Toinen Oy")
	for _, path := range []string{"/fi/pyynnot/1", "/fi/pyynnot/1/valmis", "/fi/pyynnot/99", "/fi/pyynnot/x"} {
		if a := other.Get(path); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
	own.Get("/fi/pyynnot/1")
	other.Last = own.Last // the other's form, in one's own session
	if a := other.PostFile("/fi/pyynnot/1", nil, "file", "a.pdf", []byte(pdf)); a.Code < 400 {
		t.Errorf("with another's form: %d", a.Code)
	}
	if a := officer.Get("/fi/pyynnot/1"); a.Code == http.StatusOK {
		t.Error("an officer sees the applicant's page")
	}
	if n := d.count("SELECT count(*) FROM document"); n != 0 {
		t.Errorf("%d documents", n)
	}
}
