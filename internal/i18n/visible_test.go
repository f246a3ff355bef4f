package i18n_test

import (
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

func TestVisible(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"a\u202eb\u2066c\x00d\u200be\ufffd": "abcde", "rivi\r\ntoinen\t": "rivi\r\ntoinen\t",
		"\U0001f469\u200d\U0001f467": "\U0001f469\u200d\U0001f467",
	} {
		if got := i18n.Visible(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
