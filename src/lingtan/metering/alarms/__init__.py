"""When should a person be told? Rules as records, and what they say of readings; nothing is sent from here.

Comes in: rules, a park, a batch of readings and what was remembered of the readings before. Goes out: episodes in which a
rule's condition held, and what is to be remembered. ``services/alarms.py`` makes alarms of them.
"""
