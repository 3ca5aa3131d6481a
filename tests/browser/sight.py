"""What a careful eye sees of a page in Chromium: errors, foreign requests, charts that stay empty, axe, words out of place."""

import os
import re
import shutil
import time
from functools import cache
from pathlib import Path
from typing import Any

CHROMIUM = os.environ.get("LINGTAN_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-dev-shm-usage",
]  # fmt: skip
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
CHARTS_S = 30.0
# formulas write it as t, units with the subscript
WRONG_UNITS = re.compile(r"\b[kKtT]?CO2e?\b|TCO₂|\bKWH\b|\bKwh\b|\bMwh\b|\bNaN\b|\bundefined\b|\bNone\b|\bnull\b")
# a sentence that the locale lacks shows its key
RAW_KEYS = re.compile(r"\b[a-z]{3,}(?:[-_][a-z]+)*\.[a-z]+(?:-[a-z]+)+\b")
CHINESE = re.compile(r"[一-鿿]")
CUT = """() => [...document.querySelectorAll('main *, header *')].filter((e) => {
  const s = getComputedStyle(e)
  return e.children.length === 0 && e.textContent.trim() && e.offsetWidth > 0 && s.overflowX === 'hidden'
    && s.textOverflow !== 'ellipsis' && e.scrollWidth > e.clientWidth + 1 && s.clip === 'auto' && e.clientWidth > 1
}).map((e) => e.textContent.trim().slice(0, 60))"""
DRAWN = "[...document.querySelectorAll('.chart')].every((c) => c.dataset.drawn && c.dataset.drawn !== 'waiting')"
HOLLOW = """() => [...document.querySelectorAll('.chart')].filter((c) => c.offsetWidth && c.dataset.drawn === 'failed')
  .map((c) => c.dataset.src || c.dataset.chart)"""


class Seen:
    """What a page said and asked for while it was open."""

    def __init__(self, page: Any, url: str) -> None:
        self.wrong: list[str] = []
        own = (url, "data:", "blob:", url.replace("http", "ws"))
        page.on(
            "console",
            lambda m: self.wrong.append(f"console {m.type}: {m.text}") if m.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda e: self.wrong.append(f"page error: {e}"))
        page.on("request", lambda r: None if r.url.startswith(own) else self.wrong.append(f"external: {r.url}"))

    def taken(self) -> list[str]:
        """What was noted since the last time."""
        found, self.wrong = self.wrong, []
        return found


def launch(play: Any) -> Any:
    """Debian's Chromium without a window."""
    return play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@cache
def axe_source() -> str:
    """The script of axe."""
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def sign_in(page: Any, url: str, name: str, password: str, lang: str) -> None:
    """Sign somebody in by the form, and wait until that is done: a page opened before would take the answer away."""
    page.goto(f"{url}/sign-in?lang={lang}")
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("form .btn-primary")
    page.wait_for_url(lambda where: "/sign-in" not in where, wait_until="load")


def charts_drawn(page: Any, within_s: float = CHARTS_S) -> bool:
    """Wait until every chart is drawn or has said that it cannot be."""
    until = time.monotonic() + within_s
    while not page.evaluate(DRAWN):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def faults_of(page: Any, lang: str) -> list[str]:
    """What is wrong with the page as it stands."""
    faults = [] if charts_drawn(page) else ["charts are not drawn"]
    faults += [f"chart failed: {c}" for c in page.evaluate(HOLLOW)]
    page.evaluate(axe_source())
    found = page.evaluate("(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags } })", TAGS)
    faults += [f"axe {v['id']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append("wider than the screen")
    faults += [f"cut text: {text}" for text in page.evaluate(CUT)[:5]]
    text = page.inner_text("main")
    faults += [f"wrong unit or empty value: {w}" for w in sorted(set(WRONG_UNITS.findall(text)))]
    faults += [f"raw key: {w}" for w in sorted(set(RAW_KEYS.findall(text)))[:5] if not w.endswith((".yaml", ".py"))]
    if lang == "zh" and not CHINESE.search(text):
        faults.append("no Chinese on the page")
    return faults
