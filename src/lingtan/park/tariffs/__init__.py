"""What electricity costs: time-of-use periods, price composition, demand or capacity charge, power factor, the 1192 rule.

One bill function for the whole project (:func:`lingtan.park.tariffs.bill.bill`): metered months, plans and studies all use
it. Comes in: a park file's :class:`~lingtan.park.tariffs.record.Tariff` and what was used in a month. Goes out: a
:class:`~lingtan.park.tariffs.bill.Bill` of lines in CNY (``Decimal``, rounded to the fen line by line, as bills are).
"""
