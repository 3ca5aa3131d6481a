#!/bin/sh
# Prints the command of a Python that Lingtan runs on (3.11 or newer, with venv); says what to do if there is none.
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 python; do
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        echo "$candidate"
        exit 0
    fi
done
cat >&2 <<'TEXT'
Lingtan needs Python 3.11 or newer with its venv module, and found none.
  Debian, Ubuntu:  sudo apt install python3 python3-venv
  elsewhere:       install Python from your system's packages or from python.org
  or name one:     make demo PYTHON=/path/to/python3.11
零碳需要 Python 3.11 或更高版本（含 venv 模块），未找到。安装后重试，或用 PYTHON=… 指定。
TEXT
exit 1
