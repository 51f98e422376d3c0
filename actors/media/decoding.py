"""A program of its own that makes a harmless picture of what somebody sent: `actors.media.pictures` runs it.

Decoders of pictures are large, written in C, and fed by strangers. So they run in a process that holds
no secret and no connection, may use so much memory and time and no more, and is thrown away after one
picture. What it gives back is drawn anew from the pixels: no metadata, no place where a photo was made,
nothing that was hidden behind or inside the picture.

Reads the file from standard input and the shape from its argument; writes a line of JSON, and then the
bytes that the line tells of. Imports nothing of ours, so that it starts quickly.
"""

import json
import resource
import sys
import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final

from PIL import (
    AvifImagePlugin,  # noqa: F401 - plugins are loaded before the limits are set
    GifImagePlugin,  # noqa: F401
    Image,
    ImageCms,
    ImageOps,
    JpegImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    WebPImagePlugin,  # noqa: F401
)

MOST_PIXELS: Final = 50_000_000
LONGEST_SIDE: Final = 16_384
CPU_SECONDS: Final = 30
_MOST_MEMORY: Final = 1_536 * 1_048_576
_LARGEST_PNG: Final = 4 * 1_048_576
_LARGEST_PROFILE: Final = 4 * 1_048_576
_ORIENTATION: Final = 0x0112
_TURNED: Final = frozenset({5, 6, 7, 8})
"""Orientations in which width and height change places."""
_READY: Final = frozenset({"L", "RGB", "RGBA", "CMYK"})
_LOSSLESS: Final = frozenset({"PNG", "GIF"})


class Refused(Exception):
    """A picture that is not made; the message is the reason in one word."""


def main(argument: str) -> None:
    """Make what standard input holds, and write it to standard output."""
    _set_limits()
    asked = json.loads(argument)
    try:
        told, parts = make(sys.stdin.buffer.read(), **asked)
    except Refused as error:
        told, parts = {"refused": str(error)}, []
    out = sys.stdout.buffer
    out.write(json.dumps(told).encode() + b"\n")
    for part in parts:
        out.write(part)
    out.flush()


def make(
    content: bytes, *, kind: str, box: Sequence[int], square: bool, previews: Sequence[int]
) -> tuple[dict[str, Any], list[bytes]]:
    """Return what the picture became, and the bytes of itself and of its previews (WebP), smallest last.

    ``kind`` is the only format that is tried. Raises `Refused`.
    """
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(BytesIO(content), formats=[kind]) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
                raise Refused("pixels")
            image = _plain(opened, (box[0], box[1]), square=square)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise Refused("pixels") from None
    except Refused:
        raise
    except Exception:  # noqa: BLE001 - whatever a decoder makes of a broken file, it is the sender's
        raise Refused("broken") from None
    media_type, encoded = _encode(image, lossless=kind in _LOSSLESS)
    smaller = [(wide, _preview(image, wide)) for wide in previews if square or wide < image.width]
    told = {
        "media_type": media_type,
        "width": image.width,
        "height": image.height,
        "sizes": [len(encoded), *(len(preview) for _, preview in smaller)],
        "previews": [wide for wide, _ in smaller],
    }
    return told, [encoded, *(preview for _, preview in smaller)]


def _plain(opened: Image.Image, box: tuple[int, int], *, square: bool) -> Image.Image:
    """Return the pixels alone: upright, in sRGB, within the box, with nothing beside them."""
    orientation = opened.getexif().get(_ORIENTATION, 1)
    profile = opened.info.get("icc_profile")
    image = opened if opened.mode in _READY else _eight_bits(opened)
    if not square:
        # Made smaller first: everything after it costs less.
        image.thumbnail((box[1], box[0]) if orientation in _TURNED else box, Image.Resampling.LANCZOS)
    else:
        side = max(box) * 2
        image.draft("RGB", (side, side))
    image = _in_srgb(image, profile)
    image = _upright(image, orientation)
    if square:
        side = min(box[0], *image.size)
        image = ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS)
    clean = Image.new(image.mode, image.size)
    clean.paste(image)
    if clean.mode == "RGBA" and clean.getchannel("A").getextrema() == (255, 255):
        return clean.convert("RGB")
    return clean


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # sixteen bits of grey, which Pillow would clip instead of scale
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation)
    return image.transpose(turn) if turn is not None else image


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    wanted = "RGBA" if image.mode == "RGBA" else "RGB"
    if isinstance(profile, bytes) and len(profile) <= _LARGEST_PROFILE:
        try:
            given = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode=wanted)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = None  # a profile that is none, or is for another kind of picture: the colours as they are
        if converted is not None:
            return converted
    return image if image.mode == wanted else image.convert(wanted)


def _encode(image: Image.Image, *, lossless: bool) -> tuple[str, bytes]:
    if lossless or image.mode == "RGBA":
        encoded = _saved(image, "PNG", optimize=image.width * image.height < 1_000_000)
        if len(encoded) <= _LARGEST_PNG:
            return "image/png", encoded
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
        image = flat
    return "image/jpeg", _saved(image, "JPEG", quality=85, optimize=True, progressive=True)


def _preview(image: Image.Image, wide: int) -> bytes:
    smaller = image.copy()
    smaller.thumbnail((wide, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return _saved(smaller, "WEBP", quality=80, method=4)


def _saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def _set_limits() -> None:
    for what, most in (
        (resource.RLIMIT_AS, _MOST_MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main(sys.argv[1])
