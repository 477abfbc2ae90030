"""How long something took or will take, in words."""

from __future__ import annotations

from datetime import datetime

from radseek_viewer.wording import counted


def describe_seconds(seconds: float) -> str:
    """Such as `45 s`, `3 min` or `2 h 10 min`."""
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    minutes = round(seconds / 60)
    return counted(minutes, "min").replace("mins", "min") if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def seconds_between(began: str, ended: str | datetime) -> float:
    """Seconds from one moment to another; text is ISO 8601 with its zone."""
    end = datetime.fromisoformat(ended) if isinstance(ended, str) else ended
    return (end - datetime.fromisoformat(began)).total_seconds()
