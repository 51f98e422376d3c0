"""Makes what templates print (`views`) of rows, once, in the language of the page."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from aiohttp import web

from actors.actor import Actor
from actors.database import now
from actors.instances.queries import ANSWERED_PHASES, Copies
from actors.issues.queries import IssueCard
from actors.issues.tables import Issue
from actors.kinds import Phase, PostKind, Verdict
from actors.knowledge.queries import OutcomeCard, ProductCard
from actors.knowledge.tables import Answer
from actors.media.tables import Attachment
from actors.people.acting import names_for
from actors.posts.detail import PostDetail
from actors.posts.queries import Said, Thread
from actors.posts.tables import Post
from actors.serialize.moments import stamp
from actors.site import Site
from web.keys import SITE
from web.language import Language
from web.pages.paths import actor_path, origin_url, post_path
from web.pages.picture_views import avatar_path, is_picture_here, picture_view
from web.pages.prose import excerpt, host_of, prose, size_of
from web.pages.views import FileView, IssueView, OutcomeView, ProductView, ThreadView, VerdictView, Voice, When, Who
from web.pages.words import KNOWLEDGE_KINDS, PHASES, VERDICTS, listed, perspective_word, theme_word
from web.render import language_of
from web.visitor import visitor_of

_DEEPEST = 3
_CHANGEABLE = frozenset({PostKind.CONTRIBUTION, PostKind.KNOWLEDGE, PostKind.OUTCOME})
_FILE_KINDS = {
    "application/pdf": "PDF",
    "application/vnd.oasis.opendocument.text": "ODT",
    "application/vnd.oasis.opendocument.spreadsheet": "ODS",
    "application/vnd.oasis.opendocument.presentation": "ODP",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PPTX",
    "application/epub+zip": "EPUB",
    "text/markdown": "Markdown",
    "text/plain": "TXT",
    "text/csv": "CSV",
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WebP",
    "image/gif": "GIF",
    "image/avif": "AVIF",
}


class Cards:
    """Makes views for one page."""

    def __init__(
        self,
        site: Site,
        language: Language,
        moment: datetime,
        *,
        linked: Mapping[str, str] | None = None,
        mine: Collection[int] = (),
    ) -> None:
        self._site = site
        self._language = language
        self._now = moment
        self._linked = linked or {}
        self._mine = mine
        self._whos: dict[int, Who] = {}

    def who(self, actor: Actor) -> Who:
        """Return an actor as a name with its page."""
        who = self._whos.get(actor.id)
        if who is None:
            name = actor.name or actor.handle
            if actor.is_local:
                who = Who(name, actor_path(actor), avatar=avatar_path(self._site, actor))
            else:
                instance = self._linked.get(actor.domain, "")
                who = Who(name, actor_path(actor), f"@{actor.account}", instance if instance != name else "")
            self._whos[actor.id] = who
        return who

    def day(self, moment: datetime) -> When:
        """Return a date."""
        return When(self._language.date_of(moment), stamp(moment))

    def moment(self, moment: datetime) -> When:
        """Return a date and time."""
        return When(self._language.moment_of(moment), stamp(moment))

    def themes(self, themes: Sequence[str]) -> list[tuple[str, str]]:
        """Return themes with their words."""
        return [(theme, theme_word(self._language, theme)) for theme in themes]

    def is_overdue(self, feedback_by: datetime | None, phase: Phase) -> bool:
        """Whether the promised date is past and nothing was fed back."""
        owed = feedback_by is not None and phase not in {Phase.FEEDBACK, Phase.CLOSED}
        return owed and feedback_by is not None and self._language.is_past(feedback_by, self._now)

    def missing(self, issue: Issue, present: Collection[str]) -> list[str]:
        """Return in words the perspectives that an issue asks for and nobody takes part from, as long as it asks."""
        if issue.phase in ANSWERED_PHASES:
            return []
        needed = issue.perspectives_needed[:20]
        return [perspective_word(self._language, one) for one in needed if one not in present]

    def issue(self, card: IssueCard) -> IssueView:
        """Return an issue in a list."""
        issue = card.issue
        return IssueView(
            path=actor_path(card.actor),
            title=card.actor.name or card.actor.handle,
            question=issue.question,
            host=self.who(card.host) if card.host is not None else self._instance_of(card.actor),
            phase=issue.phase.value,
            phase_word=self._language.word(PHASES[issue.phase]),
            themes=self.themes(card.themes),
            contributions=card.contributions,
            outcomes=card.outcomes,
            promised=self.day(issue.feedback_by) if issue.feedback_by is not None else None,
            overdue=self.is_overdue(issue.feedback_by, issue.phase),
            phase_number=list(Phase).index(issue.phase) + 1,
            language=issue.language if issue.language != self._language.code else None,
            missing=self.missing(issue, card.present),
        )

    def product(self, card: ProductCard) -> ProductView:
        """Return a knowledge product in a list."""
        post = card.post
        return ProductView(
            path=post_path(post),
            title=post.name,
            summary=post.summary or excerpt(post.content),
            kind=self._language.word(KNOWLEDGE_KINDS[card.product.kind]),
            author=self.who(card.author),
            when=self.day(post.published_at),
            themes=self.themes(card.themes),
            documents=card.documents,
            language=self.foreign(post),
            cover=picture_view(self._site, card.cover) if card.cover and is_picture_here(card.cover) else None,
            kind_name=card.product.kind.value,
        )

    def outcome(self, card: OutcomeCard) -> OutcomeView:
        """Return an outcome in a list."""
        post = card.post
        return OutcomeView(
            path=post_path(post),
            title=post.name,
            summary=post.summary or excerpt(post.content),
            author=self.who(card.author),
            issue=self.who(card.issue),
            when=self.day(post.published_at),
            verdicts=[
                (verdict.value, self._language.word(VERDICTS[verdict]), card.verdicts[verdict])
                for verdict in Verdict
                if verdict in card.verdicts
            ],
            language=self.foreign(post),
        )

    def voice(self, detail: PostDetail, *, depth: int = 0, outcomes: Mapping[int, Post] | None = None) -> Voice:
        """Return a post; ``outcomes`` are those that may be shown as answers to it."""
        post = detail.post
        voice = Voice(
            id=post.id,
            path=post_path(post),
            depth=min(depth, _DEEPEST),
            who=self.who(detail.author),
            when=self.moment(post.published_at),
            title=post.name,
            content=prose(post.content),
            language=self.foreign(post),
            is_mine=post.author_id in self._mine and post.is_local,
        )
        if post.perspective:
            voice.speaks_as = perspective_word(self._language, post.perspective)
        if voice.is_mine and post.kind in _CHANGEABLE:
            voice.change_path = f"{voice.path}/wijzigen"
        if post.updated_at is not None:
            voice.changed = self.moment(post.updated_at)
        if post.summary and post.type not in {"Article", "Page"}:
            voice.warning = post.summary
        if detail.author.limited_at is not None and not voice.is_mine:
            voice.warning = voice.warning or self._language.gettext("The moderators show this less. Read it anyway?")
        if not post.is_local:
            voice.origin = origin_url(self._site, post.url or post.uri)
        if detail.attachments:
            here, other = self._pictures(detail)
            voice.cover = next((picture_view(self._site, one) for one in here if one.is_cover), None)
            voice.pictures = [picture_view(self._site, one) for one in here if not one.is_cover]
            voice.files = [self.file(attachment) for attachment in other]
        if detail.answered_by and outcomes:
            voice.verdicts = [
                self.verdict(answer, outcomes[answer.outcome_id])
                for answer in detail.answered_by
                if answer.outcome_id in outcomes and outcomes[answer.outcome_id].space_id == post.space_id
            ]
        if detail.options:
            voice.options = [(option.name, option.votes) for option in detail.options]
            voice.votes = sum(option.votes for option in detail.options)
        if detail.meeting is not None:
            meeting = detail.meeting
            voice.starts = self.moment(meeting.starts_at) if meeting.starts_at is not None else None
            voice.ends = self.moment(meeting.ends_at) if meeting.ends_at is not None else None
            voice.place = meeting.location
        return voice

    def voices(self, thread: Sequence[Said], *, outcomes: Mapping[int, Post], here: int | None = None) -> list[Voice]:
        """Return a thread in its order."""
        authors = {said.post.id: said.detail.author for said in thread if said.detail is not None}
        voices: list[Voice] = []
        above: int | None = None
        for said in thread:
            if said.detail is None:
                voices.append(Voice(said.post.id, "", min(said.depth, _DEEPEST)))
            else:
                voice = self.voice(said.detail, depth=said.depth, outcomes=outcomes)
                answered = said.post.reply_to_id
                if answered is not None and answered != above and answered in authors:
                    voice.answers_to = self.who(authors[answered])
                voice.is_here = said.post.id == here
                voices.append(voice)
            above = said.post.id
        return voices

    def thread(self, thread: Thread, *, outcomes: Mapping[int, Post]) -> ThreadView:
        """Return a thread as a conversation shows it."""
        first, *answers = self.voices(thread.said, outcomes=outcomes)
        return ThreadView(first, answers, thread.is_cut)

    def verdict(self, answer: Answer, outcome: Post) -> VerdictView:
        """Return what an outcome says of a contribution."""
        return VerdictView(
            answer.verdict.value,
            self._language.word(VERDICTS[answer.verdict]),
            answer.reason,
            post_path(outcome),
            self.day(outcome.published_at),
        )

    def file(self, attachment: Attachment) -> FileView:
        """Return a document with what it is and how large."""
        kind = _FILE_KINDS.get(attachment.media_type) or attachment.media_type.partition("/")[2].upper()[:12]
        facts = ", ".join(part for part in (kind, size_of(self._language, attachment.size)) if part)
        name = attachment.name or attachment.file_name or self._language.gettext("document")
        here = self._site.path_of(attachment.url)
        host = "" if here is not None else host_of(attachment.url)
        return FileView(here or origin_url(self._site, attachment.url) or "", name, facts, host)

    def foreign(self, post: Post) -> str | None:
        """Return the language of a post when it is another than the page's."""
        return post.language if post.language and post.language != self._language.code else None

    def tell_copies(self, copies: Copies, why: str = "") -> str:
        """Return in words which servers get a copy."""
        language = self._language
        if copies.servers == 0:
            return language.gettext("No other server gets a copy.")
        others = ""
        if copies.others:
            others = language.ngettext(
                "%(number)s other server", "%(number)s other servers", copies.others
            ) % {"number": language.number(copies.others)}  # fmt: skip
        names = listed(language, [*copies.named, *([others] if others else [])])
        told = language.gettext("A copy goes to %(servers)s.") % {"servers": names}
        return f"{told} {why}".strip()

    def _pictures(self, detail: PostDetail) -> tuple[list[Attachment], list[Attachment]]:
        """Return the pictures that are shown, and the files that are links: an infographic is one to keep."""
        shown = [
            one
            for one in detail.attachments
            if is_picture_here(one) and (one.is_cover or detail.post.kind is not PostKind.KNOWLEDGE)
        ]
        return shown, [one for one in detail.attachments if one not in shown]

    def _instance_of(self, actor: Actor) -> Who | None:
        if actor.is_local:
            return None
        return Who(self._linked.get(actor.domain, actor.domain), actor_path(actor))


def cards_for(request: web.Request, linked: Mapping[str, str] | None = None) -> Cards:
    """Return what makes the views of this page. ``linked`` are the names of linked instances, by domain."""
    visitor = visitor_of(request)
    mine = [actor.id for actor in names_for(visitor.signed_in, visitor.house.organisation)]
    return Cards(request.app[SITE], language_of(request), now(), linked=linked, mine=mine)
