"""Line, area, bar and flow drawings as SVG text; no library, so that figures are the same everywhere."""

from collections.abc import Mapping, Sequence
from html import escape

COLORS = ("#2f6b9a", "#e0a030", "#4f9d69", "#b5484a", "#7a5ea8", "#3a9fa5", "#c77f3c", "#8a8f98", "#a3b84c", "#d07fa8")
WIDTH, HEIGHT = 900, 420
LEFT, RIGHT, TOP, BOTTOM = 80, 210, 46, 50
DEEPEST = 8  # columns of a flow drawing
LINE = 15  # height of a word
HALO = "paint-order='stroke' stroke='white' stroke-width='3' stroke-opacity='0.8'"
FONT = "font-family='Noto Sans SC, Noto Sans CJK SC, sans-serif'"


def _nice(most: float) -> float:
    """A step of the axis: 1, 2 or 5 times a power of ten, some five of them."""
    if most <= 0:
        return 1.0
    power = 10.0 ** len(str(int(most))) / 100 if most >= 1 else 10.0**-3
    while most / power > 60:
        power *= 10
    return next(step * power for step in (1, 2, 5, 10, 20, 50, 100) if most / (step * power) <= 6)


class Frame:
    """A drawing with axes; y grows upwards."""

    def __init__(self, title: str, x: tuple[float, float], y: tuple[float, float], labels: tuple[str, str]) -> None:
        self.x, self.y = x, (y[0], y[1] if y[1] > y[0] else y[0] + 1)
        self.parts = [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' {FONT} font-size='13'>",
            f"<title>{escape(title)}</title>",
            f"<rect width='{WIDTH}' height='{HEIGHT}' fill='white'/>",
            f"<text x='{LEFT}' y='26' font-size='16'>{escape(title)}</text>",
            f"<text x='{(LEFT + WIDTH - RIGHT) / 2:.0f}' y='{HEIGHT - 10}' text-anchor='middle'>{escape(labels[0])}</text>",
            f"<text transform='translate(18 {HEIGHT / 2:.0f}) rotate(-90)' text-anchor='middle'>{escape(labels[1])}</text>",
        ]
        self.legend = 0
        self._grid()

    def at(self, x: float, y: float) -> tuple[float, float]:
        """A point of the data on the drawing."""
        across = LEFT + (x - self.x[0]) / ((self.x[1] - self.x[0]) or 1) * (WIDTH - LEFT - RIGHT)
        up = HEIGHT - BOTTOM - (y - self.y[0]) / (self.y[1] - self.y[0]) * (HEIGHT - TOP - BOTTOM)
        return across, up

    def _grid(self) -> None:
        step = _nice(max(abs(self.y[0]), abs(self.y[1])))
        value = step * int(self.y[0] / step)
        while value <= self.y[1]:
            _, up = self.at(self.x[0], value)
            if TOP - 1 <= up <= HEIGHT - BOTTOM + 1:
                self.parts.append(f"<path d='M{LEFT} {up:.1f}H{WIDTH - RIGHT}' stroke='#e3e6ea'/>")
                self.parts.append(f"<text x='{LEFT - 6}' y='{up + 4:.1f}' text-anchor='end'>{value:,g}</text>")
            value += step

    def ticks(self, places: Sequence[tuple[float, str]]) -> None:
        """Words along the x axis."""
        for x, word in places:
            across, _ = self.at(x, self.y[0])
            self.parts.append(
                f"<text x='{across:.1f}' y='{HEIGHT - BOTTOM + 18}' text-anchor='middle'>{escape(word)}</text>"
            )

    def key(self, color: str, word: str) -> None:
        """An entry of the legend."""
        up = TOP + 12 + 20 * self.legend
        self.legend += 1
        self.parts.append(f"<rect x='{WIDTH - RIGHT + 14}' y='{up - 10}' width='12' height='12' fill='{color}'/>")
        self.parts.append(f"<text x='{WIDTH - RIGHT + 32}' y='{up}'>{escape(word)}</text>")

    def line(self, xs: Sequence[float], ys: Sequence[float], color: str, word: str = "", *, dots: bool = False) -> None:
        """A line through points."""
        points = [self.at(x, y) for x, y in zip(xs, ys, strict=True)]
        path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in points)
        self.parts.append(f"<path d='{path}' fill='none' stroke='{color}' stroke-width='2'/>")
        if dots:
            self.parts += [f"<circle cx='{a:.1f}' cy='{b:.1f}' r='4' fill='{color}'/>" for a, b in points]
        if word:
            self.key(color, word)

    def area(self, xs: Sequence[float], low: Sequence[float], high: Sequence[float], color: str, word: str) -> None:
        """The space between two lines."""
        up = [self.at(x, y) for x, y in zip(xs, high, strict=True)]
        down = [self.at(x, y) for x, y in zip(xs, low, strict=True)][::-1]
        path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in [*up, *down]) + "Z"
        self.parts.append(f"<path d='{path}' fill='{color}' fill-opacity='0.85'/>")
        self.key(color, word)

    def bar(self, x: float, width: float, low: float, high: float, color: str) -> None:
        """A bar from low to high."""
        (a, top), (b, bottom) = self.at(x - width / 2, high), self.at(x + width / 2, low)
        self.parts.append(
            f"<rect x='{a:.1f}' y='{top:.1f}' width='{b - a:.1f}' height='{max(bottom - top, 0.5):.1f}' fill='{color}'/>"
        )

    def text(self) -> str:
        """The whole drawing."""
        return "\n".join([*self.parts, "</svg>"]) + "\n"


