package tefeed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxStream = 1 << 30
	maxToken  = 64 << 10
	// maxWait is how long a run waits for the next call to be allowed; a longer
	// wait ends the run, and the next one begins when it is over.
	maxWait = time.Minute
	// maxRetry is the longest wait that is believed.
	maxRetry = 24 * time.Hour
)

// client calls the TE system. It follows no redirection and uses no proxy: the
// key must reach the configured address and no other.
type client struct {
	cfg  Config
	now  func() time.Time
	http *http.Client

	// notBefore is when the next call may be made by the rate limit.
	notBefore time.Time

	token      string
	tokenUntil time.Time
}

func newClient(cfg Config, now func() time.Time) *client {
	return &client{cfg: cfg, now: now, http: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            (&net.Dialer{Timeout: cfg.ConnectTimeout}).DialContext,
			TLSHandshakeTimeout:    cfg.ConnectTimeout,
			ResponseHeaderTimeout:  cfg.StallTimeout,
			MaxResponseHeaderBytes: 64 << 10,
			IdleConnTimeout:        30 * time.Second,
			ForceAttemptHTTP2:      true,
		},
	}}
}

// stream posts a filter to P67 and returns the answer's body.
func (c *client) stream(ctx context.Context, filter any) (io.ReadCloser, error) {
	body, err := json.Marshal(filter)
	if err != nil {
		return nil, fmt.Errorf("encode the feed's filter: %w", err)
	}
	return c.call(ctx, func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.URL, strings.NewReader(string(body)))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/x-ndjson")
		c.setKey(r)
		return r, nil
	})
}

func (c *client) setKey(r *http.Request) {
	if key := c.cfg.Key.Reveal(); key != "" {
		r.Header.Set("KIPA-Subscription-Key", key)
	}
}

// page gets one page of v1. A token that is refused before its time is fetched
// anew once.
func (c *client) page(ctx context.Context, number int) (io.ReadCloser, error) {
	for fresh := false; ; fresh = true {
		if err := c.renewToken(ctx); err != nil {
			return nil, err
		}
		body, err := c.call(ctx, func(ctx context.Context) (*http.Request, error) {
			u, err := url.Parse(c.cfg.URL)
			if err != nil {
				return nil, err
			}
			q := u.Query()
			q.Set("sivu", strconv.Itoa(number))
			q.Set("maara", strconv.Itoa(c.cfg.PageSize))
			u.RawQuery = q.Encode()
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
			if err != nil {
				return nil, err
			}
			r.Header.Set("Accept", "application/json")
			if c.token != "" {
				r.Header.Set("Authorization", "Bearer "+c.token)
			}
			c.setKey(r)
			return r, nil
		})
		if outcome, _ := outcomeOf(err); err != nil && outcome == OutcomeUnauthorised && c.token != "" && !fresh {
			c.token = ""
			continue
		}
		return body, err
	}
}

// renewToken sees to it that there is a token that lasts a minute yet.
func (c *client) renewToken(ctx context.Context) error {
	if c.cfg.TokenURL == "" || c.token != "" && c.now().Add(time.Minute).Before(c.tokenUntil) {
		return nil
	}
	c.token = ""
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"response_type": {"token"},
		"client_id":     {c.cfg.ClientID},
		"client_secret": {c.cfg.ClientSecret.Reveal()},
		"scope":         {c.cfg.Scope},
	}
	body, err := c.call(ctx, func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.TokenURL, strings.NewReader(form.Encode()))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept", "application/json")
		return r, nil
	})
	if err != nil {
		return fmt.Errorf("get an access token: %w", err)
	}
	defer body.Close()
	raw, err := io.ReadAll(io.LimitReader(body, maxToken))
	if err != nil {
		return err
	}
	answer, fault := parseObject(raw)
	if fault != nil {
		return &runError{outcome: OutcomeBadAnswer, text: "the answer with the access token is no JSON object"}
	}
	f := &fields{}
	token := f.line(answer, "access_token")
	lasts := f.number(answer, "expires_in")
	until := f.number(answer, "expires_on")
	if token == "" || f.fault != nil {
		return &runError{outcome: OutcomeBadAnswer, text: "the answer with the access token holds none"}
	}
	c.token = token
	switch {
	case until > 0:
		c.tokenUntil = time.Unix(int64(until), 0)
	case lasts > 0:
		c.tokenUntil = c.now().Add(time.Duration(lasts) * time.Second)
	default:
		c.tokenUntil = c.now().Add(5 * time.Minute)
	}
	return nil
}

