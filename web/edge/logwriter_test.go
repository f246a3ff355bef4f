package edge_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/web/edge"
)

// stuck is a place for logs that takes nothing until it is let go.
type stuck struct {
	let chan struct{}
	buf bytes.Buffer
}

func (s *stuck) Write(b []byte) (int, error) {
	<-s.let
	return s.buf.Write(b)
}

func TestLogWriterNeverBlocksAndLosesOnlyTheExcess(t *testing.T) {
	t.Parallel()

	out := &stuck{let: make(chan struct{})}
	ctx, end := context.WithCancel(t.Context())
	l := edge.NewLogWriter(ctx, out)
	line := []byte(strings.Repeat("x", 1023) + "\n")
	const lines = 20_000
	start := time.Now()
	for range lines {
		if n, err := l.Write(line); n != len(line) || err != nil {
			t.Fatalf("got %d, %v", n, err)
		}
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("writing took %v while the place for logs was stuck", took)
	}
	close(out.let)
	end()
	<-l.Done()

	kept := bytes.Count(out.buf.Bytes(), []byte("\n"))
	if int64(kept)+l.Dropped() != lines || kept < 4000 || l.Dropped() == 0 {
		t.Errorf("kept %d and dropped %d of %d lines", kept, l.Dropped(), lines)
	}
	if bytes.Count(out.buf.Bytes(), line) != kept {
		t.Error("a line was cut")
	}
}
