"""The project table of the application outline (annex 2 of notice 910) as a workbook of its own."""

from io import BytesIO
from pathlib import Path

from lingtan.base.errors import DataError
from lingtan.base.text import say
from lingtan.services.study_kept import kept_answers, study_record
from lingtan.services.study_tables import project_table


def annex_workbook(path: Path, lang: str) -> bytes:
    """The table with a number for each project and the sum of the investment; ``study.not-run`` where there is no plan."""
    import xlsxwriter

    found = kept_answers(path)
    plan = found.get("plan")
    if not plan or not plan.get("technologies"):
        raise DataError("study.not-run", study=path.stem, answer="plan")
    columns, rows = project_table(plan, found.get("pathway"), study_record(path), lang)
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "border": 1, "align": "center", "valign": "vcenter"})
        cell = book.add_format({"text_wrap": True, "border": 1, "valign": "vcenter"})
        money = book.add_format({"num_format": "#,##0.0", "border": 1, "valign": "vcenter"})
        sheet = book.add_worksheet(say("plan.sheets.projects", lang)[:31])
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 0, 6)
        sheet.set_column(1, len(columns), 20)
        sheet.write_row(0, 0, [say("plan-page.number", lang), *columns], head)
        for i, row in enumerate(rows, 1):
            sheet.write_number(i, 0, i, cell)
            for j, value in enumerate(row, 1):
                if isinstance(value, int | float):
                    sheet.write_number(i, j, value, money)
                else:
                    sheet.write_string(i, j, "" if value is None else str(value), cell)
        last = len(rows) + 1
        sheet.write_string(last, 1, say("account-table.total", lang), head)
        sheet.write_number(last, 4, round(sum(r[3] for r in rows), 1), money)
    return out.getvalue()
