"""What the park states for its account: certificates, coefficients, measured values, exclusions, the map."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from lingtan.base.errors import Problem
from lingtan.park.check.view import Path, View
from lingtan.park.model import NON_FOSSIL_SOURCES

GUIDING: Final = ("clean_energy", "product_energy", "solid_waste", "waste_energy", "water_reuse")
VALID_YEARS: Final = 2  # a certificate's validity after its year of generation
_EQUIVALENT: Final = (Decimal("0.2"), Decimal("0.45"))  # kgce/kWh: no thermal plant park is outside
_MAX_KWH: Final = 10**13  # as much as the whole country uses; beyond it the fixed point of the ledger would end
_GEOMETRY: Final = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
     "Feature", "FeatureCollection"}
)  # fmt: skip


def check_statements(view: View) -> Iterator[Problem]:
    """Statements that contradict themselves or cannot be meant."""
    yield from _certificates(view)
    yield from _connections(view)
    yield from _accounting(view)
    yield from _carrier_values(view)
    yield from _map(view)
    for i, enterprise in enumerate(view.park.enterprises):
        if enterprise.industry and not re.fullmatch(r"[A-T]?\d{2,4}", enterprise.industry):
            yield view.warning("industry-code", ("enterprises", i, "industry"), value=enterprise.industry[:40])


def _certificates(view: View) -> Iterator[Problem]:
    for i, certificate in enumerate(view.park.certificates):
        path: Path = ("certificates", i)
        if certificate.kwh > _MAX_KWH:
            yield view.error("absurd-number", (*path, "kwh"), field="kwh", value=str(certificate.kwh)[:30])
        if certificate.vintage is not None and certificate.vintage > certificate.year:
            yield view.error(
                "vintage-after-year", (*path, "vintage"), vintage=certificate.vintage, year=certificate.year
            )
        elif certificate.vintage is not None and certificate.year - certificate.vintage > VALID_YEARS:
            yield view.warning(
                "vintage-too-old", (*path, "vintage"), vintage=certificate.vintage, year=certificate.year
            )


def _connections(view: View) -> Iterator[Problem]:
    for i, connection in enumerate(view.park.connections):
        path: Path = ("connections", i)
        carrier = view.carriers.get(connection.carrier)
        if carrier and connection.factor_kgco2_per_gj is not None:
            if carrier.group != "heat":
                yield view.error("factor-not-heat", (*path, "factor_kgco2_per_gj"), connection=connection.id)
            elif not connection.factor_source:
                yield view.error("factor-without-source", (*path, "factor_kgco2_per_gj"), connection=connection.id)
        direct_power = carrier is not None and carrier.group == "electricity" and connection.kind == "direct_line"
        if direct_power and connection.source not in NON_FOSSIL_SOURCES:
            yield view.warning(
                "direct-not-green", (*path, "source"), connection=connection.id, source=connection.source
            )
    by_id = {c.id: c for c in view.park.connections}
    for i, tariff in enumerate(view.park.tariffs):
        tied = by_id.get(tariff.connection)
        if tied and tied.carrier in view.carriers and view.carriers[tied.carrier].group != "electricity":
            yield view.error("tariff-not-power", ("tariffs", i, "connection"), tariff=tariff.id, connection=tied.id)


def _accounting(view: View) -> Iterator[Problem]:
    accounting = view.park.accounting
    for year, stated in accounting.equivalent_kgce_per_kwh.items():
        if not _EQUIVALENT[0] <= stated.value <= _EQUIVALENT[1]:
            path: Path = ("accounting", "equivalent_kgce_per_kwh", str(year), "value")
            yield view.warning("equivalent-implausible", path, value=str(stated.value), year=year)
    for name, reason in accounting.excluded_indicators.items():
        path = ("accounting", "excluded_indicators", name)
        if name not in GUIDING:
            yield view.unknown("unknown-indicator", path, name, GUIDING)
        elif not reason.strip():
            yield view.error("exclusion-without-reason", path, value=name)


def _carrier_values(view: View) -> Iterator[Problem]:
    spans: dict[str, list[tuple[date, date]]] = {}
    for i, value in enumerate(view.park.accounting.carriers):
        path: Path = ("accounting", "carriers", i)
        stated = (
            value.ncv_gj_per_unit,
            value.carbon_t_per_gj,
            value.oxidation,
            value.kgco2_per_unit,
            value.kgce_per_unit,
        )
        if all(number is None for number in stated):
            yield view.warning("carrier-value-empty", path, carrier=value.carrier)
        start, end = value.valid_from or date.min, value.valid_to or date.max
        if start >= end:
            yield view.error("validity-order", (*path, "valid_to"), carrier=value.carrier)
            continue
        if any(start < other_end and other_start < end for other_start, other_end in spans.get(value.carrier, [])):
            yield view.error("validity-overlap", path, carrier=value.carrier)
        spans.setdefault(value.carrier, []).append((start, end))


def _map(view: View) -> Iterator[Problem]:
    maps: list[tuple[Path, dict[str, Any] | None]] = [
        (("boundary", "geojson"), view.park.boundary.geojson),
        *((("sites", i, "geojson"), site.geojson) for i, site in enumerate(view.park.sites)),
    ]
    for path, shape in maps:
        if shape is not None and (not isinstance(shape.get("type"), str) or shape["type"] not in _GEOMETRY):
            yield view.error("not-geojson", path, value=str(shape.get("type"))[:40])
