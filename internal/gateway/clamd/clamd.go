// Package clamd asks a ClamAV daemon over TCP whether a document is clean.
package clamd

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/document"
)

const (
	// connectTimeout is how long the daemon may take to answer the telephone.
	connectTimeout = 2 * time.Second
	// scanTimeout is how long it may take over one document.
	scanTimeout = 15 * time.Second
	// chunkSize is how much is sent at a time.
	chunkSize = 64 << 10
	// maxReply is the longest answer that is read.
	maxReply = 1 << 10
)

// Client asks the daemon at an address of the form host:port.
type Client struct{ address string }

// New returns a Client of the daemon at address.
func New(address string) *Client { return &Client{address} }

var _ document.Scanner = (*Client)(nil)

// Scan sends r to the daemon. It returns document.ErrMalware when that has found
// something and another error when it gave no clear answer.
func (c *Client) Scan(ctx context.Context, r io.Reader) error {
	ctx, cancel := context.WithTimeout(ctx, scanTimeout)
	defer cancel()
	dialer := net.Dialer{Timeout: connectTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", c.address)
	if err != nil {
		return fmt.Errorf("connect to the scanner: %w", err)
	}
	defer conn.Close() //nolint:errcheck // everything was said
	// The context's end is the connection's, whatever it is doing.
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	// The daemon may answer and hang up before it has read everything.
	sendErr := send(conn, r)
	reply, err := bufio.NewReader(io.LimitReader(conn, maxReply)).ReadString(0)
	if err != nil && (!errors.Is(err, io.EOF) || reply == "") {
		return fmt.Errorf("read the scanner's answer: %w", errors.Join(sendErr, err))
	}
	return judge(strings.TrimSpace(strings.TrimRight(reply, "\x00")))
}

func send(w io.Writer, r io.Reader) error {
	if _, err := io.WriteString(w, "zINSTREAM\x00"); err != nil {
		return fmt.Errorf("send to the scanner: %w", err)
	}
	buf := make([]byte, 4+chunkSize)
	for {
		n, err := io.ReadFull(r, buf[4:])
		binary.BigEndian.PutUint32(buf, uint32(n)) //nolint:gosec // at most chunkSize
		if n > 0 {
			if _, err := w.Write(buf[:4+n]); err != nil {
				return fmt.Errorf("send to the scanner: %w", err)
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			if _, err := w.Write(make([]byte, 4)); err != nil {
				return fmt.Errorf("send to the scanner: %w", err)
			}
			return nil
		case err != nil:
			return fmt.Errorf("read what to scan: %w", err)
		}
	}
}

// judge believes an answer only when it is one of the two that are clear. The
// name of what was found is the daemon's and goes nowhere.
func judge(reply string) error {
	switch {
	case reply == "stream: OK":
		return nil
	case strings.HasPrefix(reply, "stream: ") && strings.HasSuffix(reply, " FOUND"):
		return document.ErrMalware
	}
	return errors.New("the scanner gave no clear answer")
}
