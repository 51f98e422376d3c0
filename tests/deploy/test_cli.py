"""The command line as an operator uses it: real processes, a real environment, one clear line when it fails."""

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.support.postgresql import PostgreSQL, fresh_name

PASSWORD = "een-lang-wachtwoord"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"


@dataclass
class Shell:
    """Runs commands of one instance."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SAMENSPRAAK_")}
        given = {
            "DATA_DIR": str(self.folder / "data"),
            "BASE_URL": "https://tilburg.example",
            **self.settings,
            **settings,
        }
        return subprocess.run(
            [sys.executable, "-m", "deploy.cli", *arguments],
            env=clean | {f"SAMENSPRAAK_{name}": value for name, value in given.items()} | {"COLUMNS": "120"},
            input=stdin, capture_output=True, text=True, timeout=100, check=False, cwd=Path(__file__).parents[2],
        )  # fmt: skip

    def ok(self, *arguments: str, stdin: str = "") -> str:
        """Run a command that must succeed, and return what it printed."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    def fails(self, *arguments: str, code: int = 1, stdin: str = "", **settings: str) -> str:
        """Run a command that must fail with one line, and return the line."""
        done = self.run(*arguments, stdin=stdin, **settings)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        (line,) = done.stderr.splitlines()
        assert line.startswith("samenspraak: ")
        assert done.stdout == ""
        return line


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell in which nothing was done yet."""
    return Shell(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an instance that was made and in which nothing was done; copy it."""
    shell = Shell(tmp_path_factory.mktemp("made"))
    shell.ok("init", "--name", "Gemeente Tilburg", "--tooi", "gm0855")
    return shell.folder / "data"


@pytest.fixture
def tilburg(shell: Shell, made: Path) -> Shell:
    """A shell of an instance that was made."""
    shutil.copytree(made, shell.folder / "data")
    return shell


@pytest.fixture
def empty_postgresql(postgresql: tuple[PostgreSQL, str]) -> Iterator[str]:
    """The URL of a PostgreSQL database in which nothing is."""
    server, _ = postgresql
    name = fresh_name()
    yield server.create(name)
    server.drop(name)


@pytest.mark.parametrize("make", ["sqlite", "postgresql"])
def test_from_nothing_to_an_issue_with_knowledge(shell: Shell, make: str, request: pytest.FixtureRequest) -> None:
    if make == "postgresql":
        shell.settings["DATABASE_URL"] = request.getfixturevalue("empty_postgresql")
    told = shell.ok("init", "--name", "Gemeente Tilburg", "--tooi", "gm0855", "--summary", "Wij **praten**.")
    made, link = told.splitlines()
    assert made == "Gemeente Tilburg is @gemeente-tilburg@tilburg.example at https://tilburg.example"
    assert re.search(r" https://tilburg\.example/begin/[\w-]{32} .* 7 days$", link)
    assert stat.S_IMODE((shell.folder / "data" / "secret.key").stat().st_mode) == 0o600

    told = shell.ok("person", "add", "fatima", "--email", "f@x.example", "--name", "Fatima", stdin=f"{PASSWORD}\n")
    assert told == "added @fatima@tilburg.example\n"

    token = shell.ok("token", "fatima", "--scopes", "read write")
    assert re.fullmatch(r"[A-Za-z0-9_-]{40,}\n", token)
    assert shell.ok("token", "@Fatima") != token

    issue = shell.ok(
        "issue", "publish", "--title", "Veilig online", "--question", "Hoe?", "--why", "Daarom.",
        "--theme", "young-people", "--feedback-by", "2026-12-31", "--place", "gm0855", "--perspective", "jongeren",
    )  # fmt: skip
    assert issue == "https://tilburg.example/vraagstukken/veilig-online\n"

    text, guide = shell.folder / "gids.md", shell.folder / "De gids (1).pdf"
    text.write_text("# Kop\n\nTekst van **ons**.", encoding="utf-8")
    guide.write_bytes(PDF)
    product = shell.ok(
        "knowledge", "publish", str(text), "--title", "Gids", "--kind", "guide", "--summary", "Kort",
        "--attach", str(guide), "--issue", "veilig-online", "--as", "fatima", "--licence",
        "https://creativecommons.org/licenses/by/4.0/",
    )  # fmt: skip
    assert re.fullmatch(r"https://tilburg\.example/kennis/\d+\n", product)
    stored = [path for path in (shell.folder / "data" / "documents").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in stored] == [PDF]

    assert shell.ok("queue") == "Nothing waits and nothing failed.\n"
    assert shell.ok("queue", "--dropped") == "Nothing was dropped.\n"
    assert "is at 0" in shell.ok("migrate")


