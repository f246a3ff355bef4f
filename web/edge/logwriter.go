package edge

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

const (
	logBuffer = 4 << 20
	logDelay  = 100 * time.Millisecond
)

// LogWriter takes log lines from requests and writes them a moment later, so
// that a slow or full place for logs slows no reader down. When too much waits
// it drops lines and counts them.
type LogWriter struct {
	out     io.Writer
	wake    chan struct{}
	done    chan struct{}
	dropped atomic.Int64

	mu      sync.Mutex
	pending []byte
}

// NewLogWriter returns a LogWriter that writes to out until ctx ends, and then
// what is left; Done tells when that is.
func NewLogWriter(ctx context.Context, out io.Writer) *LogWriter {
	l := &LogWriter{out: out, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go l.run(ctx)
	return l
}

// Write keeps b, one whole line, for later. It never blocks and never fails.
func (l *LogWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	if len(l.pending)+len(b) > logBuffer {
		l.mu.Unlock()
		l.dropped.Add(1)
		return len(b), nil
	}
	first := len(l.pending) == 0
	l.pending = append(l.pending, b...)
	l.mu.Unlock()
	if first {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
	return len(b), nil
}

// Dropped is how many lines were lost so far.
func (l *LogWriter) Dropped() int64 { return l.dropped.Load() }

// Done is closed when everything has been written after the end.
func (l *LogWriter) Done() <-chan struct{} { return l.done }

func (l *LogWriter) run(ctx context.Context) {
	defer close(l.done)
	var spare []byte
	flush := func() {
		l.mu.Lock()
		full := l.pending
		l.pending = spare[:0]
		l.mu.Unlock()
		_, _ = l.out.Write(full) // there is no other place to tell
		spare = full
	}
	for {
		select {
		case <-l.wake:
		case <-ctx.Done():
			flush()
			return
		}
		pause := time.NewTimer(logDelay)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
		}
		flush()
	}
}
