"""Lean dataclasses behave as the standard library's frozen ones do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, fields, is_dataclass, replace
from typing import Any

import pytest

from certdoctor.model import lean
from certdoctor.model.fact import Absent


def _pair(decorate: Callable[..., Any]) -> tuple[Any, Any]:
    @decorate(frozen=True, slots=True)
    class Point:
        """Two numbers and what is not shown."""

        x: int
        y: int = 2
        hidden: str = field(default="secret", repr=False)
        aside: int = field(default=0, compare=False)
        many: list[int] = field(default_factory=list)

        def __post_init__(self) -> None:
            if self.x < 0:
                raise ValueError("negative")

    @decorate(frozen=True, slots=True, kw_only=True)
    class Named(Point):
        """A point with a name that has to be given, and an own way to be shown."""

        name: str

        def __repr__(self) -> str:
            return f"<{self.name}>"

    return Point, Named


OURS = _pair(lean.dataclass)
THEIRS = _pair(dataclasses.dataclass)


@pytest.mark.parametrize(
    "do",
    [
        lambda point, _: repr(point(1)),
        lambda point, _: repr(point(1, 5, many=[3])),
        lambda _, named: repr(named(1, name="here")),
        lambda point, _: point(1) == point(1, aside=4),
        lambda point, _: point(1) == point(2),
        lambda point, named: point(1) == named(1, name="here"),
        lambda point, _: point(1) == 1,
        lambda point, _: len({point(1, many=()), point(1, many=(), aside=9), point(2, many=())}),
        lambda _, named: repr(replace(named(1, name="a"), name="b", y=7)),
        lambda _, named: [(f.name, f.kw_only, f.repr, f.compare) for f in fields(named)],
        lambda point, named: is_dataclass(point) and is_dataclass(named(1, name="a")),
        lambda _, named: named.__match_args__,
        lambda point, _: point(1).many is point(1).many,
        lambda point, _: hasattr(point(1), "__dict__"),
        lambda point, _: point.__doc__,
        lambda point, _: point.__init__.__qualname__.rpartition(".")[2],
    ],
)
def test_as_the_standard_one(do: Callable[[Any, Any], object]) -> None:
    """The same answer from both decorators."""
    assert do(*OURS) == do(*THEIRS)


@pytest.mark.parametrize(
    "do",
    [
        lambda point, _: point(),
        lambda point, _: point(1, z=3),
        lambda _, named: named(1),
        lambda _, named: named(1, 2, "x", 3, [], "name by position"),
        lambda point, _: point(-1),
        lambda point, _: setattr(point(1), "x", 3),
        lambda point, _: delattr(point(1), "x"),
        lambda point, _: hash(point(1)),
        lambda point, _: replace(point(1), unknown=3),
    ],
)
def test_refused_as_by_the_standard_one(do: Callable[[Any, Any], object]) -> None:
    """The same exception from both decorators."""
    theirs = _refusal(do, THEIRS)
    ours = _refusal(do, OURS)
    assert (type(ours), str(ours)) == (type(theirs), str(theirs))


def _refusal(do: Callable[[Any, Any], object], classes: tuple[Any, Any]) -> Exception:
    with pytest.raises((TypeError, ValueError, AttributeError)) as refused:
        do(*classes)
    return refused.value


def test_what_is_mutable_is_not_for_it() -> None:
    """A class that is not frozen would silently be."""
    decorate: Callable[..., Any] = lean.dataclass
    with pytest.raises(TypeError, match="frozen"):
        decorate(frozen=False, slots=True)


def test_facts_cannot_be_changed() -> None:
    """The classes of the model are made with it."""
    absent = Absent("nobody looked")
    with pytest.raises(FrozenInstanceError):
        absent.reason = "changed"  # type: ignore[misc]
