"""What the people of the demo park have said to each other: questions of the verifier, answers, a monthly form to review."""

from fractions import Fraction

from lingtan.services.closings import closings
from lingtan.services.keep_run import Run
from lingtan.services.monthly_form import Entry, FilledForm, form_fields
from lingtan.services.questions import answer, ask, reply
from lingtan.services.submit_form import draft_form, submit_form
from lingtan.services.workspace import Workspace

MEMBER, CHANNEL = "foundry", "foundry-coke"
SAID = {
    "zh": (
        ("co2/category=heat", "邻厂蒸汽的实测因子有何依据？请说明检测报告与有效期。",
         "因子来自供热方 2025 年的实测报告，载于园区档案“steam-neighbor”条目；报告可随证据包提供。（演示）", "已核对，无异议。"),
        ("quantity/channel=chp-gas", "6 月换表前后的止码与起码是否有现场记录？",
         "有。周期检定换表记录编号见园区档案的变更说明，止码与起码与台账一致。（演示）", ""),
        ("core", "12 月有估算的时段合计多少小时？对核心指标的影响有多大？", "", ""),
    ),
    "en": (
        ("co2/category=heat", "What is the measured factor of the neighbor's steam based on? Please name the report and how long it is valid.",
         "It is from the supplier's report of 2025 and stands in the park file under 'steam-neighbor'; the report can go with the evidence. (demo)", "Checked, no objection."),
        ("quantity/channel=chp-gas", "Is there a record on site of the registers before and after the meter was replaced in June?",
         "Yes. The change in the park file names it; its registers are those of the ledger. (demo)", ""),
        ("core", "How many hours of December are estimated, and what do they do to the core indicator?", "", ""),
    ),
}  # fmt: skip
NOTES = {"zh": "盘点后更正（演示）", "en": "corrected after taking stock (demo)"}


def add_role_story(workspace: Workspace, run: Run, run_id: str, lang: str) -> None:
    """Say it once: three questions in three states, and a form that waits for the operator."""
    for figure, question, said, settled in SAID[lang]:
        made = ask(workspace, question, by="verifier", role="verifier", run=run, run_id=run_id, figure=figure)
        if said:
            answer(workspace, made.id, said, by="operator", role="operator")
        if settled:
            reply(workspace, made.id, settled, by="verifier", role="verifier", settle=True)
    month = f"{run.period.year}-12"
    fields = {f.channel: f for f in form_fields(workspace, MEMBER, month, lang)}
    known = fields[CHANNEL].known if CHANNEL in fields else None
    if known is not None:
        value = Fraction(round(known * 1000 * Fraction(103, 100)), 1000)
        entry = Entry(CHANNEL, value, 6, known, True, False)
        text = f"channel,value\n{CHANNEL},{float(value)}\n".encode()
        filled = FilledForm((entry,), (), ())
        made_form = draft_form(workspace, MEMBER, month, f"form-{MEMBER}-{month}.csv", text, filled, by="enterprise")
        submit_form(workspace, made_form.id, by="enterprise", note=NOTES[lang])


def newest_closed(workspace: Workspace) -> str:
    """The id of the newest closing; empty if there is none."""
    found = closings(workspace)
    return found[-1].id if found else ""
