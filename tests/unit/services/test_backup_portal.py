"""A backup holds users and audit log as they stood at one moment; what was tampered with is found."""

import shutil
import sqlite3
import stat
import tarfile
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lingtan.apps.cli.main import app
from lingtan.services.access import sign_in as signing
from lingtan.services.access.policy import Role
from lingtan.services.access.ports import AuditEntry, Passkey, User
from lingtan.wiring import Access, open_access
from tests.closing_case import filled

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def filled_park(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("backup") / "park"
    filled(root)
    return root


@pytest.fixture
def park(filled_park: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled_park, tmp_path / "park"))


@pytest.fixture
def access(park: Path) -> Access:
    found = open_access(park)
    found.directory.put_user(User("wang", Role.OPERATOR, None, "王工", None))
    for i in range(20):
        line(found, i)
    return found


def line(access: Access, number: int) -> AuditEntry:
    at = NOW + timedelta(seconds=number)
    return access.audit.append(
        at=at, actor="wang", role="operator", action="read", kind="entry", object=f"/{number}", detail={"n": number}
    )


def run(*words: str) -> tuple[int, str]:
    made = CliRunner().invoke(app, [*words, "--lang", "en"])
    return made.exit_code, made.output


def change(park: Path, statement: str) -> None:
    with closing(sqlite3.connect(park / ".lingtan" / "portal.sqlite")) as database:
        database.execute(statement)
        database.commit()


def test_users_keys_and_audit_log_come_back_and_sessions_do_not(park: Path, access: Access, tmp_path: Path) -> None:
    user = access.directory.user("wang")
    assert user is not None
    access.directory.put_passkey(Passkey(b"one", "wang", b"key", 3, "laptop", NOW))
    made = signing.open_session(access.directory, user, at=NOW, second_factor=False)
    _, secret = signing.make_token(access.directory, user, "box", frozenset({"reading:write"}), at=NOW)
    (park / "sso.toml").write_text("issuer = 'x'")
    archive = tmp_path / "backup.tar"
    code, said = run("store", "backup", str(archive), "--park", str(park))
    assert code == 0
    assert "audit log" in said
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert made.session.digest.encode() not in archive.read_bytes()
    with tarfile.open(archive) as tar:
        names = tar.getnames()
    assert "extra/.lingtan/portal.sqlite" in names
    assert not any(n.startswith("store/portal.sqlite") for n in names)
    code, said = run("store", "restore", str(archive), "--park", str(tmp_path / "new"))
    assert code == 0, said
    found = open_access(tmp_path / "new")
    assert found.directory.user("wang") == user
    assert found.directory.passkeys("wang") == access.directory.passkeys("wang")
    assert signing.actor_of_token(found.directory, secret, at=NOW) is not None
    assert signing.recognise(found.directory, made.cookie, at=NOW) is None
    assert found.audit.entries(limit=20) == access.audit.entries()
    assert found.audit.entries(after=20)[0].action == "write-restore"
    assert found.audit.verify(access.audit.head()) == []
    assert (tmp_path / "new" / "sso.toml").read_text() == "issuer = 'x'"
    assert stat.S_IMODE((tmp_path / "new/.lingtan/portal.sqlite").stat().st_mode) == 0o600


def test_a_backup_is_whole_while_others_write(park: Path, access: Access, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 100
        while not stop.is_set():
            line(access, number)
            number += 1

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        for i in range(3):
            assert run("store", "backup", str(tmp_path / f"{i}.tar"), "--park", str(park))[0] == 0
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    for i in range(3):
        code, said = run("store", "restore", str(tmp_path / f"{i}.tar"), "--park", str(tmp_path / f"new-{i}"))
        assert code == 0, said
        assert open_access(tmp_path / f"new-{i}").audit.verify() == []


TAMPERED = {
    "a changed actor": "UPDATE audit SET actor = 'li' WHERE seq = 7",
    "a changed time": "UPDATE audit SET at = '2026-03-01 09:00:00' WHERE seq = 7",
    "a changed detail": "UPDATE audit SET detail = '{}' WHERE seq = 7",
    "a detail that is no JSON": "UPDATE audit SET detail = '{' WHERE seq = 7",
    "a line taken out": "DELETE FROM audit WHERE seq = 7",
    "the first lines taken out": "DELETE FROM audit WHERE seq < 7",
    "the last line cut off": "DELETE FROM audit WHERE seq = 20",
    "the end cut off": "DELETE FROM audit WHERE seq > 7",
    "everything taken out": "DELETE FROM audit",
    "the end forgotten": "DELETE FROM audit_head",
    "two lines changed places": "UPDATE audit SET seq = CASE seq WHEN 7 THEN -1 ELSE seq END",
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_tampered_with_is_found(park: Path, access: Access, what: str) -> None:
    assert run("audit", "verify", "--park", str(park))[0] == 0
    change(park, TAMPERED[what])
    code, said = run("audit", "verify", "--park", str(park))
    assert code == 3, what
    assert "broken" in said


def test_an_end_that_was_cut_off_with_its_mark_is_found_by_the_head_kept_elsewhere(park: Path, access: Access) -> None:
    head = access.audit.head()
    assert run("audit", "head", "--park", str(park)) == (0, f"{head}\n")
    kept = access.audit.entries()[6]
    change(park, "DELETE FROM audit WHERE seq > 7")
    change(park, f"UPDATE audit_head SET seq = 7, hash = '{kept.hash}'")
    assert run("audit", "verify", "--park", str(park))[0] == 0  # the log alone cannot know
    assert run("audit", "verify", "--head", head, "--park", str(park))[0] == 3
    for i in range(30):
        line(access, i)  # a new end over the old one
    assert run("audit", "verify", "--head", head, "--park", str(park))[0] == 3
    assert run("audit", "verify", "--head", "7:xy", "--park", str(park))[0] == 2


def test_a_database_of_the_layout_before_is_brought_up_to_date(park: Path, access: Access) -> None:
    for table in ("audit_head", "recovery_codes", "used_codes", "pending", "identities"):
        change(park, f"DROP TABLE {table}")
    change(park, "ALTER TABLE passkeys DROP COLUMN used_at")
    change(park, "UPDATE layout SET number = 1")
    found = open_access(park)
    assert found.audit.verify() == []
    found.directory.put_passkey(Passkey(b"one", "wang", b"key", 3, "laptop", NOW))
    assert found.directory.passkeys("wang")[0].used_at is None
    assert line(found, 99).seq == 21
    assert found.audit.verify() == []
