"""Streamlit's settings for this viewer: the fixed ones from `settings.toml`, plus address and theme."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from radseek.errors import ConfigError

SETTINGS_FILE = Path(__file__).with_name("settings.toml")
THEMES = ("dark", "light", "system")
"""`dark` and `light` hold for everyone; `system` follows the computer and can be switched in the menu."""


def streamlit_settings(theme: str = "dark") -> dict[str, Any]:
    """Dotted option name -> value, as Streamlit's `App.run(config=...)` takes them.

    Raises:
        ConfigError: On an unknown theme.
    """
    if theme not in THEMES:
        raise ConfigError(f"unknown theme {theme!r}; themes: {', '.join(THEMES)}")
    content = tomllib.loads(SETTINGS_FILE.read_text(encoding="utf-8"))
    if theme != "system":
        content["theme"] = _locked_theme(content["theme"], theme)
    return dict(_flat(content))


def _locked_theme(tables: Mapping[str, Any], theme: str) -> dict[str, Any]:
    """The theme tables with one of `dark` and `light` moved up; without them Streamlit offers no switch."""
    shared = {name: value for name, value in tables.items() if name not in {"dark", "light"}}
    return {"base": theme, **shared, **tables[theme]}


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for name, value in table.items():
        if isinstance(value, Mapping):
            pairs += _flat(value, f"{prefix}{name}.")
        else:
            pairs.append((f"{prefix}{name}", value))
    return pairs
