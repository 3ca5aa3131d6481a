"""A few made requests to every operation of the API: no 5xx, and every answer as the description says. The long run is ``checks/fuzz_api.py``."""

import warnings

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from lingtan.apps.web import limits
from lingtan.services.access.policy import POLICY
from lingtan.services.access.sign_in import make_token
from tests.web.portal_case import Browser

schemathesis = pytest.importorskip("schemathesis", reason="the extra `test` brings schemathesis")
from schemathesis.core.failures import FailureGroup  # noqa: E402
from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402  (what is well formed may still be refused)

EACH = 2


def test_made_requests_are_answered_as_the_description_says(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in limits.CLASSES:
        monkeypatch.setitem(limits.CLASSES, name, (1e6, 1e6))
    portal = browser.portal
    user = portal.directory.user("operator")
    assert user is not None
    scopes = frozenset(f"{kind.value}:{action.value}" for role, kind, action in POLICY if role is user.role)
    _, token = make_token(portal.directory, user, "fuzz", scopes, at=portal.clock())
    headers = {"authorization": f"Bearer {token}"}
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", browser.app)
    found, tried = [], 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EACH,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: "schemathesis.Case") -> None:
            nonlocal tried
            tried += 1
            answer = case.call(headers=headers)
            case.validate_response(answer, headers=headers, excluded_checks=[positive_data_acceptance])

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ask()
        except FailureGroup as error:
            found.append(f"{operation.label}: {error}"[:1500])
    assert not found, "\n\n".join(found)
    assert tried > 200
