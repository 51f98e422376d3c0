"""Texts of the organisation: nobody overwrites what somebody else wrote meanwhile, and a change can be undone."""

import asyncio

import pytest

from actors.database import Database
from actors.instances.choices import read_choice
from actors.instances.texts import LONGEST_TEXT, Text, TextRefused, Written, put_back, subject, write_text
from actors.versions import EditedMeanwhile
from tests.actors.cast import MOMENT, here

NONE = Written().version


async def author(database: Database) -> int:
    async with database.writing() as session:
        return (await here(session, "karin")).id


async def write(database: Database, source: str, based_on: str, by: int) -> bool:
    async with database.writing() as session:
        return await write_text(session, Text.RULES, "nl", source, based_on=based_on, by=by, now=MOMENT)


async def stored(database: Database) -> Written:
    async with database.reading() as session:
        return Written.of(await read_choice(session, subject(Text.RULES, "nl")))


async def test_a_text_is_kept_with_its_clean_html_and_the_one_before(database: Database) -> None:
    karin = await author(database)
    assert await write(database, "Wees **aardig**.<script>x</script>", NONE, karin)
    first = await stored(database)
    assert "<strong>aardig</strong>" in first.html
    assert "<script" not in first.html
    assert await write(database, "Wees lief.", first.version, karin)
    assert (await stored(database)).previous == first.source


async def test_saving_the_same_text_again_changes_nothing(database: Database) -> None:
    karin = await author(database)
    await write(database, "Een.", NONE, karin)
    await write(database, "Twee.", (await stored(database)).version, karin)
    assert not await write(database, "Twee.", "whatever", karin)
    assert (await stored(database)).previous == "Een."


async def test_a_text_that_was_changed_meanwhile_is_not_overwritten(database: Database) -> None:
    karin = await author(database)
    await write(database, "Van de ander.", NONE, karin)
    with pytest.raises(EditedMeanwhile):
        await write(database, "Van mij.", NONE, karin)
    current = await stored(database)
    assert current.source == "Van de ander."
    assert await write(database, "Van mij.", current.version, karin)


async def test_of_two_who_save_at_once_one_is_told(database: Database) -> None:
    karin = await author(database)
    done = await asyncio.gather(
        write(database, "Een.", NONE, karin), write(database, "Twee.", NONE, karin), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["EditedMeanwhile", "bool"]


async def test_the_text_of_before_is_put_back_and_back_again(database: Database) -> None:
    karin = await author(database)
    await write(database, "Een.", NONE, karin)
    for expected in ("", "Een.", ""):
        current = await stored(database)
        async with database.writing() as session:
            assert await put_back(session, Text.RULES, "nl", based_on=current.version, by=karin, now=MOMENT)
        assert (await stored(database)).source == expected
    async with database.writing() as session:
        with pytest.raises(EditedMeanwhile):
            await put_back(session, Text.RULES, "nl", based_on="old", by=karin, now=MOMENT)


async def test_without_a_text_of_before_there_is_nothing_to_put_back(database: Database) -> None:
    karin = await author(database)
    async with database.writing() as session:
        assert not await put_back(session, Text.RULES, "nl", based_on=NONE, by=karin, now=MOMENT)


@pytest.mark.parametrize("source", ["x" * (LONGEST_TEXT + 1), "a\0b", "\ud800"])
async def test_what_cannot_be_stored_is_refused(database: Database, source: str) -> None:
    with pytest.raises(TextRefused):
        await write(database, source, NONE, await author(database))
