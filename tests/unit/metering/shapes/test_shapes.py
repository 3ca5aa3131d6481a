"""Each shape of meter file becomes the readings that a person reads in it."""

import pytest

from tests.file_rows import park, reasons, rows, sheet, understood

MONTH = 86400 * 31


def test_a_long_table_is_one_reading_a_row() -> None:
    text = "时间,表号,电量(kWh)\n2025-01-01 00:00,m1,1.5\n2025-01-01 00:15,m1,2\n2025-01-01 00:00,m2,3"
    assert rows(text) == [
        ("grid-import", "2025-01-01 00:00", 900, 1500),
        ("grid-import", "2025-01-01 00:15", 900, 2000),
        ("shop", "2025-01-01 00:00", 900, 3000),
    ]
    assert understood(text).cells.shape == "long"


def test_a_wide_table_is_one_channel_a_column_and_power_times_time_is_energy() -> None:
    text = "时间,1#进线(MWh),2#车间有功功率(kW)\n2025-01-01 00:00,1,4\n2025-01-01 00:15,2,8\n2025-01-01 00:30,3,8\n2025-01-01 00:45,3,0"
    assert understood(text).cells.shape == "wide"
    assert rows(text)[0] == ("grid-import", "2025-01-01 00:00", 900, 1_000_000)
    assert [v for c, _, _, v in rows(text) if c == "shop"] == [1000, 2000, 2000, 0]


def test_full_width_digits_chinese_dates_and_words_for_missing() -> None:
    text = '时间,表号,电量\n2025年1月1日 8时15分,m1,１２．５\n2025年1月1日 8时30分,m1,--\n2025年1月1日 8时45分,m1,缺失\n2025年1月1日 9时0分,m1,"1"'
    found = understood(text)
    assert found.assembled.missing == 2
    assert [(at, v) for _, at, _, v in rows(text)] == [("2025-01-01 08:15", 12500)]
    assert reasons(text) == [(5, "import.not-a-number")]


def test_a_table_that_writes_24_00_marks_interval_ends() -> None:
    text = "时间,表号,电量\n" + "\n".join(f"2025-01-01 {h:02d}:00,m1,{h}" for h in range(1, 25))
    found = rows(text)
    assert found[0] == ("grid-import", "2025-01-01 00:00", 3600, 1000)
    assert found[-1] == ("grid-import", "2025-01-01 23:00", 3600, 24000)
    assert understood(text).assembled.stamps.why == "24:00"


@pytest.mark.parametrize(("first", "side"), [(0, "start"), (15, "end")])
def test_a_96_point_day_row_is_a_day_whether_labels_mark_start_or_end(first: int, side: str) -> None:
    labels = [f"{m // 60:02d}:{m % 60:02d}" for m in range(first, first + 1440, 15)]
    text = ",".join(["户号", "日期", *labels]) + "\n1#进线,2025-01-01," + ",".join(str(i) for i in range(96))
    found = rows(text)
    assert understood(text).cells.shape == "day_row"
    assert len(found) == 96
    assert found[0] == ("grid-import", "2025-01-01 00:00", 900, 0)
    assert found[95] == ("grid-import", "2025-01-01 23:45", 900, 95_000)
    assert understood(text).assembled.stamps.side == side


def test_numbered_points_and_24_points_are_day_rows_too() -> None:
    text = ",".join(["表号", "数据日期", *(f"P{i}" for i in range(1, 97))]) + "\nm1,20250101," + ",".join(["1"] * 96)
    assert len(rows(text)) == 96
    hours = ",".join(["表号", "日期", *(f"{h}时" for h in range(24))]) + "\nm1,2025-01-01," + ",".join(["1"] * 24)
    assert rows(hours)[1] == ("grid-import", "2025-01-01 01:00", 3600, 1000)


def test_a_power_curve_in_a_day_row_becomes_energy() -> None:
    labels = ",".join(f"{m // 60:02d}:{m % 60:02d}" for m in range(0, 1440, 15))
    text = f"户号,日期,单位,{labels}\nm6,2025-01-01,kW," + ",".join(["4"] * 96)
    assert rows(text)[0] == ("pv", "2025-01-01 00:00", 900, 1000)


def test_bills_are_months_and_tiers_are_summed_unless_a_total_stands_beside() -> None:
    text = "月份,户号,尖,峰,平,谷\n2025-01,m1,1,2,3,4\n2025-02,m1,,2,3,4\n合计,,1,4,6,8"
    assert rows(text) == [
        ("grid-import", "2025-01-01 00:00", MONTH, 10_000),
        ("grid-import", "2025-02-01 00:00", 28 * 86400, 9_000),
    ]
    assert understood(text).cells.totals == 1
    total = "月份,户号,总电量,尖,峰,平,谷\n2025-01,m1,10.5,1,2,3,4"
    assert [v for *_, v in rows(total)] == [10_500]


