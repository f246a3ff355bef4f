package document

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
)

// drawing bounds how many pictures are drawn at a time: one takes up to a
// hundred megabytes.
//
//nolint:gochecknoglobals // the bound is the process's
var drawing = make(chan struct{}, 2)

// maxScans is how many times a JPEG may go over its pixels; cameras and programs
// do it a dozen times.
const maxScans = 60

// redraw decodes a picture and encodes what is seen: nothing that was hidden
// between, before or after its pixels stays, and no place and no time of the
// camera's.
func redraw(ctx context.Context, kind Type, content []byte) ([]byte, error) {
	select {
	case drawing <- struct{}{}:
		defer func() { <-drawing }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to draw: %w", ctx.Err())
	}
	decodeConfig, decode := png.DecodeConfig, png.Decode
	if kind == JPEG {
		decodeConfig, decode = jpeg.DecodeConfig, jpeg.Decode
	}
	size, err := decodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, refuse("document.file.broken")
	}
	if size.Width > MaxSide || size.Height > MaxSide || size.Width*size.Height > MaxPixels {
		return nil, refuse("document.file.pixels")
	}
	if kind == JPEG && bytes.Count(content, []byte("\xff\xda")) > maxScans {
		return nil, refuse("document.file.broken")
	}
	picture, err := decode(bytes.NewReader(content))
	if err != nil {
		return nil, refuse("document.file.broken")
	}
	var out bytes.Buffer
	if kind == PNG {
		err = png.Encode(&out, picture)
	} else {
		err = jpeg.Encode(&out, upright(picture, orientation(content)), &jpeg.Options{Quality: 90})
	}
	if err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	if out.Len() > 2*MaxSize {
		return nil, refuse("document.file.large")
	}
	return out.Bytes(), nil
}

// upright turns and mirrors a picture as the camera said that it must be seen;
// the number is Exif's.
func upright(p image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return p
	}
	b := p.Bounds()
	w, h := b.Dx(), b.Dy()
	turned := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		turned = image.Rect(0, 0, h, w)
	}
	src := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(src, src.Bounds(), p, b.Min, draw.Src)
	dst := image.NewRGBA(turned)
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch orientation {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			copy(dst.Pix[dst.PixOffset(tx, ty):][:4], src.Pix[src.PixOffset(x, y):][:4])
		}
	}
	return dst
}
