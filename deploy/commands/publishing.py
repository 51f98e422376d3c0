"""Publishing from the command line, through the same use-cases as the pages."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from actors.actor import Actor
from actors.database import now
from actors.keys import make_pair
from actors.kinds import KnowledgeKind, Theme
from actors.local import local_actor, own_organisation
from actors.media.pictures import Pictures
from actors.media.store import StoredDocument
from deploy.commands.making import tooi_uri
from deploy.settings import Settings
from deploy.wiring import NotReady, Parts, wire
from inbox.backfill import Backfill
from inbox.linking import link_instance
from outbox.publish.issues import IssueDraft, publish_issue
from outbox.publish.knowledge import KnowledgeDraft
from outbox.publish.knowledge import publish_knowledge as publish
from outbox.publish.relations import follow as follow_actor


@click.group()
def issue() -> None:
    """Issues (vraagstukken)."""


@issue.command("publish")
@click.option("--title", required=True)
@click.option("--question", required=True)
@click.option("--why", default="", help="Why it matters.")
@click.option("--theme", "themes", multiple=True, type=click.Choice([theme.value for theme in Theme]))
@click.option("--feedback-by", type=click.DateTime(["%Y-%m-%d"]), help="The promised date of feedback.")
@click.option("--place", help="A TOOI code, such as gm0855.")
@click.option("--perspective", "perspectives", multiple=True, help="A perspective that is needed.")
@click.option("--handle", help="Made of the title when not given.")
@click.pass_obj
def issue_publish(
    settings: Settings, title: str, question: str, why: str, themes: tuple[str, ...], feedback_by: datetime | None,
    place: str | None, perspectives: tuple[str, ...], handle: str | None,
) -> None:  # fmt: skip
    """Publish an issue for the organisation of this instance."""
    draft = IssueDraft(
        title=title,
        question=question,
        why=why,
        themes=themes,
        place=tooi_uri(place) if place else None,
        perspectives_needed=perspectives,
        feedback_by=feedback_by.replace(tzinfo=UTC) if feedback_by else None,
        handle=handle,
    )
    click.echo(asyncio.run(_publish_issue(settings, draft)))


@click.group()
def knowledge() -> None:
    """Knowledge products (kennisproducten)."""


@knowledge.command("publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", required=True)
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in KnowledgeKind]))
@click.option("--summary", default="", help="At most 500 characters.")
@click.option("--attach", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--issue", "issue_handle", help="The handle of an issue here, or of one elsewhere as @handle@domain.")
@click.option("--theme", "themes", multiple=True, type=click.Choice([theme.value for theme in Theme]))
@click.option("--licence", default="", help="The address of its licence.")
@click.option("--as", "author", help="The handle of its author; the organisation when not given.")
@click.pass_obj
def knowledge_publish(
    settings: Settings, file: Path, title: str, kind: str, summary: str, attach: tuple[Path, ...],
    issue_handle: str | None, themes: tuple[str, ...], licence: str, author: str | None,
) -> None:  # fmt: skip
    """Publish the Markdown in FILE as a knowledge product."""
    try:
        source = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is not UTF-8 text") from None
    click.echo(
        asyncio.run(
            _publish_knowledge(settings, source, title, kind, summary, attach, issue_handle, themes, licence, author)
        )
    )


@click.command()
@click.argument("handle")
@click.argument("account")
@click.pass_obj
def follow(settings: Settings, handle: str, account: str) -> None:
    """Have the person HANDLE follow ACCOUNT (acct:…, @handle@domain or an address)."""
    click.echo(asyncio.run(_follow(settings, handle, account)))


@click.command()
@click.argument("url")
@click.pass_obj
def link(settings: Settings, url: str) -> None:
    """Link this instance with another: hear of its issues and knowledge from now on, and of what it has."""
    click.echo(asyncio.run(_link(settings, url)))


async def _publish_issue(settings: Settings, draft: IssueDraft) -> str:
    async with wire(settings) as parts:
        pair = await make_pair()
        async with parts.database.writing() as session:
            host = await own_organisation(session)
            actor = await publish_issue(
                session, parts.site, parts.keys, pair, host=host, by=host, draft=draft, now=now()
            )
            return actor.uri


async def _publish_knowledge(
    settings: Settings, source: str, title: str, kind: str, summary: str, attach: tuple[Path, ...],
    issue_handle: str | None, themes: tuple[str, ...], licence: str, author_handle: str | None,
) -> str:  # fmt: skip
    async with wire(settings) as parts:
        pictures = Pictures(parts.documents)
        documents: list[tuple[StoredDocument, str]] = [
            (await pictures.put_file(await asyncio.to_thread(path.read_bytes), path.name), path.stem) for path in attach
        ]
        about = [await _issue(parts, issue_handle)] if issue_handle else []
        async with parts.database.writing() as session:
            author = await local_actor(session, author_handle) if author_handle else await own_organisation(session)
            if author is None:
                raise NotReady(f"there is no actor @{author_handle} here")
            draft = KnowledgeDraft(
                title=title, kind=KnowledgeKind(kind), summary=summary, source=source, licence=licence, themes=themes,
                issues=about, documents=documents,
            )  # fmt: skip
            return (await publish(session, parts.site, author, draft, now=now())).uri


async def _issue(parts: Parts, handle: str) -> Actor:
    if "@" in handle.lstrip("@"):
        return await parts.resolver.account(handle)
    async with parts.database.reading() as session:
        found = await local_actor(session, handle.lstrip("@"))
    if found is None:
        raise NotReady(f"there is no issue @{handle} here")
    return found


async def _follow(settings: Settings, handle: str, account: str) -> str:
    async with wire(settings) as parts:
        followee = await parts.resolver.page(account)
        async with parts.database.writing() as session:
            follower = await local_actor(session, handle.lstrip("@"))
            if follower is None:
                raise NotReady(f"there is no actor @{handle} here")
            state = (await follow_actor(session, parts.site, follower, followee, now=now())).state
            return f"@{follower.account} follows @{followee.account}: {state.value}"


async def _link(settings: Settings, url: str) -> str:
    async with wire(settings) as parts:
        return await link_with(parts, parts.backfill, url)


async def link_with(parts: Parts, backfill: Backfill, url: str) -> str:
    """Link with another instance and take in what it has published; tells what came of it."""
    instance = await link_instance(parts.database, parts.site, backfill, url, by=None, now=now())
    count = await backfill.collect(instance)
    return f"linked with {instance.name} ({instance.domain}); {count} issues and products taken in"
