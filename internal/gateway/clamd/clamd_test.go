package clamd_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/scansim"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/gateway/clamd"
)

func start(t *testing.T) (*scansim.Scanner, *clamd.Client) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scansim.Scanner{}
	done := make(chan error)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s, clamd.New(l.Addr().String())
}

func TestScan(t *testing.T) {
	t.Parallel()

	_, c := start(t)
	for name, content := range map[string]string{
		"empty":                  "",
		"short":                  "a certificate",
		"one chunk exactly":      strings.Repeat("x", 64<<10),
		"many chunks and a rest": strings.Repeat("x", 3<<20+17),
	} {
		if err := c.Scan(t.Context(), strings.NewReader(content)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	pest := strings.Repeat("x", 64<<10-10) + scansim.TestFile + strings.Repeat("y", 100)
	if err := c.Scan(t.Context(), strings.NewReader(pest)); !errors.Is(err, document.ErrMalware) {
		t.Errorf("got %v", err)
	}
}

func TestNoClearAnswerIsNeverClean(t *testing.T) {
	t.Parallel()

	s, c := start(t)
	for _, mode := range []scansim.Mode{scansim.Silent, scansim.Confused, scansim.Cut} {
		s.Set(mode)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		err := c.Scan(ctx, strings.NewReader("x"))
		cancel()
		if err == nil || errors.Is(err, document.ErrMalware) {
			t.Errorf("mode %d: got %v", mode, err)
		}
	}
	s.Set(scansim.Honest)
	if err := c.Scan(t.Context(), bytes.NewReader(make([]byte, 30<<20))); err == nil {
		t.Error("took more than the daemon does")
	}
	if err := clamd.New("127.0.0.1:1").Scan(t.Context(), strings.NewReader("x")); err == nil {
		t.Error("no daemon, and clean")
	}
}
