"""Exports speak the words of the study and of the language, not raw keys."""

from pathlib import Path

from lingtan.optimize.study import svg
from lingtan.services.start_study import start_study
from lingtan.services.study_kept import study_record
from lingtan.services.study_words import owner_name, part_name


def test_parts_are_named_by_label_and_what_they_do(tmp_path: Path) -> None:
    study = study_record(start_study(tmp_path / "site.yaml"))
    assert part_name("battery.discharge", study, "zh") == "储能电站 · 放能"
    assert part_name("gas-boiler.input-0", study, "en") == "gas boiler · operation"
    assert part_name("fixed", study, "zh") == "固定费用"
    assert owner_name("hot-water-surplus", study, "zh") == "热水 · 放散"
    assert owner_name("unheard-of", study, "zh") == "unheard-of"


def test_flows_go_from_left_to_right_through_converters() -> None:
    links = [("grid", "el", 5.0), ("gas", "fuel", 2.0), ("fuel", "chp", 2.0), ("chp", "el", 1.0), ("el", "boiler", 1.0),
             ("boiler", "steam", 1.0), ("steam", "need", 1.0)]  # fmt: skip
    drawn = svg.sankey("flow", links, "GWh")
    place = {w: float(part.split("x='")[1].split("'")[0]) for part in drawn.splitlines() if "<text" in part
             for w in ("el", "chp", "boiler", "need") if f">{w} " in part}  # fmt: skip
    assert place["chp"] < place["el"] < place["boiler"] < place["need"]
