"""The answers of a study for others: workbook, series, figures, the model itself."""

from collections.abc import Callable
from pathlib import Path

from lingtan.base.errors import InputError
from lingtan.services.studies import Opened, Readings, open_study
from lingtan.services.study_figures import figures
from lingtan.services.study_kept import kept_series, study_yaml, write_file
from lingtan.services.study_tables import project_table, workbook

__all__ = ["export_study", "figures", "project_table", "workbook"]


def export_study(path: Path, out: Path, *, lang: str = "zh", readings: Readings | None = None) -> list[Path]:
    """Write what the ending of ``out`` asks for; a folder gets figures.

    Raises
    ------
    InputError
        ``study.unknown-export`` for an unknown ending.
    DataError
        ``study.not-run`` if the answers are not there yet.
    """
    kinds: dict[str, Callable[[], bytes]] = {
        ".xlsx": lambda: workbook(path, lang),
        ".yaml": lambda: study_yaml(path),
        ".yml": lambda: study_yaml(path),
        ".parquet": lambda: kept_series(path),
        ".mps": lambda: _mps(open_study(path, readings)),
        ".nc": lambda: _pypsa(open_study(path, readings)),
    }
    suffix = out.suffix.lower()
    if not suffix:
        return figures(path, out, lang)
    if suffix not in kinds:
        raise InputError("study.unknown-export", suffix=suffix)
    return [write_file(out, kinds[suffix]())]


def _mps(opened: Opened) -> bytes:
    from lingtan.optimize.export_mps import as_mps
    from lingtan.optimize.study.build import build, intensity_classes

    caps = intensity_classes(opened.study, opened.rules, opened.case().hours_share)
    model = build(opened.case(), cap=caps[0] if caps else None)
    return as_mps(model, opened.study.study.id).encode()


def _pypsa(opened: Opened) -> bytes:
    from lingtan.services.pypsa_network import network_bytes

    return network_bytes(opened)
