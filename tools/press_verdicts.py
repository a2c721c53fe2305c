"""Claims of the press on computing, energy and water against the figures of this project."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from siting.physics.workloads import PRESETS
from tools.facilities import read_facilities
from tools.workload_places import Place, work_at

__all__ = ["CHATS_PER_DAY", "PRESS", "read_press", "verdicts"]

PRESS = Path(__file__).parents[1] / "tests" / "fixtures" / "press_figures.csv"
CHATS_PER_DAY = 2.0e8

WORLD_DATA_CENTERS_2030_TWH = 945.0
"""IEA, Energy and AI (April 2025), base case; 415 TWh in 2024. [TWh]"""
WORLD_GENERATION_2024_TWH = 31_000.0
"""Ember, Global Electricity Review 2025 (30,850 TWh), rounded. [TWh]"""
META_WUE_2022_L_PER_KWH = 0.20
"""Meta, 2023 Sustainability Report, figures of 2022. [L/kWh]"""
SURVEY_PUE = 1.56
"""Uptime Institute, survey of 2024, as quoted in the press of 2026. [-]"""
AVERAGE_LI = (4.0, 16.9)
"""Energy of a medium GPT-3 request and its water, US average, Li et al. 2023. [Wh], [mL]"""


def read_press(path: Path = PRESS) -> dict[str, Mapping[str, str]]:
    """Figures of the press by id."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return {row["id"]: row for row in rows}


def verdicts(places: Sequence[Place]) -> list[tuple[str, str, str]]:
    """Figure as claimed, verdict in a word, and the reason with numbers, in the table's order."""
    press = read_press()
    found = {**_training(places), **_requests(places), **_totals(press)}
    claims = {name: f"{row['figure']}: {row['value']} {row['unit']}" for name, row in press.items()}
    notes = {name: f" ({row['note']})" if row["note"] else "" for name, row in press.items()}
    notes["cooling_share"] = " (over)"
    notes["ai_2030"] = " (5 percent of world generation as claimed)"
    return [(claims[name] + notes[name], *found[name]) for name in press]


def _training(places: Sequence[Place]) -> dict[str, tuple[str, str]]:
    preset = PRESETS["gpt3_training"]
    runs = [work_at(preset.it_value, place) for place in places]
    carbon, water = sorted(r.carbon_t for r in runs), sorted(r.water_m3 for r in runs)
    site = [r.water_site_m3 for r in runs]
    return {
        "gpt3_energy": (
            "right",
            f"It holds the overhead of its own building (PUE 1.10): the machines took "
            f"{preset.it_value:,.0f} MWh. 10,000 V100 of 330 W for 14.8 days are 1,172 MWh.",
        ),
        "gpt3_carbon": (
            "right for one grid",
            f"1,287 MWh at 0.429 kg/kWh. The same work takes {carbon[0]:,.0f} to "
            f"{carbon[-1]:,.0f} t "
            "at the places above: it is a figure of a place, not of a model.",
        ),
        "gpt3_water": (
            "an eighth of it",
            f"On site only. Here {min(site):,.0f} to {max(site):,.0f} m³ on site and "
            f"{water[0]:,.0f} "
            f"to {water[-1]:,.0f} m³ with the water of the electricity; the authors of the figure "
            "give 5,440 m³ in all (Li et al. 2023).",
        ),
    }


def _requests(places: Sequence[Place]) -> dict[str, tuple[str, str]]:
    chat = PRESETS["chat"]
    days = [work_at(CHATS_PER_DAY * chat.it_value / 1e6, place) for place in places]
    in_all = sorted(day.water_m3 / CHATS_PER_DAY * 1e6 for day in days)
    dry = sorted(day.water_zero_hydro_m3 / CHATS_PER_DAY * 1e6 for day in days)
    site = sorted(day.water_site_m3 / CHATS_PER_DAY * 1e6 for day in days)
    wh, ml = AVERAGE_LI
    return {
        "search": ("old", "Google's own figure of 2009; nothing newer is published."),
        "chat": (
            "2 % above its own source, and old",
            f"564 MWh/day over 195 million requests are {564 / 195:.2f} Wh. It is a model of 2023. "
            f"Measured since: {PRESETS['gemini_prompt'].value} Wh (Google 2025, median); stated: "
            f"{PRESETS['chat_2025'].value} Wh (OpenAI 2025). Ten times less.",
        ),
        "ai_search": (
            "the higher of two models",
            f"The same source gives {PRESETS['ai_search_low'].value} Wh for the other.",
        ),
        "chat_water": (
            "too high for 2.96 Wh in most places",
            f"10 to 25 mL an answer. At 2.96 Wh it is {site[0]:.1f} to {site[-1]:.1f} mL on site, "
            f"{dry[0]:.1f} to {dry[-1]:.1f} mL with the electricity's, and up to "
            f"{in_all[-1]:.0f} mL "
            f"where reservoirs' evaporation is counted. The source has {ml} mL for an answer of "
            f"{wh:g} Wh, and most of it is the electricity's. Google states 0.26 mL for 0.24 Wh.",
        ),
    }


def _totals(press: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[str, str]]:
    low_us, high_us = (float(x) * 1e3 for x in press["us_2030"]["value"].split("-"))
    low_cn, high_cn = (float(x) * 1e3 for x in press["china_2030"]["value"].split("-"))
    world, made = WORLD_DATA_CENTERS_2030_TWH, WORLD_GENERATION_2024_TWH
    meta_twh = float(press["meta_water"]["value"]) / META_WUE_2022_L_PER_KWH / 1e6
    cooling = float(press["cooling_share"]["value"]) / 100.0
    ai = float(press["ai_2030"]["value"])
    measured = [f.pue for f in read_facilities() if f.pue and f.kind == "measured" and not f.bound]
    most = (max(measured) - 1.0) / max(measured)
    return {
        "meta_water": (
            "plausible",
            f"At the fleet's 0.20 L/kWh it is {meta_twh:.0f} TWh of IT, about what the fleet drew "
            "with its offices. The data centers alone withdrew 3.9 million m³ in 2023.",
        ),
        "china_2030": (
            "too high",
            f"{low_cn:,.0f} to {high_cn:,.0f} TWh are {low_cn / world:.0%} to "
            f"{high_cn / world:.0%} "
            f"of what the IEA expects of the whole world in 2030 ({world:.0f} TWh).",
        ),
        "us_2030": (
            "wrong",
            f"{low_us:,.0f} to {high_us:,.0f} TWh in one country against {world:.0f} TWh in the "
            "world (IEA 2025).",
        ),
        "cost_share": (
            "not judged",
            "No operator publishes it by place; see `siting solve` for costs.",
        ),
        "cooling_share": (
            "wrong for places like these",
            f"Were all overhead cooling, 40 % would be a PUE of {1 / (1 - cooling):.2f} or "
            "more. The "
            f"survey average is {SURVEY_PUE} ({1 - 1 / SURVEY_PUE:.0%} for all overhead); the "
            "worst "
            f"measured place of [the table](validation/facilities.md) has {most:.0%}.",
        ),
        "ai_share": ("not judged", "No data of this project bear on it."),
        "ai_2030": (
            "the share is wrong",
            f"500 TWh are {ai / made:.1%} of what the world made in 2024 (about {made:,.0f} "
            "TWh), and "
            "less of what it will make in 2030.",
        ),
    }
