"""What of a row the forests see, as numbers.

Words are sorted into some kinds of places by what stands in them; names of places and cities are
anonymous and only compared with each other: whether one stands where the order leads, at home, or
where one was lately.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from planner.intents.gsisr.rows import Row

TRIGGERS = ("酒店", "加油", "其他", "门票", "充电桩")
KINDS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(words)
    for name, words in {
        "hotel": "酒店|宾馆|旅馆|旅舍|民宿|客栈|舒适型|经济型|高档型|豪华型|住宿|公寓|度假村",
        "home": "住宅|小区|居民|乡镇|村",
        "district": "商圈",
        "mall": "商场|购物|百货|步行街|超市|日杂",
        "fuel": "加油",
        "charging": "充电",
        "motorway": "服务区|收费站|高速",
        "station": "高铁|火车|机场|航站|车站|客运|地铁|轮渡|站前|港",
        "sight": "景|古|公园|自然|名山|寺|湿地|博物|文物|广场|特色街区|园",
        "food": "餐|米线|面|火锅|小吃|菜|茶|咖啡|烧烤|美食|甜|食",
        "work": "写字楼|公司|工业|商住|园区|企业|政府",
        "leisure": "足疗|KTV|影|洗浴|酒吧|电竞|网吧|娱乐|健身|运动|温泉",
        "study": "大学|学院|学校|医院",
        "parking": "停车",
    }.items()
}
NUMBERED = (1, 2, 3, 4, 10, 11)
"""Profile features that are numbers."""
LEVELS: Mapping[str, float] = {"低": 1.0, "中": 2.0, "高": 3.0}
PLACES = ("本地", "异地行中", "异地行前", "异地行后", "未知地点")
ACTS = tuple(f"act_{n}" for n in range(1, 9))
MOST_TRAITS = 25
FAR_HOURS = 400.0
LATELY_H = 3
_RECENT = re.compile(
    r"在(\d+)月(\d+)日周.(\d+)点(.*?)了位于(本地|异地行中|异地行前|异地行后|未知地点)?(.*?)的(p_\d+)"
)
_LASTING = re.compile("([^,\uff0c]*?)的(p_\\d+)(act[^,\uff0c]*?)了(\\d+)次")
_TRAIT = re.compile(r"pf_(\d+):([低中高])")


@dataclass(frozen=True, slots=True)
class _Deed:
    """Something the person did lately: when, what, where, and at what kind of place."""

    hours_ago: float
    acts: frozenset[str]
    where: str
    kind: str
    place: str


def traits_of(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the numbers of the traits that occur most in profiles."""
    count = Counter(
        number
        for row in rows
        for number, _ in _TRAIT.findall(row.fields.get("profile_feat_13", ""))
    )
    ranked = sorted(count, key=lambda number: (-count[number], number))
    return tuple(ranked[:MOST_TRAITS])


def features(row: Row, traits: Sequence[str]) -> dict[str, float]:
    """Return the features of a row by name.

    Parameters
    ----------
    row
        The row; its label is not looked at.
    traits
        The traits that count (:func:`traits_of` the rows to learn from).
    """
    fields = row.fields
    now = _moment(fields["currenttime"]) or dt.datetime(2026, 1, 1)
    found: dict[str, float] = {"hour": now.hour + now.minute / 60}
    found |= {f"trigger {name}": float(row.trigger == name) for name in TRIGGERS}
    found |= dict(_order(fields, now))
    found |= _here(fields)
    found |= _profile(fields, traits)
    found |= _lately(fields, now)
    found |= _lasting(fields)
    return found


def _order(fields: Mapping[str, str], now: dt.datetime) -> Iterator[tuple[str, float]]:
    times = {n: _moment(fields.get(f"trigger_{n}", "")) for n in (5, 6, 7)}
    for n, time in times.items():
        yield f"no time {n}", float(time is None)
        hours = 0.0 if time is None else (time - now).total_seconds() / 3600
        yield f"hours to {n}", max(-FAR_HOURS, min(hours, FAR_HOURS))
    begins, ends = times[6], times[7]
    yield "days to", -99.0 if begins is None else float((begins.date() - now.date()).days)
    nights = (ends.date() - begins.date()).days if begins and ends else -1
    yield "nights", float(nights)
    city = fields.get("current_city") == fields.get("trigger_2")
    yield "same city", float(city)
    yield (
        "same district",
        float(city and fields.get("current_district") == fields.get("trigger_3")),
    )
    yield "at the place", float(fields.get("current_poi_name") == fields.get("trigger_4"))


