"""Pictures are drawn anew: what comes out holds pixels and nothing else, whatever was sent."""

import asyncio
import zlib
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from actors.media import pictures as making
from actors.media.pictures import AVATAR, DOCUMENT, LARGEST_PICTURE, LOGO, PICTURE, PictureRefused, Pictures, Reason
from actors.media.store import DocumentStore, StoredDocument
from tests.support.pictures import HTML, SVG, huge_png, moving, opened, picture, with_chunk

PDF = b"%PDF-1.7\n1 0 obj\n"


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    return DocumentStore(tmp_path)


@pytest.fixture
def pictures(store: DocumentStore) -> Pictures:
    return Pictures(store)


def content_of(store: DocumentStore, stored: StoredDocument, wide: int | None = None) -> bytes:
    path = store.path(stored.digest, wide)
    assert path is not None
    return path.read_bytes()


def reds_left(image: Image.Image) -> bool:
    red, _, blue = image.convert("RGB").getpixel((image.width // 4, image.height // 2))  # type: ignore[misc]
    return bool(red > 150 > 80 > blue)


@pytest.mark.parametrize(
    ("kind", "media_type", "ending"),
    [
        ("JPEG", "image/jpeg", "jpg"),
        ("PNG", "image/png", "png"),
        ("WEBP", "image/jpeg", "jpg"),
        ("GIF", "image/png", "png"),
        ("AVIF", "image/jpeg", "jpg"),
    ],
)
async def test_a_picture_is_stored_with_smaller_ones_beside_it(
    store: DocumentStore, pictures: Pictures, kind: str, media_type: str, ending: str
) -> None:
    stored = await pictures.put(picture(kind), "het plein.xyz", PICTURE)
    assert (stored.media_type, stored.file_name) == (media_type, f"het-plein.{ending}")
    assert (stored.width, stored.height) == (1_200, 800)
    made = content_of(store, stored)
    assert len(made) == stored.size
    assert reds_left(opened(made))
    for wide in (320, 960):
        preview = opened(content_of(store, stored, wide))
        assert (preview.format, preview.width) == ("WEBP", wide)
        assert preview.height in {round(wide * 2 / 3), wide * 2 // 3}
        assert reds_left(preview)


async def test_a_large_picture_is_made_smaller_and_a_small_one_never_larger(pictures: Pictures) -> None:
    large = await pictures.put(picture(size=(5_000, 1_000)), "x.jpg", PICTURE)
    assert (large.width, large.height) == (2_048, 410)
    readable = await pictures.put(picture("PNG", size=(5_000, 1_000)), "x.png", DOCUMENT)
    assert (readable.width, readable.height) == (4_096, 819)
    small = await pictures.put(picture(size=(30, 20)), "x.jpg", PICTURE)
    assert (small.width, small.height) == (30, 20)


async def test_an_avatar_is_square_and_a_logo_keeps_its_shape(store: DocumentStore, pictures: Pictures) -> None:
    avatar = await pictures.put(picture(), "ik.jpg", AVATAR)
    assert (avatar.width, avatar.height) == (400, 400)
    assert opened(content_of(store, avatar, 96)).size == (96, 96)
    tiny = await pictures.put(picture(size=(40, 60)), "ik.jpg", AVATAR)
    assert (tiny.width, tiny.height) == (40, 40)
    assert opened(content_of(store, tiny, 96)).size == (40, 40)
    logo = await pictures.put(picture("PNG"), "logo.png", LOGO)
    assert (logo.width, logo.height) == (288, 192)


async def test_nothing_but_pixels_is_left(store: DocumentStore, pictures: Pictures) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "GeheimeCamera"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (51.0, 33.0, 20.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    hidden = {"exif": exif, "icc_profile": profile, "xmp": b"<x:xmpmeta>GeheimePlek</x:xmpmeta>"}
    texts = PngInfo()
    texts.add_text("Author", "GeheimeMaker")
    texts.add_text("Comment", "GeheimePlek", zip=True)
    sent = [
        picture("JPEG", comment=b"GeheimePlek", **hidden), picture("WEBP", **hidden), picture("AVIF", **hidden),
        picture("PNG", pnginfo=texts, exif=exif, icc_profile=profile), picture("GIF", comment=b"GeheimePlek"),
    ]  # fmt: skip
    for number, content in enumerate(sent):
        assert b"Geheime" in content or number == 3
        stored = await pictures.put(content, "x", PICTURE)
        for made in (content_of(store, stored), content_of(store, stored, 320)):
            image = opened(made)
            assert not image.getexif()
            assert not {"exif", "icc_profile", "xmp", "comment", "Author", "Comment", "photoshop"} & set(image.info)
            assert b"Geheime" not in made


async def test_a_photo_that_lies_on_its_side_is_stored_upright(store: DocumentStore, pictures: Pictures) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    upright = opened(picture(size=(600, 400)))
    lying = upright.transpose(Image.Transpose.ROTATE_90)
    path = store.path("") or Path(store._folder) / "lying.jpg"
    lying.save(path, "JPEG", exif=exif)
    stored = await pictures.put(path.read_bytes(), "x.jpg", PICTURE)
    assert (stored.width, stored.height) == (600, 400)
    assert reds_left(opened(content_of(store, stored)))


async def test_of_a_moving_picture_the_first_image_is_kept(store: DocumentStore, pictures: Pictures) -> None:
    for kind in ("GIF", "WEBP", "PNG", "AVIF"):
        stored = await pictures.put(moving(kind), "x", PICTURE)
        image = opened(content_of(store, stored))
        assert getattr(image, "n_frames", 1) == 1
        assert image.convert("RGB").getpixel((5, 5))[0] > 185  # type: ignore[index]


async def test_what_can_be_seen_through_stays_so_and_sixteen_bits_keep_their_grey(
    store: DocumentStore, pictures: Pictures
) -> None:
    clear = Image.new("RGBA", (50, 50), (10, 20, 30, 0))
    clear.putpixel((1, 1), (10, 20, 30, 255))
    path = Path(store._folder) / "clear"
    clear.save(path, "WEBP", lossless=True)
    stored = await pictures.put(path.read_bytes(), "x.webp", PICTURE)
    assert stored.media_type == "image/png"
    assert opened(content_of(store, stored)).getpixel((0, 0))[3] == 0  # type: ignore[index]
    Image.new("I;16", (50, 50), 128 * 257).save(path, "PNG")
    grey = await pictures.put(path.read_bytes(), "x.png", PICTURE)
    assert opened(content_of(store, grey)).convert("L").getpixel((3, 3)) in range(126, 131)


async def test_colours_of_print_become_colours_of_a_screen(store: DocumentStore, pictures: Pictures) -> None:
    stored = await pictures.put(picture(mode="CMYK"), "x.jpg", PICTURE)
    image = opened(content_of(store, stored))
    assert image.mode == "RGB"
    assert reds_left(image)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"\xff\xd8\xff" + b"x" * LARGEST_PICTURE, Reason.BYTES),
        (SVG, Reason.KIND),
        (HTML, Reason.KIND),
        (PDF, Reason.KIND),
        (b"BM" + b"\0" * 100, Reason.KIND),
        (b"II*\0" + b"\0" * 100, Reason.KIND),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", Reason.KIND),
        (b" " + picture("PNG"), Reason.KIND),
        (huge_png(), Reason.PIXELS),
        (huge_png(10_000, 5_001), Reason.PIXELS),
        (huge_png(16_385, 1), Reason.PIXELS),
        (huge_png(2**31 - 1, 2**31 - 1), Reason.PIXELS),
        (huge_png(0, 0), Reason.BROKEN),
        (huge_png(2_000, 2_000), Reason.BROKEN),
        (picture("JPEG")[:700], Reason.BROKEN),
        (picture("PNG")[:-40], Reason.BROKEN),
        (picture("WEBP")[:200], Reason.BROKEN),
        (picture("AVIF")[:400], Reason.BROKEN),
        (picture("GIF")[:100], Reason.BROKEN),
        (b"\x89PNG\r\n\x1a\n" + SVG, Reason.BROKEN),
        (b"\xff\xd8\xff" + HTML, Reason.BROKEN),
        (b"GIF89a" + HTML, Reason.BROKEN),
        (b"RIFF\xff\xff\xff\xffWEBP" + HTML, Reason.BROKEN),
        (b"\0\0\0\x1cftypavif" + HTML, Reason.BROKEN),
    ],
    ids=lambda value: value.value if isinstance(value, Reason) else "",
)
async def test_what_is_no_picture_or_too_much_of_one_is_refused(
    tmp_path: Path, pictures: Pictures, content: bytes, reason: Reason
) -> None:
    with pytest.raises(PictureRefused) as refused:
        await pictures.put(content, "foto.png", PICTURE)
    assert refused.value.reason is reason
    assert not list(tmp_path.rglob("*"))


async def test_what_hides_in_or_behind_a_picture_is_gone(store: DocumentStore, pictures: Pictures) -> None:
    polyglots = [
        picture("PNG") + HTML, picture("JPEG") + HTML, picture("GIF") + HTML, picture("PNG") + SVG,
        with_chunk(picture("PNG"), b"tEXt", b"Comment\0" + HTML), picture("GIF", comment=HTML),
        picture("JPEG", comment=HTML), picture("JPEG") + b"PK\x03\x04" + b"\0" * 100, PDF.join([picture("PNG"), b""]),
    ]  # fmt: skip
    for content in polyglots:
        made = content_of(store, await pictures.put(content, "x.html", PICTURE))
        assert not any(hidden in made for hidden in (b"<script", b"<svg", b"%PDF", b"PK\x03\x04"))


async def test_a_chunk_of_metadata_that_unpacks_to_gigabytes_costs_nothing(
    store: DocumentStore, pictures: Pictures
) -> None:
    bomb = zlib.compress(b"\0" * 200_000_000, 9)
    for name, content in ((b"iCCP", b"x\0\0" + bomb), (b"zTXt", b"x\0\0" + bomb), (b"eXIf", b"\0" * 5_000_000)):
        try:
            stored = await pictures.put(with_chunk(picture("PNG"), name, content), "x.png", PICTURE)
        except PictureRefused as refused:
            assert refused.reason is Reason.BROKEN
        else:
            assert len(content_of(store, stored)) < 20_000


async def test_a_profile_that_is_none_changes_no_colours(store: DocumentStore, pictures: Pictures) -> None:
    stored = await pictures.put(picture("JPEG", icc_profile=b"geen profiel" * 50), "x.jpg", PICTURE)
    assert reds_left(opened(content_of(store, stored)))


async def test_a_picture_that_takes_too_long_is_given_up(store: DocumentStore, tmp_path: Path) -> None:
    with pytest.raises(PictureRefused) as refused:
        await Pictures(store, seconds=0.0).put(picture("PNG"), "x.png", PICTURE)
    assert refused.value.reason is Reason.BROKEN
    assert not list(tmp_path.rglob("*"))


async def test_more_pictures_than_can_wait_are_refused_at_once(
    pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "_MOST_WAITING", 3)
    sent = [pictures.put(picture(size=(40, 40)), "x.jpg", PICTURE) for _ in range(5)]
    came = await asyncio.gather(*sent, return_exceptions=True)
    assert [one.reason for one in came if isinstance(one, PictureRefused)] == [Reason.BUSY] * 2
    assert len({one.digest for one in came if isinstance(one, StoredDocument)}) == 1


async def test_the_process_that_decodes_knows_no_secret(
    pictures: Pictures, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spy = tmp_path / "spy.py"
    spy.write_text("import os, sys\nsys.exit(bool(set(os.environ) - {'LC_CTYPE'}))\n")
    monkeypatch.setattr(making.decoding, "__file__", str(spy))
    monkeypatch.setenv("SAMENSPRAAK_SECRET_KEY", "x" * 32)
    told = []
    monkeypatch.setattr(making, "_read", lambda out: told.append(out) or ({"refused": "kind"}, []))
    with pytest.raises(PictureRefused) as refused:
        await pictures.put(picture("PNG"), "x.png", PICTURE)
    assert refused.value.reason is Reason.KIND
    assert told == [b""]


async def test_files_of_a_knowledge_product_may_be_pictures_or_documents(pictures: Pictures) -> None:
    assert (await pictures.put_file(picture("PNG"), "kaart.pdf")).file_name == "kaart.png"
    document = await pictures.put_file(PDF, "gids.pdf")
    assert (document.media_type, document.width) == ("application/pdf", None)
