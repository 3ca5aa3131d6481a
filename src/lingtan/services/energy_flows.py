"""Where energy or carbon comes from and who uses it: the ledger's postings as balanced flows through the park."""

from collections import defaultdict
from dataclasses import dataclass

from lingtan.services.keep_run import Run


@dataclass(frozen=True)
class Flow:
    """One side of the balance: ``name`` is a carrier and kind of power, a category, or an enterprise. [µg of the measure]"""

    side: str  # source | out | use | credit
    name: str
    kind: str
    micrograms: int


@dataclass(frozen=True)
class Flows:
    """Sources and credits of users equal what goes out and what is used, exactly."""

    measure: str
    total: int
    flows: list[Flow]


def energy_flows(run: Run, measure: str, month: int = 0) -> Flows:
    """The balanced flows of a year or month: what came in by kind, what was given away, what each enterprise used.

    An enterprise whose transfers exceed its own use (a producer for others) stands among the sources, as ``credit``.
    """
    came: dict[tuple[str, str], int] = defaultdict(int)
    used: dict[str, int] = defaultdict(int)
    energy = measure.startswith("tce")
    for p in run.account.postings:
        if p.measure != measure or (month and p.month != month):
            continue
        used[p.enterprise] += p.micrograms
        if p.view == "direct":
            kind = p.kind if p.carrier in ("electricity", "heat") and energy else ""
            sign = "out" if p.micrograms < 0 else "source"
            came[sign, f"{p.carrier if energy else p.category}/{kind}"] += p.micrograms
    flows = []
    for (sign, named), amount in sorted(came.items(), key=lambda kv: -abs(kv[1])):
        name, _, kind = named.partition("/")
        if amount:
            flows.append(Flow(sign, name, kind, abs(amount)))
    for enterprise, amount in sorted(used.items(), key=lambda kv: -abs(kv[1])):
        if amount:
            flows.append(Flow("use" if amount > 0 else "credit", enterprise, "", abs(amount)))
    return Flows(measure, sum(used.values()), flows)
