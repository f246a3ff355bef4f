package mandates

import (
	"testing"
)

// TestChecksum holds the checksum to the published examples.
func TestChecksum(t *testing.T) {
	t.Parallel()

	const key = "3ba56df8-88b8-4805-9b04-2f8e7a61"
	const query = "/user/register/ed4b7ae7/080297-915A?requestId=02fd35dc-99e6-477b-b6e2-03f02cbf3666"
	for _, v := range []struct{ target, stamp, want string }{
		{"/service/hpa" + query, "2017-02-09T10:29:42.090000+00:00", "GeRKoGmGd0RFk33s2vNHutJf/TrEdwSM2Vb7qWXLESY="},
		{"/service/hpa" + query, "2017-02-09T10:29:42.09Z", "z7X+xWtrvth1L7Ql6B/4xZ0iQ1VjToWX4TnHVLo8RGo="},
		{"/service/ypa" + query, "2017-02-09T10:29:42.09Z", "z1xDqaSjDwnVniJvis0SqMXeQEBtgBgzozhQqftmY9U="},
	} {
		if got := checksum(key, v.target, v.stamp); got != v.want {
			t.Errorf("%s at %s: got %s, want %s", v.target, v.stamp, got, v.want)
		}
	}
}
