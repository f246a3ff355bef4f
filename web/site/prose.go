package site

import (
	"context"
	"strings"

	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/ui"
)

// block is a heading, a paragraph or a list of a longer text.
type block struct {
	Heading   string
	Paragraph []ui.Text
	Items     [][]ui.Text
}

// blocks reads a text of the catalogue: blank lines part blocks, "## " begins a
// heading, "- " an item of a list, and [label](address) is a link. The address
// may be the name of a page of ours.
func blocks(ctx context.Context, text string) []block {
	var all []block
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if heading, ok := strings.CutPrefix(part, "## "); ok {
			all = append(all, block{Heading: heading})
			continue
		}
		if !strings.HasPrefix(part, "- ") {
			all = append(all, block{Paragraph: links(ctx, part)})
			continue
		}
		var b block
		for line := range strings.Lines(part) {
			b.Items = append(b.Items, links(ctx, strings.TrimPrefix(strings.TrimSpace(line), "- ")))
		}
		all = append(all, b)
	}
	return all
}

func links(ctx context.Context, line string) []ui.Text {
	line = strings.ReplaceAll(line, "\n", " ")
	var texts []ui.Text
	for {
		start := strings.IndexByte(line, '[')
		middle := strings.Index(line, "](")
		if start < 0 || middle < start {
			break
		}
		length := strings.IndexByte(line[middle:], ')')
		if length < 0 {
			break
		}
		texts = append(texts, ui.Plain(line[:start]), ui.Text{
			Text: line[start+1 : middle],
			Href: address(ctx, line[middle+len("]("):middle+length]),
		})
		line = line[middle+length+1:]
	}
	return append(texts, ui.Plain(line))
}

// address turns the name of a page into its address and leaves others alone.
func address(ctx context.Context, name string) string {
	pages := map[string]paths.Pair{
		"about":         paths.About,
		"accessibility": paths.Accessibility,
		"cookies":       paths.Cookies,
		"feedback":      paths.Feedback,
		"jobs":          paths.JobSearch,
		"join":          paths.Join,
		"watch":         paths.Watch,
		"terms":         paths.Terms,
		"privacy":       paths.Privacy,
		"keeping":       paths.Keeping,
		"owndata":       paths.OwnData,
		"requests":      paths.OwnDataRequests,
	}
	if p, ok := pages[name]; ok {
		return paths.To(ctx, p)
	}
	return name
}
