"""Some hundred broken files: an outcome for each, nothing half-written (``checks/fuzz_files.py`` runs ten thousand)."""

import warnings
from collections import Counter
from pathlib import Path

import pytest
from checks import fuzz_files

CASES = 240


def test_broken_files_never_break_the_import(tmp_path: Path) -> None:
    found: Counter[str] = Counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of the writer of workbooks
        for number in range(CASES):
            if number % 60 == 0:
                space = fuzz_files.workspace(tmp_path / f"park{number}")
            kind, outcome = fuzz_files.run_case(space, tmp_path, 77_000 + number)
            found[kind] += 1
            found[outcome.split(" ")[0]] += 1
    assert min(found[k] for k in ("csv", "excel", "html", "columnar", "committed", "refused")) > 5


@pytest.mark.parametrize("seed", [1_000_211, 3_001_249, 3_003_460, 3_005_121, 11_003_269, 11_008_398])
def test_cases_that_once_broke_the_import(tmp_path: Path, seed: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        fuzz_files.run_case(fuzz_files.workspace(tmp_path / "park"), tmp_path, seed)