def stacked(
    title: str,
    series: Mapping[str, Sequence[float]],
    line: tuple[str, Sequence[float]],
    labels: tuple[str, str],
    ticks: Sequence[tuple[float, str]],
) -> str:
    """Areas one on the other with a line across, such as the supply of a week and its load."""
    count = len(line[1])
    xs = list(range(count))
    tops = [0.0] * count
    layers = []
    for name, values in series.items():
        high = [a + b for a, b in zip(tops, values, strict=True)]
        layers.append((name, list(tops), high))
        tops = high
    frame = Frame(title, (0, count - 1), (0, max([*tops, *line[1]]) * 1.05), labels)
    for i, (name, low, high) in enumerate(layers):
        frame.area(xs, low, high, COLORS[i % len(COLORS)], name)
    frame.line(xs, list(line[1]), "#1b1f24", line[0])
    frame.ticks(ticks)
    return frame.text()


def curves(title: str, series: Mapping[str, Sequence[float]], labels: tuple[str, str]) -> str:
    """Several falling curves over the same hours."""
    count = max(len(v) for v in series.values())
    most = max(max(v) for v in series.values())
    frame = Frame(title, (0, count - 1), (min(0.0, min(min(v) for v in series.values())), most * 1.05), labels)
    for i, (name, values) in enumerate(series.items()):
        step = max(len(values) // 400, 1)
        frame.line(list(range(0, len(values), step)), list(values[::step]), COLORS[i % len(COLORS)], name)
    frame.ticks([(count * k / 4, f"{count * k / 4:,.0f}") for k in range(5)])
    return frame.text()


def points(title: str, xs: Sequence[float], ys: Sequence[float], labels: tuple[str, str]) -> str:
    """A line with dots, such as a frontier."""
    low, high = min(ys), max(ys)
    room = (high - low or abs(high) or 1.0) * 0.1
    frame = Frame(title, (min(xs), max(xs)), (low - room, high + room), labels)
    frame.line(list(xs), list(ys), COLORS[0], dots=True)
    frame.ticks([(x, f"{x:,.0f}") for x in sorted({min(xs), max(xs)})])
    return frame.text()


def bars(title: str, stacks: Mapping[str, Mapping[str, float]], labels: tuple[str, str]) -> str:
    """A stack of parts for each word along the axis, such as what is built in each stage."""
    names = list(dict.fromkeys(k for parts in stacks.values() for k in parts))
    most = max((sum(max(v, 0.0) for v in parts.values()) for parts in stacks.values()), default=1.0)
    frame = Frame(title, (-0.5, len(stacks) - 0.5), (0, most * 1.05), labels)
    for i, parts in enumerate(stacks.values()):
        low = 0.0
        for name, value in parts.items():
            frame.bar(i, 0.6, low, low + max(value, 0.0), COLORS[names.index(name) % len(COLORS)])
            low += max(value, 0.0)
    for j, name in enumerate(names):
        frame.key(COLORS[j % len(COLORS)], name)
    frame.ticks([(i, word) for i, word in enumerate(stacks)])
    return frame.text()


def sankey(title: str, links: Sequence[tuple[str, str, float]], unit: str) -> str:
    """Flows from the left to the right; a word may stand on both sides of others. Columns are by longest way from a source."""
    links = [link for link in links if link[2] > 0]
    words = list(dict.fromkeys(w for a, b, _ in links for w in (a, b)))
    depth = dict.fromkeys(words, 0)
    for _ in words:
        for a, b, _v in links:
            depth[b] = max(depth[b], min(depth[a] + 1, DEEPEST))
    into = {w: sum(v for _, b, v in links if b == w) for w in words}
    out = {w: sum(v for a, _, v in links if a == w) for w in words}
    size = {w: max(into[w], out[w]) for w in words}
    columns = {d: [w for w in words if depth[w] == d] for d in sorted(set(depth.values()))}
    room = HEIGHT - TOP - 30
    scale = max(min((room - LINE * len(c)) / (sum(size[w] for w in c) or 1) for c in columns.values()), 1e-9)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' {FONT} font-size='12'>",
        f"<title>{escape(title)}</title><rect width='{WIDTH}' height='{HEIGHT}' fill='white'/>",
        f"<text x='20' y='26' font-size='16'>{escape(title)} [{escape(unit)}]</text>",
    ]
    last = max(columns)
    place: dict[str, tuple[float, float]] = {}
    for d, members in columns.items():
        up = float(TOP)
        for w in members:
            place[w] = (20 + d / max(last, 1) * (WIDTH - 200), up)
            up += max(size[w] * scale + 6, LINE)
    used_out, used_in = dict.fromkeys(words, 0.0), dict.fromkeys(words, 0.0)
    for i, (a, b, value) in enumerate(links):
        thick = max(value * scale, 0.5)
        x0, y0 = place[a][0] + 12, place[a][1] + used_out[a] + thick / 2
        x1, y1 = place[b][0], place[b][1] + used_in[b] + thick / 2
        used_out[a] += thick
        used_in[b] += thick
        middle = (x0 + x1) / 2
        parts.append(
            f"<path d='M{x0:.1f} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}' fill='none' "
            f"stroke='{COLORS[i % len(COLORS)]}' stroke-opacity='0.45' stroke-width='{thick:.1f}'/>"
        )
    for w in words:
        x, y = place[w]
        parts.append(
            f"<rect x='{x:.1f}' y='{y:.1f}' width='12' height='{max(size[w] * scale, 1):.1f}' fill='#39424e'/>"
        )
        parts.append(f"<text x='{x + 16:.1f}' y='{y + 11:.1f}' {HALO}>{escape(w)} {size[w]:,.1f}</text>")
    return "\n".join([*parts, "</svg>"]) + "\n"
