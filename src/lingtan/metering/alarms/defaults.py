"""The rules that every park begins with; a rule of the same id in the database stands in for one of them."""

from lingtan.metering.alarms.rule import (
    Balance,
    Change,
    Clock,
    Demand,
    Fault,
    Found,
    Frozen,
    Limit,
    Missing,
    Rejected,
    Rule,
    Severity,
    Silence,
    Target,
)
from lingtan.metering.checks.finding import Kind
from lingtan.metering.checks.finding import Severity as FindingSeverity

DAY = 24 * 60


def _rule(id: str, zh: str, en: str, severity: Severity, **more: object) -> Rule:
    return Rule.model_validate({"id": id, "name": {"zh": zh, "en": en}, "severity": severity, **more})


DEFAULTS: tuple[Rule, ...] = (
    _rule("over-rating", "超过额定值", "Above the rating", Severity.WARNING, condition=Limit(of="rating", above=1)),
    _rule("jump", "突变", "Sudden change", Severity.NOTICE, condition=Change(of="rating", by=1), active=False),
    _rule("late-channel", "通道数据迟到", "Channel is late", Severity.WARNING, condition=Missing(), quiet_minutes=DAY),
    _rule("park-silent", "园区无数据上送", "Nothing comes in", Severity.CRITICAL, condition=Silence(minutes=DAY), quiet_minutes=DAY),
    _rule("frozen-meter", "计量数据冻结", "Meter stands still", Severity.WARNING, condition=Frozen(hours=24, least_readings=24)),
    _rule("demand-90", "月最大需量接近申报值", "Monthly demand near the declared one", Severity.WARNING, condition=Demand(share=0.9)),
    _rule("demand-100", "月最大需量超过申报值", "Monthly demand above the declared one", Severity.SERIOUS, condition=Demand(share=1)),
    _rule("core-target", "核心指标超出目标", "Core indicator above its target", Severity.SERIOUS, condition=Target(), quiet_minutes=DAY),
    _rule(
        "core-doubt", "核心指标达标把握不足", "Core indicator meets its target with little certainty", Severity.WARNING,
        condition=Target(least_probability=0.8), quiet_minutes=DAY,
    ),
    _rule(
        "data-fault", "数据质量：数值不可用", "Data quality: values not to be used", Severity.WARNING, quiet_minutes=DAY,
        condition=Found(
            kinds=[Kind.SENTINEL, Kind.SPIKE, Kind.STUCK, Kind.NEGATIVE, Kind.IMPLAUSIBLE, Kind.RESET, Kind.MULTIPLIER, Kind.TIME_SHIFT],
        ),
    ),
    _rule(
        "data-missing", "数据质量：缺数", "Data quality: readings missing", Severity.NOTICE, quiet_minutes=DAY,
        condition=Found(kinds=[Kind.GAP, Kind.OUTAGE], least=FindingSeverity.WARNING),
    ),
    _rule("balance-gap", "节点收支不平衡", "Meters do not balance", Severity.WARNING, condition=Found(kinds=[Kind.BALANCE]), quiet_minutes=DAY),
    _rule("balance-now", "节点当日收支不平衡", "Meters do not balance today", Severity.NOTICE, condition=Balance(share=0.1), active=False),
    _rule("clock-ahead", "时钟超前", "Clock runs ahead", Severity.WARNING, condition=Clock()),
    _rule("file-rejected", "导入文件有数据被隔离", "Cells of a file in quarantine", Severity.NOTICE, condition=Rejected()),
    _rule(
        "plant-fault", "厂站或调度故障", "Plant or dispatch at fault", Severity.SERIOUS,
        condition=Fault(codes=["dispatch.alarm-plant", "dispatch.alarm-silent", "dispatch.alarm-no-"]),
    ),
    _rule("dispatch-note", "调度提示", "Dispatch needs a look", Severity.WARNING, condition=Fault(codes=["dispatch."])),
    _rule("forecast-fault", "预测故障", "Forecast at fault", Severity.WARNING, condition=Fault(codes=["forecast."])),
    _rule("other-fault", "其他故障", "Other faults", Severity.WARNING, condition=Fault(codes=[""])),
)  # fmt: skip
