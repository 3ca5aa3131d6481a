"""Addresses of figures: short, stable names for every number that a command prints.

::

    address = head ["." part] {"/" key "=" value}

    core                                           an indicator; parts: numerator, denominator, target, coverage, and its extras
    product_energy/product=cement
    co2/category=power/enterprise=alu/month=2025-03/view=transfer       a measure of the account, cut by any keys
    power/side=in/kind=other/month=2025-03         power or heat by kind
    coverage/channel=grid-in/month=2025-03         what is known of a channel
    quantity/channel=grid-in                       what a channel counted
    certificates.covered                           held, covered, coverable

Keys may come in any order; the canonical one is that of :data:`KEYS`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lingtan.base.errors import InputError
from lingtan.base.ids import nearest
from lingtan.carbon.account import Account
from lingtan.carbon.indicators import Indicator

KEYS: Mapping[str, tuple[str, ...]] = {
    "measure": ("view", "category", "enterprise", "month", "carrier", "activity", "kind", "point", "factor"),
    "flow": ("side", "kind", "month"),
    "channel": ("channel", "month"),
    "indicator": ("product", "carrier"),
    "certificates": (),
}
PARTS = ("numerator", "denominator", "target", "coverage")
CERTIFICATES = ("held", "covered", "coverable")
FLOWS = ("power", "heat")
CHANNEL_HEADS = ("coverage", "quantity")


@dataclass(frozen=True)
class Address:
    """A parsed address; ``sort`` is a key of :data:`KEYS`."""

    head: str
    part: str | None
    where: tuple[tuple[str, str | int], ...]
    sort: str

    def __str__(self) -> str:
        keys = "".join(f"/{k}={month_text(v) if k == 'month' else v}" for k, v in self.where)
        return f"{self.head}{f'.{self.part}' if self.part else ''}{keys}"


@dataclass(frozen=True)
class Known:
    """What there is to address: heads by sort, and the values of each head's keys."""

    measures: tuple[str, ...]
    indicators: Mapping[str, Indicator]
    values: Mapping[str, Mapping[str, frozenset[str]]]

    @property
    def heads(self) -> list[str]:
        """Every head."""
        return [*self.indicators, *self.measures, *FLOWS, *CHANNEL_HEADS, "certificates"]


def known(account: Account, indicators: Sequence[Indicator]) -> Known:
    """What an account and its indicators can be asked."""
    months = frozenset(map(month_text, account.months))
    values: dict[str, dict[str, frozenset[str]]] = {}
    measures = tuple(m.id for m in account.compiled.rules.measures)
    for measure in measures:
        mine = [p for p in account.postings if p.measure == measure]
        values[measure] = {
            key: frozenset(str(getattr(p, key)) for p in mine if getattr(p, key) != "")
            for key in KEYS["measure"]
            if key not in ("view", "month")
        }
        values[measure] |= {"view": frozenset({"direct", "transfer"}), "month": months}
    for pool in FLOWS:
        rows = [k for k in account.kinds if k[0] == pool]
        values[pool] = {
            "side": frozenset(k[1] for k in rows),
            "kind": frozenset(k[2] for k in rows),
            "month": months,
        }
    names = frozenset(c.channel for c in account.coverage)
    for head in CHANNEL_HEADS:
        values[head] = {"channel": names, "month": months}
    for i in indicators:
        values[i.id] = {
            key: frozenset(str(d[key]) for d in i.details if key in d) for key in KEYS["indicator"] if i.details
        }
    return Known(measures, {i.id: i for i in indicators}, values)


