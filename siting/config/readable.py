"""The part of a study that can be read although other parts of it cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from siting.config.base import Key
from siting.config.messages import faulty_keys
from siting.config.study import Study

__all__ = ["readable_part"]


#: Rounds in which values are left out; never met in practice.
MOST_ROUNDS = 50
#: Where none is given, since what some files offer depends on it, and not what is wrong in them.
ANY_YEAR = 2030


def readable_part(data: Mapping[str, Any], valid: Mapping[str, Any]) -> Study | None:
    """Return a study with what is faulty left out, so that the files that it names can be checked.

    A misspelled key is read as the one that it means.

    Parameters
    ----------
    data : Mapping
        Keys and values of the study.
    valid : Mapping
        A valid study; its values stand for those that have to be given.

    Returns
    -------
    Study or None
        None where too little is left.
    """
    left: Any = _copy(data)
    if not left.get("periods") and isinstance(left.setdefault("supply", {}), dict):
        left["supply"].setdefault("year", ANY_YEAR)
        valid = {**valid, "supply": {**valid.get("supply", {}), "year": ANY_YEAR}}
    tried = set[Key]()
    for _ in range(MOST_ROUNDS):
        try:
            return Study.model_validate(left)
        except ValidationError as error:
            faulty = dict(faulty_keys(error, left, Study))
            # What is misspelled comes first: others may be faulty for the lack of it.
            for key in [key for key, meant in faulty.items() if meant] or _last_first(faulty):
                at = key
                while at in tried:
                    at = at[:-1]
                if not at:
                    return None
                tried.add(at)
                value = _leave_out(left, at, valid)
                if faulty[key] and at == key:
                    _at(left, *key[:-1]).setdefault(faulty[key], value)
    return None


def _last_first(keys: Iterable[Key]) -> list[Key]:
    """From the last item of a list to the first, whose places then stay."""

    def order(key: Key) -> tuple[tuple[str, int], ...]:
        return tuple((part, 0) if isinstance(part, str) else ("", part) for part in key)

    return sorted(keys, key=order, reverse=True)


def _leave_out(data: Any, key: Key, valid: Any) -> Any:
    """Put the value of the valid study, where that has one, for a value, which is returned."""
    parent, last, found = _at(data, *key[:-1]), key[-1], None
    value = _at(valid, *key)
    if isinstance(parent, dict):
        found = parent.pop(last, None)
        if value is not None:
            parent[last] = _copy(value)
    elif isinstance(parent, list) and isinstance(last, int) and last < len(parent):
        found = parent.pop(last)
    return found


def _at(data: Any, *key: str | int) -> Any:
    """Value at a key; of a list that is shorter the first; None where there is none."""
    for part in key:
        if isinstance(data, Mapping):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and data:
            data = data[part if part < len(data) else 0]
        else:
            return None
    return data


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _copy(v) for k, v in value.items()}
    return [_copy(v) for v in value] if isinstance(value, list | tuple) else value
