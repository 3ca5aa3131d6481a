"""An enterprise's energy statement in words, as the document wants it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from lingtan.base.errors import InputError
from lingtan.base.ids import nearest
from lingtan.base.text import label, say, sentences
from lingtan.park.carriers import carriers
from lingtan.reports.energy_statement import AmountRow, CostRow, QuantityRow, StatementFacts
from lingtan.services.energy_statement import energy_statement
from lingtan.services.keep_run import Run
from lingtan.services.ports import Listener, silent
from lingtan.services.power_costs import power_costs
from lingtan.services.workspace import Workspace


def told_statement(
    workspace: Workspace,
    run: Run,
    enterprise: str,
    period: str,
    lang: str,
    *,
    run_id: str = "",
    listener: Listener = silent,
) -> StatementFacts:
    """The statement with names and units in one language; costs are worked out if they are not there yet."""
    names = {e.id: label(e.name, lang, e.id) for e in run.park.enterprises}
    if enterprise not in names:
        raise InputError(
            "portal.unknown-enterprise", enterprise=enterprise[:60], nearest=nearest(enterprise, names) or "–"
        )
    costs = power_costs(workspace, str(run.period.year), listener=listener)
    made = energy_statement(run, enterprise, period, costs, run_id=run_id)
    goods = {i: (c.zh if lang == "zh" else c.en) for i, c in carriers(run.park).items()}
    failed = made.cost_failed if made.cost_failed == "statement.no-power" else "statement.no-bill"
    return StatementFacts(
        label(run.park.park.name, lang, run.park.park.id),
        names[enterprise],
        enterprise,
        period,
        made.run,
        _local(made.as_of_time, run.park.park.timezone),
        made.synthetic,
        [
            QuantityRow(
                goods.get(x.carrier, x.carrier), _activity(x.activity.value, lang), x.unit, x.quantity, x.before, x.covered, x.estimated
            )
            for x in made.lines
        ],
        [AmountRow(a.measure, a.direct, a.transfer, a.before, a.by_category) for a in made.amounts],
        [CostRow(c.period, c.kwh, c.price, c.amount) for c in made.cost.lines] if made.cost else [],
        made.cost.total if made.cost else None,
        made.cost.share if made.cost else None,
        "" if made.cost else say(failed, lang),
    )  # fmt: skip


def _local(at: str, zone: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"


def _activity(name: str, lang: str) -> str:
    key = f"activity.{name}"
    return say(key, lang) if key in sentences(lang) else name
