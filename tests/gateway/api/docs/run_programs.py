"""Runs programs one after the other in this process, where a package is imported once.

From standard input: a JSON list of programs. Prints a JSON list of what became of each: what it
printed, the file it left in this folder (which is given the program's number), its error. Waits
between two questions after a video are cut short.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from pathlib import Path

_sleep = time.sleep
time.sleep = lambda seconds: _sleep(min(seconds, 0.2))

became = []
there = set(Path().iterdir())
for number, program in enumerate(json.load(sys.stdin)):
    printed = io.StringIO()
    outcome: dict[str, object] = {}
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(program, "<program>", "exec"), {"__name__": "__main__"})
    except (Exception, SystemExit) as error:  # noqa: BLE001  whatever it ends with is told
        code = getattr(error, "code", None)
        outcome = {"error": str(error), "code": code, "status": getattr(error, "status_code", 0)}
    for file in set(Path().iterdir()) - there:
        kept = file.rename(f"{number}-{file.name}").absolute()
        outcome["file"] = str(kept)
        there.add(Path(kept.name))
    became.append({"printed": printed.getvalue(), **outcome})
json.dump(became, sys.stdout)
