"""Who used the power of which source in a year, as the account takes it: from the account's own hourly flows, traced."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pyarrow as pa

from lingtan.base.time import Period
from lingtan.carbon.account import Compiled
from lingtan.carbon.points import operator
from lingtan.carbon.power_use import PowerUse, User
from lingtan.carbon.shares import Ints
from lingtan.carbon.transfers import pool_users
from lingtan.green.flows import rule_of
from lingtan.green.mix import Floats
from lingtan.park.model import Park
from lingtan.services.power_series import dense, electric
from lingtan.services.trace_green import VERSION, GreenTrace, traced_series
from lingtan.services.workspace import Workspace

Trace = Callable[[Compiled, Mapping[str, Ints]], PowerUse | None]


def in_account(park: Park) -> bool:
    """Whether the account shares power as traced: as stated, else where the park file states a rule."""
    stated = park.tracing.in_account
    return park.tracing.rule is not None if stated is None else stated


def told(park: Park) -> dict[str, str] | None:
    """What decides the sharing beside the readings, for the identity of a run; None where power is shared by metered use."""
    if not in_account(park):
        return None
    tracing = park.tracing
    return {"rule": rule_of(park), "storage": tracing.storage, "losses": tracing.losses, "version": str(VERSION)}


def tracer(
    park: Park, year: Period, rev: int, tables: Callable[[list[int]], Iterable[pa.Table]], keep: Workspace | None = None
) -> Trace | None:
    """What the account calls to learn who used which power; None where it is shared by metered use.

    ``tables`` gives the hourly activities of some channels. Months of the trace are kept in ``keep``.
    """
    if not in_account(park):
        return None

    def trace(compiled: Compiled, series: Mapping[str, Ints]) -> PowerUse | None:
        named = electric(park)
        if not any(role.kind == "power_use" for role in compiled.roles):
            return None
        power = dense(tables(list(named)), named, year, 3600)
        made = traced_series(park, year, 3600, rev, power, keep=keep)
        users, _ = pool_users(compiled, dict(series), "power", operator(park))
        return power_use(made, users)

    return trace


def power_use(made: GreenTrace, users: list[User]) -> PowerUse:
    """A year's hourly trace for the account; ``users`` are those that the account knows, the operator among them."""
    traced, home = made.traced, made.home
    at = {user: k for k, user in enumerate(users)}
    at_home = at[home, ""]
    columns = {name: k for k, name in enumerate(traced.columns)}
    stores = tuple(traced.network.stores)
    hours = traced.network.intervals
    rows: list[tuple[int, str]] = [
        (at.get((sink.enterprise, sink.asset), at_home), name) for name, sink in made.flows.sinks.items()
    ]
    lost = traced.losses()

    def taken(point: str) -> Ints:
        k = columns[point]
        found = np.zeros((len(users) + len(stores), hours))
        direct = traced.mixes[:, :, k] - np.einsum("tns,ts->tn", traced.coupling, traced.store_mixes[:, :, k])
        for user, name in rows:
            share = traced.of_sink(name)[:, k] - np.einsum(
                "ts,ts->t", traced.stores_of_sink(name), traced.store_mixes[:, :, k]
            )
            found[user] += traced.network.sinks[name].wh * share
        for s, name in enumerate(stores):
            store = traced.network.stores[name]
            found[len(users) + s] += store.charge * direct[:, traced.network.index[store.node]]
        return _with_losses(found, np.einsum("nt,tn->t", lost, direct))

    def released(point: str) -> Ints:
        k = columns[point]
        found = np.zeros((len(stores), len(users), hours))
        for user, name in rows:
            part = traced.stores_of_sink(name) * traced.store_mixes[:, :, k]
            found[:, user] += traced.network.sinks[name].wh * part.T
        gone = np.einsum("nt,tns->st", lost, traced.coupling) * traced.store_mixes[:, :, k].T
        return np.stack([_with_losses(f, g) for f, g in zip(found, gone, strict=True)]) if stores else _whole(found)

    def _with_losses(found: Floats, gone: Floats) -> Ints:
        """Losses to the operator, or to consumers as they used the source."""
        using = found[: len(users)]
        total = using.sum(axis=0)
        if made.park.tracing.losses == "consumers":
            using += using * np.divide(gone, total, out=np.zeros_like(total), where=total > 0)
            gone = np.where(total > 0, 0.0, gone)
        using[at_home] += gone
        return _whole(found)

    rule = {**(told(made.park) or {}), "trace": made.id}
    assets = {p: made.flows.points[p] for p, kind in made.flows.kinds.items() if kind.startswith("own")}
    plants = set(assets.values())
    fuels = {c.id: c.asset for m in made.park.meters for c in m.channels if c.asset in plants}
    known = {**{p: a for p, a in fuels.items() if a}, **assets}
    return PowerUse(rule, tuple(users), stores, dict(made.flows.kinds), known, made.months, taken, released)


def _whole(values: Floats) -> Ints:
    return np.asarray(np.rint(np.maximum(values, 0.0)), dtype=np.int64)
