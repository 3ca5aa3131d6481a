"""The working calendar day by day against the notices of the State Council's General Office.

2024: 国办发明电〔2023〕7号, https://zh.wikisource.org/wiki/国务院办公厅关于2024年部分节假日安排的通知
2025: https://www.gov.cn/zhengce/content/202411/content_6986382.htm
2026: notice of 4 November 2025, https://www.gov.cn/zhengce/content/202511/content_7047090.htm
"""

from datetime import date, timedelta

import pytest

from lingtan.forecast.calendar import kind
from lingtan.metering.days import DAY_OFF, HOLIDAY, WORKDAY, day_kind
from lingtan.park.tariffs.days import is_kind

# spans off work, and days of the weekend that are worked; (month, day)
OFF = {
    2024: ("0101", "0210-0217", "0404-0406", "0501-0505", "0610", "0915-0917", "1001-1007"),
    2025: ("0101", "0128-0204", "0404-0406", "0501-0505", "0531-0602", "1001-1008"),
    2026: ("0101-0103", "0215-0223", "0404-0406", "0501-0505", "0619-0621", "0925-0927", "1001-1007"),
}
WORKED = {
    2024: ("0204", "0218", "0407", "0428", "0511", "0914", "0929", "1012"),
    2025: ("0126", "0208", "0427", "0928", "1011"),
    2026: ("0104", "0214", "0228", "0509", "0920", "1010"),
}


def day(year: int, text: str) -> date:
    return date(year, int(text[:2]), int(text[2:]))


@pytest.mark.parametrize("year", sorted(OFF))
def test_every_day_is_what_the_notice_says(year: int) -> None:
    holidays = set()
    for span in OFF[year]:
        first, _, last = span.partition("-")
        at = day(year, first)
        while at <= day(year, last or first):
            holidays.add(at)
            at += timedelta(days=1)
    worked = {day(year, d) for d in WORKED[year]}
    assert all(d.weekday() >= 5 for d in worked)
    at = date(year, 1, 1)
    while at.year == year:
        wanted = HOLIDAY if at in holidays else DAY_OFF if at.weekday() >= 5 and at not in worked else WORKDAY
        assert kind(at) == wanted, at
        assert day_kind(at, "Asia/Shanghai") == wanted, at
        assert is_kind(at, "workdays") == (wanted == WORKDAY), at
        assert is_kind(at, "holidays") == (wanted == HOLIDAY), at
        at += timedelta(days=1)
