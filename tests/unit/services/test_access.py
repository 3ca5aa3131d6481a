"""The policy table, signing in, tokens, and an audit log that shows every change made to it."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import Engine, text

from lingtan.adapters.relational.audit import RelationalAudit
from lingtan.adapters.relational.directory import RelationalDirectory
from lingtan.adapters.relational.engine import open_database, workspace_url
from lingtan.base.errors import AccessError, InputError, SourceError
from lingtan.services.access import sign_in as signing
from lingtan.services.access.policy import POLICY, Action, Actor, Kind, Role, Scope, Thing, allowed, authorize
from lingtan.services.access.ports import User

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_database(workspace_url(tmp_path))
    yield made
    made.dispose()


@pytest.fixture
def directory(engine: Engine) -> RelationalDirectory:
    found = RelationalDirectory(engine)
    found.put_user(User("wang", Role.ENTERPRISE, "textile", "王工", signing.hash_password(PASSWORD)))
    return found


def test_what_is_not_in_the_table_is_refused() -> None:
    for role in Role:
        for kind in Kind:
            for action in Action:
                if (role, kind, action) not in POLICY:
                    thing = Thing(kind, "textile", "wang", released=True)
                    assert not allowed(Actor("wang", role, "textile"), action, thing)


def test_an_enterprise_sees_its_own_and_nobody_elses() -> None:
    actor = Actor("wang", Role.ENTERPRISE, "textile")
    assert allowed(actor, Action.READ, Thing(Kind.READING, "textile"))
    assert not allowed(actor, Action.READ, Thing(Kind.READING, "brewery"))
    assert not allowed(actor, Action.READ, Thing(Kind.READING))
    assert not allowed(actor, Action.READ, Thing(Kind.ACCOUNT))


def test_an_enterprise_without_a_name_owns_nothing() -> None:
    assert not allowed(Actor("x", Role.ENTERPRISE, None), Action.READ, Thing(Kind.READING, None))


def test_a_verifier_sees_detail_only_once_it_is_released() -> None:
    actor = Actor("v", Role.VERIFIER)
    assert not allowed(actor, Action.READ, Thing(Kind.READING, "textile"))
    assert allowed(actor, Action.READ, Thing(Kind.READING, "textile", released=True))


def test_a_regulator_never_sees_an_enterprise_by_name() -> None:
    actor = Actor("r", Role.REGULATOR)
    assert not allowed(actor, Action.READ, Thing(Kind.ENTERPRISE, "textile", released=True))
    assert allowed(actor, Action.READ, Thing(Kind.ENTERPRISE))


def test_nobody_but_operator_and_admin_writes_to_the_parks_books() -> None:
    for (role, kind, action), scope in POLICY.items():
        if action is not Action.READ and kind in (Kind.ACCOUNT, Kind.METER, Kind.DISPATCH, Kind.EVIDENCE):
            assert role is Role.OPERATOR, (role, kind, action, scope)


def test_a_token_can_only_do_what_its_scopes_say() -> None:
    actor = Actor("op", Role.OPERATOR, scopes=frozenset({"reading:write"}))
    assert allowed(actor, Action.WRITE, Thing(Kind.READING))
    assert not allowed(actor, Action.READ, Thing(Kind.ACCOUNT))
    with pytest.raises(AccessError):
        authorize(actor, Action.READ, Thing(Kind.ACCOUNT))


def test_scopes_of_the_table_are_used() -> None:
    assert set(POLICY.values()) == set(Scope)


def test_sign_in_gives_a_session_that_is_recognised(directory: RelationalDirectory) -> None:
    made = signing.sign_in(directory, "wang", PASSWORD, at=NOW)
    found = signing.recognise(directory, made.cookie, at=NOW + timedelta(hours=1))
    assert found is not None
    assert found[1].actor == Actor("wang", Role.ENTERPRISE, "textile")
    assert directory.session(made.cookie) is None  # only its digest is kept


@pytest.mark.parametrize(("name", "password"), [("wang", "wrong password"), ("nobody", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_sound_alike(
    directory: RelationalDirectory, name: str, password: str
) -> None:
    with pytest.raises(AccessError) as refused:
        signing.sign_in(directory, name, password, at=NOW)
    assert refused.value.code == "access.sign-in"


def test_too_many_failures_lock_the_account_for_a_while(directory: RelationalDirectory) -> None:
    for _ in range(signing.FREE_FAILURES):
        with pytest.raises(AccessError):
            signing.sign_in(directory, "wang", "wrong password", at=NOW)
    with pytest.raises(AccessError) as locked:
        signing.sign_in(directory, "wang", PASSWORD, at=NOW + timedelta(minutes=5))
    assert locked.value.code == "access.locked"
    assert signing.sign_in(directory, "wang", PASSWORD, at=NOW + timedelta(minutes=16))


def test_a_second_factor_is_asked_for(directory: RelationalDirectory) -> None:
    secret = pyotp.random_base32()
    user = directory.user("wang")
    assert user is not None
    directory.put_user(replace(user, totp=secret))
    with pytest.raises(AccessError) as refused:
        signing.sign_in(directory, "wang", PASSWORD, at=NOW)
    assert refused.value.code == "access.code"
    made = signing.sign_in(directory, "wang", PASSWORD, code=pyotp.TOTP(secret).at(NOW), at=NOW)
    assert made.session.second_factor


def test_sessions_end_when_idle_when_old_and_when_the_user_goes(directory: RelationalDirectory) -> None:
    made = signing.sign_in(directory, "wang", PASSWORD, at=NOW)
    assert signing.recognise(directory, made.cookie, at=NOW + signing.IDLE + timedelta(minutes=1)) is None
    made = signing.sign_in(directory, "wang", PASSWORD, at=NOW)
    user = directory.user("wang")
    assert user is not None
    directory.put_user(replace(user, active=False))
    assert signing.recognise(directory, made.cookie, at=NOW) is None


def test_a_token_speaks_for_its_user_until_it_ends(directory: RelationalDirectory) -> None:
    user = directory.user("wang")
    assert user is not None
    token, secret = signing.make_token(directory, user, "meter box", frozenset({"reading:write"}), at=NOW, days=30)
    actor = signing.actor_of_token(directory, secret, at=NOW)
    assert actor is not None
    assert actor.scopes == {"reading:write"}
    assert signing.actor_of_token(directory, secret, at=NOW + timedelta(days=31)) is None
    directory.drop_token(token.id)
    assert signing.actor_of_token(directory, secret, at=NOW) is None


@pytest.mark.parametrize("password", ["aaaaaaaaaaaa", "1212121212", "12341234123"])
def test_a_password_of_few_characters_is_refused(password: str) -> None:
    with pytest.raises(InputError) as refused:
        signing.hash_password(password)
    assert refused.value.code == "access.weak-password"


def test_whoever_would_wait_long_for_a_hash_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many knock, two hash and a few wait: the others are told so at once."""
    inside, most, busy = [0], [0], [0]
    guard, gone = threading.Lock(), threading.Event()

    class Slow:
        def hash(self, _: str) -> str:
            with guard:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            gone.wait(10)
            with guard:
                inside[0] -= 1
            return "hashed"

    def knock() -> None:
        try:
            signing.hash_password(PASSWORD)
        except AccessError as error:
            with guard:
                busy[0] += error.code == "access.busy"

    monkeypatch.setattr(signing, "_hasher", Slow())
    threads = [threading.Thread(target=knock) for _ in range(30)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 10
    while busy[0] < 20 and time.monotonic() < until:
        time.sleep(0.01)
    gone.set()
    for thread in threads:
        thread.join()
    assert most[0] == signing.HASHES
    assert busy[0] == 30 - signing.HASHES - signing.WAITING


def test_a_short_password_is_refused() -> None:
    with pytest.raises(InputError):
        signing.hash_password("short")


def test_the_audit_log_shows_a_changed_and_a_missing_line(engine: Engine) -> None:
    log = RelationalAudit(engine)
    for i in range(5):
        log.append(
            at=NOW, actor="op", role="operator", action="write", kind="reading", object=f"file-{i}", detail={"n": i}
        )
    assert log.verify() == []
    assert [e.object for e in log.entries(after=3)] == ["file-3", "file-4"]
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit SET object = 'other' WHERE seq = 2"))
    assert log.verify() == ["2: hash"]
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE seq = 4"))
    assert "5: 4 … 4 missing" in log.verify()


def test_a_database_of_a_newer_layout_is_refused(tmp_path: Path, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE layout SET number = 99"))
    with pytest.raises(SourceError) as refused:
        open_database(workspace_url(tmp_path))
    assert refused.value.code == "relational.newer"
