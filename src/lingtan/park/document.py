"""YAML text turned into a tree that knows the line of every key and value.

Scalars keep the text that the author wrote, so that ``0.2856`` never passes through a float. Nothing is constructed
from tags; anchors may be used, but not to multiply a small file into a large one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from lingtan.base.errors import Place, Problem

MAX_DEPTH: Final = 40
MAX_CHARACTERS: Final = 20_000_000
EXPANSION: Final = 10  # aliases may make the document this many times as large as what is written

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
Path = tuple[str | int, ...]


@dataclass(slots=True)
class Node:
    """A value of the document: text (or None), a list of nodes, or a table of nodes by key. Lines count from 1."""

    value: "str | list[Node] | dict[str, Node] | None"
    line: int
    plain: bool = False
    size: int = 1
    key_lines: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """A read YAML document."""

    name: str
    root: Node

    def line(self, path: Sequence[str | int]) -> int:
        """The line of the deepest part of ``path`` that is in the document."""
        node, line = self.root, self.root.line
        for part in path:
            if isinstance(node.value, dict) and isinstance(part, str) and part in node.value:
                line, node = node.key_lines.get(part, node.line), node.value[part]
            elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.line
            else:
                break
        return line

    def place(self, path: Sequence[str | int]) -> Place:
        """The place of a path, such as ``park.yaml, line 12, meters[3].class``."""
        return Place(file=self.name, line=self.line(path), path=written(path) or None)


def written(path: Sequence[str | int]) -> str:
    """A path as people write it: ``meters[3].channels[0].unit``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_document(text: str, name: str) -> tuple[Document | None, list[Problem]]:
    """The tree of a YAML text with every problem of its form; None if it cannot be read as one table."""
    if len(text) > MAX_CHARACTERS:
        return None, [Problem("park.too-long", Place(file=name), {"limit": MAX_CHARACTERS})]
    reader = _Reader(name)
    try:
        root = reader.read(text.removeprefix("\ufeff"))
    except _RefusedError as refused:
        return None, [*reader.problems, refused.problem]
    except MarkedYAMLError as error:
        return None, [*reader.problems, *_syntax(error, text, name)]
    except (
        YAMLError,
        ValueError,
        IndexError,
        AttributeError,
        AssertionError,
        TypeError,
        RecursionError,
    ) as error:
        # on hostile text the YAML scanner sometimes fails with these instead of its own error
        return None, [*reader.problems, _unreadable(error, text, name)]
    if root is None or not isinstance(root.value, dict):
        return None, [*reader.problems, Problem("park.not-a-park", Place(file=name, line=1))]
    return Document(name, root), reader.problems


class _RefusedError(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem)


@dataclass(slots=True)
class _Open:
    """A list or table whose end has not come yet; ``key`` waits for its value."""

    node: Node
    anchor: str | None
    key: str | None = None
    key_line: int = 0
    merged: set[str] = field(default_factory=set)