// call makes one request and returns the body of its answer if that is 200.
// The body fails with a runError when it is cut off, stalls or grows too large.
func (c *client) call(ctx context.Context, request func(context.Context) (*http.Request, error)) (io.ReadCloser, error) {
	if err := c.awaitTurn(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	r, err := request(ctx)
	if err != nil {
		cancel(nil)
		return nil, fmt.Errorf("make the feed's request: %w", err)
	}
	r.Header.Set("User-Agent", "tyomarkkinatori-portal")
	resp, err := c.http.Do(r)
	if err != nil {
		err = connectError(ctx, err)
		cancel(nil)
		return nil, err
	}
	c.heedLimit(resp.Header)
	if err := statusError(resp, c.now()); err != nil {
		cancel(nil)
		_ = resp.Body.Close()
		return nil, err
	}
	return &body{ctx: ctx, cancel: cancel, body: resp.Body, stall: c.cfg.StallTimeout}, nil
}

// awaitTurn waits until the rate limit allows the next call.
func (c *client) awaitTurn(ctx context.Context) error {
	wait := c.notBefore.Sub(c.now())
	if wait <= 0 {
		return nil
	}
	if wait > maxWait {
		return &runError{outcome: OutcomeThrottled, text: "the TE system allows no more calls for now", wait: wait}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return &runError{outcome: OutcomeStopped, text: "the run was stopped", err: ctx.Err()}
	}
}

func (c *client) heedLimit(h http.Header) {
	if h.Get("RateLimit-Remaining") != "0" {
		return
	}
	if wait := delay(h.Get("RateLimit-Reset"), c.now()); wait > 0 {
		c.notBefore = c.now().Add(wait)
	}
}

// delay reads a wait: seconds, seconds since 1970, or a date. It is 0 when s is
// none of them.
func delay(s string, now time.Time) time.Duration {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		if n > 1_000_000_000 {
			return min(max(time.Unix(min(n, 1<<40), 0).Sub(now), 0), maxRetry)
		}
		return min(max(time.Duration(n)*time.Second, 0), maxRetry)
	}
	if t, err := http.ParseTime(s); err == nil {
		return min(max(t.Sub(now), 0), maxRetry)
	}
	return 0
}

func connectError(ctx context.Context, err error) error {
	// The driver's error names the address with its query; the cause does not.
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if ctx.Err() != nil {
		return &runError{outcome: OutcomeStopped, text: "the run was stopped", err: ctx.Err()}
	}
	timeout := false
	if net, ok := errors.AsType[net.Error](err); ok {
		timeout = net.Timeout()
	}
	op, dialled := errors.AsType[*net.OpError](err)
	switch dialling := dialled && op.Op == "dial"; {
	case dialling && timeout:
		return &runError{
			outcome: OutcomeUnreachable, err: err,
			text: "the TE system does not take the connection; is this address not allow-listed there?",
		}
	case dialling:
		return &runError{outcome: OutcomeUnreachable, text: "the TE system cannot be reached", err: err}
	case timeout:
		return &runError{outcome: OutcomeStalled, text: "the TE system does not answer", err: err}
	}
	return &runError{outcome: OutcomeTruncated, text: "the TE system broke the connection", err: err}
}

func statusError(resp *http.Response, now time.Time) error {
	e := &runError{err: fmt.Errorf("HTTP status %d", resp.StatusCode)}
	e.wait = delay(resp.Header.Get("Retry-After"), now)
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
		if kind == "text/html" {
			return &runError{outcome: OutcomeBadAnswer, text: "the TE system answers with a web page"}
		}
		return nil
	case code >= 300 && code < 400:
		e.outcome, e.text = OutcomeRedirected, "the TE system sends elsewhere, which is not followed"
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		e.outcome, e.text = OutcomeUnauthorised, "the TE system does not accept the key or token"
	case code == http.StatusTooManyRequests:
		e.outcome, e.text = OutcomeThrottled, "the TE system asks to be called less often"
		if e.wait == 0 {
			e.wait = delay(resp.Header.Get("RateLimit-Reset"), now)
		}
		if e.wait == 0 {
			e.wait = time.Minute
		}
	case code >= 500:
		e.outcome, e.text = OutcomeServerError, "the TE system is out of order"
	default:
		e.outcome, e.text = OutcomeRefused, "the TE system refuses the request"
	}
	return e
}

// body is the body of an answer that tells why it ended.
type body struct {
	ctx    context.Context //nolint:containedctx // it is the request's, to tell why that ended
	cancel context.CancelCauseFunc
	body   io.ReadCloser
	stall  time.Duration
	read   int64
}

var errStalled = errors.New("no byte came in time")

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	// Only the wait for bytes counts, not the time that storing takes.
	timer := time.AfterFunc(b.stall, func() { b.cancel(errStalled) })
	n, err := b.body.Read(p)
	timer.Stop()
	if b.read += int64(n); b.read > maxStream {
		return n, &runError{outcome: OutcomeTooLarge, text: "the answer of the TE system is too large"}
	}
	switch {
	case err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return n, err
	case errors.Is(context.Cause(b.ctx), errStalled):
		return n, &runError{outcome: OutcomeStalled, text: "the answer of the TE system stopped coming", err: errStalled}
	case b.ctx.Err() != nil:
		return n, &runError{outcome: OutcomeStopped, text: "the run was stopped", err: b.ctx.Err()}
	}
	return n, &runError{outcome: OutcomeTruncated, text: "the answer of the TE system was cut off", err: err}
}

// Close implements io.Closer.
func (b *body) Close() error {
	b.cancel(nil)
	return b.body.Close()
}
