"""The first run: the link of the command line, the account of the administrator, the steps, the first issue."""

import re

from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance


async def test_a_new_instance_is_set_up_from_its_link_to_its_first_issue(
    newcomer: LocalInstance, visiting: Visiting
) -> None:
    await newcomer.make_organisation()
    link = re.search(r"/begin/\S+", await newcomer.run("begin"))
    assert link is not None
    await newcomer.start()
    karin = await visiting(newcomer)
    await karin.open("/")
    await karin.check_everywhere()
    assert await karin.sees("Deze site wordt ingericht.")

    await karin.open(link[0])
    await karin.check_everywhere()
    await karin.fill(name="Karin Jansen", handle="karin", email="karin@example.org", password="vier-woorden-op-rij")
    await karin.press("Mijn account maken")
    assert karin.path == "/beheer/begin"
    await karin.check_everywhere()

    await karin.follow("Beschrijf de organisatie")
    await karin.fill(summary="Wij zijn de gemeente Tilburg.", email="info@tilburg.example")
    await karin.press("Bewaar dit")
    await karin.check_everywhere()
    await karin.open("/beheer/begin")
    await karin.page.get_by_role("button", name=re.compile("Later.*ministerie")).click()
    await karin.check_everywhere()

    await karin.follow("Plaats een vraagstuk")
    await karin.fill(title="Veilig online", question="Wat is er nodig?", why="Ouders vragen erom.")
    await karin.fill(feedback_by="2027-01-31")
    for box in ("weerbaarheid", "jongeren"):
        await karin.page.get_by_label(box, exact=True).check()
    await karin.press("Plaats het vraagstuk")
    await karin.check_everywhere()
    assert karin.path == "/vraagstukken/veilig-online"
    await karin.open("/beheer")
    assert await karin.sees("nog 2 stappen")
    await karin.check_everywhere()
