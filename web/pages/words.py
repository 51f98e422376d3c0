"""The words for everything on a closed list: phases, themes, kinds, verdicts, perspectives."""

from collections.abc import Mapping
from typing import Final

from actors.kinds import ActorKind, IssueRole, KnowledgeKind, Phase, PostKind, Role, Verdict
from federation.audience import Visibility
from web.language import N_, P_, Language

PHASES: Final[Mapping[Phase, tuple[str, str]]] = {
    Phase.SIGNALLED: P_("phase", "signalled"),
    Phase.AGENDA: P_("phase", "on the agenda"),
    Phase.CONVERSATION: P_("phase", "in conversation"),
    Phase.FEEDBACK: P_("phase", "feedback given"),
    Phase.CLOSED: P_("phase", "closed"),
}
PHASE_MEANINGS: Final[Mapping[Phase, str]] = {
    Phase.SIGNALLED: N_("Someone noticed this. Nobody has taken it up yet."),
    Phase.AGENDA: N_("This is on the agenda. We are looking for people who want to take part."),
    Phase.CONVERSATION: N_("Everyone can take part in the conversation."),
    Phase.FEEDBACK: N_("You can read what was done with the contributions."),
    Phase.CLOSED: N_("Nothing more is asked of you. You can still read everything."),
}
THEMES: Final[Mapping[str, tuple[str, str]]] = {
    "radicalisation": P_("theme", "radicalisation"),
    "polarisation": P_("theme", "polarisation"),
    "social-tension": P_("theme", "social tension"),
    "integration": P_("theme", "integration"),
    "young-people": P_("theme", "young people"),
    "resilience": P_("theme", "resilience"),
    "upbringing": P_("theme", "upbringing"),
    "discrimination": P_("theme", "discrimination"),
    "online-resilience": P_("theme", "online resilience"),
}
PERSPECTIVES: Final[Mapping[str, tuple[str, str]]] = {
    "young-people": P_("perspective", "young people"),
    "parents": P_("perspective", "parents"),
    "newcomers": P_("perspective", "newcomers"),
    "practitioners": P_("perspective", "practitioners"),
    "science": P_("perspective", "science"),
    "faith": P_("perspective", "faith and belief"),
    "municipality": P_("perspective", "municipality"),
    "experts-by-experience": P_("perspective", "experts by experience"),
    "schools": P_("perspective", "schools"),
    "police": P_("perspective", "police"),
}
KNOWLEDGE_KINDS: Final[Mapping[KnowledgeKind, tuple[str, str]]] = {
    KnowledgeKind.GUIDE: P_("knowledge", "guide"),
    KnowledgeKind.TOOL: P_("knowledge", "tool"),
    KnowledgeKind.PRACTICE_STORY: P_("knowledge", "practice story"),
    KnowledgeKind.REPORT: P_("knowledge", "report"),
    KnowledgeKind.INFOGRAPHIC: P_("knowledge", "infographic"),
    KnowledgeKind.NEWSLETTER: P_("knowledge", "newsletter"),
    KnowledgeKind.MAGAZINE: P_("knowledge", "magazine"),
}
VERDICTS: Final[Mapping[Verdict, tuple[str, str]]] = {
    Verdict.ADOPTED: P_("verdict", "adopted"),
    Verdict.PARTLY: P_("verdict", "partly adopted"),
    Verdict.NOT: P_("verdict", "not adopted"),
}
POST_KINDS: Final[Mapping[PostKind, tuple[str, str]]] = {
    PostKind.CONTRIBUTION: P_("post", "contribution"),
    PostKind.POLL: P_("post", "poll"),
    PostKind.KNOWLEDGE: P_("post", "knowledge product"),
    PostKind.OUTCOME: P_("post", "feedback"),
    PostKind.MEETING: P_("post", "meeting"),
    PostKind.ANSWER: P_("post", "answer of the host"),
}
ACTOR_KINDS: Final[Mapping[ActorKind, tuple[str, str]]] = {
    ActorKind.PERSON: P_("actor", "person"),
    ActorKind.ORGANISATION: P_("actor", "organisation"),
    ActorKind.NETWORK: P_("actor", "network"),
    ActorKind.ISSUE: P_("actor", "issue"),
    ActorKind.APPLICATION: P_("actor", "server"),
    ActorKind.GROUP: P_("actor", "group"),
}
ROLES: Final[Mapping[Role, tuple[str, str]]] = {
    Role.ADMINISTRATOR: P_("role", "administrator"),
    Role.MODERATOR: P_("role", "moderator"),
    Role.EDITOR: P_("role", "editor for the organisation"),
}
ISSUE_ROLES: Final[Mapping[IssueRole, tuple[str, str]]] = {
    IssueRole.HOST: P_("issue role", "host"),
    IssueRole.LEAD: P_("issue role", "lead"),
    IssueRole.KEY_PERSON: P_("issue role", "key person"),
    IssueRole.EXPERT_BY_EXPERIENCE: P_("issue role", "expert by experience"),
    IssueRole.PRACTITIONER: P_("issue role", "practitioner"),
    IssueRole.POLICY_OFFICER: P_("issue role", "policy officer"),
    IssueRole.PARTICIPANT: P_("issue role", "participant"),
}
LANGUAGE_NAMES: Final[Mapping[str, str]] = {"nl": N_("Dutch"), "en": N_("English")}
"""The languages in which people here write."""

