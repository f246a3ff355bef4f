// Package i18n gives pages and mails their text, dates and numbers in the
// reader's language, Finnish or Swedish.
package i18n

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Lang is a language of the service, or of a posting's text.
type Lang string

// The languages. Pages are in Finnish and Swedish; postings may be in English
// and others too.
const (
	Finnish Lang = "fi"
	Swedish Lang = "sv"
	English Lang = "en"
)

// Langs are the languages of the pages, in the order in which they are shown.
var Langs = [...]Lang{Finnish, Swedish} //nolint:gochecknoglobals // a constant array

// Other returns the other language of the pages.
func (l Lang) Other() Lang {
	if l == Swedish {
		return Finnish
	}
	return Swedish
}

// Catalogue holds every message in every language.
type Catalogue struct {
	bundle *i18n.Bundle
	// plain holds the messages that need no template; most do not, and a page
	// asks for hundreds.
	plain     map[Lang]map[string]string
	localizer map[Lang]*i18n.Localizer
}

// Load reads every catalogue in fsys, files named <section>.<language>.toml.
func Load(fsys fs.FS) (*Catalogue, error) {
	names, err := fs.Glob(fsys, "*.toml")
	if err != nil {
		return nil, fmt.Errorf("list catalogues: %w", err)
	}
	c := &Catalogue{
		bundle:    i18n.NewBundle(language.Finnish),
		plain:     map[Lang]map[string]string{},
		localizer: map[Lang]*i18n.Localizer{},
	}
	c.bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	for _, l := range Langs {
		c.plain[l] = map[string]string{}
		c.localizer[l] = i18n.NewLocalizer(c.bundle, string(l))
	}
	for _, name := range names {
		file, err := c.bundle.LoadMessageFileFS(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("load catalogue %s: %w", name, err)
		}
		plain, ok := c.plain[Lang(file.Tag.String())]
		if !ok {
			return nil, fmt.Errorf("load catalogue %s: no such language", name)
		}
		for _, m := range file.Messages {
			if _, twice := plain[m.ID]; twice {
				return nil, fmt.Errorf("load catalogue %s: %s is there already", name, m.ID)
			}
			plain[m.ID] = m.Other
			if m.One != "" || hasPlaceholder(m.Other) {
				plain[m.ID] = ""
			}
		}
	}
	return c, nil
}

func hasPlaceholder(s string) bool {
	for i := range len(s) - 1 {
		if s[i] == '{' && s[i+1] == '{' {
			return true
		}
	}
	return false
}

type key struct{}

type speaker struct {
	catalogue *Catalogue
	lang      Lang
}

// With returns a context in which T and the formatters speak lang.
func With(ctx context.Context, c *Catalogue, lang Lang) context.Context {
	return context.WithValue(ctx, key{}, speaker{c, lang})
}

func from(ctx context.Context) speaker {
	s, _ := ctx.Value(key{}).(speaker)
	return s
}

// LangOf returns the language of ctx, Finnish when none was set.
func LangOf(ctx context.Context) Lang {
	if s := from(ctx); s.lang != "" {
		return s.lang
	}
	return Finnish
}

// T returns the message id in the language of ctx. A missing message is shown
// as its ID; a test over the whole tree keeps that from reaching a reader.
func T(ctx context.Context, id string) string {
	s := from(ctx)
	if s.catalogue == nil {
		return id
	}
	if text := s.catalogue.plain[s.lang][id]; text != "" {
		return text
	}
	return s.localize(&i18n.LocalizeConfig{MessageID: id})
}

// TData is T for a message with placeholders.
func TData(ctx context.Context, id string, data map[string]any) string {
	return from(ctx).localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: data})
}

// TCount is T for a message with a form for one and another for many; its
// placeholder {{.Count}} is n, grouped by the rules of the language.
func TCount(ctx context.Context, id string, n int) string {
	return from(ctx).localize(&i18n.LocalizeConfig{
		MessageID: id, PluralCount: n, TemplateData: map[string]any{"Count": Number(n)},
	})
}

func (s speaker) localize(c *i18n.LocalizeConfig) string {
	if s.catalogue == nil {
		return c.MessageID
	}
	text, err := s.catalogue.localizer[s.lang].Localize(c)
	if err != nil {
		return c.MessageID
	}
	return text
}
