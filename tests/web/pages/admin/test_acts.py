"""Every act that the code notes in the log has a word, and every word is of an act that is noted."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from web.language import Languages
from web.pages.admin.acts import ACTS, act_word

_ROOT = Path(__file__).parents[4]
_HOUSES = ("actors", "outbox", "inbox", "web", "deploy")
_ACT = re.compile(r"[a-z]+(?:-[a-z]+)*\Z")


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def _argument(call: ast.Call, name: str, position: int) -> ast.expr | None:
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    return named.get(name) or (call.args[position] if len(call.args) > position else None)


def _words(value: ast.AST) -> Iterator[str]:
    for part in ast.walk(value):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and _ACT.match(part.value):
            yield part.value


def _values(tree: ast.Module, name: str) -> Iterator[str]:
    """Yield what a name that stands where an act is expected can be: of a table, a loop, or an argument."""
    for part in ast.walk(tree):
        match part:
            case ast.AnnAssign(target=ast.Name(id=found), value=ast.Dict(values=values)) if found == name:
                for value in values:
                    yield from _words(value)
            case ast.For(target=ast.Tuple(elts=[ast.Name(id=found), *_]), iter=ast.Tuple(elts=rows)) if found == name:
                for row in rows:
                    if isinstance(row, ast.Tuple):
                        yield from _words(row.elts[0])
            case ast.FunctionDef(name=function, args=arguments) | ast.AsyncFunctionDef(name=function, args=arguments):
                places = [argument.arg for argument in [*arguments.posonlyargs, *arguments.args]]
                if name in places:
                    for call in calls_everywhere(function):
                        if (given := _argument(call, name, places.index(name))) is not None:
                            yield from _words(given)


def _trees() -> list[ast.Module]:
    paths = [path for house in _HOUSES for path in sorted((_ROOT / house).rglob("*.py"))]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in paths]


_TREES = _trees()


def calls_everywhere(function: str) -> Iterator[ast.Call]:
    """Yield every call of a function of this name."""
    for tree in _TREES:
        for part in ast.walk(tree):
            if isinstance(part, ast.Call) and _called(part) == function:
                yield part


def noted_acts() -> set[str]:
    """Return every act that is noted anywhere."""
    found: set[str] = set()
    for tree in _TREES:
        for part in ast.walk(tree):
            if not isinstance(part, ast.Call) or _called(part) != "note_act":
                continue
            act = _argument(part, "act", 2)
            assert act is not None, ast.unparse(part)
            match act:
                case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
                    words = set(_values(tree, name))
                case ast.IfExp(body=one, orelse=other):
                    words = {*_words(one), *_words(other)}
                case _:
                    words = set(_words(act))
            assert words, ast.unparse(part)
            found |= words
    return found


def test_every_act_that_is_noted_has_a_word_and_every_word_an_act() -> None:
    assert noted_acts() == set(ACTS)


def test_an_act_of_a_later_version_is_shown_as_it_is() -> None:
    assert act_word(Languages.load()["nl"], "something-new") == "something-new"
