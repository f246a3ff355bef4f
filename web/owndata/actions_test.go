package owndata_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/locales"
)

// byNobody are actions that neither a person does nor concern one: the portal's
// own work, and what comes without a log-in.
//
//nolint:gochecknoglobals // a constant
var byNobody = []string{
	"session.purged", "person_key.rotated", "job_watch.", "feedback.", "handover.", "job_posting.",
	"form.purged", "login.purged", "viewing.purged", "mail.", "act.purged", "organisation.purged", "profile_draft.purged",
	"draft.purged", "draft.warned", "duty.reminded", "case.lapsed", "case.reminded", "audit_event.released", "terms.announced",
	"erasures.replayed", "accounts.warned", "data_request.alarmed", "data_request.erased",
}

// TestEveryActionHasWords in both languages, wherever in the tree it is named:
// people read the log.
func TestEveryActionHasWords(t *testing.T) {
	t.Parallel()

	catalogue, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?m)^\s*(?:const )?[aA]ction\w+ *= "([a-z_]+\.[a-z_]+)"|Action: *"([a-z_]+\.[a-z_]+)"`)
	found := 0
	root := os.DirFS("../..")
	for _, dir := range []string{"internal", "web", "cmd"} {
		err := fs.WalkDir(root, dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := fs.ReadFile(root, path)
			for _, m := range named.FindAllStringSubmatch(string(text), -1) {
				action := m[1] + m[2]
				found++
				if slices.ContainsFunc(byNobody, func(prefix string) bool { return strings.HasPrefix(action, prefix) }) {
					continue
				}
				for _, lang := range []i18n.Lang{i18n.Finnish, i18n.Swedish} {
					id := "actions." + action
					if i18n.T(i18n.With(t.Context(), catalogue, lang), id) == id {
						t.Errorf("%s, named in %s, has no words in %s", action, path, lang)
					}
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 120 {
		t.Errorf("only %d actions found in the tree", found)
	}
}
