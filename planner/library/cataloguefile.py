"""The catalogue's file: read, checked, and a person's own file laid over it.

The file's head and ``docs/catalogue.md`` explain the form. Whatever is wrong in a file is refused
with the file, the line and what to do; nothing is dropped in silence.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any, get_args

import msgspec
from msgspec import UNSET, Struct  # noqa: TC002 - msgspec reads annotations

from planner.errors import StoreError, UnreadableFileError
from planner.files import publish
from planner.library.catalogueform import FORMS, Speech
from planner.library.kinds import Answer, Cost, Mood, Role, Serving, Setting, TimeOfDay
from planner.library.words import stems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import TypeAlias

    Tables: TypeAlias = dict[str, dict[str, Any]]

OWN_FILE = "catalogue.toml"
"""What a person's own catalogue is called, in their home."""
_CACHE_PREFIX = "catalogue-"
_CACHE_FORM = b"1"
_LARGEST = 1_000_000

_SECTIONS = (*FORMS, "words", "speech")
_NEEDED = {
    "category": ("label", "phrase", "tags", "minutes", "setting", "times", "appeal", "cost"),
    "attribute": ("says", "yes", "limited", "no"),
    "preference": ("words",),
}
_WEATHERS = ("rain", "hot", "cold")
_KEY = re.compile(r"[a-z0-9_:]{1,60}")
_CHOICES: Mapping[str, Any] = {
    "setting": Setting,
    "role": Role,
    "times": TimeOfDay,
    "cost": Cost,
    "mood": Mood,
    "serves": Serving,
    "says": Answer,
}
_CHOICE = re.compile(r"[Ii]nvalid enum value '([^']*)'")
_FIELD = re.compile(r"unknown field `([^`]*)`")
_INNER = re.compile(r" - at (?:`key` in )?`\$\.?([^`]*)`")


def shipped_text() -> str:
    """Return the text of the file that is shipped."""
    return (resources.files("planner.library") / "catalogue.toml").read_text(encoding="utf-8")


def read_own(path: Path) -> str:
    """Return the text of a person's own catalogue, empty where there is none.

    Raises
    ------
    UnreadableFileError
        If the file is there and cannot be read as text, or is far too big for one.
    """
    try:
        if not path.exists():
            return ""
        if path.stat().st_size > _LARGEST:
            raise UnreadableFileError(
                f"{path} is over {_LARGEST // 1_000_000} MB.", "Shorten or remove the file."
            )
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(
            f"{path} cannot be read: {error}.", "Mend, rename or remove the file."
        ) from error


def tables(shipped: str, own: str, *, own_name: str, cache: Path | None) -> Tables:
    """Return the checked tables of the shipped catalogue with a person's own laid over it.

    Parameters
    ----------
    shipped, own
        The two files' texts.
    own_name
        What to call the person's file in an error.
    cache
        A folder for what was read, so that the next process need not parse: checked tables are
        kept there under a name made from both texts. Safe to delete.

    Raises
    ------
    UnreadableFileError
        If a file is no TOML, or says something that the form does not allow.
    """
    if cache is None:
        return _read(shipped, own, own_name)
    digest = hashlib.blake2b(digest_size=12)
    for part in (_CACHE_FORM, shipped.encode(), b"\0", own.encode()):
        digest.update(part)
    kept = cache / f"{_CACHE_PREFIX}{digest.hexdigest()}.msgpack"
    try:
        return msgspec.msgpack.decode(kept.read_bytes(), type=dict[str, dict[str, Any]])
    except (OSError, msgspec.DecodeError):
        found = _read(shipped, own, own_name)
    try:
        for old in cache.glob(f"{_CACHE_PREFIX}*.msgpack"):
            old.unlink(missing_ok=True)
        content = msgspec.msgpack.encode(found)
        publish(kept, lambda file: file.write(content))
    except (OSError, StoreError):
        # A cache that cannot be written costs time, and nothing else.
        pass
    return found


def _read(shipped: str, own: str, own_name: str) -> Tables:
    base = _File("the shipped catalogue", shipped).checked()
    if own.strip():
        over = _File(own_name, own)
        base = _laid_over(base, over.checked())
        over.check_whole(base)
    else:
        _File("the shipped catalogue", shipped).check_whole(base)
    return base


