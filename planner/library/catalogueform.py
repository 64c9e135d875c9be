"""The form of a catalogue's file: which tables and fields there are, and what they may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import UNSET, Meta, Struct, UnsetType  # noqa: TC002 - msgspec reads annotations

from planner.library.kinds import Answer, Cost, Mood, Role, Serving, Setting, TimeOfDay  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Mapping

_Text = Annotated[str, Meta(min_length=1, max_length=300)]
_Tag = Annotated[str, Meta(pattern=r"^[^=&\s]+=[^=&]+( & [^=&\s]+=[^=&]+)*$", max_length=300)]
_OneTag = Annotated[str, Meta(pattern=r"^[^=&\s]+=[^=&]+$", max_length=300)]
_Minutes = Annotated[int, Meta(ge=0, le=1440)]
_Share = Annotated[float, Meta(ge=0, le=1)]
_Weight = Annotated[float, Meta(ge=-1, le=1)]
_Metres = Annotated[float, Meta(gt=0, le=5000)]


class _Group(Struct, forbid_unknown_fields=True):
    """A ``[group.NAME]``."""

    minutes: tuple[_Minutes, _Minutes, _Minutes] | UnsetType = UNSET
    setting: Setting | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    times: Annotated[tuple[TimeOfDay, ...], Meta(min_length=1)] | UnsetType = UNSET
    appeal: _Share | UnsetType = UNSET
    cost: Cost | UnsetType = UNSET
    mood: tuple[Mood, ...] | UnsetType = UNSET
    serves: tuple[Serving, ...] | UnsetType = UNSET


class _Category(_Group, forbid_unknown_fields=True):
    """A ``[category.KEY]``."""

    label: _Text | UnsetType = UNSET
    phrase: _Text | UnsetType = UNSET
    tags: tuple[_Tag, ...] | UnsetType = UNSET
    more_tags: tuple[_Tag, ...] | UnsetType = UNSET
    group: str | UnsetType = UNSET
    aliases: tuple[_Text, ...] | UnsetType = UNSET
    more_aliases: tuple[_Text, ...] | UnsetType = UNSET
    vague: bool | UnsetType = UNSET
    nameless: _Metres | UnsetType = UNSET


class _Attribute(Struct, forbid_unknown_fields=True):
    """An ``[attribute.KEY]``."""

    says: dict[Answer, _Text] | UnsetType = UNSET
    yes: tuple[_OneTag, ...] | UnsetType = UNSET
    limited: tuple[_OneTag, ...] | UnsetType = UNSET
    no: tuple[_OneTag, ...] | UnsetType = UNSET
    more_yes: tuple[_OneTag, ...] | UnsetType = UNSET
    more_limited: tuple[_OneTag, ...] | UnsetType = UNSET
    more_no: tuple[_OneTag, ...] | UnsetType = UNSET


class _Preference(Struct, forbid_unknown_fields=True):
    """A ``[preference.KEY]``."""

    words: tuple[_Text, ...] | UnsetType = UNSET
    more_words: tuple[_Text, ...] | UnsetType = UNSET
    attribute: dict[str, _Weight] | UnsetType = UNSET
    mood: dict[Mood, _Weight] | UnsetType = UNSET
    cost: dict[Cost, _Weight] | UnsetType = UNSET
    setting: dict[Setting, _Weight] | UnsetType = UNSET
    role: dict[Role, _Weight] | UnsetType = UNSET
    category: dict[str, _Weight] | UnsetType = UNSET
    serving: bool | UnsetType = UNSET
    need: bool | UnsetType = UNSET
    weather: str | UnsetType = UNSET


class Speech(Struct, forbid_unknown_fields=True):
    """``[speech]``."""

    qualifiers: str | UnsetType = UNSET
    fillers: str | UnsetType = UNSET


FORMS: Mapping[str, type[Struct]] = {
    "group": _Group,
    "category": _Category,
    "attribute": _Attribute,
    "preference": _Preference,
}
