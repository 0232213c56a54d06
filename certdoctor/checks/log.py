"""tmp"""

from __future__ import annotations

from certdoctor.checks.rulebook import Check

CHECKS: tuple[Check, ...] = ()
