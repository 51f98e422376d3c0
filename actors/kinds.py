"""The closed lists of the domain: what kinds of actors, posts, phases, themes and relations exist.

Each value is the English word of the glossary (docs/words.md) and is what the database stores and
what our own terms carry on the wire.
"""

from enum import StrEnum


class ActorKind(StrEnum):
    """What an actor is to us; the ActivityStreams type alone does not tell an issue from a network."""

    PERSON = "person"
    ORGANISATION = "organisation"
    NETWORK = "network"
    ISSUE = "issue"
    APPLICATION = "application"
    GROUP = "group"
    """A `Group` of other software: a Lemmy community, a Guppe group."""

    @property
    def activitystreams_type(self) -> str:
        """The `type` under which we publish an actor of this kind."""
        return {"person": "Person", "organisation": "Organization", "application": "Application"}.get(
            self.value, "Group"
        )


class PostKind(StrEnum):
    """What a post is in the domain."""

    CONTRIBUTION = "contribution"
    POLL = "poll"
    KNOWLEDGE = "knowledge"
    OUTCOME = "outcome"
    MEETING = "meeting"
    ANSWER = "answer"
    """What a host tells one contributor of what was done, where their software shows no outcomes."""


class Phase(StrEnum):
    """Where an issue stands, in the order of its life."""

    SIGNALLED = "signalled"
    AGENDA = "agenda"
    CONVERSATION = "conversation"
    FEEDBACK = "feedback"
    CLOSED = "closed"


class Theme(StrEnum):
    """What an issue or knowledge product is about."""

    RADICALISATION = "radicalisation"
    POLARISATION = "polarisation"
    SOCIAL_TENSION = "social-tension"
    INTEGRATION = "integration"
    YOUNG_PEOPLE = "young-people"
    RESILIENCE = "resilience"
    UPBRINGING = "upbringing"
    DISCRIMINATION = "discrimination"
    ONLINE_RESILIENCE = "online-resilience"


class KnowledgeKind(StrEnum):
    """What a knowledge product is."""

    GUIDE = "guide"
    TOOL = "tool"
    PRACTICE_STORY = "practice-story"
    REPORT = "report"
    INFOGRAPHIC = "infographic"
    NEWSLETTER = "newsletter"
    MAGAZINE = "magazine"


class Verdict(StrEnum):
    """What was done with a contribution."""

    ADOPTED = "adopted"
    PARTLY = "partly"
    NOT = "not"


class Role(StrEnum):
    """What a person with an account may do for the instance; a member without any takes part."""

    ADMINISTRATOR = "administrator"
    """Decides everything about the instance, and may do what the others may."""
    MODERATOR = "moderator"
    """Handles reports, and limits or suspends accounts and servers."""
    EDITOR = "editor"
    """Publishes under the name of the organisation."""


class IssueRole(StrEnum):
    """What an organisation or person is on an issue, in the order in which they are shown."""

    HOST = "host"
    """Keeps the conversation going and safe, and owes the feedback."""
    LEAD = "lead"
    KEY_PERSON = "key-person"
    EXPERT_BY_EXPERIENCE = "expert-by-experience"
    PRACTITIONER = "practitioner"
    POLICY_OFFICER = "policy-officer"
    PARTICIPANT = "participant"


class FollowState(StrEnum):
    """How a follow stands."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
