"""``docs/park-file.md``, the reference of the park file, made from the record itself.

Example: ``python checks/park_reference.py`` writes it, ``python checks/park_reference.py --check`` says whether it is current.
"""

import sys
import types
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from lingtan.park.schema import described, records

PAGE = Path(__file__).resolve().parent.parent / "docs" / "park-file.md"
HEAD = """# 园区档案 · The park file

`park.yaml` 说明园区里有什么。此页由代码生成（`python checks/park_reference.py`），因此与程序一致。
`park.yaml` says what there is in the park. This page is made from the code, so it cannot differ from it.

```sh
lingtan park new my-park --template full    # 每个部分各有一例 · an example of every part
lingtan park check --park my-park           # 全部问题及其行号 · every problem with its line
lingtan park show --park my-park            # 园区概况，各指标还缺什么 · what it is, and what each indicator lacks
lingtan park schema --out park.schema.json  # 编辑器用的 JSON Schema · a JSON schema for editors
lingtan park log --park my-park             # 保存过的修订 · the revisions that were kept
lingtan park diff 1 14 --park my-park       # 两次修订之间的变化 · what changed between two of them
```

- 数字按所写的十进制文本读取，不经过浮点数。 Numbers are read as their decimal text and never pass through a float.
- 不带时区的时间是园区当地时间。 A time without an offset is local time of the park.
- 没有值的键视为没有写。 A key without a value counts as not written.
- 可以使用锚点和 `<<:`。 Anchors and `<<:` may be used.
- 标识（id）只用小写字母、数字、`-`、`_`、`.`，最多 63 个；名称（name）不限，也可以写 `{zh: …, en: …}`。
  Ids have lower-case letters, digits, `-`, `_` and `.`, at most 63; names are free, and may be `{zh: …, en: …}`.
- 每次打开工作目录，档案内容都会作为一次修订保存。 The content is kept as a revision whenever the workspace is opened.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for record in records():
        zh, en = described(record)
        parts.append(f"## {record.__name__}\n\n{' · '.join(_cell(t) for t in (zh, en) if t)}\n")
        rows = ["| key | value | default | 中文 | English |", "|---|---|---|---|---|"]
        for name, field in record.model_fields.items():
            key = field.alias or name
            said = described(record, key)
            rows.append(
                f"| `{key}` | {_kind(field.annotation)} | {_default(field)} | {_cell(said[0])} | {_cell(said[1])} |"
            )
        parts.append("\n".join(rows) + "\n")
    return "\n".join(parts)


def _kind(kind: Any) -> str:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _kind(args[0])
    if origin in (Union, types.UnionType):
        shown = [_kind(a) for a in args if a is not type(None)]
        return " or ".join(dict.fromkeys(shown))
    if origin is Literal:
        return ", ".join(f"`{a}`" for a in args)
    if origin is list:
        return f"list of {_kind(args[0])}"
    if origin is dict:
        return f"table of {_kind(args[1])} by {_kind(args[0])}"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{m.value}`" for m in kind)
    names = {
        "str": "text",
        "int": "whole number",
        "Decimal": "number",
        "bool": "true or false",
        "datetime": "time",
        "date": "day",
    }
    return names.get(getattr(kind, "__name__", ""), "any")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined or value is None or value in ({}, []) or isinstance(value, BaseModel):
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{_cell(', '.join(map(str, value)) if isinstance(value, list | tuple) else str(value))}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> int:
    """Exit code 1 if ``--check`` finds the page out of date."""
    made = page()
    if "--check" in sys.argv[1:]:
        if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != made:
            print(f"{PAGE.name} is not what the record says; run python checks/park_reference.py", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(made, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
