"""Every command explains itself with an example, and every command that the documents name exists."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lingtan.apps.cli.main import NOUNS, cli

MENTION = re.compile(r"(?<![\w./-])lingtan ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)((?: [^\n`|]*)?)")
DOCUMENTS = ["README.md", "CHANGELOG.md"]
EXAMPLE = re.compile(r"lingtan [a-z]")


def context(command: Any, name: str) -> Any:
    return command.make_context(name, [], resilient_parsing=True)


def is_group(command: Any) -> bool:
    return hasattr(command, "list_commands")


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that can be run, as it is typed after ``lingtan``."""
    root = context(cli, "lingtan")
    for noun in NOUNS:
        found = cli.get_command(root, noun)
        assert found is not None, noun
        yield from below(noun, found)


def below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if not is_group(command):
        yield name, command
        return
    if command.invoke_without_command:
        yield name, command
    inside = context(command, name)
    for verb in command.list_commands(inside):
        found = command.get_command(inside, verb)
        assert found is not None, verb
        yield from below(f"{name} {verb}", found)


ALL = dict(commands())


def documents(root: Path) -> list[Path]:
    return [root / name for name in DOCUMENTS] + sorted((root / "docs").rglob("*.md"))


def blocks(text: str) -> Iterator[str]:
    """What stands in code: fenced blocks and inline code."""
    yield from re.findall(r"^```[a-z]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    yield from re.findall(r"`(lingtan [^`\n]+)`", text)


def test_there_are_commands() -> None:
    assert len(ALL) > 10


@pytest.mark.parametrize("name", sorted(ALL))
def test_help_shows_an_example(name: str) -> None:
    command = ALL[name]
    help_text = command.get_help(context(command, f"lingtan {name}"))
    after_usage = help_text.split("\n", 2)[-1]
    usage = re.compile(r"^\s*Usage:.*$", re.MULTILINE)
    assert EXAMPLE.search(usage.sub("", command.help or "") + usage.sub("", after_usage)), f"{name}: no example"


@pytest.mark.parametrize("name", sorted(n for n in ALL if not is_group(ALL[n])))
def test_every_command_takes_json_and_lang(name: str) -> None:
    options = {option for parameter in ALL[name].params for option in parameter.opts}
    assert {"--json", "--lang"} <= options


def mentioned(root: Path) -> set[tuple[str, str, str]]:
    """(document, noun and verb, rest of the line) for each ``lingtan …`` in a document's code."""
    return {
        (str(path.relative_to(root)), words, rest)
        for path in documents(root)
        for block in blocks(path.read_text(encoding="utf-8"))
        for words, rest in MENTION.findall(block)
    }


def test_commands_in_the_documents_exist_with_their_options(root: Path) -> None:
    found = mentioned(root)
    assert found
    wrong = []
    for document, words, rest in sorted(found):
        parts = [*words.split(), *rest.split()[:1]]
        name = next((n for n in (" ".join(parts[:i]) for i in (3, 2)) if n in ALL), parts[0])
        if name not in ALL:
            wrong.append(f"{document}: lingtan {words}")
            continue
        options = {o for p in ALL[name].params for o in [*p.opts, *p.secondary_opts]} | {"--help", "-h"}
        if is_group(ALL[name]):
            continue
        wrong += [
            f"{document}: lingtan {name} has no {option}"
            for option in re.findall(r"(?<!\S)(--[a-z-]+)", rest)
            if option not in options
        ]
    assert wrong == []


def test_make_targets_in_the_documents_exist(root: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"demo", "test", "bench", "rooms", "format"} <= targets
    text = "\n".join(path.read_text(encoding="utf-8") for path in documents(root))
    named = set(re.findall(r"`make ([a-z]+)`|^make ([a-z]+)", text, re.MULTILINE))
    assert named
    assert {a or b for a, b in named} <= targets
