"""The rules of the house, read from the code itself: which way imports go, who reads the environment, who judges."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from deploy.settings import KNOWN

ROOT = Path(__file__).parents[1]
PACKAGES = ("federation", "actors", "outbox", "inbox", "web", "deploy")
"""Each imports only those before it."""

MOST_LINES = 400
GENERATED = "deploy/migrations/versions/"

COMPARES_VISIBILITY = {
    "federation/audience.py": "turns it into addressing and back",
    "actors/visibility.py": "the judge",
    "actors/serialize/post.py": "leaves out what a direct post has not",
    "outbox/publish/contributions.py": "finds the inboxes that a post is addressed to",
    "inbox/placing.py": "gives a post that arrives its visibility",
    "inbox/posting.py": "stores whom a post that arrives is for",
    "inbox/handlers/update.py": "keeps what is said among members there when it is changed",
    "web/pages/saying.py": "tells before somebody posts who will see it",
}

Findings = Iterator[tuple[int, str]]


def modules() -> list[str]:
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text(encoding="utf-8"), module)


def findings(look: Callable[[ast.Module], Findings], but: Callable[[str], bool] = lambda _: False) -> list[str]:
    """What ``look`` finds in our modules, but for those that may have it; each as ``module:line what``."""
    return [
        f"{module}:{line} {what}" for module in modules() if not but(module) for line, what in look(tree_of(module))
    ]


def imports_in(node: ast.AST) -> Findings:
    for part in ast.walk(node):
        if isinstance(part, ast.Import):
            yield from ((part.lineno, alias.name) for alias in part.names)
        elif isinstance(part, ast.ImportFrom):
            module = "." * part.level + (part.module or "")
            yield from ((part.lineno, f"{module}.{alias.name}") for alias in part.names)


def names_in(node: ast.AST) -> set[str]:
    return {ast.unparse(part) for part in ast.walk(node) if isinstance(part, (ast.Attribute, ast.Name))}


def test_a_package_imports_only_those_to_its_left() -> None:
    wrong = [
        f"{module}:{line} {name}"
        for module in modules()
        for line, name in imports_in(tree_of(module))
        if (imported := name.split(".")[0]) in PACKAGES
        and PACKAGES.index(imported) > PACKAGES.index(module.split("/")[0])
    ]
    assert not wrong


def test_nothing_is_imported_relatively_or_from_the_tests() -> None:
    def look(tree: ast.Module) -> Findings:
        return ((line, name) for line, name in imports_in(tree) if name.startswith((".", "tests")))

    assert not findings(look)


def test_nothing_of_ours_is_imported_inside_a_function() -> None:
    def look(tree: ast.Module) -> Findings:
        for function in ast.walk(tree):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield from ((line, name) for line, name in imports_in(function) if name.split(".")[0] in PACKAGES)

    assert not findings(look)


def test_what_is_not_web_knows_nothing_of_answering_over_http() -> None:
    def look(tree: ast.Module) -> Findings:
        return ((line, name) for line, name in imports_in(tree) if name.startswith("aiohttp.web"))

    assert not findings(look, but=lambda module: module.startswith(("web/", "deploy/")))


def test_only_deploy_reads_the_environment() -> None:
    def look(tree: ast.Module) -> Findings:
        used = names_in(tree) | {name for _, name in imports_in(tree)}
        return ((0, name) for name in used & {"os.environ", "os.getenv", "environ", "getenv"})

    assert not findings(look, but=lambda module: module.startswith("deploy/"))


def test_a_query_asks_for_visibility_only_through_the_judge() -> None:
    """``Post.visibility`` as a condition decides who sees what; only `actors.visibility` may say that."""

    def look(tree: ast.Module) -> Findings:
        for part in ast.walk(tree):
            compared = isinstance(part, ast.Compare) and "Post.visibility" in names_in(part)
            called = isinstance(part, ast.Call) and ast.unparse(part.func).startswith("Post.visibility.")
            if compared or called:
                yield getattr(part, "lineno", 0), ast.unparse(part)

    assert not findings(look, but=lambda module: module == "actors/visibility.py")


def test_a_visibility_is_compared_only_where_something_is_said_stored_or_judged() -> None:
    def look(tree: ast.Module) -> Findings:
        for part in ast.walk(tree):
            if isinstance(part, (ast.Compare, ast.MatchValue)) and any(
                name.startswith("Visibility.") for name in names_in(part)
            ):
                yield part.lineno, ast.unparse(part)

    # Ask actors.visibility, or add the module above with the reason why it is no judgement.
    assert not findings(look, but=COMPARES_VISIBILITY.__contains__)


def test_functions_do_not_commit() -> None:
    """Who opens a session ends it: see `actors.database`."""

    def look(tree: ast.Module) -> Findings:
        calls = (part for part in ast.walk(tree) if isinstance(part, ast.Call))
        return ((call.lineno, "commits") for call in calls if ast.unparse(call.func).endswith("session.commit"))

    assert not findings(look)


def test_every_module_says_what_it_is() -> None:
    assert not findings(lambda tree: iter([] if ast.get_docstring(tree) else [(1, "has no docstring")]))


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {module: len((ROOT / module).read_text(encoding="utf-8").splitlines()) for module in modules()}
    assert not [
        (module, length)
        for module, length in lengths.items()
        if length > MOST_LINES and not module.startswith(GENERATED)
    ]


def test_no_name_hides_what_a_module_is_for() -> None:
    vague = {"utils", "helpers", "common", "manager", "misc"}
    assert not [module for module in modules() if vague & set(Path(module).with_suffix("").parts)]


def settings_page() -> str:
    return (ROOT / "docs/settings.md").read_text(encoding="utf-8")


def test_no_setting_is_explained_that_is_not_there() -> None:
    assert set(re.findall(r"^## SAMENSPRAAK_(\w+)$", settings_page(), re.MULTILINE)) == set(KNOWN)


@pytest.mark.parametrize("name", KNOWN)
def test_every_setting_is_explained_with_its_default_and_an_example(name: str) -> None:
    _, found, rest = settings_page().partition(f"## SAMENSPRAAK_{name}\n")
    section = rest.partition("\n## ")[0]
    assert found
    assert "Default: " in section
    assert f"\n    SAMENSPRAAK_{name}=" in section
