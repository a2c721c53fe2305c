"""A study: from YAML or a mapping to one frozen, checked object, or to all its errors together.

Every key of a study is a field of a section of this package, with its unit, its range and its
default in one place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from siting.config.base import UNKNOWN, Estimate, Issue, Key, dotted, is_text, show
from siting.config.candidates import FILE_FIGURES, LAYERS, Candidates
from siting.config.cross_checks import cross_issues, unknown_names, unusual_numbers
from siting.config.demand import Workload, is_file_name
from siting.config.messages import explain, faulty_keys, mask_faulty
from siting.config.plant import Backup, Economics, Halls, HeatReuse, Store
from siting.config.study import Study, section_defaults, state_issues
from siting.config.supply import Connections, ConnectionStep, GeneratorOffer
from siting.config.yaml_text import (
    MAX_DEPTH,
    WHERE,
    Document,
    apply_overrides,
    parse_override,
    parse_path,
    read_text,
    read_yaml,
    too_deep,
)
from siting.errors import Fault, StudyError
from siting.physics import DESIGNS

__all__ = [
    "Backup",
    "Candidates",
    "ConnectionStep",
    "Connections",
    "Economics",
    "Estimate",
    "GeneratorOffer",
    "Halls",
    "HeatReuse",
    "Store",
    "Study",
    "Workload",
    "Written",
    "load_study",
    "placed",
    "read_written",
    "readable_study",
    "replaced_overrides",
    "starter_study",
    "study_from_mapping",
    "study_schema",
    "unusual_numbers",
]


type KnownNames = Mapping[str, Collection[str]]
"""Names that exist, by the dotted key that they may stand at."""


@dataclass(frozen=True)
class Written:
    """A study as it is written, read once: its file may be a pipe.

    Parameters
    ----------
    path : pathlib.Path
        The file. Relative files that the study names are looked for in its folder.
    document : Document
        Its data, with the line of each key.
    """

    path: Path
    document: Document


def read_written(path: str | Path) -> Written:
    """Read the YAML file of a study; raise `StudyError` where it cannot be parsed at all."""
    path = Path(path)
    return Written(path, read_yaml(read_text(path), str(path)))


def load_study(
    source: str | Path | Written, overrides: Iterable[str] = (), *, known: KnownNames | None = None
) -> Study:
    """Read a study from a YAML file.

    Raises `StudyError` with all faults of the file and of the overrides together, each with its
    line.

    Parameters
    ----------
    source : str, Path or Written
        The file, or what `read_written` has read of it.
    overrides : iterable of str
        ``path=value`` each, e.g. ``limits.max_sites=3``, ``demand.workloads[0].it_mw=5`` or
        ``demand.workloads.inference.it_mw=5``; the value is YAML.
    known : Mapping, optional
        Names of the catalogue by key, e.g. ``{"candidates.sites": ids}``; a name that is not
        among them is a fault like any other.

    Returns
    -------
    Study
        Resolved: every key has a value.
    """
    written = source if isinstance(source, Written) else read_written(source)
    path = written.path
    return _study(written.document, str(path), path.parent, overrides, known or {})


def placed(written: Written, overrides: Iterable[str], faults: Iterable[Fault]) -> list[Fault]:
    """Faults of a study that `load_study` has accepted, each at its line or at its override.

    Those of the study itself have ``study`` as their place.
    """
    document = written.document
    _, set_keys, _ = apply_overrides(dict(document.data), overrides, section_defaults())
    locate = _locator(str(written.path), document.lines, set_keys)
    return [
        locate(Issue(parse_path(fault.key), fault.problem, fault.remedy))
        if fault.where == "study" and fault.key
        else fault
        for fault in faults
    ]


def replaced_overrides(written: Written, overrides: Sequence[str]) -> list[str]:
    """Sentences on overrides of which a later one leaves nothing, since it sets their key or more.

    ``written`` and ``overrides`` are those that `load_study` has accepted.
    """
    firsts = [parse_override(text).key[0] for text in overrides]
    if len(set(firsts)) == len(firsts):
        return []
    data = dict(written.document.data)
    set_before: dict[Key, str] = {}
    said = []
    for text in overrides:
        data, keys, _ = apply_overrides(data, [text], section_defaults())
        key = max(keys, key=len)  # the others were made for it
        for gone in [known for known in set_before if known[: len(key)] == key]:
            before = set_before.pop(gone)
            if before != text:
                said.append(f"--set {show(before)} is replaced by --set {show(text)}")
        set_before[key] = text
    return said


def readable_study(written: Written, overrides: Iterable[str] = ()) -> Study | None:
    """Return a study that `load_study` refused without its faulty parts; None if little is left."""
    path, data = written.path, written.document.data
    if not isinstance(data, Mapping):
        return None
    data, *_ = apply_overrides(_with_folder(data, path.parent), overrides, section_defaults())
    data = _with_folder(data, Path())
    starter = read_yaml(starter_study(path.stem), "starter").data
    return _readable_part(data, starter)


def study_from_mapping(
    mapping: Mapping[str, Any],
    overrides: Iterable[str] = (),
    *,
    where: str = "study",
    known: KnownNames | None = None,
) -> Study:
    """Check a study that is already plain data; see `load_study`.

    Parameters
    ----------
    mapping : Mapping
        Keys and values as in a YAML study. Relative files are looked for in the working folder.
    overrides : iterable of str
        ``path=value`` each.
    where : str
        What a fault names as the place of the study.
    known : Mapping, optional
        As in `load_study`.
    """
    faults: list[Fault] = []
    data = _plain(mapping, (), where, faults)
    return _study(Document(data, faults=faults), where, Path(), overrides, known or {})


def _plain(value: Any, key: Key, where: str, faults: list[Fault]) -> Any:
    """Copy to dictionaries and lists whose keys are text."""
    if len(key) > MAX_DEPTH:
        raise too_deep(where)
    if isinstance(value, Mapping):
        for name in value:
            if not is_text(name):
                problem = f"has {show(name)} as a key"
                faults.append(Fault(where, None, dotted(key), problem, "Keys are text."))
        return {k: _plain(v, (*key, k), where, faults) for k, v in value.items() if is_text(k)}
    if isinstance(value, list | tuple):
        return [_plain(v, (*key, i), where, faults) for i, v in enumerate(value)]
    return value


def _study(
    document: Document, where: str, folder: Path, overrides: Iterable[str], known: KnownNames
) -> Study:
    data = document.data
    if not isinstance(data, Mapping):
        given = "is empty" if data is None else f"is {show(data)}, not a mapping of keys"
        remedy = "A study starts with `name: ...`; `siting new NAME` writes one to start from."
        raise StudyError([*document.faults, Fault(where, None, "", given, remedy)])
    data = _with_folder(data, folder)
    data, set_keys, faults = apply_overrides(data, overrides, section_defaults())
    data = _with_folder(data, Path())
    study, issues = _validate(data, known)
    locate = _locator(where, document.lines, set_keys)
    faults = [*document.faults, *faults, *map(locate, issues)]
    if study is None or faults:
        raise StudyError(sorted(faults, key=_reading_order))
    return study


def _validate(data: dict[str, Any], known: KnownNames) -> tuple[Study | None, list[Issue]]:
    try:
        study = Study.model_validate(data)
        return study, [*unknown_names(data, known), *state_issues(study, known)]
    except ValidationError as error:
        issues = explain(error, data, Study)
        masked = mask_faulty(data, error, Study)
        if masked is not UNKNOWN:
            issues += [issue for issue in cross_issues(masked) if issue not in issues]
            issues += unknown_names(masked, known)
        return None, issues


def _locator(where: str, lines: Mapping[Key, int], set_keys: set[Key]) -> Callable[[Issue], Fault]:
    """Return the function that finds where the value of an issue was written."""

    def locate(issue: Issue) -> Fault:
        key = issue.key
        starts = [key[:n] for n in range(len(key), -1, -1)]
        overridden = any(start in set_keys for start in starts)
        line = next((lines[start] for start in starts if start in lines), None)
        place = (WHERE, None) if overridden else (where, line)
        return Fault(*place, dotted(key), issue.problem, issue.remedy)

    return locate


def _reading_order(fault: Fault) -> tuple[bool, int, str, str]:
    return (fault.where == WHERE, fault.line or 0, fault.key, fault.problem)


#: Keys that name a file or, in some, what is built in; ``*`` is each entry of a list or mapping.
_FILES = (
    "candidates.file", "connections.file", "generation.file", "supply.ppas", "screen.within",
    "screen.exclude.*.file", "demand.latency_file", "demand.regions", "demand.regions.*",
    "demand.workloads.*.profile.file", *(f"sites.overrides.*.{name}" for name in FILE_FIGURES),
    *(
        f"{section}.{key}"
        for section in ("candidates", "screen")
        for key in ("near.layer", "near.*.layer", "rasters.*.file")
    ),
)  # fmt: skip


def _with_folder(data: Any, folder: Path) -> Any:
    """Make the files that a study names absolute, taking relative ones from a folder."""
    for path in _FILES:
        data = _absolute(data, path, path.split("."), folder)
    return data


def _absolute(value: Any, path: str, keys: Sequence[str], folder: Path) -> Any:
    """Copy of plain data with absolute files at the keys of a path, as far as it has their form."""
    if not keys:
        if not (isinstance(value, str) and value) or "\0" in value:
            return value
        built_in = value in LAYERS if path.endswith("layer") else "regions" in path
        is_file = not built_in or is_file_name(value)
        return str((folder / value).absolute()) if is_file else value
    first, *rest = keys
    if first == "*" and isinstance(value, list):
        return [_absolute(each, path, rest, folder) for each in value]
    if isinstance(value, dict):
        return {
            key: _absolute(each, path, rest, folder) if first in (key, "*") else each
            for key, each in value.items()
        }
    return value


@cache
def study_schema() -> Mapping[str, Any]:
    """Return the JSON schema (draft 2020-12) of a study, with every key described.

    It is made once and shared by all readers, none of which may change it.
    """
    schema = Study.model_json_schema(by_alias=True, mode="validation")
    names = list(DESIGNS)
    schema["properties"]["designs"] |= {
        "default": "all",
        "anyOf": [
            {"enum": ["all", *names]},
            {"type": "array", "items": {"enum": names}, "minItems": 1},
        ],
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def starter_study(name: str) -> str:
    """Return the text of a commented study with the given name; it is valid as it stands."""
    text = Path(__file__).with_name("starter.yaml").read_text(encoding="utf-8")
    text = text.replace("NAME", json.dumps(name, ensure_ascii=False))
    study_from_mapping(read_yaml(text, name).data, where="siting new")
    return text


#: Rounds in which values are left out; never met in practice.
MOST_ROUNDS = 50
#: Where none is given, since what some files offer depends on it, and not what is wrong in them.
ANY_YEAR = 2030


def _readable_part(data: Mapping[str, Any], valid: Mapping[str, Any]) -> Study | None:
    """Return a study with what is faulty left out, so that the files that it names can be checked.

    A misspelled key is read as the one that it means; values of a valid study stand for those that
    have to be given. None where too little is left.
    """
    left: Any = _plain(data, (), "", [])
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
            parent[last] = _plain(value, key, "", [])
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
