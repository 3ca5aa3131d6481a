"""Passkeys: who holds the device signs in, and nobody with less; the second factor counts once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest

from lingtan.adapters.relational.directory import RelationalDirectory
from lingtan.adapters.relational.engine import open_database, workspace_url
from lingtan.base.errors import AccessError, InputError
from lingtan.services.access import passkeys as keys
from lingtan.services.access import second_factor as second
from lingtan.services.access.passkeys import Site
from lingtan.services.access.policy import Role
from lingtan.services.access.ports import Identity, User
from lingtan.services.access.users import forget_keys
from tests.passkey_case import Device

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
SITE = Site("https://park.example")
WANG, LI = User("wang", Role.OPERATOR, None, "王工", None), User("li", Role.ADMIN, None, "李工", None)
BROWSER = "the cookie of a browser"


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[RelationalDirectory]:
    engine = open_database(workspace_url(tmp_path))
    found = RelationalDirectory(engine)
    for user in (WANG, LI):
        found.put_user(user)
    yield found
    engine.dispose()


def registered(directory: RelationalDirectory, device: Device, user: User = WANG) -> Device:
    options = keys.begin_passkey(directory, user, SITE, at=NOW)
    keys.add_passkey(directory, user, SITE, device.make(options, SITE.origin), "laptop", at=NOW)
    return device


def signed_in(directory: RelationalDirectory, device: Device, **other: str) -> str:
    options = keys.begin_passkey_sign_in(directory, SITE, BROWSER, at=NOW)
    response = device.sign(options, other.get("origin", SITE.origin))
    made = keys.sign_in_with_passkey(directory, SITE, response, other.get("browser", BROWSER), at=NOW)
    assert made.session.second_factor
    return made.session.user


@pytest.mark.parametrize("counts", [True, False])
def test_the_device_that_was_registered_signs_in_again_and_again(directory: RelationalDirectory, counts: bool) -> None:
    device = registered(directory, Device(counts=counts))
    assert [signed_in(directory, device) for _ in range(3)] == ["wang"] * 3
    assert directory.passkeys("wang")[0].used_at == NOW


def test_several_devices_have_names_and_one_is_taken_away(directory: RelationalDirectory) -> None:
    first, other = registered(directory, Device()), registered(directory, Device())
    assert directory.drop_passkey(first.credential, "li") == 0  # only one's own
    assert directory.drop_passkey(first.credential, "wang") == 1
    assert signed_in(directory, other) == "wang"
    with pytest.raises(AccessError):
        signed_in(directory, first)


def test_a_copied_device_is_noticed_by_its_counter(directory: RelationalDirectory) -> None:
    device = registered(directory, Device())
    copy = replace(device)
    signed_in(directory, device)
    signed_in(directory, device)
    with pytest.raises(AccessError):
        signed_in(directory, copy)


def test_an_answer_counts_once(directory: RelationalDirectory) -> None:
    device = registered(directory, Device(counts=False))
    options = keys.begin_passkey_sign_in(directory, SITE, BROWSER, at=NOW)
    response = device.sign(options, SITE.origin)
    assert keys.sign_in_with_passkey(directory, SITE, response, BROWSER, at=NOW)
    with pytest.raises(AccessError):
        keys.sign_in_with_passkey(directory, SITE, response, BROWSER, at=NOW)


def test_a_challenge_ends_after_five_minutes(directory: RelationalDirectory) -> None:
    device = registered(directory, Device())
    options = keys.begin_passkey_sign_in(directory, SITE, BROWSER, at=NOW)
    response = device.sign(options, SITE.origin)
    with pytest.raises(AccessError):
        keys.sign_in_with_passkey(directory, SITE, response, BROWSER, at=NOW + keys.LIFE + timedelta(seconds=1))


@pytest.mark.parametrize("other", [{"origin": "https://evil.example"}, {"browser": "another"}])
def test_another_origin_or_browser_is_refused(directory: RelationalDirectory, other: dict[str, str]) -> None:
    device = registered(directory, Device())
    with pytest.raises(AccessError) as refused:
        signed_in(directory, device, **other)
    assert refused.value.code == "access.passkey"


def test_a_device_that_asks_for_no_finger_or_pin_is_refused(directory: RelationalDirectory) -> None:
    with pytest.raises(AccessError):
        registered(directory, Device(verifies=False))
    device = registered(directory, Device())
    device.verifies = False
    with pytest.raises(AccessError):
        signed_in(directory, device)


def test_another_key_a_strange_or_a_disabled_users_device_is_refused(directory: RelationalDirectory) -> None:
    device = registered(directory, Device())
    with pytest.raises(AccessError):
        signed_in(directory, Device())
    with pytest.raises(AccessError):
        signed_in(directory, replace(device, key=Device().key))
    with pytest.raises(AccessError):
        signed_in(directory, replace(device, handle="bGk"))
    directory.put_user(replace(WANG, active=False))
    with pytest.raises(AccessError):
        signed_in(directory, device)


def test_a_registration_is_of_the_user_who_began_it(directory: RelationalDirectory) -> None:
    options = keys.begin_passkey(directory, WANG, SITE, at=NOW)
    with pytest.raises(AccessError):
        keys.add_passkey(directory, LI, SITE, Device().make(options, SITE.origin), "x", at=NOW)


@pytest.mark.parametrize(
    "response", [{}, {"id": "x", "response": {}}, {"id": 1, "response": {"clientDataJSON": "e30"}}, {"response": None}]
)
def test_what_is_no_answer_is_refused(directory: RelationalDirectory, response: dict[str, object]) -> None:
    with pytest.raises(AccessError):
        keys.sign_in_with_passkey(directory, SITE, response, BROWSER, at=NOW)


@pytest.mark.parametrize(
    ("origin", "usable"),
    [
        ("https://park.example", True), ("http://localhost:8710", True), ("http://127.0.0.1:8710", False),
        ("https://[::1]:8710", False), ("http://park.example", False), ("http://", False),
    ],
)  # fmt: skip
def test_passkeys_are_offered_where_browsers_make_them(origin: str, usable: bool) -> None:
    assert Site(origin).usable is usable


# ---- the second factor ---------------------------------------------------------------------------------------------------


def enrolled(directory: RelationalDirectory) -> tuple[User, str, list[str]]:
    secret = second.begin_second_factor(directory, WANG, at=NOW)
    codes = second.confirm_second_factor(directory, WANG, pyotp.TOTP(secret).at(NOW), at=NOW)
    user = directory.user("wang")
    assert user is not None
    return user, secret, codes


def test_a_code_counts_once_and_an_older_one_no_more(directory: RelationalDirectory) -> None:
    user, secret, _ = enrolled(directory)
    later = NOW + timedelta(minutes=5)
    code = pyotp.TOTP(secret).at(later)
    assert second.code_fits(directory, user, f"{code[:3]} {code[3:]}", later)
    assert not second.code_fits(directory, user, code, later)
    before = pyotp.TOTP(secret).at(later - timedelta(seconds=30))
    assert not second.code_fits(directory, user, before, later)
    after = later + timedelta(seconds=30)
    assert second.code_fits(directory, user, pyotp.TOTP(secret).at(after), after)


def test_the_code_that_confirmed_does_not_sign_in(directory: RelationalDirectory) -> None:
    user, secret, _ = enrolled(directory)
    assert not second.code_fits(directory, user, pyotp.TOTP(secret).at(NOW), NOW)


def test_a_wrong_first_code_leaves_the_enrolment_and_the_user_as_they_were(directory: RelationalDirectory) -> None:
    secret = second.begin_second_factor(directory, WANG, at=NOW)
    with pytest.raises(AccessError):
        second.confirm_second_factor(directory, WANG, "000000", at=NOW)
    assert directory.user("wang") == WANG
    assert second.enrolling(directory, WANG, at=NOW) == secret
    with pytest.raises(InputError):
        second.confirm_second_factor(directory, WANG, pyotp.TOTP(secret).at(NOW), at=NOW + timedelta(hours=1))


def test_each_recovery_code_counts_once_and_new_ones_replace_the_old(directory: RelationalDirectory) -> None:
    user, _, codes = enrolled(directory)
    assert len(set(codes)) == second.RECOVERY_CODES
    assert second.code_fits(directory, user, codes[0].upper(), NOW)
    assert not second.code_fits(directory, user, codes[0], NOW)
    assert second.code_fits(directory, user, codes[1].replace("-", ""), NOW)
    assert directory.recovery_codes("wang") == second.RECOVERY_CODES - 2
    second.new_recovery_codes(directory, user)
    assert not second.code_fits(directory, user, codes[2], NOW)
    second.drop_second_factor(directory, user)
    assert directory.recovery_codes("wang") == 0


def test_who_lost_everything_begins_anew_with_the_password(directory: RelationalDirectory) -> None:
    enrolled(directory)
    device = registered(directory, Device())
    directory.put_identity(Identity("https://id.example", "s-1", "wang", NOW))
    found = forget_keys(directory, "wang")
    assert found == {"second_factor": 1, "recovery_codes": second.RECOVERY_CODES, "passkeys": 1, "identities": 1}
    user = directory.user("wang")
    assert user is not None
    assert user.totp is None
    with pytest.raises(AccessError):
        signed_in(directory, device)
    assert forget_keys(directory, "wang") == dict.fromkeys(found, 0)
