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

# A text with the very colour of what is behind it is no violation to axe: it may be hidden on purpose.
_BUTTONS = """() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const painted = (...colours) => {
        for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (colour) => {
        const [red, green, blue] = colour.map((part) => part / 255)
            .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
        const layers = [];
        for (let one = element; one; one = one.parentElement) layers.unshift(getComputedStyle(one).backgroundColor);
        return ["Canvas", ...layers];
    };
    return [...document.querySelectorAll("a, button, summary")].flatMap((element) => {
        if (element.disabled || !element.innerText.trim()) return [];
        if (!element.checkVisibility({ visibilityProperty: true })) return [];
        const style = getComputedStyle(element), layers = behind(element);
        const found = [light(painted(...layers)), light(painted(...layers, style.color))];
        const ratio = (Math.max(...found) + 0.05) / (Math.min(...found) + 0.05), size = parseFloat(style.fontSize);
        const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
        return ratio >= least ? [] : [`contrast ${ratio.toFixed(2)} on: ${element.outerHTML.slice(0, 300)}`];
    });
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
    return [*(_told(one) for one in found), *await page.evaluate(_BUTTONS)]


def _told(one: dict[str, Any]) -> str:
    why = " ".join(str(one["why"]).split())
    return f"{one['rule']} at `{one['where']}`: {why}\n      {one['html'][:300]}"
