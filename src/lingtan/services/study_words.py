"""What the parts of a plan are called: names of a study with the word for what they do."""

from lingtan.base.text import label, say
from lingtan.optimize.study.record import Study

PARTS = (
    "build", "import", "export", "demand", "power", "input", "charge", "discharge", "content", "condensing", "extraction",
    "left-out", "put-off", "caught-up", "connection", "cooling",
)  # fmt: skip
ALONE = ("fixed", "certificates")


def owner_name(owner: str, study: Study | None, lang: str) -> str:
    """The label of a thing of the study; its id where it has none."""
    if owner in ALONE:
        return say(f"plan.parts.{owner}", lang)
    if owner.startswith("certificates-of-"):
        return f"{say('plan.parts.certificates', lang)} {owner.rsplit('-', 1)[1]}"
    if owner.endswith("-surplus"):
        return f"{owner_name(owner.removesuffix('-surplus'), study, lang)} · {say('plan.parts.surplus', lang)}"
    groups = (
        ()
        if study is None
        else (study.technologies, study.nodes, study.grids, study.supplies, study.sales, study.demands)
    )
    for group in groups:
        for entry in group:
            if entry.id == owner:
                return label(entry.name, lang, owner)
    return owner


def part_name(column: str, study: Study | None, lang: str) -> str:
    """``battery.discharge`` as 储能 · 放能; a segment of a part-load curve as its whole."""
    owner, _, part = column.partition(".")
    known = next((p for p in PARTS if part == p or part.startswith(f"{p}-")), None)
    name = owner_name(owner, study, lang)
    return name if known is None else f"{name} · {say(f'plan.parts.{known}', lang)}"
