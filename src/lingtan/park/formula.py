"""Formulas of virtual meters: sums of channels with constant factors, such as ``grid-import + 0.98 * pv-a - export``.

Ids may hold ``-`` and ``.``. Where the ids are known, the longest known one is taken, so that ``a-b`` is the channel
``a-b`` if there is one and a difference otherwise; with spaces around the signs there is never a doubt.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from lingtan.base.errors import InputError
from lingtan.base.ids import nearest
from lingtan.park.model import Park

_WORD: Final = re.compile(r"[a-z0-9][a-z0-9._-]*", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\d{1,20}(?:\.\d{1,20})?")
_NUMBER_LIKE: Final = re.compile(r"[\d.]+\Z")
_SIGNS: Final = str.maketrans("＋－×＊（）−·　", "+-**()-* ")  # one character each, so positions stay
_MAX_NESTING: Final = 50
_MAX_BITS: Final = 256  # of a coefficient's numerator or denominator


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # a sign, "number", "id" or "end"
    text: str
    position: int


@dataclass(slots=True)
class _Linear:
    """A constant plus factors of channels."""

    constant: Fraction
    factors: dict[str, Fraction]


def terms(formula: str, known: Collection[str] | None = None) -> dict[str, Fraction]:
    """The channels of a formula with their factors.

    Parameters
    ----------
    formula : str
        Ids joined by ``+``, ``-``, a decimal ``*`` an id, and parentheses.
    known : collection of str, optional
        The ids that may occur. With it ``a-b`` can be told from ``a - b``, and an unknown id is an error.

    Returns
    -------
    dict of str to Fraction
        In the order of first mention; a channel whose factors cancel is left out.

    Raises
    ------
    InputError
        ``formula.*`` with the position (from 1) of what is wrong.

    Examples
    --------
    >>> terms("grid - 0.5 * (a + b)")
    {'grid': Fraction(1, 1), 'a': Fraction(-1, 2), 'b': Fraction(-1, 2)}
    """
    parser = _Parser(formula, known)
    found = parser.sum(0)
    parser.expect_end()
    if found.constant != 0:
        raise InputError("formula.constant", formula=_short(formula), constant=str(found.constant))
    kept = {name: factor for name, factor in found.factors.items() if factor}
    if not kept:
        raise InputError("formula.empty", formula=_short(formula))
    return kept


def expand(park: Park, virtual_id: str) -> dict[str, Fraction]:
    """The real channels behind a virtual meter with their factors, virtual meters in its formula followed through.

    Raises
    ------
    InputError
        ``formula.cycle`` if the formulas go round in a circle; the errors of :func:`terms`.
    """
    return Expander(park).expand(virtual_id)


def expand_all(park: Park) -> dict[str, dict[str, Fraction]]:
    """:func:`expand` of every virtual meter."""
    expander = Expander(park)
    return {v.id: expander.expand(v.id) for v in park.virtual_meters}


class Expander:
    """Follows virtual meters down to real channels; what it has found it keeps for the next question."""

    def __init__(self, park: Park) -> None:
        self._formulas: Mapping[str, str] = {v.id: v.formula for v in park.virtual_meters}
        self._known = {c.id for m in park.meters for c in m.channels} | set(self._formulas)
        self._terms: dict[str, dict[str, Fraction]] = {}
        self._done: dict[str, dict[str, Fraction]] = {}

    def expand(self, virtual_id: str) -> dict[str, Fraction]:
        """:func:`expand` of one virtual meter."""
        if virtual_id not in self._formulas:
            raise InputError(
                "formula.no-virtual", virtual=virtual_id, nearest=nearest(virtual_id, self._formulas) or "-"
            )
        # an explicit stack: a chain of formulas may be longer than Python's
        path = [virtual_id]
        while path:
            name = path[-1]
            open_ids = [i for i in self._own(name) if i in self._formulas and i not in self._done]
            if not open_ids:
                self._done[name] = self._combined(name)
                path.pop()
            elif open_ids[0] in path:
                circle = [*path[path.index(open_ids[0]) :], open_ids[0]]
                raise InputError("formula.cycle", virtual=virtual_id, circle=_short(" → ".join(circle), 200))
            else:
                path.append(open_ids[0])
        return dict(self._done[virtual_id])

    def _own(self, name: str) -> dict[str, Fraction]:
        if name not in self._terms:
            self._terms[name] = terms(self._formulas[name], self._known)
        return self._terms[name]

    def _combined(self, name: str) -> dict[str, Fraction]:
        total: dict[str, Fraction] = {}
        for part, factor in self._own(name).items():
            for channel, inner in self._done.get(part, {part: Fraction(1)}).items():
                total[channel] = total.get(channel, Fraction(0)) + factor * inner
        for channel, factor in total.items():
            if max(factor.numerator.bit_length(), factor.denominator.bit_length()) > _MAX_BITS:
                raise InputError("formula.coefficient", virtual=name, channel=channel)
        return {channel: factor for channel, factor in total.items() if factor}


class _Parser:
    """Recursive descent over the tokens; what it returns is linear at every step."""

    def __init__(self, formula: str, known: Collection[str] | None) -> None:
        self._formula = formula
        self._tokens = list(_tokens(formula, known))
        self._next = 0

    def sum(self, depth: int) -> _Linear:
        total = _Linear(Fraction(0), {})
        sign = self._sign()
        while True:
            part = self._product(depth)
            total.constant += sign * part.constant
            for name, factor in part.factors.items():
                total.factors[name] = total.factors.get(name, Fraction(0)) + sign * factor
            if self._tokens[self._next].kind not in ("+", "-"):
                return total
            sign = self._sign()

    def expect_end(self) -> None:
        token = self._tokens[self._next]
        if token.kind == "id" or token.kind == "number" or token.kind == "(":
            self._fail("formula.no-sign", token)
        if token.kind != "end":
            self._fail("formula.unexpected", token)

    def _sign(self) -> int:
        """The signs here, multiplied; ``+ -`` is minus."""
        sign = 1
        while self._tokens[self._next].kind in ("+", "-"):
            sign = -sign if self._tokens[self._next].kind == "-" else sign
            self._next += 1
        return sign

    def _product(self, depth: int) -> _Linear:
        product = self._factor(depth)
        while self._tokens[self._next].kind == "*":
            star = self._tokens[self._next]
            self._next += 1
            sign = self._sign()
            other = self._factor(depth)
            if product.factors and other.factors:
                self._fail("formula.not-linear", star)
            constant, linear = (product.constant, other) if not product.factors else (other.constant, product)
            scale = sign * constant
            product = _Linear(scale * linear.constant, {n: scale * f for n, f in linear.factors.items()})
        return product

    def _factor(self, depth: int) -> _Linear:
        token = self._tokens[self._next]
        self._next += 1
        if token.kind == "number":
            return _Linear(Fraction(token.text), {})
        if token.kind == "id":
            return _Linear(Fraction(0), {token.text: Fraction(1)})
        if token.kind == "(":
            if depth >= _MAX_NESTING:
                self._fail("formula.too-deep", token)
            inner = self.sum(depth + 1)
            closing = self._tokens[self._next]
            if closing.kind != ")":
                self._fail("formula.unclosed" if closing.kind == "end" else "formula.no-sign", closing)
            self._next += 1
            return inner
        self._next -= 1
        self._fail("formula.ends" if token.kind == "end" else "formula.unexpected", token)
        raise AssertionError  # unreachable: the line above raises

    def _fail(self, code: str, token: _Token) -> None:
        raise InputError(code, formula=_short(self._formula), position=token.position + 1, word=_short(token.text, 63))


def _tokens(formula: str, known: Collection[str] | None) -> Iterator[_Token]:
    text, at = formula.translate(_SIGNS), 0
    while at < len(text):
        character = text[at]
        if character.isspace():
            at += 1
        elif character in "+-*()":
            yield _Token(character, character, at)
            at += 1
        else:
            token = _word(formula, text, at, known)
            yield token
            at += len(token.text)
    yield _Token("end", "", len(text))


def _word(formula: str, text: str, at: int, known: Collection[str] | None) -> _Token:
    run = _WORD.match(text, at)
    if run is None:
        raise InputError("formula.bad-character", formula=_short(formula), position=at + 1, word=text[at])
    word = run.group()
    if known is not None:
        # shorter readings end where a minus follows: "a-b" may be a - b, "ab" is never a and b
        for end in (len(word), *(i for i in range(min(len(word), 64) - 1, 0, -1) if word[i] == "-")):
            if word[:end] in known:
                return _Token("id", word[:end], at)
    number = _NUMBER.match(word)
    if number is not None and (known is not None or number.end() == len(word)):
        after = word[number.end() : number.end() + 1]
        if after in ("", "-"):
            return _Token("number", number.group(), at)
    if _NUMBER_LIKE.match(word):
        raise InputError("formula.bad-number", formula=_short(formula), position=at + 1, word=_short(word))
    if known is None:
        kept = word.rstrip("-.")
        return _Token("id", kept, at)
    near = nearest(word, known)
    code = "formula.unknown-id" if near else "formula.unknown-id-far"
    raise InputError(code, formula=_short(formula), position=at + 1, word=_short(word), nearest=near or "-")


def _short(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
