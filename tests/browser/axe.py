"""axe-core in a page: which rules are run, and how what it found is told."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

SOURCE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
MISSING = "axe-core is not installed: whether the pages are accessible was NOT tested"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules whose outcome a colour scheme can change; every other reads the document alone."""

_RUN = """async (only) => {
    const found = await axe.run(document, { runOnly: only, resultTypes: ["violations"], elementRef: false });
    return found.violations.flatMap((rule) => rule.nodes.map((node) => ({
        rule: rule.id, where: node.target.join(" "), why: node.failureSummary, html: node.html,
    })));
}"""


def is_installed() -> bool:
    """Whether `make test` could bring axe-core here."""
    return SOURCE.exists()


async def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """Return what is not accessible on the page as it is now: one text an element, readable by who mends it."""
    if not await page.evaluate("typeof axe !== 'undefined'"):
        # Put in over the debugging protocol: the policy of the page stays as strict as it is for everyone.
        await page.evaluate(SOURCE.read_text(encoding="utf-8"))
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    found: list[dict[str, Any]] = await page.evaluate(_RUN, only)
    return [_told(one) for one in found]


def _told(one: dict[str, Any]) -> str:
    why = " ".join(str(one["why"]).split())
    return f"{one['rule']} at `{one['where']}`: {why}\n      {one['html'][:300]}"
