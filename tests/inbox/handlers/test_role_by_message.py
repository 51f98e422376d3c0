"""Who has software that knows no roles answers an offer by a message, or by a word."""

from datetime import timedelta

import pytest

from actors.instances.tables import Instance
from actors.roles.kinds import RoleState
from federation.documents import JsonObject
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.role_giving import DONE, made_co_host, offer, offered, relationship, roles, states, verbs
from tests.inbox.stage import Stage


# ----------------------------------------------------------- answered by a message
async def asked_by_message(stage: Stage) -> tuple[Remote, JsonObject]:
    """Have somebody with other software be asked; return them, and the message that they got."""
    berta = stage.world.person("mastodon.example", "berta")
    actor = await stage.meet(berta)
    async with stage.database.writing() as session:
        session.add(Instance(domain="mastodon.example", software="mastodon", created_at=stage.clock()))
    await offered(stage, actor, perspective="parents")
    message = (await stage.said())[-1]
    assert message["type"] == "Create"
    return berta, message["object"]


def reply(sender: Remote, message: JsonObject, content: str) -> JsonObject:
    host = message["attributedTo"]
    return sender.create(sender.note(content, to=[host], inReplyTo=message["id"]) | {"cc": []})


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (
            '<p><span class="h-card"><a href="https://x.example">@<span>gemeente</span></a></span> Ja!</p>',
            RoleState.HELD,
        ),
        ("<p>@gemeente@tilburg.example</p><p>nee.</p>", RoleState.DECLINED),
        ("<p>Yes</p>", RoleState.HELD),
        ("<p>Ja, maar pas in mei</p>", RoleState.OFFERED),
    ],
)
async def test_who_knows_no_roles_answers_with_one_word(stage: Stage, said: str, state: RoleState) -> None:
    berta, message = await asked_by_message(stage)
    answer = reply(berta, message, said)
    assert await stage.hear(berta, answer, answer) == DONE
    (role,) = await roles(stage)
    assert (role.state, role.is_perspective_shown) == (state, False)
    thanked = [one for one in await stage.said() if one["type"] == "Create" and "Dank je wel" in str(one["object"])]
    assert len(thanked) == (0 if state is RoleState.OFFERED else 1)
    assert (await verbs(stage)).count("Add") == (1 if state is RoleState.HELD else 0)


async def test_nobody_else_answers_with_one_word_nor_too_late(stage: Stage) -> None:
    berta, message = await asked_by_message(stage)
    mallory = stage.world.person("mastodon.example", "mallory")
    await stage.hear(mallory, reply(mallory, message, "<p>ja</p>"))
    assert await states(stage) == [RoleState.OFFERED]
    stage.clock.advance(timedelta(days=31))
    await stage.hear(berta, reply(berta, message, "<p>ja</p>"))
    assert await states(stage) == [RoleState.OFFERED]


async def test_a_co_host_tells_who_took_a_role_that_cannot_tell_it_themselves(stage: Stage, utrecht: Remote) -> None:
    await made_co_host(stage, utrecht)
    berta = stage.world.person("mastodon.example", "berta")
    await stage.meet(berta)
    role = relationship(utrecht, berta.uri, stage.issue.uri)
    asked = offer(utrecht, role)
    await stage.hear(utrecht, asked)
    told = utrecht.activity("Add", {**role, "status": "held"}, target=f"{stage.issue.uri}/rollen")
    # Of people whose software knows roles a co-host is not believed: they say so themselves.
    async with stage.database.writing() as session:
        session.add(Instance(domain="mastodon.example", software="samenspraak", created_at=stage.clock()))
    assert (await stage.hear(utrecht, told))[0] is ArrivalState.REFUSED
    async with stage.database.writing() as session:
        (await session.get_one(Instance, "mastodon.example")).software = "mastodon"
    again = utrecht.activity("Add", {**role, "status": "held"}, target=f"{stage.issue.uri}/rollen")
    assert await stage.hear(utrecht, again, again) == DONE
    assert await states(stage) == [RoleState.HELD, RoleState.HELD]
    left = utrecht.activity("Remove", {**role, "status": "left"}, target=f"{stage.issue.uri}/rollen")
    assert await stage.hear(utrecht, left) == DONE
    assert await states(stage) == [RoleState.HELD, RoleState.LEFT]
    assert {"Add", "Remove"} <= set(await verbs(stage))
