"""A few channels are read from their row groups, many by the database: both see the same."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingtan.adapters.store import view
from lingtan.adapters.store.folder import FolderStore
from lingtan.base.errors import SourceError
from store_rows import AT, FAR, T0, batch

CHANNELS = (1, 2, FAR + 1, 3 * FAR + 5)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> FolderStore:
    """Three months, sealed; some hours corrected and sealed again, some corrected since."""
    made = FolderStore(tmp_path_factory.mktemp("few") / "store")
    hours = range(0, 24 * 75, 5)
    made.commit(batch([(c, h, c % 97 + h) for c in CHANNELS for h in hours]), kind="import", at=AT)
    made.seal()
    made.commit(batch([(c, h, -h) for c in CHANNELS[:3] for h in range(0, 400, 10)]), kind="repair", at=AT)
    made.seal()
    made.commit(batch([(2, 15, None), (FAR + 1, 1000, 7)]), kind="repair", at=AT)
    return made


@settings(deadline=None, max_examples=60)
@given(
    channels=st.sets(st.sampled_from((*CHANNELS, 99)), min_size=1),
    start=st.none() | st.integers(-50, 2000),
    hours=st.integers(1, 2000),
    as_of=st.sampled_from((None, 1, 2, 3)),
)
def test_few_and_many_see_the_same(
    sealed: FolderStore, channels: set[int], start: int | None, hours: int, as_of: int | None
) -> None:
    low = None if start is None else T0 + timedelta(hours=start)
    high = None if low is None else low + timedelta(hours=hours)
    asked = {"channels": sorted(channels), "start": low, "end": high, "as_of": as_of}
    quick = sealed.readings(**asked)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view, "FEW", 0)
        slow = sealed.readings(**asked)  # type: ignore[arg-type]
    assert quick.equals(slow)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view, "FEW_ROWS", 100)  # row groups that are too large go to the database
        assert sealed.readings(**asked).equals(slow)  # type: ignore[arg-type]


def test_a_month_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    made = FolderStore(tmp_path / "store")
    made.commit(batch([(1, h, h) for h in range(100)]), kind="import", at=AT)
    made.seal()
    for file in (tmp_path / "store").rglob("*.parquet"):
        file.write_bytes(b"no parquet at all")
    with pytest.raises(SourceError) as raised:
        made.readings(channels=[1])
    assert raised.value.code == "store.corrupt"
