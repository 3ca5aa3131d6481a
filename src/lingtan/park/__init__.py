"""What is there? The park file turned into a :class:`~lingtan.park.model.Park`, and what may be said of it.

In comes text (YAML); out goes a frozen, checked record. Nothing here opens a file.
"""