def parse_address(text: str, there: Known) -> Address:
    """The address that a text means.

    Raises
    ------
    InputError
        ``figure.*`` with the nearest known head, part, key or value.
    """
    first, *rest = text.strip().strip("/").split("/")
    head, _, part = first.partition(".")
    if head not in there.heads:
        raise InputError("figure.unknown", figure=text, part=head, nearest=_near(head, there.heads))
    sort = _sort(head, there)
    parts = _parts(head, sort, there)
    if part and part not in parts:
        raise InputError("figure.unknown", figure=text, part=part, nearest=_near(part, parts))
    if sort == "certificates" and not part:
        raise InputError("figure.unknown", figure=text, part=head, nearest="certificates.covered")
    where: dict[str, str | int] = {}
    for item in rest:
        key, equals, value = item.partition("=")
        keys = [k for k in KEYS[sort] if k in there.values.get(head, {})]
        if not equals or key not in keys:
            raise InputError("figure.unknown", figure=text, part=item, nearest=_near(key, keys, suffix="="))
        if key in where:
            raise InputError("figure.twice", figure=text, key=key)
        wanted = _month(value) if key == "month" else value
        if wanted not in there.values[head][key]:
            raise InputError(
                "figure.unknown", figure=text, part=item, nearest=f"{key}={_near(value, there.values[head][key])}"
            )
        where[key] = int(wanted.replace("-", "")) if key == "month" else wanted
    if where.get("view") == "direct":
        del where["view"]
    if sort == "channel" and "channel" not in where:
        raise InputError("figure.needs-channel", figure=text)
    return Address(head, part or None, tuple((k, where[k]) for k in KEYS[sort] if k in where), sort)


def listed(account: Account, there: Known) -> Iterator[str]:
    """The addresses of every printed table, and of the finest cuts that have an amount."""
    for name, indicator in there.indicators.items():
        yield name
        yield from (f"{name}.{p}" for p in _parts(name, "indicator", there))
        for key, values in there.values[name].items():
            yield from (f"{name}/{key}={v}" for v in sorted(values))
        del indicator
    for measure in there.measures:
        mine = [p for p in account.postings if p.measure == measure]
        yield measure
        for key in ("category", "month", "carrier"):
            yield from _cuts(measure, ((key, getattr(p, key)) for p in mine if p.view == "direct"))
        for enterprise in sorted({p.enterprise for p in mine}):
            yield f"{measure}/enterprise={enterprise}"
            yield f"{measure}/view=transfer/enterprise={enterprise}"
        for p in mine:
            pairs = [(k, getattr(p, k)) for k in KEYS["measure"] if k not in ("view", "factor") and getattr(p, k) != ""]
            view = "/view=transfer" if p.view == "transfer" else ""
            yield f"{measure}{view}" + "".join(f"/{k}={month_text(v) if k == 'month' else v}" for k, v in pairs)
    for pool, side, kind in sorted({k[:3] for k in account.kinds}):
        yield f"{pool}/side={side}/kind={kind}"
    yield from (f"certificates.{p}" for p in CERTIFICATES)
    for head in CHANNEL_HEADS:
        yield from (f"{head}/channel={c}" for c in sorted(there.values[head]["channel"]))


def month_text(month: object) -> str:
    """202503 as ``2025-03``."""
    text = str(month)
    return f"{text[:4]}-{text[4:]}" if len(text) == 6 else text


def _cuts(head: str, pairs: Iterable[tuple[str, object]]) -> Iterator[str]:
    for key, value in sorted({(k, str(v)) for k, v in pairs if v != ""}):
        yield f"{head}/{key}={month_text(value) if key == 'month' else value}"


def _month(text: str) -> str:
    found = re.fullmatch(r"(\d{4})-?(\d{1,2})", text)
    return f"{found[1]}-{int(found[2]):02d}" if found else text


def _sort(head: str, there: Known) -> str:
    if head in there.indicators:
        return "indicator"
    if head in there.measures:
        return "measure"
    return "flow" if head in FLOWS else "channel" if head in CHANNEL_HEADS else "certificates"


def _parts(head: str, sort: str, there: Known) -> list[str]:
    if sort == "certificates":
        return list(CERTIFICATES)
    if sort != "indicator":
        return []
    indicator = there.indicators[head]
    have = [p for p in PARTS if getattr(indicator, p) is not None]
    return have + [k for k, v in indicator.extra.items() if not isinstance(v, str)]


def _near(word: str, names: Iterable[str], suffix: str = "") -> str:
    options = sorted(names)
    found = nearest(word, options) or (options[0] if options else "–")
    return f"{found}{suffix}"
