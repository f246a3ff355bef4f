package edge_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/web/edge"
)

func TestTokens(t *testing.T) {
	t.Parallel()

	start := time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)
	now := start
	tokens := edge.Tokens{Key: bytes.Repeat([]byte("k"), 32), Now: func() time.Time { return now }}
	token := tokens.Issue("feedback", "session")
	id, err := tokens.Check(token, "feedback", "session")
	if err != nil || len(id) < 20 {
		t.Fatalf("got %q, %v", id, err)
	}
	if other, _ := tokens.Check(tokens.Issue("feedback", "session"), "feedback", "session"); other == id {
		t.Error("two tokens have the same ID")
	}

	for name, check := range map[string]func() (string, error){
		"purpose":                  func() (string, error) { return tokens.Check(token, "other", "session") },
		"binding":                  func() (string, error) { return tokens.Check(token, "feedback", "") },
		"purpose and binding move": func() (string, error) { return tokens.Check(token, "feedbacks", "ession") },
		"longer":                   func() (string, error) { return tokens.Check(token+"AA", "feedback", "session") },
		"empty":                    func() (string, error) { return tokens.Check("", "feedback", "session") },
	} {
		if _, err := check(); !errors.Is(err, edge.ErrToken) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for at, want := range map[time.Duration]error{0: nil, 24 * time.Hour: nil, 24*time.Hour + time.Second: edge.ErrToken, -2 * time.Minute: edge.ErrToken} {
		now = start.Add(at)
		if _, err := tokens.Check(token, "feedback", "session"); !errors.Is(err, want) {
			t.Errorf("after %v: got %v, want %v", at, err, want)
		}
	}
}
