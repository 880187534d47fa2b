"""Photos of poles: made anew from what was sent, small, without place, time or camera written inside.

A picture is opened only as far as its head until its size is known; what claims to be huge is refused unopened.
"""

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from loa.kernel.errors import Invalid

MOST_BYTES = 15 * 1024 * 1024
MOST_PIXELS = 60_000_000
EDGE, QUALITY = 1280, 80
KINDS = ("JPEG", "PNG", "WEBP")


def made_small(sent: bytes) -> tuple[bytes, int, int]:
    """A JPEG of at most 1280 px an edge, its width and height. Upright as it was taken. Invalid."""
    if len(sent) > MOST_BYTES:
        raise Invalid("Ảnh lớn quá 15 MB.", code="photo_too_big")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return _made(sent)
    except Invalid:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning, MemoryError, EOFError) as error:
        raise Invalid("Không đọc được ảnh này. Hãy gửi ảnh JPG hoặc PNG.", code="photo_unread") from error


def _made(sent: bytes) -> tuple[bytes, int, int]:
    with Image.open(io.BytesIO(sent), formats=KINDS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise Invalid("Ảnh này quá nhiều điểm ảnh. Hãy gửi ảnh nhỏ hơn.", code="photo_too_big")
        opened.draft("RGB", (EDGE, EDGE))
        upright = ImageOps.exif_transpose(opened)
        plain = upright.convert("RGB")
    plain.thumbnail((EDGE, EDGE))
    bare = Image.new("RGB", plain.size)
    bare.paste(plain)  # a new picture: nothing of what was written beside the old one comes along
    kept = io.BytesIO()
    bare.save(kept, "JPEG", quality=QUALITY, optimize=True)
    return kept.getvalue(), bare.width, bare.height
