package web_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"tyomarkkinatori.fi/portal/locales"
)

// TestTextsArePlain holds our own texts to short sentences: 11 words on average
// and none over 20.
func TestTextsArePlain(t *testing.T) {
	t.Parallel()

	link := regexp.MustCompile(`\[([^\]]+)\]\([^)]*\)`)
	end := regexp.MustCompile(`[.!?:]\s+|[.!?:]$`)
	for _, lang := range []string{"fi", "sv"} {
		names, err := fs.Glob(locales.FS, "*."+lang+".toml")
		if err != nil {
			t.Fatal(err)
		}
		words, sentences := 0, 0
		for _, name := range names {
			b, err := fs.ReadFile(locales.FS, name)
			if err != nil {
				t.Fatal(err)
			}
			var messages map[string]any
			if err := toml.Unmarshal(b, &messages); err != nil {
				t.Fatal(err)
			}
			for id, m := range messages {
				text, ok := m.(string)
				if !ok {
					continue
				}
				for block := range strings.SplitSeq(link.ReplaceAllString(text, "$1"), "\n") {
					for _, s := range end.Split(strings.TrimSpace(block), -1) {
						n := len(strings.Fields(s))
						if n > 20 {
							t.Errorf("%s in %s: a sentence of %d words: %s", id, lang, n, s)
						}
						// Labels are no sentences.
						if n > 3 {
							words, sentences = words+n, sentences+1
						}
					}
				}
			}
		}
		if sentences < 100 {
			t.Fatalf("found %d sentences", sentences)
		}
		if mean := float64(words) / float64(sentences); mean > 11 {
			t.Errorf("%s: %.1f words a sentence", lang, mean)
		} else {
			t.Logf("%s: %d sentences of %.1f words", lang, sentences, mean)
		}
	}
}
