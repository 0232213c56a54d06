"""Frozen dataclasses that are made quickly.

Every command makes a hundred classes before it does anything. Up to Python 3.12 the standard decorator compiles
six methods for each of them, one by one, which was a quarter of the time of a short command. Here only ``__init__``
is compiled; the other methods are closures over the names of the fields. The classes are dataclasses like any
other: :func:`dataclasses.fields`, :func:`dataclasses.replace`, ``match`` and type checkers treat them alike.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, fields
from dataclasses import dataclass as standard_dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def _lean_dataclass(*, frozen: bool, slots: bool, kw_only: bool = False) -> Callable[[type[T]], type[T]]:
    """Do what ``dataclasses.dataclass(frozen=True, slots=True)`` does, but for ordering.

    Raises:
        TypeError: the class is to be mutable or without slots; the standard decorator is for those.

    """
    if not (frozen and slots):
        raise TypeError("only frozen classes with slots; take dataclasses.dataclass for others")

    def make(plain: type[T]) -> type[T]:
        made = standard_dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(plain)
        for name, method in _methods(made).items():
            # What the class itself defines stays, as with the standard decorator.
            if name not in plain.__dict__:
                method.__qualname__ = f"{made.__qualname__}.{name}"
                setattr(made, name, method)
        return made

    return make


# To type checkers it is the standard decorator, whose rules they know.
if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - exported
else:
    dataclass = _lean_dataclass


def _methods(made: type) -> dict[str, Callable[..., Any]]:
    compared = [each.name for each in fields(made) if each.compare]
    shown = [each.name for each in fields(made) if each.repr]
    stored = [each.name for each in fields(made)]
    values = attrgetter(*compared) if compared else lambda _: ()

    def __eq__(self: object, other: object) -> bool:  # noqa: N807 - becomes the method
        if other.__class__ is not self.__class__:
            return NotImplemented
        return bool(values(self) == values(other))

    def __hash__(self: object) -> int:  # noqa: N807
        return hash(values(self))

    def __repr__(self: object) -> str:  # noqa: N807
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{self.__class__.__qualname__}({inside})"

    def __setattr__(self: object, name: str, value: object) -> NoReturn:  # noqa: N807, ARG001
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self: object, name: str) -> NoReturn:  # noqa: N807, ARG001
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    # pickle and copy.deepcopy ask for these; setattr, which they would use otherwise, is refused above.
    def __getstate__(self: object) -> list[object]:  # noqa: N807
        return [getattr(self, name) for name in stored]

    def __setstate__(self: object, state: list[object]) -> None:  # noqa: N807
        for name, value in zip(stored, state, strict=True):
            object.__setattr__(self, name, value)

    written = (__getstate__, __setstate__, __setattr__, __delattr__)
    methods = (_initialiser(made), __eq__, __hash__, __repr__, *written)
    return {method.__name__: method for method in methods}


def _initialiser(made: type) -> Callable[..., None]:
    """Compile ``__init__``: it runs for every fact, a hundred thousand times for a large folder."""
    scope: dict[str, Any] = {"_set": object.__setattr__, "_MISSING": MISSING}
    positional, body = ["self"], ["pass"]
    by_name: list[str] = []
    for each in fields(made):
        parameter = value = each.name
        if each.default_factory is not MISSING:
            scope[f"_factory_{each.name}"] = each.default_factory
            parameter += "=_MISSING"
            value = f"_factory_{each.name}() if {each.name} is _MISSING else {each.name}"
        elif each.default is not MISSING:
            scope[f"_default_{each.name}"] = each.default
            parameter += f"=_default_{each.name}"
        (by_name if each.kw_only else positional).append(parameter)
        body.append(f"_set(self, {each.name!r}, {value})")
    if hasattr(made, "__post_init__"):
        body.append("self.__post_init__()")
    parameters = ", ".join([*positional, *(["*", *by_name] if by_name else [])])
    # The names of fields come from this program's own classes, as in the standard library's version.
    exec(f"def __init__({parameters}):\n " + "\n ".join(body), scope)  # noqa: S102
    initialiser: Callable[..., None] = scope["__init__"]
    return initialiser
