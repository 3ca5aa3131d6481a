"""A study as an Excel workbook and back: one sheet a list, one for the single tables; the same content as the YAML.

Cells hold plain values; lists and tables inside an entry stand as their YAML text, so that nothing is lost on the way.
"""

from io import BytesIO, StringIO
from typing import Any

from ruamel.yaml import YAML

from lingtan.base.errors import InputError

SINGLE = ("study", "weather", "targets", "finance")
LISTS = (
    "nodes", "profiles", "demands", "tariffs", "grids", "supplies", "sales", "technologies", "areas", "scenarios",
    "stages", "sensitivities", "parties",
)  # fmt: skip


def workbook_from_yaml(data: bytes) -> bytes:
    """The workbook of a study file."""
    import xlsxwriter

    study: dict[str, Any] = YAML(typ="safe", pure=True).load(data.decode("utf-8"))
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("general")
        sheet.set_column(0, 0, 42)
        sheet.set_column(1, 1, 60)
        sheet.write_row(0, 0, ["key", "value"], bold)
        rows = [("schema", study.get("schema", 1))]
        rows += [(f"{table}.{key}", value) for table in SINGLE for key, value in (study.get(table) or {}).items()]
        rows += [("cascades", study["cascades"])] if study.get("cascades") else []
        for i, (key, value) in enumerate(rows, 1):
            sheet.write_string(i, 0, key)
            _write(sheet, i, 1, value)
        for name in LISTS:
            entries = study.get(name) or []
            keys = list(dict.fromkeys(k for entry in entries for k in entry))
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, keys, bold)
            sheet.freeze_panes(1, 1)
            for i, entry in enumerate(entries, 1):
                for j, key in enumerate(keys):
                    if key in entry:
                        _write(sheet, i, j, entry[key])
    return buffer.getvalue()


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, bool):
        sheet.write_string(row, column, "true" if value else "false")
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, _flow(value))


def _flow(value: Any) -> str:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = True
    yaml.width = 100_000
    yaml.allow_unicode = True
    out = StringIO()
    yaml.dump(value, out)
    return out.getvalue().strip().removesuffix("...").strip()


def yaml_from_workbook(data: bytes, name: str) -> bytes:
    """The study file of a workbook.

    Raises
    ------
    InputError
        ``study.bad-workbook`` if it is none, or a cell cannot be read.
    """
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        sheets = {sheet: book.get_sheet_by_name(sheet).to_python() for sheet in book.sheet_names}
    except Exception as error:  # the reader has no error of its own for broken archives
        raise InputError("study.bad-workbook", file=name, why=str(error)[:200]) from None
    if "general" not in sheets:
        raise InputError("study.bad-workbook", file=name, why="sheet 'general'")
    study: dict[str, Any] = {}
    for row in sheets["general"][1:]:
        key, value = (str(row[0]).strip(), row[1]) if len(row) > 1 else ("", "")
        if not key or value == "":
            continue
        table, _, field = key.partition(".")
        if field:
            study.setdefault(table, {})[field] = _read(value, f"general!{key}", name)
        else:
            study[table] = _read(value, f"general!{key}", name)
    for sheet in LISTS:
        if sheet not in sheets or not sheets[sheet]:
            continue
        keys = [str(k).strip() for k in sheets[sheet][0]]
        entries = []
        for i, row in enumerate(sheets[sheet][1:], 2):
            entry = {
                key: _read(cell, f"{sheet}!{key} row {i}", name)
                for key, cell in zip(keys, row, strict=False)
                if key and cell != "" and cell is not None
            }
            if entry:
                entries.append(entry)
        if entries:
            study[sheet] = entries
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_unicode = True
    yaml.default_flow_style = False
    yaml.width = 100_000
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    out = StringIO()
    yaml.dump(study, out)
    return out.getvalue().encode()


def _read(cell: Any, where: str, name: str) -> Any:
    if isinstance(cell, float) and cell == int(cell) and abs(cell) < 2**53:
        return int(cell)
    if isinstance(cell, str) and cell[:1] in "{[":
        try:
            return YAML(typ="safe", pure=True).load(cell)
        except Exception as error:
            raise InputError("study.bad-workbook", file=name, why=f"{where}: {str(error)[:120]}") from None
    return cell