def _here(fields: Mapping[str, str]) -> dict[str, float]:
    tag = fields["current_tag"]
    return {f"here {name}": float(bool(p.search(tag))) for name, p in KINDS.items()} | {
        "here unknown": float(not tag)
    }


def _profile(fields: Mapping[str, str], traits: Sequence[str]) -> dict[str, float]:
    def part(number: int) -> str:
        return fields.get(f"profile_feat_{number}", "")

    place = fields.get("current_poi_name", "")
    district = fields.get("current_city", "") + fields.get("current_district", "")
    city = part(5)
    found = {f"profile {n}": _number(part(n)) for n in NUMBERED}
    found |= {
        "home city": float(bool(city) and city == fields.get("current_city")),
        "order at home": float(bool(city) and city == fields.get("trigger_2")),
        "home unknown": float(not city),
        "at home": float(bool(part(6)) and part(6) == place),
        "home district": float(bool(part(7)) and part(7) == district),
        "at work": float(bool(part(8)) and part(8) == place),
        "work district": float(bool(part(9)) and part(9) == district),
        "work unknown": float(not part(8)),
        "works at home": float(bool(part(6)) and part(6) == part(8)),
    }
    classes = set(part(12).split("|"))
    found |= {f"class {n}": float(n in classes) for n in "012345"}
    levels = dict(_TRAIT.findall(part(13)))
    found["traits"] = float(len(levels))
    found |= {f"trait {n}": LEVELS.get(levels.get(n, ""), 0.0) for n in traits}
    found["interests"] = float(len(part(14).split("|"))) if part(14) else 0.0
    return found


def _lately(fields: Mapping[str, str], now: dt.datetime) -> dict[str, float]:
    deeds = _deeds(fields["short_term_behavior_seq"], now)
    last = deeds[-1] if deeds else None
    recent = [deed for deed in deeds if 0 <= deed.hours_ago <= LATELY_H]
    there = [deed for deed in deeds if deed.place == fields.get("trigger_4")]
    here = [deed for deed in deeds if deed.place == fields.get("current_poi_name")]
    found = {
        "deeds": float(len(deeds)),
        "deeds lately": float(len(recent)),
        "deeds there": float(len(there)),
        "deeds here": float(len(here)),
        "last there": float(bool(there) and deeds[-1] is there[-1]),
        "last ago": last.hours_ago if last else 99.0,
        "there ago": there[-1].hours_ago if there else 99.0,
        "last where": float(PLACES.index(last.where)) if last and last.where else -1.0,
    }
    for act in ACTS:
        found[f"{act}"] = float(sum(act in deed.acts for deed in deeds))
        found[f"{act} last"] = float(last is not None and act in last.acts)
        found[f"{act} there"] = float(any(act in deed.acts for deed in there))
        found[f"{act} here"] = float(any(act in deed.acts for deed in here))
        found[f"{act} lately"] = float(sum(act in deed.acts for deed in recent))
    for where in PLACES:
        found[f"deeds {where}"] = float(sum(deed.where == where for deed in deeds))
    for name, pattern in KINDS.items():
        found[f"kind {name}"] = float(sum(bool(pattern.search(deed.kind)) for deed in deeds))
        found[f"kind {name} last"] = float(last is not None and bool(pattern.search(last.kind)))
        found[f"kind {name} lately"] = float(
            sum(bool(pattern.search(deed.kind)) for deed in recent)
        )
    return found


def _lasting(fields: Mapping[str, str]) -> dict[str, float]:
    habits = _LASTING.findall(fields.get("long_term_behavior", ""))
    places = {place for _, place, _, _ in habits}
    found = {
        "habits": float(len(places)),
        "habit most": float(max((int(times) for *_, times in habits), default=0)),
        "habit there": float(fields.get("trigger_4") in places),
        "habit here": float(fields.get("current_poi_name") in places),
    }
    for name, pattern in KINDS.items():
        found[f"habit {name}"] = float(sum(bool(pattern.search(kind)) for kind, *_ in habits))
    return found


def _deeds(text: str, now: dt.datetime) -> list[_Deed]:
    found = []
    for month, day, hour, acts, where, kind, place in _RECENT.findall(text):
        ago = 99.0
        if int(month) == now.month:
            ago = float((now.day - int(day)) * 24 + now.hour - int(hour))
        found.append(_Deed(ago, frozenset(acts.split("&")), where, kind, place))
    return found


def _moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0
