"""Single values and entries of a study file changed by forms; comments, order and everything else of the text stay."""

import re
from collections.abc import Mapping, Sequence
from io import StringIO
from itertools import pairwise
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from lingtan.base.errors import InputError

Path = tuple[str | int, ...]
LISTS = ("technologies", "demands", "supplies", "scenarios", "stages", "sensitivities", "grids", "parties")
_STEP = re.compile(r"([a-z_0-9-]+)|\[(\d+)\]")
MOST = 500  # entries of a list


def path_of(text: str) -> Path:
    """``technologies[3].capex`` as steps."""
    return tuple(int(m[2]) if m[2] else m[1] for m in _STEP.finditer(text))


def tree_of(text: str) -> Any:
    """The tree of a study file that can be written back.

    Raises
    ------
    InputError
        ``plan-page.not-readable`` where the text is no YAML table.
    """
    yaml = _yaml()
    try:
        tree = yaml.load(text)
    except (YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError("plan-page.not-readable", line=mark.line + 1 if mark else "–") from None
    if not isinstance(tree, dict):
        raise InputError("plan-page.not-readable", line=1)
    return tree


def value_at(tree: Any, path: Path) -> Any:
    """What stands at a path, or None."""
    here = tree
    for step in path:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            return None
    return here


def edited(
    text: str, changes: Mapping[str, str], *, remove: Sequence[str] = (), add: Mapping[str, Any] | None = None
) -> str:
    """The text with values changed, entries removed and one entry added.

    Parameters
    ----------
    changes
        Value by path as it was typed: a number becomes a number, nothing takes the key away, anything else stays as it is,
        so that the check can say what is wrong with it.
    remove
        Entries, such as ``technologies[3]``.
    add
        ``{"technologies": {"id": …}}``.
    """
    tree = tree_of(text)
    for written, value in changes.items():
        _set(tree, path_of(written), typed(value))
    for entry in sorted({path_of(r) for r in remove}, key=lambda p: (str(p[0]), -int(p[1]))):
        entries = tree.get(str(entry[0]))
        if entry[0] in LISTS and isinstance(entries, list) and int(entry[1]) < len(entries):
            del entries[int(entry[1])]
            if not entries:
                del tree[entry[0]]
    for name, entry in (add or {}).items():
        entries = tree.setdefault(name, CommentedSeq())
        if not isinstance(entries, list) or len(entries) >= MOST:
            raise InputError("plan-page.no-room", what=name)
        made = CommentedMap((k, v) for k, v in entry.items() if v not in ("", None))
        made.fa.set_flow_style()
        entries.append(made)
    out = StringIO()
    _yaml().dump(tree, out)
    return out.getvalue()


def _set(tree: Any, path: Path, value: Any) -> None:
    here = tree
    for step, following in pairwise(path):
        below = value_at(here, (step,))
        if not isinstance(below, dict | list):
            if value is None or isinstance(following, int) or not isinstance(here, dict):
                return
            below = here[step] = CommentedMap()
        here = below
    last = path[-1]
    if value is None:
        if isinstance(here, dict):
            here.pop(last, None)
    elif isinstance(here, dict) and here.get(last) != value:
        here[last] = value


def typed(value: str) -> Any:
    """A value as it was typed: a number, percent or text; None for nothing."""
    text = value.strip().replace("−", "-")
    if not text:
        return None
    bare = text.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text) else text
    if re.fullmatch(r"-?\d+", bare):
        return int(bare)
    if re.fullmatch(r"-?(\d+\.\d*|\.\d+|\d+)(e[+-]?\d+)?", bare, re.IGNORECASE):
        return float(bare)
    if re.fullmatch(r"-?\d+(\.\d+)?\s*%", bare):
        return round(float(bare.rstrip("% ")) / 100, 10)
    return text


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 100_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
