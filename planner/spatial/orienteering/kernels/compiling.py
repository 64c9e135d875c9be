"""How functions are compiled: once, and kept beside the source or in the user's cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., object]")


def compiled(function: Function) -> Function:
    """Compile a function when it is first called; later processes load what was compiled.

    numba keeps the machine code in ``__pycache__`` beside the source, or in the user's cache
    where that cannot be written. Where neither can be, each process compiles anew.
    """
    try:
        made = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:
        made = numba.njit(nogil=True, error_model="numpy")(function)
    return cast("Function", made)