def test_a_link_for_the_first_administrator_is_given_until_there_is_one(tilburg: Shell) -> None:
    first, second = tilburg.ok("begin"), tilburg.ok("begin")
    assert "/begin/" in first
    assert first != second
    tilburg.ok("person", "add", "karin", "--email", "k@x.example", "--name", "Karin", "--admin", stdin=f"{PASSWORD}\n")
    assert "has an administrator already" in tilburg.fails("begin")


def test_a_wrong_setting_is_one_line_and_exit_code_two(shell: Shell) -> None:
    assert "SAMENSPRAAK_LISTEN: " in shell.fails("queue", code=2, LISTEN="overal")
    assert "SAMENSPRAAK_BASE_URL: " in shell.fails("init", "--name", "x", code=2, BASE_URL="tilburg")
    assert "SAMENSPRAAK_BASEURL: there is no such setting" in shell.fails("queue", code=2, BASEURL="x")
    assert "SAMENSPRAAK_SECRET_KEY: " in shell.fails("queue", code=2)
    assert not (shell.folder / "data").exists(), "a command that fails on a setting leaves nothing"


def test_making_an_instance_twice_is_refused(tilburg: Shell) -> None:
    assert "initialised already" in tilburg.fails("init", "--name", "Nog een keer")
    assert tilburg.ok("queue")


def test_before_there_is_an_instance_every_command_says_what_to_do(shell: Shell) -> None:
    (shell.folder / "data").mkdir()
    for command in (["queue"], ["token", "fatima"], ["issue", "publish", "--title", "x", "--question", "y"], ["serve"]):
        assert "samenspraak init" in shell.fails(*command, SECRET_KEY="x" * 40)


def test_a_folder_that_cannot_be_written_is_one_line(shell: Shell) -> None:
    (shell.folder / "bestand").write_text("x")
    for folder in (str(shell.folder / "bestand" / "data"), "/proc/samenspraak"):
        assert "cannot be written" in shell.fails("init", "--name", "x", code=2, DATA_DIR=folder)


def test_a_database_that_cannot_be_used_is_one_line(tilburg: Shell) -> None:
    for url in ("postgresql://x@127.0.0.1:1/x", f"sqlite:///{tilburg.folder}", f"sqlite:///{__file__}"):
        line = tilburg.fails("queue", DATABASE_URL=url)
        assert "unexpected" not in line
        assert len(line) < 300


def test_a_secret_that_is_not_the_one_of_the_database_is_one_line(tilburg: Shell) -> None:
    line = tilburg.fails("follow", "gemeente-tilburg", "https://utrecht.example/x", SECRET_KEY="y" * 40)
    assert "SAMENSPRAAK_SECRET_KEY does not open the keys" in line


