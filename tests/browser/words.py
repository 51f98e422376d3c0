"""Texts of the interface that stand on a page in the other language."""

from functools import cache

from babel.messages.pofile import read_po
from playwright.async_api import Page

from web.language import catalogues_of

_OWN_TEXTS = """() => {
    const page = document.documentElement, found = new Set();
    const isOwn = (element) => element.closest("[lang]") === page && !element.closest("script, style, template");
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (node.data.trim() && isOwn(node.parentElement)) found.add(node.data.replace(/\\s+/g, " ").trim());
    }
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]"))
        for (const name of ["aria-label", "title", "placeholder", "alt"])
            if (element.hasAttribute(name) && isOwn(element)) found.add(element.getAttribute(name).trim());
    return [page.lang, [...found]];
}"""


async def words_of_another_language(page: Page) -> list[str]:
    """Return what stands on the page in a language that it is not in, and that is not marked."""
    spoken, texts = await page.evaluate(_OWN_TEXTS)
    return [f"not in {spoken}: {text!r}" for text in texts if text in _foreign(spoken)]


@cache
def _foreign(spoken: str) -> frozenset[str]:
    english, dutch = set(), set()
    for path in catalogues_of("nl"):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id and isinstance(message.id, str) and isinstance(message.string, str):
                    english.add(" ".join(message.id.split()))
                    dutch.add(" ".join(message.string.split()))
    return frozenset(english - dutch if spoken == "nl" else dutch - english)
