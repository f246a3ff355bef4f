package session_test

import (
	"context"
	"fmt"
	"html"
	"io"

	"github.com/a-h/templ"

	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/session"
	"tyomarkkinatori.fi/portal/web/ui"
)

// purpose is that of the probe page's form.
const purpose = "probe"

// probePage is a page with a form.
func probePage(page paths.Pair, text, name string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		body := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
			_, err := fmt.Fprintf(w, `<h1>%s</h1><form id="probe" method="post" action="%s">`, html.EscapeString(name), paths.To(ctx, page))
			if err != nil {
				return err
			}
			if err := session.FormFields(purpose).Render(ctx, w); err != nil {
				return err
			}
			_, err = fmt.Fprintf(w, `<label for="text">Teksti</label><textarea id="text" name="text">%s</textarea><button>Lähetä</button></form>`, html.EscapeString(text))
			return err
		})
		return ui.Layout(ui.Page{Title: "Koe", NoIndex: true}).Render(templ.WithChildren(ctx, body), w)
	})
}
