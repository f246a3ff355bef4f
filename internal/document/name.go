package document

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the length of a file name without its ending, in characters.
const maxName = 80

// endings are those that a type's files have.
func endings(kind Type) []string {
	switch kind {
	case PDF:
		return []string{".pdf"}
	case PNG:
		return []string{".png"}
	case JPEG:
		return []string{".jpg", ".jpeg"}
	}
	return nil
}

// tidyName makes of a name that a browser sent one that names a file in no other
// folder, hides nothing and tells the type as it is.
func tidyName(name string, kind Type) string {
	name = strings.ToValidUTF8(name, "")
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`"*:<>?|%;`, r), unicode.IsSpace(r):
			return ' '
		case unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r):
			return r
		}
		return -1 // among them what turns the direction of writing
	}, name)
	known := endings(kind)
	for _, ending := range append(known, path.Ext(strings.ToLower(name))) {
		if ending != "" && strings.HasSuffix(strings.ToLower(name), ending) && len(ending) <= 6 {
			name = name[:len(name)-len(ending)]
			break
		}
	}
	name = strings.Trim(strings.Join(strings.Fields(name), " "), ". ")
	if utf8.RuneCountInString(name) > maxName {
		name = string([]rune(name)[:maxName])
	}
	if name == "" {
		name = "document"
	}
	return name + known[0]
}
