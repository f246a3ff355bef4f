package richtext

import (
	"bytes"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	markup "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// topHeading is the level of the highest heading in a rendered text: the page
// around it has the first two.
const topHeading = 3

//nolint:gochecknoglobals // built once, safe for concurrent use
var (
	markdown = goldmark.New(
		goldmark.WithExtensions(extension.Linkify, extension.Strikethrough),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(reshape{}, 500))), //nolint:misspell // its name
		// Advertisers end lines where they mean lines to end.
		goldmark.WithRendererOptions(markup.WithHardWraps()),
	)
	policy  = newPolicy()
	plainTo = regexp.MustCompile(`https?://[^\s<>"]+`)
)

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "strong", "em", "del", "ul", "ol", "li", "blockquote", "h3", "h4", "h5", "h6", "code", "pre", "hr")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
}

// HTML renders a text, markdown or plain, to HTML that is safe to put into a
// page: paragraphs, lists, emphasis, quotations, links that pass nothing on,
// and headings from the third level down without holes. Pictures are left out.
func HTML(s string, isMarkdown bool) string {
	s = Clean(s)
	if s == "" {
		return ""
	}
	if !isMarkdown {
		return policy.Sanitize(plain(s))
	}
	var b bytes.Buffer
	if err := markdown.Convert([]byte(tame(s)), &b); err != nil {
		// A buffer takes every write, so only a defect of the renderer leads
		// here; the words are still worth showing.
		return policy.Sanitize(plain(s))
	}
	return policy.SanitizeReader(&b).String()
}

//nolint:gochecknoglobals // compiled once
var nested = regexp.MustCompile(`(?m)^(?:[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t])){10,}`)

// tame takes the marks off lines that stand deeper in lists and quotations than
// anybody writes: the renderer's work grows with the square of the depth.
func tame(s string) string { return nested.ReplaceAllString(s, "") }

func plain(s string) string {
	var b strings.Builder
	for paragraph := range strings.SplitSeq(s, "\n\n") {
		paragraph = strings.TrimSpace(paragraph)
		if paragraph == "" {
			continue
		}
		b.WriteString("<p>")
		for i, line := range strings.Split(paragraph, "\n") {
			if i > 0 {
				b.WriteString("<br>")
			}
			writeLine(&b, line)
		}
		b.WriteString("</p>")
	}
	return b.String()
}

func writeLine(b *strings.Builder, line string) {
	for {
		at := plainTo.FindStringIndex(line)
		if at == nil {
			b.WriteString(html.EscapeString(line))
			return
		}
		address := strings.TrimRight(line[at[0]:at[1]], `.,;:!?)]}'`)
		b.WriteString(html.EscapeString(line[:at[0]]))
		b.WriteString(`<a href="` + html.EscapeString(address) + `">` + html.EscapeString(address) + `</a>`)
		line = line[at[0]+len(address):]
	}
}

// Text returns the words of a text, markdown or plain, without marks: blocks
// stand on lines of their own, links are their words, pictures what they say.
func Text(s string, isMarkdown bool) string {
	s = Clean(s)
	if !isMarkdown || s == "" {
		return s
	}
	source := []byte(tame(s))
	var b strings.Builder
	root := markdown.Parser().Parse(text.NewReader(source))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			if n.Type() == ast.TypeBlock && b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
				b.WriteByte('\n')
			}
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(n.Segment.Value(source)))))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte('\n')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label(source))
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			for _, line := range n.Lines().Sliced(0, n.Lines().Len()) {
				b.Write(line.Value(source))
			}
		}
		return ast.WalkContinue, nil
	})
	return printableText(b.String())
}

// printableText cleans again what entities may have brought in.
func printableText(s string) string { return strings.TrimSpace(printable(s, '\n')) }

// reshape closes the holes between heading levels and puts a picture's words in
// its place.
type reshape struct{}

// Transform implements parser.ASTTransformer.
func (reshape) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	var headings []*ast.Heading
	var images []ast.Node
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			switch n := n.(type) {
			case *ast.Heading:
				headings = append(headings, n)
			case *ast.Image:
				images = append(images, n)
			}
		}
		return ast.WalkContinue, nil
	})
	// A heading may be one level below the one before it, never more.
	var open []int
	for _, h := range headings {
		for len(open) > 0 && open[len(open)-1] >= h.Level {
			open = slices.Delete(open, len(open)-1, len(open))
		}
		open = append(open, h.Level)
		h.Level = min(topHeading+len(open)-1, 6)
	}
	for _, image := range images {
		parent := image.Parent()
		for child := image.FirstChild(); child != nil; {
			next := child.NextSibling()
			parent.InsertBefore(parent, image, child)
			child = next
		}
		parent.RemoveChild(parent, image)
	}
}

// Link returns an address that is safe to link to: absolute, by http, https,
// mailto or tel. An address without a scheme is taken for a web address. It
// returns "" for anything else.
func Link(raw string) string {
	raw = Line(raw)
	if raw == "" || strings.ContainsAny(raw, " \"<>\\^`{|}") {
		return ""
	}
	u, err := url.Parse(raw)
	if err == nil && u.Scheme == "" && u.Host == "" && strings.Contains(strings.Split(u.Path, "/")[0], ".") {
		u, err = url.Parse("https://" + raw)
	}
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" || u.User != nil {
			return ""
		}
	case "mailto", "tel":
		if u.Opaque == "" {
			return ""
		}
	default:
		return ""
	}
	return u.String()
}
