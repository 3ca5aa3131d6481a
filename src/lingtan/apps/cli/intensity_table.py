"""Intensities per output value and value added, below the indicators."""

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lingtan.apps.cli.options import table

if TYPE_CHECKING:
    from lingtan.services.keep_run import Run


def intensities_as_json(made: "Run") -> list[dict[str, Any]]:
    """The intensities of a run; ``enterprise`` is null for the park."""
    from lingtan.carbon.intensities import intensities

    return [
        {
            "enterprise": i.enterprise,
            "value_cny": {k: _text(v) for k, v in i.value_cny.items()},
            "tonnes": {k: _text(v) for k, v in i.tonnes.items()},
            "per_10k_cny": [
                {"value": value, "measure": measure, "ratio": _text(ratio)}
                for (value, measure), ratio in i.per_10k_cny.items()
            ],
        }
        for i in intensities(made.account, made.park)
    ]


def print_intensities(made: "Run", lang: str) -> None:
    """A row an enterprise, the park last; nothing where no value is stated for the year."""
    from lingtan.base.text import label, say
    from lingtan.carbon.intensities import PER_CNY, VALUES, intensities

    found = intensities(made.account, made.park)
    if not any(v is not None for i in found for v in i.value_cny.values()):
        return
    who = {e.id: label(e.name, lang) for e in made.park.enterprises}
    pairs = list(found[0].per_10k_cny)
    heads = [say("intensity.enterprise", lang), *(say(f"intensity.{v}", lang) for v in VALUES)]
    heads += [say(f"intensity.ratio-{v}", lang, measure=say(f"measure.{m}", lang)) for v, m in pairs]
    rows = []
    for i in found:
        name = say("intensity.park", lang) if i.enterprise is None else who[i.enterprise]
        worth = [_number(None if v is None else v / PER_CNY, 0) for v in i.value_cny.values()]
        rows.append([name, *worth, *(_number(i.per_10k_cny[p], 4) for p in pairs)])
    table(say("intensity.title", lang), heads, rows, right=range(1, len(heads)))


def _number(value: Fraction | None, digits: int) -> str:
    from lingtan.base.units import rounded

    return "–" if value is None else f"{rounded(value, 1, digits):,}"


def _text(value: Fraction | None) -> str | None:
    return None if value is None else f"{float(value):.12g}"
