// Package businessregister asks the open data of the business register, PRH's
// interface opendata-ytj-api v3, for one organisation at a time.
package businessregister

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/organisation"
)

const (
	connectTimeout = 3 * time.Second
	callTimeout    = 15 * time.Second
	maxAnswer      = 4 << 20
	// maxPages bounds how far an answer is read for one organisation, of which
	// there should be one page with one company.
	maxPages = 5
	// maxRetryAfter bounds what a busy register can ask for.
	maxRetryAfter = 24 * time.Hour
)

// Client is the business register as package organisation asks it.
type Client struct {
	base string
	http *http.Client
	now  func() time.Time
}

// New returns a client of the interface at base, such as
// https://avoindata.prh.fi/opendata-ytj-api/v3.
func New(base string, now func() time.Time) *Client {
	return &Client{base: strings.TrimSuffix(base, "/"), now: now, http: &http.Client{
		Timeout: callTimeout,
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: connectTimeout}).DialContext,
			TLSHandshakeTimeout: connectTimeout,
			IdleConnTimeout:     time.Minute,
			ForceAttemptHTTP2:   true,
		},
	}}
}

// errAnswer means that the register answered something else than it should.
var errAnswer = errors.New("not an answer of the business register")

// Company returns what the register holds under id.
func (c *Client) Company(ctx context.Context, id organisation.BusinessID) (organisation.Organisation, error) {
	first := ""
	seen := 0
	for page := 1; page <= maxPages; page++ {
		result, err := c.page(ctx, id, page)
		if err != nil {
			return organisation.Organisation{}, fmt.Errorf("ask the business register: %w", err)
		}
		for _, company := range result.Companies {
			if o, ok := company.organisation(c.now()); ok && o.BusinessID == id {
				return o, nil
			}
		}
		seen += len(result.Companies)
		if len(result.Companies) == 0 || int64(seen) >= result.Total {
			break
		}
		// A page beyond the end is page 1 once more.
		if page > 1 && result.Companies[0].BusinessID.Value == first {
			break
		}
		first = result.Companies[0].BusinessID.Value
	}
	if seen > 0 {
		return organisation.Organisation{}, fmt.Errorf("ask the business register: it tells of others: %w", errAnswer)
	}
	return organisation.Organisation{}, fmt.Errorf("ask the business register: %w", fault.ErrNotFound)
}

func (c *Client) page(ctx context.Context, id organisation.BusinessID, page int) (companyResult, error) {
	query := url.Values{"businessId": {string(id)}}
	if page > 1 {
		query.Set("page", strconv.Itoa(page))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/companies?"+query.Encode(), http.NoBody)
	if err != nil {
		return companyResult{}, err
	}
	req.Header.Set("Accept", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		// Its address names the organisation, which may be one person's.
		if outer, ok := errors.AsType[*url.Error](err); ok {
			err = outer.Err
		}
		return companyResult{}, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusTooManyRequests:
		return companyResult{}, &fault.BusyError{RetryAfter: retryAfter(res.Header.Get("Retry-After"), c.now())}
	default:
		return companyResult{}, fmt.Errorf("status %d: %w", res.StatusCode, errAnswer)
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return companyResult{}, err
	}
	if len(b) > maxAnswer {
		return companyResult{}, fmt.Errorf("more than %d bytes: %w", maxAnswer, errAnswer)
	}
	return decode(b)
}

// retryAfter reads the header in either of its forms; 0 means that it says
// nothing.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil && seconds >= 0 {
		return min(time.Duration(min(seconds, int(maxRetryAfter/time.Second)))*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(header); err == nil && at.After(now) {
		return min(at.Sub(now), maxRetryAfter)
	}
	return 0
}
