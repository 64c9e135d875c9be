"""Themes: dark, light, high contrast, and one that does without colour."""

from __future__ import annotations

from textual.theme import Theme


def _map(**colours: str) -> dict[str, str]:
    return {f"map-{name}": colour for name, colour in colours.items()}


THEMES = (
    Theme(
        name="dark",
        primary="#7aa2c8",
        accent="#e0a458",
        background="#14161a",
        surface="#1d2127",
        panel="#2c323b",
        foreground="#dcdfe4",
        error="#e06c75",
        warning="#e5c07b",
        success="#98c379",
        dark=True,
        variables=_map(
            park="#1c2b1f", square="#262420", water="#16283b", minor="#4a515c", main="#7d8694",
            shore="#4f86b5", walk="#e0a458", leg="#ff6f59", sign="#14161a", street="#8f98a6",
            sight="#7fc8a9",
        ),
    ),
    Theme(
        name="light",
        primary="#2f5d8a",
        accent="#b3541e",
        background="#faf8f4",
        surface="#efece5",
        panel="#ddd8cd",
        foreground="#24262b",
        error="#b3261e",
        warning="#8a6100",
        success="#2e6b33",
        dark=False,
        variables=_map(
            park="#dbead2", square="#f0e6d2", water="#cfe3f2", minor="#b9b4a9", main="#857f73",
            shore="#3f7fb0", walk="#b3541e", leg="#c2183c", sign="#ffffff", street="#6b665c",
            sight="#1f7a55",
        ),
    ),
    Theme(
        name="high-contrast",
        primary="#ffffff",
        accent="#ffff00",
        background="#000000",
        surface="#000000",
        panel="#808080",
        foreground="#ffffff",
        error="#ff6060",
        warning="#ffff00",
        success="#60ff60",
        dark=True,
        variables=_map(
            park="#002800", square="#282800", water="#000050", minor="#909090", main="#ffffff",
            shore="#80c0ff", walk="#ffff00", leg="#ff60ff", sign="#000000", street="#ffffff",
            sight="#60ff60",
        ),
    ),
    Theme(
        name="no-colour",
        primary="#ffffff",
        accent="#ffffff",
        background="#000000",
        surface="#1c1c1c",
        panel="#444444",
        foreground="#e4e4e4",
        error="#ffffff",
        warning="#ffffff",
        success="#ffffff",
        dark=True,
        variables=_map(
            park="#000000", square="#000000", water="#000000", minor="#585858", main="#9e9e9e",
            shore="#9e9e9e", walk="#ffffff", leg="#ffffff", sign="#000000", street="#9e9e9e",
            sight="#e4e4e4",
        ),
    ),
)  # fmt: skip
"""Every theme has the colours of the map; in the last one only light and dark differ."""