def test_a_tier_that_cannot_be_read_leaves_no_sum() -> None:
    text = "月份,户号,峰,平,谷\n2025-01,m1,1,x,3\n2025-02,m1,1,2,3"
    assert [v for *_, v in rows(text)] == [6000]
    assert reasons(text) == [(2, "import.not-a-number")]


def test_tiers_in_rows_are_summed_too() -> None:
    text = "月份,户号,电量类型,电量\n" + "\n".join(f"2025-01,m1,{t},{n}" for t, n in (("峰", 1), ("平", 2), ("谷", 3)))
    assert [v for *_, v in rows(text)] == [6000]
    with_total = text + "\n2025-01,m1,总,6.5"
    assert [v for *_, v in rows(with_total)] == [6500]


def test_a_bill_from_day_to_day_lasts_until_its_last_day() -> None:
    text = "户号,开始日期,结束日期,电量\nm1,2025-01-01,2025-01-31,310\nm1,2025-02-01,2025-02-28,280"
    assert rows(text) == [
        ("grid-import", "2025-01-01 00:00", MONTH, 310_000),
        ("grid-import", "2025-02-01 00:00", 28 * 86400, 280_000),
    ]


def test_three_years_in_columns_are_years() -> None:
    text = "名称,单位,2023年,2024年,2025年\ngas,万m3,1,2,3"
    found = understood(text)
    assert found.cells.shape == "periods"
    assert rows(text) == [
        ("gas", "2023-01-01 00:00", 365 * 86400, 10_000_000),
        ("gas", "2024-01-01 00:00", 366 * 86400, 20_000_000),
        ("gas", "2025-01-01 00:00", 365 * 86400, 30_000_000),
    ]


def test_months_in_columns_take_their_year_from_the_title() -> None:
    text = (
        "2025年天然气用量\n名称,"
        + ",".join(f"{m}月" for m in range(1, 13))
        + "\ngas,"
        + ",".join(map(str, range(1, 13)))
    )
    assert rows(text)[1] == ("gas", "2025-02-01 00:00", 28 * 86400, 2000)


def test_a_form_205_finds_channels_by_energy_and_activity() -> None:
    text = (
        "能源购进、消费与库存 205-1表\n甲厂 2025年3月\n"
        "能源名称,计量单位,年初库存,购进量,消费量,期末库存,购进金额(千元)\n"
        "原煤,吨,10,100,90,20,55\n天然气,立方米,,500,480,,7\n汽油,吨,,1,1,,1"
    )
    assert understood(text).cells.shape == "form"
    assert rows(text) == [
        ("coal", "2025-03-01 00:00", MONTH, 90_000_000),
        ("coal-in", "2025-03-01 00:00", MONTH, 100_000_000),
        ("coal-stock", "2025-01-01 00:00", 0, 10_000_000),
        ("coal-stock", "2025-04-01 00:00", 0, 20_000_000),
        ("gas", "2025-03-01 00:00", MONTH, 480_000),
        ("gas-in", "2025-03-01 00:00", MONTH, 500_000),
    ]
    assert {code for _, code in reasons(text)} == {"import.no-channel-for"}


@pytest.mark.parametrize("label", ["水泥熟料", "吨水泥熟料综合能耗", "1.单位水泥熟料生产电耗", "clinker"])
def test_a_form_205_3_tells_the_output_of_a_product(label: str) -> None:
    text = (
        "单位产品能源消耗 205-3表\n单位名称：甲厂\n2025年3月\n指标名称,计量单位,代码,本期单耗,分子项,分母项,上年同期分母项\n"
        f"甲,乙,丙,1,2,3,4\n{label},千克标准煤/吨,01,102.9,51.45,500,480"
    )
    assert understood(text).cells.shape == "form"
    assert rows(text) == [("clinker-made", "2025-03-01 00:00", MONTH, 500_000_000)]
    assert reasons(text) == []


def test_a_form_205_3_reads_the_unit_below_the_line_and_names_unknown_products() -> None:
    head = "单位产品能源消耗\n甲厂 2025年1至3月\n指标名称,计量单位,单耗,子项（综合能耗）,母项（产量）\n"
    text = head + "水泥熟料,千克标准煤/万吨,1,2,0.05\n平板玻璃,千克标准煤/重量箱,3,4,5"
    assert [value for *_, value in rows(text, cumulative=False)] == [500_000_000]
    assert reasons(text, cumulative=False) == [(5, "import.unknown-channel")]
    assert understood(text).cells.cumulative


WATER_FORM = (
    "工业用水 205-4表\n甲厂 2025年3月\n指标名称,计量单位,代码,本期实际,上年同期\n"
    "一、取水总量,立方米,01,120,100\n其中：自来水,立方米,02,120,100\n二、重复用水量,立方米,03,40,40"
)


def test_a_form_205_4_tells_water_taken_and_reused() -> None:
    assert understood(WATER_FORM).cells.shape == "form"
    assert rows(WATER_FORM) == [("reused", "2025-03-01 00:00", MONTH, 40_000)]


def test_an_amount_of_a_form_is_no_state_of_a_register() -> None:
    assert reasons(WATER_FORM) == [(4, "import.amount-for-counter")]


