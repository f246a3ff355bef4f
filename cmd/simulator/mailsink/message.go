package mailsink

import (
	"bytes"
	"io"
	"mime"
	"regexp"
	"strings"
	"time"

	"github.com/emersion/go-message"
)

// Message is a mail as it was taken.
type Message struct {
	ID         int64     `json:"id"`
	ReceivedAt time.Time `json:"received_at"`
	// From and To are those of the envelope.
	From    string   `json:"from"`
	To      []string `json:"to"`
	Subject string   `json:"subject"`
	// MessageID is without its angle brackets.
	MessageID string `json:"message_id"`
	// Raw is the mail byte for byte.
	Raw []byte `json:"-"`
}

// Header is one line of a mail's head, decoded.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Content is a mail taken apart.
type Content struct {
	Headers []Header `json:"headers"`
	Text    string   `json:"text"`
	HTML    string   `json:"html"`
	// Links are the web addresses in the text part.
	Links []string `json:"links"`
	// Attachments are the names of the other parts.
	Attachments []string `json:"attachments"`
	// Fault says why the mail could not be read whole; empty when it could.
	Fault string `json:"fault,omitempty"`
}

func (m *Message) sentTo(to string) bool {
	if to == "" {
		return true
	}
	for _, have := range m.To {
		if strings.Contains(strings.ToLower(have), strings.ToLower(to)) {
			return true
		}
	}
	return false
}

// read fills in what the list shows.
func read(m Message) Message {
	head, _, _ := bytes.Cut(m.Raw, []byte("\r\n\r\n"))
	e, err := message.Read(bytes.NewReader(append(bytes.Clone(head), "\r\n\r\n"...)))
	if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		return m
	}
	m.Subject = decode(e.Header.Get("Subject"))
	m.MessageID = strings.Trim(e.Header.Get("Message-Id"), "<> ")
	return m
}

func decode(header string) string {
	text, err := new(mime.WordDecoder).DecodeHeader(header)
	if err != nil {
		return header
	}
	return text
}

var webAddress = regexp.MustCompile(`https?://[^\s<>"']+[^\s<>"'.,;:!?)\]]`)

// Content takes the mail apart. A mail that is not well-formed gives what could
// be read of it.
func (m *Message) Content() Content {
	c := Content{Headers: []Header{}, Links: []string{}, Attachments: []string{}}
	e, err := message.Read(bytes.NewReader(m.Raw))
	if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		c.Fault = err.Error()
		return c
	}
	for fields := e.Header.Fields(); fields.Next(); {
		c.Headers = append(c.Headers, Header{fields.Key(), decode(fields.Value())})
	}
	err = e.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
			return err
		}
		return c.add(part)
	})
	if err != nil {
		c.Fault = err.Error()
	}
	c.Links = append(c.Links, webAddress.FindAllString(c.Text, -1)...)
	return c
}

func (c *Content) add(part *message.Entity) error {
	kind, parameters, err := part.Header.ContentType()
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		return nil
	}
	disposition, named, err := part.Header.ContentDisposition()
	if name := named["filename"] + parameters["name"]; err == nil && (disposition == "attachment" || name != "") {
		if name == "" {
			name = kind
		}
		c.Attachments = append(c.Attachments, name)
		return nil
	}
	body, err := io.ReadAll(part.Body)
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(strings.ToValidUTF8(string(body), "\uFFFD"), "\r\n", "\n")
	switch {
	case kind == "text/html" && c.HTML == "":
		c.HTML = text
	case kind == "text/plain" && c.Text == "":
		c.Text = text
	default:
		c.Attachments = append(c.Attachments, kind)
	}
	return nil
}
