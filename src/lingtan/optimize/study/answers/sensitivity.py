"""One number of a study varied."""

from lingtan.base.errors import InputError
from lingtan.optimize.study.costs import costs_of
from lingtan.optimize.study.record import Study


def varied(study: Study, path: str, factor: float) -> Study:
    """The study with one number multiplied: ``technologies.<id>.<field>``, ``demands.<id>.factor``, ``targets.<field>`` …

    Raises
    ------
    InputError
        ``study.no-such-path`` if it leads to no number.
    """
    parts = path.split(".")
    if len(parts) == 2 and parts[0] in ("study", "targets", "finance", "weather"):
        record = getattr(study, parts[0])
        value = getattr(record, parts[1], None)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return study.model_copy(update={parts[0]: record.model_copy(update={parts[1]: value * factor})})
    if len(parts) == 3 and isinstance(getattr(study, parts[0], None), list):
        entries = list(getattr(study, parts[0]))
        hit = False
        for i, entry in enumerate(entries):
            if parts[1] not in (getattr(entry, "id", None), "all"):
                continue
            value = getattr(entry, parts[2], None)
            if value is None and parts[0] == "technologies" and parts[2] in ("capex", "fixed_om", "lifetime"):
                value = getattr(costs_of(study, entry), parts[2])
            if isinstance(value, int | float) and not isinstance(value, bool):
                entries[i] = entry.model_copy(update={parts[2]: value * factor})
                hit = True
        if hit:
            return study.model_copy(update={parts[0]: entries})
    raise InputError("study.no-such-path", path=path)
