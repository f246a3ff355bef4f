package document

import (
	"bytes"
	"encoding/binary"
)

// exifOrientation is the tag that tells how a camera was held.
const exifOrientation = 0x0112

// orientation reads from a JPEG how the camera was held, 1 when it does not say.
func orientation(content []byte) int {
	for at := 2; at+4 <= len(content) && content[at] == 0xff; {
		marker, size := content[at+1], int(binary.BigEndian.Uint16(content[at+2:]))
		if marker == 0xda || size < 2 || at+2+size > len(content) { // the picture begins
			break
		}
		segment := content[at+4 : at+2+size]
		if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && marker == 0xe1 {
			return orientationOf(tiff)
		}
		at += 2 + size
	}
	return 1
}

func orientationOf(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	first := int64(order.Uint32(tiff[4:]))
	if first+2 > int64(len(tiff)) {
		return 1
	}
	directory := tiff[first:]
	entries := int(order.Uint16(directory))
	for i := range entries {
		entry := 2 + 12*i
		if entry+12 > len(directory) {
			break
		}
		if order.Uint16(directory[entry:]) == exifOrientation {
			return int(order.Uint16(directory[entry+8:]))
		}
	}
	return 1
}
