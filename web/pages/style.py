"""``/stijl``: each part of the pages in all its states, for who changes the look. The demo shows it."""

from dataclasses import replace
from typing import Final

from aiohttp import web

from actors.kinds import KnowledgeKind, Phase, Verdict
from web.keys import SHOW_STYLE
from web.language import Language
from web.pages.samples import sample_day, sample_issue, sample_product
from web.pages.views import IssueView, OutcomeView, ProductView, Who
from web.pages.words import KNOWLEDGE_KINDS, PERSPECTIVES, PHASES, VERDICTS
from web.render import language_of, render

_LONG: Final = "Gemeentelijkejeugdgezondheidszorgsamenwerkingsverbandcoördinatorenoverleg"
_COLOURS: Final = (
    "primary", "accent", "deep", "surface", "paper", "soft", "good", "partly", "refused", "late", "wrong",
)  # fmt: skip
_CODE: Final = {
    "buttons": "{{ submit(_('Keep'), kind='primary') }}  {{ button_link('/kennis', _('See the knowledge')) }}",
    "badges": "{{ badge(_('new'), 'info') }}",
    "alerts": "{{ alert('warning', text) }}  {% call alert_box('info') %}…{% endcall %}",
    "fields": "{% call csrf_form('/path') %}{{ error_summary() }}{{ field('title', _('Title')) }}{% endcall %}",
    "issues": "{{ issue_card(issue, level=2) }}",
    "products": "{{ product_card(product) }}",
    "outcomes": "{{ outcome_card(outcome) }}",
    "empty": "{{ empty_state(title, text, action_href='/', action_label='') }}",
    "lists": "{{ data_list([(label, value)]) }}  {{ stat(number, label) }}  {{ breadcrumb([(href, word)]) }}",
    "tables": '<div class="table-scroll" role="region" aria-label="…" tabindex="0"><table class="table">…',
    "openings": "{% call disclosure(summary) %}…{% endcall %}  {{ copy_link(url, label) }}",
}


async def overview(request: web.Request) -> web.Response:
    """Answer with the page of parts; 404 where it is not asked for."""
    if not request.app[SHOW_STYLE]:
        raise web.HTTPNotFound
    language = language_of(request)
    wrong = language.gettext("Write something here.")
    return render(
        request,
        "style.html",
        errors={f"wrong_{kind}": wrong for kind in ("text", "area", "select", "radios", "checks", "checkbox", "file")},
        long=_LONG,
        code=_CODE,
        colours=_COLOURS,
        issues=_issues(language),
        products=_products(language),
        outcome=_outcome(language),
        who=Who(language.gettext("Municipality of Voorbeeld"), "#"),
    )


def _issues(language: Language) -> list[IssueView]:
    sample = replace(sample_issue(language), missing=[language.word(word) for word in list(PERSPECTIVES.values())[:5]])
    every = [
        replace(sample, phase=phase.value, phase_word=language.word(PHASES[phase]), phase_number=place)
        for place, phase in enumerate(Phase, start=1)
    ]
    every[2] = replace(every[2], overdue=True)
    every[3] = replace(every[3], outcomes=1, missing=[])
    every[4] = replace(every[4], missing=[], promised=None)
    bare = replace(
        sample, title=_LONG, question=_LONG, host=None, themes=[], contributions=0, promised=None, missing=[_LONG]
    )
    return [*every, bare]


def _products(language: Language) -> list[ProductView]:
    sample = sample_product(language)
    every = [
        replace(sample, kind=language.word(KNOWLEDGE_KINDS[kind]), kind_name=kind.value, documents=place)
        for place, kind in enumerate(KnowledgeKind)
    ]
    return [*every, replace(sample, title=_LONG, summary="", author=Who(_LONG, "#"), themes=[])]


def _outcome(language: Language) -> OutcomeView:
    issue = sample_issue(language)
    return OutcomeView(
        path="#",
        title=language.gettext("What we do on the square"),
        summary=issue.question,
        author=Who(language.gettext("Municipality of Voorbeeld"), "#"),
        issue=Who(issue.title, "#"),
        when=sample_day(language),
        verdicts=[
            (verdict.value, language.word(VERDICTS[verdict]), place) for place, verdict in enumerate(Verdict, start=1)
        ],
        language=None,
    )
