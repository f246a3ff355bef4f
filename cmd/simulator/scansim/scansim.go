// Package scansim is a malware scanner that speaks clamd's protocol and knows one
// pest: the test file that every scanner knows.
package scansim

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"
)

// TestFile is what the scanner finds: it does no harm to anybody.
const TestFile = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// maxStream is how much the scanner takes in of one document, as clamd does.
const maxStream = 25 << 20

// Mode says how the scanner behaves.
type Mode int32

// The modes.
const (
	// Honest answers truly.
	Honest Mode = iota
	// Silent takes everything and says nothing.
	Silent
	// Confused answers with an error.
	Confused
	// Cut hangs up without an answer.
	Cut
)

// Scanner answers connections. Its zero value is ready to use.
type Scanner struct{ mode atomic.Int32 }

// Set makes the scanner behave as m from the next document on.
func (s *Scanner) Set(m Mode) { s.mode.Store(int32(m)) }

// Serve answers connections on l until ctx ends.
func (s *Scanner) Serve(ctx context.Context, l net.Listener) error {
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		go s.answer(ctx, conn)
	}
}

func (s *Scanner) answer(ctx context.Context, conn net.Conn) {
	defer conn.Close() //nolint:errcheck // everything was said
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	r := bufio.NewReader(conn)
	command, err := r.ReadString(0)
	if err != nil {
		return
	}
	switch command {
	case "zPING\x00":
		_, _ = io.WriteString(conn, "PONG\x00")
		return
	case "zINSTREAM\x00":
	default:
		_, _ = io.WriteString(conn, "UNKNOWN COMMAND\x00")
		return
	}
	content, ok := readStream(r)
	if !ok {
		_, _ = io.WriteString(conn, "INSTREAM size limit exceeded. ERROR\x00")
		return
	}
	switch Mode(s.mode.Load()) {
	case Silent:
		<-ctx.Done()
	case Confused:
		_, _ = io.WriteString(conn, "stream: Can't allocate memory ERROR\x00")
	case Cut:
	case Honest:
		reply := "stream: OK\x00"
		if strings.Contains(content, TestFile) {
			reply = "stream: Eicar-Test-Signature FOUND\x00"
		}
		_, _ = io.WriteString(conn, reply)
	}
}

func readStream(r io.Reader) (string, bool) {
	var content strings.Builder
	for {
		var size uint32
		if err := binary.Read(r, binary.BigEndian, &size); err != nil || content.Len()+int(size) > maxStream {
			return "", false
		}
		if size == 0 {
			return content.String(), true
		}
		if _, err := io.CopyN(&content, r, int64(size)); err != nil {
			return "", false
		}
	}
}
