"""One closed workspace for all tests of the portal; each test has a browser of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.portal_case import AtOnce, Browser, Clock, Portal, make_portal


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that is closed, to copy."""
    root = tmp_path_factory.mktemp("portal") / "park"
    portal, _ = make_portal(root)
    portal.close()
    return root


@pytest.fixture
def portal_and_clock(closed: Path, tmp_path: Path) -> Iterator[tuple[Portal, Clock]]:
    """A portal on a copy."""
    from lingtan.wiring import open_access, open_workspace

    root = tmp_path / "park"
    shutil.copytree(closed, root)
    access, clock = open_access(root), Clock()
    portal = Portal(
        root,
        lambda path: open_workspace(path, clock=clock),
        access.directory,
        access.audit,
        clock,
        background=AtOnce(root),
    )
    yield portal, clock
    portal.close()


@pytest.fixture
def browser(portal_and_clock: tuple[Portal, Clock]) -> Browser:
    """Nobody's browser."""
    return Browser(portal_and_clock[0])
