"""Energy, meters, reports, the wall and the functions: what is equal, what is refused, what takes two people."""

import pytest

from web.portal_case import Browser, Clock, Portal

PAGES = ("/energy", "/meters", "/meters/findings", "/meters/import", "/reports", "/functions", "/wall", "/green")


@pytest.mark.parametrize("path", PAGES)
def test_the_operator_opens_every_page_in_both_languages(browser: Browser, path: str) -> None:
    browser.become("operator")
    for lang in ("zh", "en"):
        answer = browser.get(f"{path}?lang={lang}")
        assert answer.status_code == 200, answer.text[:500]


@pytest.mark.parametrize("name", ["verifier", "regulator", "consultant", "enterprise"])
def test_flows_by_enterprise_are_not_for_everybody(browser: Browser, name: str) -> None:
    assert browser.become(name).get("/energy/flows.json").status_code == 403


def test_flows_balance_to_the_microgram(portal_and_clock: tuple[Portal, Clock]) -> None:
    from lingtan.services.energy_flows import energy_flows

    shown = portal_and_clock[0].shown(refresh=False)
    assert shown is not None
    for measure in shown.run.rules.measures:
        made = energy_flows(shown.run, measure.id)
        came = sum(f.micrograms for f in made.flows if f.side in ("source", "credit"))
        went = sum(f.micrograms for f in made.flows if f.side in ("out", "use"))
        assert came == went
        assert made.total == shown.run.account.total(measure.id)


def test_a_repair_is_written_only_when_somebody_else_approves(portal_and_clock: tuple[Portal, Clock]) -> None:
    from datetime import timedelta

    from lingtan.base.errors import AccessError, InputError
    from lingtan.base.ids import channel_key
    from lingtan.park.model import channels
    from lingtan.services.propose_repair import decide_repair, propose_repair

    space = portal_and_clock[0].space()
    by_key = {channel_key(name): name for name in channels(space.park)}
    newest = next(x for x in space.store.latest() if x.seconds)
    head = space.store.head()
    end = newest.start + timedelta(seconds=newest.seconds)
    made = propose_repair(space, by_key[newest.channel], newest.start, end, "withdraw", reason="a test value", by="one")
    assert (made.rows, space.store.head()) == (1, head)
    with pytest.raises(AccessError):
        decide_repair(space, made.id, by="one", approve=True)
    assert decide_repair(space, made.id, by="two", approve=True).rev == space.store.head() > head
    with pytest.raises(InputError):
        decide_repair(space, made.id, by="two", approve=True)
