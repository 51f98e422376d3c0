"""Making clean HTML of what people write without keeping everyone else waiting.

The parser takes a microsecond or more for each character. A short text is done at once; a longer one in a thread that
does one at a time, so that many at once slow down each other and nobody else.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from actors.sanitize import render_markdown

_SHORT: Final = 500
_thread: Final = ThreadPoolExecutor(1, thread_name_prefix="rendering")


async def rendered(source: str, *, shift_headings: bool = False, mentions: Mapping[str, str] | None = None) -> str:
    """Return what `actors.sanitize.render_markdown` makes of a text."""
    render = partial(render_markdown, source, shift_headings=shift_headings, mentions=mentions)
    if len(source) <= _SHORT:
        return render()
    return await asyncio.get_running_loop().run_in_executor(_thread, render)
