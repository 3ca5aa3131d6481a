"""A study: what may be built, what it costs, what must be met; from a YAML file or a workbook to a model and back.

Comes in: the text of a study file. Goes out: a :class:`~lingtan.optimize.study.record.Study` with every problem by its line
(``file.py``, ``check.py``), its profiles as arrays (``profiles.py``), and the
:class:`~lingtan.optimize.model.Model` of a case of it (``build.py``; kinds of technology in ``kinds.py``).
"""