def test_a_start_whose_end_is_none_or_before_it_is_no_reading() -> None:
    text = (
        "表号,开始时间,结束时间,电量\nm1,2025-01-01,2025-01-31,5\nm1,2025-02-01,平,6\nm1,2025-03-01,2024-01-01,7\n"
        "m1,2025-04-01,9999-12-31,8\nm1,2025-04-01,,9"
    )
    assert rows(text) == [("grid-import", "2025-01-01 00:00", MONTH, 5000)]
    assert reasons(text) == [(row, "import.not-a-time") for row in (3, 4, 5, 6)]


def test_counter_states_are_instants() -> None:
    text = "时间,3#水表示数\n2025-01-01 00:00,100\n2025-01-01 01:00,101.5"
    assert rows(text) == [("water", "2025-01-01 00:00", 0, 100_000), ("water", "2025-01-01 01:00", 0, 101_500)]


def test_a_monthly_register_was_read_at_the_end_of_its_month() -> None:
    assert rows("月份,表号,示数\n2025-01,m3,5\n2025-02,m3,6")[0] == ("water", "2025-02-01 00:00", 0, 5000)


def test_a_header_may_name_its_zone() -> None:
    text = "time_utc,1#进线\n2025-01-01 00:00,1\n2025-01-01 01:00,1\n2025-01-01 02:00,1\n2025-01-01 03:00,1"
    assert rows(text)[0][1] == "2025-01-01 08:00"
    assert understood(text).zone == "UTC"
    assert rows(text, zone="+05:00")[0][1] == "2025-01-01 03:00"


def test_an_unknown_meter_is_rejected_with_the_nearest_name() -> None:
    text = "时间,表号,电量\n2025-01-01 00:00,1#进綫,1\n2025-01-01 00:00,m1,1"
    assert reasons(text) == [(2, "import.unknown-channel")]
    assert [m.match.nearest for m in understood(text).matched] == ["1#进线", None]


def test_a_mapping_names_channels_columns_and_sentinels() -> None:
    text = "t,进線A,v2\n2025-01-01 00:00,1,-99\n2025-01-01 00:15,2,5"
    found = rows(text, time="t", channels={"进線A": "grid-import", "v2": "shop"}, missing=[-99])
    assert [(c, v) for c, _, _, v in found] == [("grid-import", 1000), ("grid-import", 2000), ("shop", 5000)]


def test_reactive_power_and_voltage_are_left_aside() -> None:
    text = "时间,1#进线有功电量,1#进线无功电量\n2025-01-01 00:00,1,9\n2025-01-01 00:15,1,9"
    assert len(rows(text)) == 2
    assert understood(text).assembled.beside == 2
    assert reasons(text) == []


def test_a_unit_that_measures_something_else_is_rejected() -> None:
    assert reasons(
        "时间,表号,数值,单位\n2025-01-01 00:00,m1,1,t\n2025-01-01 00:15,m1,1,MWh\n2025-01-01 00:30,m1,1,XX"
    ) == [
        (2, "import.unit-mismatch"),
        (4, "import.unknown-unit"),
    ]


def test_quality_marks_decide_what_is_taken() -> None:
    text = "时间,表号,电量,质量码\n2025-01-01 00:00,m1,1,正常\n2025-01-01 00:15,m1,1,估算\n2025-01-01 00:30,m1,1,无效\n2025-01-01 00:45,m1,1,?!"
    assert reasons(text) == [(4, "import.bad-quality"), (5, "import.unknown-quality")]
    assert understood(text).assembled.frame["quality"].to_list() == [0, 1]


def test_the_same_value_twice_counts_once_and_two_values_contradict() -> None:
    text = (
        "时间,表号,电量\n2025-01-01 00:00,m1,1\n2025-01-01 00:00,m1,1.0\n2025-01-01 00:15,m1,2\n2025-01-01 00:15,m1,3"
    )
    assert [v for *_, v in rows(text)] == [1000]
    assert reasons(text) == [(4, "import.conflict"), (5, "import.conflict")]
    assert [v for *_, v in rows(text, duplicates="last")] == [1000, 3000]
    assert [v for *_, v in rows(text, duplicates="first")] == [1000, 2000]


def test_a_few_scattered_rows_keep_the_step_of_the_channel() -> None:
    text = "时间,表号,电量\n2025-01-01 00:00,m1,1\n2025-01-07 00:15,m1,2\n2025-01-09 07:15,m1,2"
    assert {s for _, _, s, _ in rows(text)} == {900}


def test_a_table_without_names_may_stand_in_a_sheet_that_is_named() -> None:
    one = sheet("时间,电量\n2025-01-01 00:00,1\n2025-01-01 00:15,1", name="1#进线")
    assert {c for c, *_ in rows(one)} == {"grid-import"}
    assert {code for _, code in reasons("时间,电量\n2025-01-01 00:00,1\n2025-01-01 00:15,1")} == {"import.no-name"}


def test_the_park_of_these_tests_has_channels() -> None:
    assert len(park().meters) == 8