def test_a_port_in_use_is_one_line(tilburg: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = tilburg.fails("serve", LISTEN=f"127.0.0.1:{port}")
        assert f"cannot listen on 127.0.0.1:{port}" in line
        assert f"127.0.0.1:{port}" in tilburg.fails("serve", "--processes", "2", LISTEN=f"127.0.0.1:{port}")


def test_an_address_that_is_not_this_machines_is_one_line(tilburg: Shell) -> None:
    for listen in ("192.0.2.1:8080", "onzin.example:8080"):
        assert "cannot listen" in tilburg.fails("serve", LISTEN=listen)


@pytest.mark.parametrize(
    ("arguments", "stdin", "word"),
    [
        (["person", "add", "a b", "--email", "a@x.example", "--name", "A"], PASSWORD, "handle"),
        (["person", "add", "admin", "--email", "a@x.example", "--name", "A"], PASSWORD, "reserved"),
        (["person", "add", "gemeente-tilburg", "--email", "a@x.example", "--name", "A"], PASSWORD, "taken"),
        (["person", "add", "anna", "--email", "geen adres", "--name", "A"], PASSWORD, "e-mail"),
        (["person", "add", "anna", "--email", "a@x.example", "--name", "A"], "kort", "password"),
        (["person", "add", "anna", "--email", "a@x.example", "--name", "A"], "", "password"),
        (["person", "add", "anna", "--email", "a@x.example", "--name", "A"], "welkom2026!", "many people"),
        (["person", "roles", "niemand"], "", "no person @niemand"),
        (["person", "reset", "niemand"], "", "no person @niemand"),
        (["person", "invite", "--uses", "0"], "", "people"),
        (["token", "niemand"], "", "no person @niemand"),
        (["token", "gemeente-tilburg"], "", "no person"),
        (["issue", "publish", "--title", "", "--question", "x"], "", "title"),
        (["issue", "publish", "--title", "x", "--question", "x", "--handle", "A B"], "", "handle"),
        (["follow", "niemand", "onzin"], "", "document"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line(tilburg: Shell, arguments: list[str], stdin: str, word: str) -> None:
    assert word in tilburg.fails(*arguments, stdin=f"{stdin}\n" if stdin else "")


def test_a_token_has_only_scopes_that_exist(tilburg: Shell) -> None:
    tilburg.ok("person", "add", "anna", "--email", "a@x.example", "--name", "Anna", stdin=f"{PASSWORD}\n")
    assert "scope" in tilburg.fails("token", "anna", "--scopes", "read alles")


def test_a_person_is_invited_given_roles_and_helped_when_they_lost_everything(tilburg: Shell) -> None:
    add = ("person", "add", "anna", "--email", "a@x.example", "--name", "Anna", "--role", "moderator")
    tilburg.ok(*add, stdin=f"{PASSWORD}\n")
    invited = tilburg.ok("person", "invite", "--role", "administrator", "--uses", "2", "--days", "1")
    assert re.fullmatch(r"https://tilburg\.example/uitnodiging/[A-Za-z0-9_-]{32}\n", invited)
    assert tilburg.ok("person", "roles", "@Anna", "administrator", "editor") == "@Anna: administrator, editor\n"
    assert tilburg.ok("person", "roles", "anna") == "@anna: no role\n"
    reset = tilburg.ok("person", "reset", "anna")
    assert re.fullmatch(r"https://tilburg\.example/wachtwoord/[A-Za-z0-9_-]{43}\n", reset)
    assert tilburg.ok("person", "reset", "anna", "--keep-second-factor") != reset


def test_a_person_that_is_refused_leaves_nothing_behind(tilburg: Shell) -> None:
    tilburg.fails("person", "add", "anna", "--email", "geen adres", "--name", "A", stdin=f"{PASSWORD}\n")
    tilburg.ok("person", "add", "anna", "--email", "a@x.example", "--name", "A", stdin=f"{PASSWORD}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nergens"], ["init"], ["person", "add"], ["issue", "publish", "--title", "x"], ["serve", "--processes", "0"],
        ["init", "--name", "x", "--tooi", "tilburg"],
        ["issue", "publish", "--title", "x", "--question", "y", "--theme", "vliegers"],
        ["knowledge", "publish", "/nergens.md", "--title", "x", "--kind", "guide"],
    ],
)  # fmt: skip
def test_a_command_that_is_none_is_one_line_and_exit_code_two(shell: Shell, arguments: list[str]) -> None:
    shell.fails(*arguments, code=2)


def test_documents_and_texts_that_are_not_stored_are_one_line(tilburg: Shell) -> None:
    text, html, latin = (tilburg.folder / name for name in ("gids.md", "gids.pdf", "oud.md"))
    text.write_text("Tekst")
    html.write_text("<script>alert(1)</script>")
    latin.write_bytes(b"caf\xe9")
    publish = ["--title", "Gids", "--kind", "guide"]
    assert "not a kind" in tilburg.fails("knowledge", "publish", str(text), *publish, "--attach", str(html))
    assert "UTF-8" in tilburg.fails("knowledge", "publish", str(latin), *publish)
    assert "no issue @niets" in tilburg.fails("knowledge", "publish", str(text), *publish, "--issue", "niets")
    assert "no actor @niemand" in tilburg.fails("knowledge", "publish", str(text), *publish, "--as", "niemand")


def test_only_an_issue_can_be_what_a_product_is_of_use_for(tilburg: Shell) -> None:
    text = tilburg.folder / "gids.md"
    text.write_text("Tekst")
    line = tilburg.fails(
        "knowledge", "publish", str(text), "--title", "x", "--kind", "guide", "--issue", "gemeente-tilburg"
    )
    assert "issue" in line


def test_help_and_version_need_no_instance(shell: Shell) -> None:
    assert "init" in shell.ok("--help")
    assert re.fullmatch(r"samenspraak, version \d+\.\d+\.\d+\n", shell.ok("--version"))
    assert "--tooi" in shell.ok("init", "--help")


def test_no_secret_stands_in_the_database_file(tilburg: Shell) -> None:
    tilburg.ok("person", "add", "anna", "--email", "a@x.example", "--name", "Anna", stdin=f"{PASSWORD}\n")
    token = tilburg.ok("token", "anna").strip()
    database = Path(make_url(f"sqlite:///{tilburg.folder}/data/samenspraak.sqlite3").database or "")
    content = b"".join(path.read_bytes() for path in database.parent.glob("samenspraak.sqlite3*"))
    assert b"anna" in content
    for secret in (PASSWORD, token, (tilburg.folder / "data" / "secret.key").read_text()):
        assert secret.encode() not in content
    assert b"PRIVATE KEY" not in content
