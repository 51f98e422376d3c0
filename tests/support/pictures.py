"""Pictures for tests, made on the spot: ordinary ones and hostile ones."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

HTML = b"<!DOCTYPE html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def picture(kind: str = "JPEG", size: tuple[int, int] = (1_200, 800), *, mode: str = "RGB", **how: Any) -> bytes:
    """Return a picture of two colours: its left half red, its right half blue."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (size[0] // 2, 0, size[0], size[1]))
    out = BytesIO()
    image.convert(mode).save(out, kind, **how)
    return out.getvalue()


def moving(kind: str = "GIF") -> bytes:
    """Return a moving picture of ten images, the first red."""
    first, *others = [Image.new("RGB", (60, 40), (200 - 20 * number, 30, 30)) for number in range(10)]
    out = BytesIO()
    first.save(out, kind, save_all=True, append_images=others, duration=100)
    return out.getvalue()


def png_chunk(name: bytes, content: bytes) -> bytes:
    """Return one chunk of a PNG."""
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def huge_png(width: int = 50_000, height: int = 50_000) -> bytes:
    """Return a PNG of a few bytes that says that it has so many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(b"\0" * 100_000))


def with_chunk(png: bytes, name: bytes, content: bytes) -> bytes:
    """Return a PNG with one more chunk, right behind its header."""
    return png[:33] + png_chunk(name, content) + png[33:]


def opened(content: bytes) -> Image.Image:
    """Return what is in a picture."""
    image = Image.open(BytesIO(content))
    image.load()
    return image