class _File:
    """One catalogue file, to be checked."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text

    def refuse(self, problem: str, next_step: str, *keys: str) -> UnreadableFileError:
        """Return the error for what stands under some keys, with its line where that is found."""
        line = _line(self.text, keys)
        where = f"{self.name}, line {line}" if line else self.name
        under = f"[{'.'.join(keys[:2])}] " if keys else ""
        return UnreadableFileError(f"{where}: {under}{problem}.", next_step)

    def checked(self) -> Tables:
        """Return the file's tables, every field of the right form; what is left out stays out."""
        try:
            data = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise UnreadableFileError(
                f"{self.name} is no TOML: {error}.", "Correct that line, or remove the file."
            ) from error
        for section, entries in data.items():
            if section not in _SECTIONS:
                raise self.refuse(
                    f'there is no table "{section}"', _nearest(section, _SECTIONS), section
                )
            if not isinstance(entries, dict):
                raise self.refuse(
                    f'"{section}" must be a table', f"Write [{section}.NAME].", section
                )
        result: Tables = {section: {} for section in _SECTIONS}
        for section, form in FORMS.items():
            for key, entry in data.get(section, {}).items():
                result[section][key] = self._entry(section, key, entry, form)
        result["words"] = self._words(data.get("words", {}))
        result["speech"] = self._entry("speech", "", data.get("speech", {}), Speech)
        return result

    def _entry(self, section: str, key: str, entry: object, form: type[Struct]) -> dict[str, Any]:
        keys = (section, key) if key else (section,)
        if key and not _KEY.fullmatch(key):
            raise self.refuse(
                "that is no name for an entry",
                'Use small letters, digits and "_" (and ":" for a diet).',
                *keys,
            )
        try:
            read = msgspec.convert(entry, form)
        except msgspec.ValidationError as error:
            raise self._refused(str(error), keys, form) from error
        found: dict[str, Any] = {
            name: value
            for name in form.__struct_fields__
            if (value := getattr(read, name)) is not UNSET
        }
        minutes = found.get("minutes")
        if minutes is not None and not minutes[0] <= minutes[1] <= minutes[2]:
            raise self.refuse(
                "minutes must not fall",
                "Write minutes = [short, usual, long].",
                *keys,
                "minutes",
            )
        return found

    def _refused(
        self, message: str, keys: tuple[str, ...], form: type[Struct]
    ) -> UnreadableFileError:
        unknown = _FIELD.search(message)
        if unknown:
            return self.refuse(
                f'there is no field "{unknown[1]}"',
                _nearest(unknown[1], form.__struct_fields__),
                *keys,
                unknown[1],
            )
        inner = _INNER.search(message)
        field = re.split(r"[.\[]", inner[1])[0] if inner else ""
        choice = _CHOICE.search(message)
        if choice and field in _CHOICES:
            return self.refuse(
                f'{field}: there is no "{choice[1]}"',
                _nearest(choice[1], get_args(_CHOICES[field]), all_of_them=True),
                *keys,
                field,
            )
        if "matching regex" in message:
            return self.refuse(
                f"{field}: what stands there is no tag",
                'Write "key=value", as on OpenStreetMap, or "a=b & c=d".',
                *keys,
                field,
            )
        said = _INNER.sub("", message)
        said = f"{field}: {said[0].lower()}{said[1:]}" if field else said[0].lower() + said[1:]
        return self.refuse(
            said.rstrip("."), "The file's form is explained in docs/catalogue.md.", *keys, field
        )

    def _words(self, data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        for key, targets in data.items():
            if not isinstance(targets, list) or not all(isinstance(one, str) for one in targets):
                raise self.refuse(
                    f"{key}: categories are missing",
                    'Write "some words" = ["category", "@group"].',
                    "words",
                    key,
                )
        return {key: tuple(targets) for key, targets in data.items()}

    def check_whole(self, whole: Tables) -> None:
        """Refuse what does not hold together, once everything is laid over each other."""
        groups, categories = whole["group"], whole["category"]
        for key, entry in categories.items():
            group = entry.get("group", "")
            if group not in groups:
                raise self.refuse(
                    f"there is no group {group!r}",
                    f"Groups are: {', '.join(sorted(groups))}.",
                    "category",
                    key,
                    "group",
                )
            self._complete("category", key, {**groups[group], **entry})
        for section in ("attribute", "preference"):
            for key, entry in whole[section].items():
                self._complete(section, key, entry)
        self._check_preferences(whole)
        for text, targets in whole["words"].items():
            for target in targets:
                if not expand(target, whole):
                    raise self.refuse(
                        f"{target!r} stands for no category",
                        _nearest(target, categories),
                        "words",
                        text,
                    )

    def _check_preferences(self, whole: Tables) -> None:
        for key, entry in whole["preference"].items():
            for part, known in (("attribute", whole["attribute"]), ("category", whole["category"])):
                for name in entry.get(part, ()):
                    if name not in known:
                        raise self.refuse(
                            f"there is no {part} {name!r}",
                            _nearest(name, known),
                            "preference",
                            key,
                            part,
                        )
            if entry.get("weather", "rain") not in _WEATHERS:
                raise self.refuse(
                    f"there is no weather {entry['weather']!r}",
                    f"It is one of: {', '.join(_WEATHERS)}.",
                    "preference",
                    key,
                    "weather",
                )

    def _complete(self, section: str, key: str, entry: Mapping[str, Any]) -> None:
        missing = [name for name in _NEEDED[section] if name not in entry]
        if missing:
            raise self.refuse(
                f"{', '.join(missing)} is missing",
                f"Add it under [{section}.{key}]"
                + (", or name a group that gives it." if section == "category" else "."),
                section,
                key,
            )


def expand(target: str, whole: Tables) -> set[str]:
    """Return the keys of the categories that a word of ``[words]`` stands for.

    ``@group``, ``#key`` for all that answer for a tag of that OSM key and have no role, ``%role``,
    ``^meal`` for all that serve it, or one category.
    """
    sign, name = target[:1], target[1:]
    categories, groups = whole["category"], whole["group"]

    def of(entry: Mapping[str, Any], field: str) -> Any:  # noqa: ANN401 - any field
        return entry.get(field, groups.get(entry.get("group", ""), {}).get(field))

    if sign == "@":
        return {key for key, entry in categories.items() if entry.get("group") == name}
    if sign == "%":
        return {key for key, entry in categories.items() if of(entry, "role") == name}
    if sign == "^":
        return {key for key, entry in categories.items() if name in (of(entry, "serves") or ())}
    if sign == "#":
        return {
            key
            for key, entry in categories.items()
            if (of(entry, "role") or "none") == "none"
            and any(tag.startswith(f"{name}=") for tag in entry.get("tags", ()))
        }
    return {target} & categories.keys()


def _laid_over(base: Tables, own: Tables) -> Tables:
    """Return the shipped tables with a person's own over them.

    What the person's file says of a field replaces it, ``more_...`` adds to it. A tag, a word or a
    phrase that the person gives to one entry is taken from all others.
    """
    result: Tables = {section: dict(entries) for section, entries in base.items()}
    for section, fields in (
        ("category", ("tags", "aliases")),
        ("attribute", ()),
        ("preference", ("words",)),
    ):
        for field in fields:
            _take_claims(result, own, section, field)
    for section in FORMS:
        for key, entry in own[section].items():
            result[section][key] = _entry_over(result[section].get(key, {}), entry)
    result["words"].update(own["words"])
    for field, words in own["speech"].items():
        result["speech"][field] = f"{result['speech'].get(field, '')} {words}"
    return result


def _take_claims(result: Tables, own: Tables, section: str, field: str) -> None:
    """Take what a person's entries claim from all shipped ones."""
    as_said = _tag_key if field == "tags" else stems
    claimed = {
        as_said(value)
        for entry in own[section].values()
        for value in (*entry.get(field, ()), *entry.get(f"more_{field}", ()))
    }
    if not claimed:
        return
    for key, entry in result[section].items():
        if field in entry:
            kept = tuple(value for value in entry[field] if as_said(value) not in claimed)
            result[section][key] = {**entry, field: kept}
    if field == "aliases":
        result["words"] = {
            text: targets for text, targets in result["words"].items() if stems(text) not in claimed
        }


def _tag_key(tag: str) -> tuple[str, ...]:
    return tuple(sorted(part.strip() for part in tag.split("&")))


def _entry_over(entry: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(entry)
    for field, value in own.items():
        if not field.startswith("more_"):
            result[field] = {**result.get(field, {}), **value} if isinstance(value, dict) else value
    for field, value in own.items():
        if field.startswith("more_"):
            name = field.removeprefix("more_")
            result[name] = tuple(dict.fromkeys((*result.get(name, ()), *value)))
    return result


def _nearest(word: str, known: Iterable[str], *, all_of_them: bool = False) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    if near and not all_of_them:
        return f'Did you mean "{near[0]}"?'
    shown = names if len(names) <= 24 else [*names[:24], "..."]  # noqa: PLR2004 - a short list
    return f"It is one of: {', '.join(shown)}."


def _line(text: str, keys: tuple[str, ...]) -> int | None:
    """Return the line, counted from 1, on which the last of some nested keys stands."""
    keys = tuple(key for key in keys if key)
    if not keys:
        return None
    found: tuple[int, int] = (0, 0)
    for number, path in _paths(text):
        if path[: len(keys)] == keys:
            return number
        if path == keys[: len(path)]:
            found = max(found, (len(path), number))
    return found[1] or None


_HEADER = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]")
_ASSIGNED = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_.-]+)\s*=""")
_PART = re.compile(r"""["']([^"']*)["']|([A-Za-z0-9_-]+)""")


def _paths(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the line and the nested keys of every table and every value."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            table = tuple(one or two for one, two in _PART.findall(header[1]))
            yield number, table
        elif assigned := _ASSIGNED.match(line):
            inner = tuple(one or two for one, two in _PART.findall(assigned[1]))
            yield number, (*table, *inner)
