package tefeed

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// checkRecord checks what every record that can be used promises to the store.
func checkRecord(t *testing.T, rec record, fault *unusable) {
	t.Helper()
	if fault != nil || rec.archived {
		return
	}
	in := rec.incoming
	if in.ExternalID == "" || len(in.Content.Title) == 0 || in.Content.Positions < 1 ||
		in.PublishedAt.IsZero() || in.CreatedAt.IsZero() || in.ModifiedAt.IsZero() {
		t.Errorf("usable record without what it must have: %+v", in)
	}
	b, err := json.Marshal(struct{ A, B any }{in.Content, in.People})
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	s := string(b) + in.ExternalID
	if strings.Contains(s, `\u0000`) || strings.ContainsRune(s, 0) || !utf8.ValidString(s) {
		t.Errorf("record that the database would refuse: %s", s)
	}
	for lang, address := range in.Content.ApplyURL {
		if strings.HasPrefix(strings.ToLower(address), "javascript") {
			t.Errorf("apply address in %s is a script: %s", lang, address)
		}
	}
}

func seeds(f *testing.F, name string) []byte {
	f.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		f.Fatal(err)
	}
	return b
}

func FuzzP67Line(f *testing.F) {
	f.Add(seeds(f, "p67.ndjson"))
	for _, s := range []string{
		``, `{}`, `[]`, `null`, `{"metadata":[]}`, `{"metadata":{"externalId":1,"created":"2026-01-01"},"position":{"title":"\u0000\ud800x"}}`,
		`{"metadata":{"externalId":"a","created":"9999-12-31T23:59:59.999999"},"position":{"title":["x",{"arvo":"y"}]},"languages":"fi"}`,
		strings.Repeat(`{"a":`, 50),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		rec, fault := decodeP67(raw)
		checkRecord(t, rec, fault)
	})
}

func FuzzV1Page(f *testing.F) {
	f.Add(seeds(f, "v1.json"))
	for _, s := range []string{`{}`, `[]`, `{"ilmoitukset":null}`, `{"ilmoitukset":[{},1,null,"x",[]]}`, `[{"ilmoituksenID":"a"}]`, `{"x":{"ilmoitukset":[`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, page []byte) {
		n, _ := eachItem(json.NewDecoder(strings.NewReader(string(page))), func(raw json.RawMessage) error {
			rec, fault := decodeV1(raw)
			checkRecord(t, rec, fault)
			return nil
		})
		if n > len(page) {
			t.Errorf("%d postings in %d bytes", n, len(page))
		}
	})
}
