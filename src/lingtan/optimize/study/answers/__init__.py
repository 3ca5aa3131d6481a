"""Answers beyond the cheapest plan: least carbon for a budget, the frontier, alternatives, pathways, scenarios."""

from lingtan.optimize.study.answers.alternatives import Range, alternatives
from lingtan.optimize.study.answers.carbon import Point, frontier, least_carbon
from lingtan.optimize.study.answers.pathway import LAST_STAGE_YEARS, Pathway, Step, pathway
from lingtan.optimize.study.answers.scenarios import Robust, scenarios
from lingtan.optimize.study.answers.sensitivity import varied

__all__ = [
    "LAST_STAGE_YEARS", "Pathway", "Point", "Range", "Robust", "Step",
    "alternatives", "frontier", "least_carbon", "pathway", "scenarios", "varied",
]  # fmt: skip
