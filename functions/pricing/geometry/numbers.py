"""Numbers written as text, read strictly: what merely resembles a number is refused, not guessed."""

import re
from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pricing.geometry.refusals import ModelRefused

_LONGEST_SHOWN = 64
_DECIMAL_COMMA = re.compile(rb"\d,\d")


def parse_floats(tokens: Sequence[bytes]) -> NDArray[np.float64]:
    """Return the numbers, in order; infinities and NaN pass and are the caller's to refuse.

    Raises:
        ModelRefused: `number.decimal_comma`, `number.malformed`.
    """
    try:
        return np.frombuffer(array("d", map(float, tokens)), dtype=np.float64)
    except ValueError:
        raise explain(tokens) from None


def explain(tokens: Sequence[bytes]) -> ModelRefused:
    """Return the refusal for the first token that is not a number."""
    for token in tokens:
        if _DECIMAL_COMMA.search(token):
            return ModelRefused("number.decimal_comma", f"{_shown(token)} is written with a decimal comma")
        try:
            float(token)
        except ValueError:
            return ModelRefused("number.malformed", f"{_shown(token)} is not a number")
    return ModelRefused("number.malformed", "a number is malformed")


def explain_at(text: NDArray[np.uint8], at: int) -> ModelRefused:
    """Return the refusal for the token of a text that begins at `at`."""
    return explain(text[at : at + _LONGEST_SHOWN].tobytes().split(maxsplit=1)[:1])


def refuse_underscores(tokens: Sequence[bytes]) -> None:
    """Refuse digit grouping, which Python reads and no 3D format has."""
    if b"_" in b" ".join(tokens):
        raise ModelRefused("number.malformed", "a number contains an underscore")


def _shown(token: bytes) -> str:
    return repr(token[:40].decode("ascii", "replace"))
