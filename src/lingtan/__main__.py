"""``python -m lingtan``."""

from lingtan.apps.cli.main import main

main()