class _Reader:
    """Builds the tree from the parser's events; no recursion, so that depth is ours to refuse."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.anchors: dict[str, Node] = {}
        self.written = 0
        self.total = 0

    def read(self, text: str) -> Node | None:
        root: Node | None = None
        open_nodes: list[_Open] = []
        documents = 0
        for event in YAML(typ="safe", pure=True).parse(text):
            line = event.start_mark.line + 1
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse("park.two-documents", line)
                continue
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                if len(open_nodes) >= MAX_DEPTH:
                    self._refuse("park.too-deep", line, limit=MAX_DEPTH)
                self._no_tag(event, line)
                self._count(1, line)
                empty: dict[str, Node] | list[Node] = {} if isinstance(event, MappingStartEvent) else []
                open_nodes.append(_Open(Node(empty, line), event.anchor))
                continue
            if isinstance(event, MappingEndEvent | SequenceEndEvent):
                done = open_nodes.pop()
                node = done.node
                node.size = 1 + sum(child.size for child in _children(node))
                if done.anchor:
                    self.anchors[done.anchor] = node
            elif isinstance(event, ScalarEvent):
                node = self._scalar(event, line)
                if event.anchor:
                    self.anchors[event.anchor] = node
            elif isinstance(event, AliasEvent):
                if event.anchor not in self.anchors:  # unknown, or still open: it would contain itself
                    self._refuse("park.bad-alias", line, alias=_short(str(event.anchor)))
                node = self.anchors[event.anchor]
                self._count(node.size, line)
            else:
                continue
            if open_nodes:
                self._attach(open_nodes[-1], node, line)
            else:
                root = node
        return root

    def _scalar(self, event: Any, line: int) -> Node:
        self._no_tag(event, line)
        self._count(1, line)
        plain = not event.style
        return Node(None if plain and event.value in _NULLS else event.value, line, plain)

    def _attach(self, parent: _Open, node: Node, line: int) -> None:
        table, lines = parent.node.value, parent.node.key_lines
        if isinstance(table, list):
            table.append(node)
        elif isinstance(table, dict) and parent.key is None:
            if not isinstance(node.value, str) or not node.value:
                self._note("park.bad-key", line)
            parent.key, parent.key_line = node.value if isinstance(node.value, str) else "", line
        elif isinstance(table, dict) and parent.key is not None:
            key, parent.key = parent.key, None
            if key == "<<":
                self._merge(parent, table, node)
            elif key in table and key not in parent.merged:
                self._note("park.duplicate-key", parent.key_line, field=_short(key), first=lines[key])
            elif key:
                table[key], lines[key] = node, parent.key_line
                parent.merged.discard(key)

    def _merge(self, parent: _Open, table: dict[str, Node], node: Node) -> None:
        """``<<: *defaults``: what the table does not say itself."""
        for source in node.value if isinstance(node.value, list) else [node]:
            if not isinstance(source.value, dict):
                self._note("park.bad-merge", parent.key_line)
                return
            for key, value in source.value.items():
                if key not in table:
                    table[key], parent.node.key_lines[key] = value, parent.key_line
                    parent.merged.add(key)

    def _no_tag(self, event: Any, line: int) -> None:
        if event.tag is not None and str(event.tag) != "!":
            self._note("park.tag", line, tag=_short(str(event.tag)))

    def _count(self, expanded: int, line: int) -> None:
        self.written += 1
        self.total += expanded
        if self.total > EXPANSION * self.written + 10_000:
            self._refuse("park.alias-bomb", line)

    def _note(self, code: str, line: int, **values: Any) -> None:
        self.problems.append(Problem(code, Place(file=self.name, line=line), values))

    def _refuse(self, code: str, line: int, **values: Any) -> None:
        raise _RefusedError(Problem(code, Place(file=self.name, line=line), values))


def _children(node: Node) -> Sequence[Node]:
    if isinstance(node.value, dict):
        return list(node.value.values())
    return node.value if isinstance(node.value, list) else ()


def _short(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _syntax(error: MarkedYAMLError, text: str, name: str) -> list[Problem]:
    """What a syntax error most likely means, in the author's words."""
    lines = text.splitlines()
    tabs = [i for i, line in enumerate(lines, 1) if re.match(r" *\t", line)]
    if tabs:
        return [Problem("park.tab", Place(file=name, line=i)) for i in tabs[:100]]
    mark = error.problem_mark or error.context_mark
    line = min(mark.line + 1, max(len(lines), 1)) if mark else 1
    column = str(mark.column + 1) if mark else None
    about = f"{error.context or ''} {error.problem or ''}"
    nearby = [i for i in (line, line - 1) if 0 < i <= len(lines) and re.match(r"\s*[\w<>-]+\s*：", lines[i - 1])]
    place = Place(file=name, line=line, column=column)
    if nearby:
        return [Problem("park.full-width-colon", Place(file=name, line=nearby[0]))]
    if "mapping values are not allowed" in about:
        return [Problem("park.syntax-colon", place)]
    if "unexpected end of stream" in about or "stream end" in about or "flow " in about or "quoted scalar" in about:
        start = error.context_mark.line + 1 if error.context_mark else line
        return [Problem("park.syntax-unclosed", place, {"start": start})]
    if "block" in about or "expected ':'" in about or "indent" in about:
        return [Problem("park.syntax-indent", place)]
    return [Problem("park.syntax", place, {"detail": _short(about.strip(), 200)})]


def _unreadable(error: Exception, text: str, name: str) -> Problem:
    position = getattr(error, "position", None)
    character = getattr(error, "character", None)
    if isinstance(position, int):
        line = text.count("\n", 0, position) + 1
        code = f"U+{ord(character):04X}" if isinstance(character, str) and character else f"U+{character or 0:04X}"
        return Problem("park.bad-character", Place(file=name, line=line), {"character": code})
    return Problem("park.syntax", Place(file=name), {"detail": type(error).__name__})
