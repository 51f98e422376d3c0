"""Two running instances agree: both sign, each has both proofs, and who trusts neither can check them."""

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.interop.test_instances import eventually
from tests.support.fedify import MISSING, is_installed, running_fedify
from tests.support.instances import RunningInstance, made_together

pytestmark = pytest.mark.timeout(300)

ISSUE = "/vraagstukken/veilig-online"
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@pytest.fixture
async def two(
    postgresql_url: str, tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> AsyncIterator[tuple[RunningInstance, RunningInstance, RunningInstance]]:
    """Tilburg with an issue and a network organisation, running; and somebody who only has the program."""
    names = {"tilburg.example": "Gemeente Tilburg", "stemmen.example": "Nieuwe Stemmen", "krant.example": "De Krant"}
    async with AsyncExitStack() as stack:
        made = await made_together(
            stack, names, folder=tmp_path, free_port=unused_tcp_port_factory,
            postgresql={"stemmen.example": postgresql_url},
        )  # fmt: skip
        await made[0].publish_issue()
        for instance in made[:2]:
            await instance.start()
            await instance.sign_in()
        yield made[0], made[1], made[2]


def independently_right(document: dict[str, Any], proof: dict[str, Any], multibase: str) -> bool:
    """Check a proof with nothing of ours: only JCS, SHA-256 and Ed25519."""
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    signed = hashlib.sha256(rfc8785.dumps(options)).digest() + hashlib.sha256(rfc8785.dumps(unsecured)).digest()
    raw = _base58(multibase[1:])
    assert raw[:2] == b"\xed\x01"
    try:
        Ed25519PublicKey.from_public_bytes(raw[2:]).verify(_base58(proof["proofValue"][1:]), signed)
    except Exception:  # noqa: BLE001 - whatever is wrong, it is not right
        return False
    return True


def _base58(text: str) -> bytes:
    number = 0
    for character in text:
        number = number * 58 + _ALPHABET.index(character)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


async def verify(instance: RunningInstance, url: str) -> tuple[int, str]:
    """Run ``samenspraak verify`` as a process of its own; return its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.cli", "verify", url, env=instance.environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def test_two_instances_agree_and_anyone_can_check_it(
    two: tuple[RunningInstance, RunningInstance, RunningInstance],
) -> None:
    tilburg, stemmen, krant = two
    due = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    status, location = await tilburg.submit(
        f"{ISSUE}/afspraken/nieuw", f"{ISSUE}/afspraken/nieuw",
        {
            "name": "Zaal en uitnodiging", "my_does": "Wij regelen de zaal.", "name_of": "organisation", "due": due,
            "who-1": "@stemmen@stemmen.example", "does-1": "Zij nodigen iedereen uit.", "content": "Café en thee.",
        },
    )  # fmt: skip
    assert status == 303, location
    address = f"{tilburg.base_url}{location.partition('?')[0]}"

    code, told = await verify(krant, address)
    assert code == 0, told
    assert "has not signed" in told

    found: list[str] = []

    async def has_come() -> bool:
        page = await stemmen.page("/meldingen")
        found[:] = [part.partition('"')[0] for part in page.split('href="/meldingen/')[1:] if part[0].isdigit()]
        return bool(found) and "vraagt je een afspraak te ondertekenen" in page

    await eventually(has_come, "the offer did not come")
    status, copy = await _follow(stemmen, f"/meldingen/{found[0]}")
    page = await stemmen.page(copy)
    assert "Zij nodigen iedereen uit." in page
    assert "Onderteken voor Nieuwe Stemmen" in page
    signed, told = await stemmen.submit(copy, f"{copy}/ondertekenen", {"version": "1", "name_of": "organisation"})
    assert signed == 303, told

    async def both_signed() -> bool:
        _, document = await tilburg.get(address)
        return len(document["proof"]) == 2

    await eventually(both_signed, "the signature did not come")
    _, document = await tilburg.get(address)
    keys: dict[str, str] = {}
    for instance, path in ((tilburg, "/organisaties/tilburg"), (stemmen, "/organisaties/stemmen")):
        _, actor = await instance.get(path)
        keys |= {method["id"]: method["publicKeyMultibase"] for method in actor["assertionMethod"]}
    for proof in document["proof"]:
        assert independently_right(document, proof, keys[proof["verificationMethod"]])
        assert not independently_right({**document, "content": "Thee."}, proof, keys[proof["verificationMethod"]])
    assert {proof["verificationMethod"].partition("#")[0] for proof in document["proof"]} == {
        f"{tilburg.base_url}/organisaties/tilburg", f"{stemmen.base_url}/organisaties/stemmen",
    }  # fmt: skip

    code, told = await verify(krant, address)
    assert code == 0, told
    assert told.count("the signature is right") == 2
    assert "Gemeente Tilburg" in told
    assert "Nieuwe Stemmen" in told
    code, told = await verify(krant, f"{address}/versies/1")
    assert code == 0, told
    code, told = await verify(krant, f"{tilburg.base_url}/organisaties/tilburg")
    assert code == 1
    assert "Traceback" not in told

    async def copied() -> bool:
        return (await stemmen.page(copy)).count("die klopt") == 2

    await eventually(copied, "the proofs did not come back")
    done, told = await stemmen.submit(copy, f"{copy}/stand", {"what": "done", "name_of": "organisation"})
    assert done == 303, told

    async def is_done() -> bool:
        return "zei dat het klaar is" in await tilburg.page(location.partition("?")[0])

    await eventually(is_done, "that it is done did not come")
    _, changes = await tilburg.get(f"{address}/status")
    assert [(one["status"], one["actor"]) for one in changes["orderedItems"]] == [
        ("done", f"{stemmen.base_url}/organisaties/stemmen")
    ]


async def _follow(instance: RunningInstance, path: str) -> tuple[int, str]:
    """Open a notification, and go where it leads."""
    async with aiohttp.ClientSession(cookies=instance.cookies, headers={"Accept": "text/html"}) as client:
        for _ in range(3):
            async with client.get(instance.origin + path, allow_redirects=False) as answer:
                if answer.status not in {302, 303}:
                    return answer.status, path
                path = answer.headers["Location"]
    return 0, path


@pytest.mark.interop
@pytest.mark.skipif(not is_installed(), reason=MISSING)
async def test_a_fedify_actor_checks_and_signs_an_agreement(
    sqlite_url: str, tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    ours, theirs, control = (unused_tcp_port_factory() for _ in range(3))
    tilburg = RunningInstance(
        "Gemeente Tilburg", "tilburg.example", ours, tmp_path / "tilburg", sqlite_url,
        {"peer.example": f"http://127.0.0.1:{theirs}"},
    )  # fmt: skip
    maps = {"tilburg.example": f"http://127.0.0.1:{ours}", "peer.example": f"http://127.0.0.1:{theirs}"}
    async with AsyncExitStack() as stack:
        peer = await stack.enter_async_context(
            running_fedify(theirs, control, origin="https://peer.example", hosts=maps)
        )  # fmt: skip
        await tilburg.make()
        await tilburg.run(
            "issue", "publish", "--title", "Veilig online", "--question", "Wat nu?", "--theme", "young-people",
            "--feedback-by", "2027-03-01", "--handle", "veilig-online",
        )  # fmt: skip
        stack.push_async_callback(tilburg.stop)
        await tilburg.start()
        await tilburg.sign_in()
        status, location = await tilburg.submit(
            f"{ISSUE}/afspraken/nieuw", f"{ISSUE}/afspraken/nieuw",
            {
                "name": "Zaal en uitnodiging", "my_does": "Wij regelen de zaal.", "name_of": "organisation",
                "due": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
                "who-1": "@alice@peer.example", "does-1": "Zij nodigt iedereen uit.", "content": "Café en thee.",
            },
        )  # fmt: skip
        assert status == 303, location
        address = f"{tilburg.base_url}{location.partition('?')[0]}"
        offered = (await peer.received("Offer", about=address))["json"]["object"]
        assert [one["verified"] for one in await peer.post("check-proofs", document=offered)] == [True]
        changed = {**offered, "content": "Alleen thee."}
        assert [one["verified"] for one in await peer.post("check-proofs", document=changed)] == [False]

        answer = await peer.post("agree", document=offered, inbox=f"{tilburg.base_url}/inbox")
        assert answer["status"] == 202, answer

        async def both_signed() -> bool:
            _, document = await tilburg.get(address)
            return len(document["proof"]) == 2

        await eventually(both_signed, "the signature of the peer was not taken")
        updated = (await peer.received("Update", about=address))["json"]["object"]
        checks = await peer.post("check-proofs", document=updated)
        assert [one["verified"] for one in checks] == [True, True]
        assert (await tilburg.page(location)).count("die klopt") == 2
