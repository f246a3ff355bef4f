package document_test

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

func built() document.Document {
	var b document.Builder
	b.Title(lexis.Finnish, "Kokki keittiöön")
	b.Title(lexis.Swedish, "Kock")
	b.Text(lexis.Finnish, "Etsimme: kokki, kokki ja tarjoilija.")
	b.Text(lexis.English, "")
	b.Text(lexis.Other, "Повар")
	b.Code(document.FieldEmployer, "1234567-1")
	b.Code(document.FieldMunicipality, "091")
	b.Code(document.FieldMunicipality, "091")
	b.Code(document.FieldMunicipality, "")
	d := b.Document()
	d.PublishedAt = time.Date(2026, time.March, 2, 9, 30, 0, 1000, time.UTC)
	d.Positions = 3
	return d
}

func TestBuilder(t *testing.T) {
	t.Parallel()

	d := built()
	if diff := gocmp.Diff([]document.Code{{Field: document.FieldMunicipality, Value: "091"}, {Field: document.FieldEmployer, Value: "1234567-1"}}, d.Codes); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	var texts []string
	for _, at := range d.Sequence {
		if at == 0 {
			texts = append(texts, "|")
			continue
		}
		texts = append(texts, d.Words[at-1].Text)
	}
	want := []string{"kokki", "keittiöön", "|", "kock", "|", "etsimme", "kokki", "kokki", "ja", "tarjoilija", "|", "повар", "|"}
	if diff := gocmp.Diff(want, texts); diff != "" {
		t.Errorf("sequence (-want +got):\n%s", diff)
	}
	if w := d.Words[0]; w.Text != "kokki" || !w.InTitle {
		t.Errorf("first word = %+v", w)
	}
}

// plain returns a document in a form in which the order of words says nothing.
func plain(d document.Document) (document.Document, []string) {
	var texts []string
	for _, at := range d.Sequence {
		if at == 0 {
			texts = append(texts, "")
			continue
		}
		w := d.Words[at-1]
		texts = append(texts, string(w.Language)+w.Text)
	}
	d.Sequence = nil
	d.Words = slices.SortedFunc(slices.Values(d.Words), func(a, b document.Word) int {
		return cmp.Or(cmp.Compare(a.Language, b.Language), cmp.Compare(a.Text, b.Text))
	})
	return d, texts
}

func TestEncoding(t *testing.T) {
	t.Parallel()

	d := built()
	got, err := document.Decode(d.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	wantDoc, wantTexts := plain(d)
	gotDoc, gotTexts := plain(*got)
	if diff := gocmp.Diff(wantDoc, gotDoc); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
	if diff := gocmp.Diff(wantTexts, gotTexts); diff != "" {
		t.Errorf("sequence (-want +got):\n%s", diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()

	d := built()
	data := d.Append(nil)
	for n := range data {
		// A sequence may end anywhere.
		if got, err := document.Decode(data[:n]); err == nil && len(got.Words) < len(d.Words) {
			t.Errorf("%d of %d bytes are taken for a document", n, len(data))
		}
	}
	other := append([]byte{document.Form + 1}, data[1:]...)
	if _, err := document.Decode(other); !errors.Is(err, document.ErrForm) {
		t.Errorf("another form: %v", err)
	}
}

func FuzzDocument(f *testing.F) {
	d := built()
	f.Add(d.Append(nil))
	f.Add([]byte{document.Form})
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := document.Decode(data)
		if err != nil {
			return
		}
		for _, at := range d.Sequence {
			if int(at) > len(d.Words) {
				t.Fatalf("place %d of %d words", at, len(d.Words))
			}
		}
		again, err := document.Decode(d.Append(nil))
		if err != nil {
			t.Fatalf("what was decoded cannot be encoded: %v", err)
		}
		if len(again.Codes) != len(d.Codes) || len(again.Words) != len(d.Words) || len(again.Sequence) != len(d.Sequence) {
			t.Fatalf("%v became %v", d, again)
		}
	})
}
