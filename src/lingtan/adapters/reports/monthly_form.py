"""The monthly form as an Excel workbook: what is to be filled in is white and open, what meters read is gray and locked."""

from collections.abc import Sequence
from io import BytesIO

import xlsxwriter

from lingtan.base.text import say
from lingtan.services.monthly_form import COLUMNS, Field, form_row

FONT = "Noto Sans SC"
WIDTHS = (26, 34, 12, 16, 8, 16, 44)


def form_workbook(fields: Sequence[Field], enterprise: str, name: str, month: str, lang: str) -> bytes:
    """The bytes of an ``.xlsx`` file."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        base = {"font_name": FONT, "font_size": 10}
        title = book.add_format({**base, "bold": True, "font_size": 14})
        text = book.add_format({**base, "text_wrap": True})
        head = book.add_format({**base, "bold": True, "bg_color": "#E4EFEB", "border": 1})
        fixed = book.add_format({**base, "border": 1, "bg_color": "#F1F4F3", "font_color": "#566272"})
        known = book.add_format({**base, "border": 1})
        amount = {"border": 1, "num_format": "#,##0.###"}
        filled = book.add_format({**base, **amount, "locked": False, "bg_color": "#FFFBE6"})
        gray = book.add_format({**base, **amount, "bg_color": "#F1F4F3", "font_color": "#566272"})
        sheet = book.add_worksheet(say("forms.sheet", lang))
        sheet.write(0, 0, f"{name} {say('forms.title', lang)}", title)
        sheet.write(1, 0, say("forms.word-enterprise", lang), text)
        sheet.write(1, 1, enterprise, text)
        sheet.write(2, 0, say("forms.word-month", lang), text)
        sheet.write_string(2, 1, month, text)
        sheet.write(3, 0, say("forms.how", lang), book.add_format(base))
        for j, column in enumerate(COLUMNS):
            sheet.set_column(j, j, WIDTHS[j])
            sheet.write(4, j, say(f"forms.word-{column}", lang), head)
        for i, field in enumerate(fields, 5):
            for j, cell in enumerate(form_row(field, lang)):
                if COLUMNS[j] == "value":
                    look = filled if field.fillable else gray
                    if cell:
                        sheet.write_number(i, j, float(cell), look)
                    else:
                        sheet.write_blank(i, j, None, look)
                else:
                    sheet.write_string(i, j, cell, known if field.fillable else fixed)
            if field.fillable:
                rule = {
                    "validate": "decimal",
                    "criteria": ">=",
                    "value": 0,
                    "error_message": say("forms.error-cell", lang),
                }
                sheet.data_validation(i, 5, i, 5, rule)
        sheet.freeze_panes(5, 2)
        sheet.protect("", {"format_columns": True, "sort": True, "autofilter": True})
    return out.getvalue()
