"""The tables of knowledge products and outcomes; their title, summary and text are a post's."""

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base
from actors.kinds import KnowledgeKind, Verdict


class KnowledgeProduct(Base):
    """A guide, practice story, tool or the like that people can use again."""

    __tablename__ = "knowledge_products"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[KnowledgeKind]
    licence: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)


class KnowledgeIssue(Base):
    """A knowledge product is of use for an issue."""

    __tablename__ = "knowledge_issues"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, index=True)


class Answer(Base):
    """An outcome answers a contribution: what was done with it, and why."""

    __tablename__ = "answers"

    outcome_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    contribution_uri: Mapped[str] = mapped_column(Text, primary_key=True, index=True)
    verdict: Mapped[Verdict]
    reason: Mapped[str] = mapped_column(Text, default="")
