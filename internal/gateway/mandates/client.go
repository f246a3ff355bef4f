// Package mandates asks Suomi.fi e-Authorizations (Suomi.fi-valtuudet) over its
// web API on whose behalf a person may act. Only the flow of organisations (ypa)
// is used.
//
// The identity code is part of an address there. No address is logged, and no
// error of this package holds one, nor anything that was answered.
package mandates

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/mandate"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// Options say where e-Authorizations is and who calls it.
type Options struct {
	// URL is the origin of its web API, BrowserURL the one that browsers go to;
	// without it they go to URL.
	URL, BrowserURL string
	// ClientID, APIKey and Password are given out at kehittajille.suomi.fi: the
	// key signs calls, the password gets tokens.
	ClientID         string
	APIKey, Password secret.String
	// ReturnURL is our address that the browser comes back to.
	ReturnURL string
	// Now stamps the calls; e-Authorizations refuses stamps that are more than
	// five minutes off.
	Now func() time.Time
	// Log hears of every call by its request ID, never of its address.
	Log *slog.Logger
}

// Client is e-Authorizations as package mandate asks it.
type Client struct {
	opt  Options
	http *http.Client
}

const (
	connectTimeout = 3 * time.Second
	callTimeout    = 10 * time.Second
	maxAnswer      = 1 << 20
	// checksumHeader carries who calls, when, and a proof of both.
	checksumHeader = "X-AsiointivaltuudetAuthorization"
	stampLayout    = "2006-01-02T15:04:05.000Z07:00"
)

// New returns a client.
func New(opt Options) *Client {
	opt.URL = strings.TrimSuffix(opt.URL, "/")
	opt.BrowserURL = strings.TrimSuffix(opt.BrowserURL, "/")
	if opt.BrowserURL == "" {
		opt.BrowserURL = opt.URL
	}
	return &Client{opt: opt, http: &http.Client{
		Timeout: callTimeout,
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
			TLSHandshakeTimeout:   connectTimeout,
			MaxIdleConnsPerHost:   16,
			IdleConnTimeout:       time.Minute,
			ForceAttemptHTTP2:     true,
			ExpectContinueTimeout: time.Second,
		},
		// An address with an identity code is for nobody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// checksum proves that whoever holds key calls target at stamp.
func checksum(key, target, stamp string) string {
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = io.WriteString(mac, target+" "+stamp)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// call is one request.
type call struct {
	// name stands in the log in place of the address.
	name, method string
	// path is escaped; query gets a request ID.
	path  string
	query url.Values
	// body is sent as a form.
	body url.Values
	// access goes along as a bearer token; signed calls carry the checksum and
	// basic ones the password.
	access        secret.String
	signed, basic bool
}

// do makes the call and reads its answer into out.
func (c *Client) do(ctx context.Context, call call, out any) error {
	id := requestID()
	req, err := c.request(ctx, call, id)
	if err != nil {
		return err
	}
	began := c.opt.Now()
	status, kind := c.send(req, out)
	level := slog.LevelInfo
	if kind != "" && !overStatus(status) || call.basic && status == http.StatusUnauthorized || call.name == callRegister && overStatus(status) {
		level = slog.LevelError // down, broken, or our credentials or clock are wrong
	}
	c.opt.Log.Log(ctx, level, "called e-Authorizations",
		"call", call.name, "request_id", id, "status", status, "fault", kind, "duration", c.opt.Now().Sub(began))
	switch {
	case kind == "":
		return nil
	case overStatus(status) && call.name != callRegister:
		return fmt.Errorf("%s at e-Authorizations (%s, request %s): %w", call.name, kind, id, mandate.ErrConfirm)
	default:
		return fmt.Errorf("%s at e-Authorizations (%s, request %s): %w", call.name, kind, id, mandate.ErrUnavailable)
	}
}

// overStatus tells that the visit, its code or its tokens are over: 401, and 400
// of the token endpoint and of sessions that are not there.
func overStatus(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusBadRequest
}

func (c *Client) request(ctx context.Context, call call, id string) (*http.Request, error) {
	query := call.query
	if query == nil {
		query = url.Values{}
	}
	query.Set("requestId", id)
	var body io.Reader = http.NoBody
	if call.body != nil {
		body = strings.NewReader(call.body.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, call.method, c.opt.URL+call.path+"?"+query.Encode(), body)
	if err != nil {
		return nil, fmt.Errorf("%s at e-Authorizations: the address cannot be made: %w", call.name, mandate.ErrUnavailable)
	}
	req.Header.Set("Accept", "application/json")
	if call.body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if call.signed {
		stamp := c.opt.Now().UTC().Format(stampLayout)
		sum := checksum(c.opt.APIKey.Reveal(), req.URL.RequestURI(), stamp)
		req.Header.Set(checksumHeader, c.opt.ClientID+" "+stamp+" "+sum)
	}
	if call.access.IsSet() {
		req.Header.Set("Authorization", "Bearer "+call.access.Reveal())
	}
	if call.basic {
		req.SetBasicAuth(c.opt.ClientID, c.opt.Password.Reveal())
	}
	return req, nil
}

// send returns the status, 0 for none, and what went wrong as a word.
func (c *Client) send(req *http.Request, out any) (status int, kind string) {
	res, err := c.http.Do(req)
	if err != nil {
		return 0, kindOf(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		// Read, so that the connection may serve again.
		_, _ = io.CopyN(io.Discard, res.Body, maxAnswer)
		return res.StatusCode, "status"
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return res.StatusCode, kindOf(err)
	case len(b) > maxAnswer:
		return res.StatusCode, "too_long"
	case json.Unmarshal(b, out) != nil:
		return res.StatusCode, "unreadable"
	}
	return res.StatusCode, ""
}

// kindOf names an error of the transport. Its text may hold the address.
func kindOf(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return "timeout"
	case errors.As(err, &dns):
		return "no_such_host"
	case errors.As(err, &op):
		return "connection"
	default:
		return "transport"
	}
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// requestID returns a random UUID, by which both sides find a call in their
// logs.
func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
