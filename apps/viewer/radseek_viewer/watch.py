"""What keeps an eye on the server while a page is open, drawn by `assets/watch.js`."""

from __future__ import annotations

from radseek_viewer.components import register_component

_mount = register_component("watch")


def keep_watch() -> None:
    """Have the page say when its server does not answer, and go on by itself when it does again."""
    _mount(key="watch", data={})
