package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/paths"
)

// downloads has the browser save files in a folder.
func (r *reader) downloads(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	var how browser.SetDownloadBehaviorParams
	how.Behavior, how.DownloadPath = browser.SetDownloadBehaviorBehaviorAllow, folder //nolint:misspell // the browser's own word
	call(t, r.tab, browser.SetDownloadBehavior, how)
	return folder
}

// saves follows a link to a file and returns the file that the browser has saved.
func (r *reader) saves(t *testing.T, folder, link string) string {
	t.Helper()
	eval[bool](t, r.tab, fmt.Sprintf(`document.querySelector("main a[href='%s']").click(), true`, link))
	return saved(t, folder, filepath.Ext(link))
}

// saved waits for the only file of a kind in a folder.
func saved(t *testing.T, folder, ending string) string {
	t.Helper()
	var all []string
	eventually(t, "the browser saves a file of "+ending, func() bool {
		all, _ = filepath.Glob(filepath.Join(folder, "*"+ending)) // the pattern is good
		return len(all) == 1
	})
	return all[0]
}

// TestCopyIsSaved takes the copy as a person does: identifies again, follows both
// links, and reads what the browser has saved, where there is no portal. In both
// languages, with scripts and without.
func TestCopyIsSaved(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	const hostile = `</p><script>document.title="ohi"</script><img src=x onerror=alert(1)> & "loppu"`
	for i, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			who := crowd(130 + i)
			o := newOwner(t, site, lang, i == 0, "Kopio")
			s, folder := o.s, o.downloads(t)
			o.come(t, s, who)
			o.tellsAddress(t)
			o.section(t, "presentation")
			o.fill(t, s.say("profile.field.presentation.text"), o.mark+hostile)
			o.save(t)
			o.visit(t, s.path(paths.Profile))
			o.sees(t, o.mark+hostile)
			o.growOld(t)
			o.visit(t, s.path(paths.OwnData))
			eval[bool](t, o.tab, openAll)
			o.sees(t, o.mark+hostile)
			o.follow(t, s.path(paths.OwnDataCopy))
			o.sees(t, s.say("signin.fresh.title"))
			o.identifyAs(t, s, who)
			o.sees(t, s.say("owndata.copy.care"))

			began := time.Now()
			var copied any
			text := read(t, o.saves(t, folder, s.path(paths.OwnDataCopyJSON)))
			if err := json.Unmarshal([]byte(text), &copied); err != nil {
				t.Fatalf("the copy is no JSON: %v", err)
			}
			if !strings.Contains(fmt.Sprint(copied), o.mark+hostile) || !strings.Contains(text, who.Code) {
				t.Error("the JSON lacks what was written, or the identity code")
			}
			file := o.saves(t, folder, s.path(paths.OwnDataCopyHTML))
			t.Logf("both copies took %s", time.Since(began))
			if strings.Contains(filepath.Base(file), who.FamilyName) {
				t.Errorf("the name of the file tells whose it is: %s", file)
			}
			o.complaints()
			o.open(t, (&url.URL{Scheme: "file", Path: file}).String())
			o.sees(t, s.say("owndata.copy.heading"), o.mark+hostile, who.Code, o.email())
			if got := eval[string](t, o.tab, "document.title"); got != s.say("owndata.copy.heading") {
				t.Errorf("the copy is called %q", got)
			}
			if n := len(htmltest.Parse(t, strings.NewReader(read(t, file))).Elements("script", "img", "link", "iframe")); n != 0 {
				t.Errorf("the copy holds %d scripts or things from elsewhere", n)
			}
			for _, v := range views()[:3] {
				o.look(t, v)
				o.fits(t)
				if !o.scripts {
					continue // axe is a script
				}
				for _, found := range o.violations(t) {
					t.Errorf("%s: %s", v.name, found)
				}
			}
			o.isQuiet(t)
		})
	}
}

// TestCopyAfterAWhile follows the link to the copy when the identification has
// grown old: the person is asked again, and nothing else is saved as if it were
// the copy.
func TestCopyAfterAWhile(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	for i, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			o := newOwner(t, site, lang, i == 1, "Kauan")
			s, folder := o.s, o.downloads(t)
			o.come(t, s, crowd(135+i))
			o.visit(t, s.path(paths.OwnDataCopy))
			o.growOld(t)
			o.follow(t, s.path(paths.OwnDataCopyHTML))
			o.sees(t, s.say("signin.fresh.title"))
			if all, err := os.ReadDir(folder); err != nil || len(all) != 0 {
				t.Errorf("the browser has saved %v: %v", all, err)
			}
		})
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
