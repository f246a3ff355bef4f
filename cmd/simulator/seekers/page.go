package seekers

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// answer is what the portal has answered.
type answer struct {
	status         int
	location, body string
}

// household is where they live: not at the developer's own address, whom the
// portal lets order so many watches in an hour.
//
//nolint:gochecknoglobals // connections are shared
var household = &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	conn, err := d.DialContext(ctx, network, addr)
	if err != nil { // not every system has that address, or the portal is elsewhere
		d.LocalAddr = nil
		conn, err = d.DialContext(ctx, network, addr)
	}
	return conn, err
}}

// do asks the portal as a browser does that follows no redirect.
func (s *Seekers) do(ctx context.Context, method, path string, fields url.Values) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.Portal+path, strings.NewReader(fields.Encode()))
	if err != nil {
		return answer{}, fmt.Errorf("ask the portal: %w", err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", s.Portal)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := household.RoundTrip(req)
	if err != nil {
		return answer{}, fmt.Errorf("ask the portal: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, fmt.Errorf("ask the portal: %w", err)
	}
	return answer{res.StatusCode, res.Header.Get("Location"), string(body)}, nil
}

// form returns the fields of the page's form that is sent to action by POST,
// filled in as it stands.
func (a answer) form(action string) (url.Values, error) {
	root, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		return nil, fmt.Errorf("parse a page: %w", err)
	}
	for n := range root.Descendants() {
		if n.Data == "form" && attr(n, "action") == action && strings.EqualFold(attr(n, "method"), "post") {
			return fieldsOf(n), nil
		}
	}
	return nil, fmt.Errorf("no form for %s on a page that answers %d", action, a.status)
}

func fieldsOf(form *html.Node) url.Values {
	fields := url.Values{}
	for n := range form.Descendants() {
		name, kind := attr(n, "name"), attr(n, "type")
		switch {
		case name == "" || has(n, "disabled"):
		case n.Data == "select":
			for o := range n.Descendants() {
				if o.Data == "option" && has(o, "selected") {
					fields.Add(name, attr(o, "value"))
				}
			}
		case n.Data != "input", kind == "submit", (kind == "checkbox" || kind == "radio") && !has(n, "checked"):
		default:
			fields.Add(name, attr(n, "value"))
		}
	}
	return fields
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
