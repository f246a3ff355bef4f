package mandate_test

import (
	"testing"

	"tyomarkkinatori.fi/portal/internal/mandate"
)

func TestTheWeightiestRoleIsTheAuthority(t *testing.T) {
	t.Parallel()

	accepted := mandate.Accepted{Roles: []string{"NIMKO", "TJ"}, URIs: []string{"http://valtuusrekisteri.suomi.fi/a"}}
	for _, tt := range []struct {
		roles []string
		want  string
	}{
		{[]string{"TJ", "NIMKO", "http://valtuusrekisteri.suomi.fi/a"}, "NIMKO"},
		{[]string{"TIL", "http://valtuusrekisteri.suomi.fi/a"}, "http://valtuusrekisteri.suomi.fi/a"},
		{[]string{"TIL", "tj", "http://valtuusrekisteri.suomi.fi/a/b", "http://valtuusrekisteri.suomi.fi/"}, ""},
		{[]string{""}, ""},
		{nil, ""},
	} {
		got, ok := accepted.Authority(tt.roles)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q: got %q, %v", tt.roles, got, ok)
		}
	}
	if _, ok := (mandate.Accepted{}).Authority([]string{"NIMKO", ""}); ok {
		t.Error("something is accepted where nothing is")
	}
}
