"""The checks themselves: a page that is not right does not pass."""

import pytest

from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (
            "document.querySelector('main').append(Object.assign(new Image(), { src: 'data:image/png;base64,x' }))",
            "image-alt",
        ),
        ("document.querySelector('main p').replaceChildren('Issues')", "not in nl"),
        ("document.querySelector('main p').setAttribute('style', 'color: #aaa')", "the console says"),
        ("document.querySelector('main p').style.color = '#bbb'", "color-contrast"),
        ("document.querySelector('.sign-in').style.cssText = 'color: #123; background: #123'", "contrast 1.00 on"),
        ("document.querySelector('main').style.minInlineSize = '30rem'", "wider than the window"),
        ("fetch('http://127.0.0.1:1/').catch(() => 0)", "violates the following Content Security Policy"),
        ("void open('http://127.0.0.1:1/', '_self')", "asked another server"),
        ("void setTimeout(() => { throw Error('oops') }, 0)", "a script failed"),
    ],
)  # fmt: skip
async def test_a_page_that_is_not_right_does_not_pass(
    tilburg: LocalInstance, visiting: Visiting, spoil: str, told: str
) -> None:
    anyone = await visiting(tilburg)
    await anyone.open("/over")
    await anyone.page.evaluate(spoil)
    await anyone.page.wait_for_timeout(50)
    with pytest.raises(AssertionError, match=told):
        await anyone.check_everywhere()
    anyone.troubles.clear()