READERS: Final[Mapping[Visibility, str]] = {
    Visibility.PUBLIC: N_("Everyone can read this, also without an account."),
    Visibility.UNLISTED: N_("Everyone who has the link can read this. It is not on the front page."),
    Visibility.FOLLOWERS: N_("Only those who follow you, and those whom you name, can read this."),
    Visibility.MEMBERS: N_("Only members can read this."),
    Visibility.DIRECT: N_("Only those whom you name can read this."),
}
NOTICES: Final[Mapping[str, str]] = {
    "geplaatst": N_("Your contribution is in the conversation."),
    "ingetrokken": N_(
        "Your contribution is withdrawn. We have asked the other servers to remove it too. "
        "We cannot make sure that all of them do."
    ),
    "gewijzigd": N_("Your change is kept. We have sent it to the servers that have a copy."),
    "verder": N_("The issue is in its new phase. Who follows it is told."),
    "beloofd": N_("The date is promised. Who follows the issue is told."),
    "gevolgd": N_("You follow this. You hear about it when there is something new."),
    "gevraagd": N_("We have asked the other server. You follow as soon as it says yes."),
    "ontvolgd": N_("You no longer follow this."),
    "vraagstuk": N_("The issue is published. Invite people to take part."),
    "kennis": N_("The knowledge product is published."),
    "toegelaten": N_("From now on they follow you."),
    "geweigerd": N_("They do not follow you, and have been told so."),
    "bewaard": N_("Your choice is kept."),
    "gelezen": N_("You have read everything."),
    "uiterlijk": N_("The new look is kept. Everyone sees it from now on."),
    "uiterlijk-standaard": N_("The standard look is back."),
    "logo": N_("The logo is kept. It stands on top of each page."),
    "logo-weg": N_("The logo is removed."),
    "foto": N_("This is your picture from now on."),
    "foto-weg": N_("Your picture is removed."),
    "concept": N_("The draft is kept."),
    "concept-weg": N_("The draft is thrown away."),
    "te-veel-concepten": N_("There are too many drafts on this issue. Finish one, or throw one away."),
    "gekozen": N_("The answer is kept in the draft."),
    "teruggekoppeld": N_("The feedback is published. Whoever contributed hears what was done with it."),
    "gecorrigeerd": N_("The correction is published. Whoever gets another answer hears again."),
    "stap": N_("The step is kept. Whoever follows the issue can see it."),
    "stap-te-lang": N_("The note with the step is too long, or holds characters that we cannot store."),
    "uitgelogd": N_("You are signed out."),
    "sessie": N_("That browser is signed out."),
    "overal-uit": N_("You are signed out everywhere else, and in apps too."),
    "wachtwoord": N_("Your new password is kept. Sign in with it."),
    "welkom": N_("Welcome! You can take part now."),
    "afspraak": N_("The agreement is proposed, and you signed it. The others are asked to sign too."),
    "afspraak-gewijzigd": N_("The new version is proposed, and you signed it. The others are asked to sign it too."),
    "ondertekend": N_("You signed. The other parties get to hear it."),
    "afgeslagen": N_("You said no. The other parties get to hear it."),
    "afspraak-klaar": N_("It is done. The other parties get to hear it."),
    "afspraak-open": N_("It is open again. The other parties get to hear it."),
    "afspraak-weg": N_("The agreement is withdrawn. The other parties get to hear it."),
    "rol-gevraagd": N_("Your question is sent. You hear what they answer."),
    "rol-aangevraagd": N_("Your question is sent to the host. You hear what they decide."),
    "rol-ja": N_("You have this role from now on."),
    "rol-nee": N_("You said no. Only who asked hears of it."),
    "rol-toegekend": N_("They have this role from now on, and hear of it."),
    "rol-afgewezen": N_("They hear that they do not get this role."),
    "rol-ingetrokken": N_("This is taken back. The other side hears of it."),
    "rol-verborgen": N_("Others no longer read your perspective."),
    "rol-gestopt": N_("You stopped with this role. The host hears of it."),
    "uitnodiging": N_("The invitation is accepted. You can do what it lets you do from now on."),
}
"""What a page says on top after something was done; the address carries the word."""

LICENCES: Final[Mapping[str, str]] = {
    "https://creativecommons.org/licenses/by/4.0/": N_("Creative Commons, name the maker (CC BY 4.0)"),
    "https://creativecommons.org/licenses/by-sa/4.0/": N_(
        "Creative Commons, name the maker and share alike (CC BY-SA 4.0)"
    ),
    "https://creativecommons.org/publicdomain/zero/1.0/": N_("Free to use without conditions (CC0)"),
}


def theme_word(language: Language, theme: str) -> str:
    """Return the word for a theme, or a hashtag of other software as it is."""
    marked = THEMES.get(theme)
    return language.word(marked) if marked else f"#{theme}"


def perspective_word(language: Language, perspective: str) -> str:
    """Return the word for a perspective, or what another instance calls it."""
    marked = PERSPECTIVES.get(perspective)
    return language.word(marked) if marked else perspective


def listed(language: Language, items: list[str]) -> str:
    """Return ``a, b en c``."""
    if len(items) < 2:
        return "".join(items)
    return language.gettext("%(many)s and %(last)s") % {"many": ", ".join(items[:-1]), "last": items[-1]}
