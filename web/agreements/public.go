package agreements

import (
	"context"
	"errors"
	"net/http"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
)

// standing is a version and where it stands among the others of its kind.
type standing struct {
	terms.Version

	// Current is the number of the version in force, 0 for none.
	Current int
	// Versions are all of the kind, newest first.
	Versions []terms.Version
}

func (s standing) state() string { return stateOf(s.Version, s.Current) }

// stateOf says whether v is in force, over or coming.
func stateOf(v terms.Version, current int) string {
	switch {
	case v.Number == current:
		return "current"
	case v.Number < current:
		return "over"
	}
	return "coming"
}

// before is the version that v followed; ok is false for the first.
func (s standing) before() (v terms.Version, ok bool) {
	for _, v := range s.Versions {
		if v.Number == s.Number-1 {
			return v, true
		}
	}
	return terms.Version{}, false
}

// successor is the version that took v's place.
func (s standing) successor() terms.Version {
	for _, v := range s.Versions {
		if v.Number == s.Current {
			return v
		}
	}
	return terms.Version{}
}

func (p Pages) standing(r *http.Request) (standing, error) {
	kind, err := kindOf(r)
	if err != nil {
		return standing{}, err
	}
	number, err := respond.Number(r, "number")
	if err != nil {
		return standing{}, err
	}
	all, current, err := p.versions(r.Context(), kind)
	if err != nil {
		return standing{}, err
	}
	for _, v := range all {
		if int64(v.Number) == number {
			return standing{v, current, all}, nil
		}
	}
	return standing{}, fault.ErrNotFound
}

// versions returns all versions of kind, newest first, and the number of the one
// in force.
func (p Pages) versions(ctx context.Context, kind terms.Kind) ([]terms.Version, int, error) {
	all, err := p.Terms.Versions(ctx, kind)
	if err != nil {
		return nil, 0, err
	}
	current, err := p.Terms.Current(ctx, kind)
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return nil, 0, err
	}
	return all, current.Number, nil
}

// shelf is a kind of terms with its versions.
type shelf struct {
	Kind     terms.Kind
	Versions []terms.Version
	Current  int
}

func (p Pages) showKinds(w http.ResponseWriter, r *http.Request) error {
	var shelves []shelf
	for _, kind := range terms.Kinds() {
		if !p.Terms.Open(kind) {
			continue
		}
		all, current, err := p.versions(r.Context(), kind)
		if err != nil {
			return err
		}
		if len(all) > 0 {
			shelves = append(shelves, shelf{kind, all, current})
		}
	}
	return respond.Page(w, r, http.StatusOK, kindsPage(shelves))
}

// showCurrent leads to the version in force: each version has one address.
func (p Pages) showCurrent(w http.ResponseWriter, r *http.Request) error {
	kind, err := kindOf(r)
	if err != nil {
		return err
	}
	v, err := p.Terms.Current(r.Context(), kind)
	if err != nil {
		return err
	}
	respond.SeeOther(w, r, versionPath(r.Context(), paths.TermsVersion, v))
	return nil
}

func (p Pages) showVersion(w http.ResponseWriter, r *http.Request) error {
	s, err := p.standing(r)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, versionPage(s))
}

func (p Pages) showBoth(w http.ResponseWriter, r *http.Request) error {
	s, err := p.standing(r)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, bothPage(s))
}

func (p Pages) showChanges(w http.ResponseWriter, r *http.Request) error {
	s, err := p.standing(r)
	if err != nil {
		return err
	}
	before, ok := s.before()
	if !ok {
		respond.SeeOther(w, r, versionPath(r.Context(), paths.TermsVersion, s.Version))
		return nil
	}
	lang := i18n.LangOf(r.Context())
	return respond.Page(w, r, http.StatusOK, changesPage(s, terms.Difference(before.Whole(lang), s.Whole(lang))))
}

// showText gives the exact bytes that the hash is made of.
func (p Pages) showText(w http.ResponseWriter, r *http.Request) error {
	s, err := p.standing(r)
	if err != nil {
		return err
	}
	respond.Content(w, "text/markdown; charset=utf-8", []byte(s.Text[i18n.LangOf(r.Context())]))
	return nil
}

// changed counts the paragraphs of a difference by what happened to them.
func changed(all []terms.Paragraph, c terms.Change) int {
	n := 0
	for _, p := range all {
		if p.Change == c {
			n++
		}
	}
	return n
}
