"""The things of a study in people's words: technologies, cost items, limits, the basis of the money."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lingtan.base.text import label, say, sentences

if TYPE_CHECKING:
    from lingtan.optimize.study.record import Study

BASIS = (
    ("price-date", re.compile(r"prices: (?P<date>.+)")),
    ("discount", re.compile(r"discount rate (?P<rate>[\d.]+%)")),
    ("real", re.compile(r"real terms")),
    ("inflation", re.compile(r"inflation (?P<rate>[\d.]+%)")),
    ("hours", re.compile(r"extrapolated from (?P<hours>\d+) hours")),
    ("saving", re.compile(r"saving against today's equipment serving the same needs")),
    ("node-prices", re.compile(r"income at the plan's hourly node prices")),
    ("keeps", re.compile(r"keeps (?P<share>\d+%) of the income of (?P<what>.+)")),
    ("sources", re.compile(r"(?P<key>capex|capex_power|fixed_om|lifetime|variable_om): (?P<source>.+)")),
)
SOURCES = {
    "tax included": "含税",
    "typical Chinese level, no document seen": "国内典型水平，未见文件",
    "typical Chinese level 2025, recalled": "2025 年国内典型水平，凭记忆",
    "typical level, recalled": "典型水平，凭记忆",
    "usual design life": "常用设计寿命",
    "lifetime and upkeep: usual": "寿命与运维：常用值",
    "general-knowledge": "一般知识",
    "official-seen": "官方文件，已查看",
    "quoted-seen": "引用，已查看",
    "recalled": "凭记忆",
    "stated in the study": "研究中写明",
    "zero-carbon-factory company specification, unofficial": "零碳工厂企业规范（非官方）",
    "lifetime:": "寿命：",
    "China 20": "中国 20",
    "Europe 20": "欧洲 20",
    "Global 20": "全球 20",
}


class Words:
    """Sentences about one study in one language."""

    def __init__(self, study: "Study | None", lang: str) -> None:
        self.lang = lang
        self.known: dict[str, Any] = {}
        self.kinds: dict[str, str] = {}
        self.parties: dict[str, Any] = {}
        self.carriers: dict[str, str] = {}
        if study is not None:
            lists: tuple[Any, ...] = (
                study.scenarios,
                study.areas,
                study.nodes,
                study.sales,
                study.supplies,
                study.demands,
                study.grids,
                study.technologies,
            )
            for entries in lists:
                self.known |= {e.id: e.name for e in entries}
            self.kinds = {t.id: t.kind for t in study.technologies}
            self.parties = {p.id: p.name for p in study.parties}
            self.carriers = {n.id: n.carrier for n in study.nodes}

    def name(self, id_: str) -> str:
        """A thing by its label; a technology without one by its kind."""
        stated = self.known.get(id_)
        if stated is not None:
            return label(stated, self.lang, id_)
        if id_ in self.kinds:
            return f"{say(f'plan.kinds.{self.kinds[id_]}', self.lang)} {id_}"
        if id_ in self.carriers:
            return f"{say(f'plan-page.carrier.{self.carriers[id_]}', self.lang)} {id_}"
        if id_.endswith("-surplus") and id_.removesuffix("-surplus") in self.carriers:
            return say("plan-page.surplus", self.lang, node=self.name(id_.removesuffix("-surplus")))
        return id_

    def party(self, id_: str) -> str:
        """Who pays or earns."""
        return label(self.parties.get(id_), self.lang, id_)

    def doing(self, what: str) -> str:
        """What a run works on at the moment."""
        key = f"plan-page.doing.{what}"
        return say(key, self.lang) if key in sentences(self.lang) else what

    def part(self, name: str) -> str:
        """``battery.build`` as the thing and what of it."""
        owner, _, rest = name.partition(".")
        if rest in ("power", "import") and owner not in self.kinds:
            return self.name(owner)
        key = f"plan-page.part.{rest}"
        if not rest:
            return self._limit(owner)
        return (
            f"{self.name(owner)} · {say(key, self.lang)}"
            if key in sentences(self.lang)
            else f"{self.name(owner)} · {rest}"
        )

    def flow(self, name: str) -> str:
        """A series by the thing it belongs to."""
        owner, _, rest = name.partition(".")
        if rest in ("power", "input", "import", ""):
            return self.name(owner)
        return self.part(name)

    def condition(self, name: str) -> str:
        """A limit or a bound."""
        owner, _, rest = name.partition(".")
        return self.part(name) if rest else self._limit(owner)

    def worth(self, kind: str, name: str, value: float | None) -> tuple[float | None, str]:
        """What a unit of a limit is worth, in the unit that people use."""
        owner, _, rest = name.partition(".")
        if owner in ("intensity", "emissions-cap", "carbon"):
            return (None if value is None else value * 1000), say("plan-page.unit.cny-per-t", self.lang)
        if rest == "area":
            return value, say("plan-page.unit.cny-per-m2", self.lang)
        if kind == "size" or rest in ("connection", "power"):
            return value, say("plan-page.unit.cny-per-kw", self.lang)
        return value, say("plan-page.unit.cny-per-kwh", self.lang)

    def basis(self, text: str) -> str:
        """One line of the basis of money; the core writes them in English."""
        for key, pattern in BASIS:
            found = pattern.fullmatch(text)
            if found:
                values = found.groupdict()
                if key == "keeps":
                    values["what"] = say("plan-page.and", self.lang).join(
                        self.name(n) for n in values["what"].split(", ")
                    )
                if key == "sources":
                    values = {
                        "key": say(f"plan-page.cost-key.{values['key']}", self.lang),
                        "source": self.source(values["source"]),
                    }
                if key == "price-date":
                    values = {"date": self.source(values["date"])}
                return say(f"plan-page.basis.{key}", self.lang, **values)
        return self.source(text)

    def source(self, text: str) -> str:
        """A source as it stands; its fixed phrases in Chinese for Chinese readers."""
        if self.lang != "zh":
            return text
        for phrase in sorted(SOURCES, key=len, reverse=True):
            text = text.replace(phrase, SOURCES[phrase])
        return text

    def _limit(self, owner: str) -> str:
        key = f"plan-page.limit.{owner}"
        return say(key, self.lang) if key in sentences(self.lang) else self.name(owner)


def cost_items(words: Words, items: Mapping[str, float | None]) -> list[tuple[str, float]]:
    """The items of a plan's cost by name, the dearest first."""
    return [(words.part(k), float(v)) for k, v in sorted(items.items(), key=lambda kv: -(kv[1] or 0)) if v]
