"""The addresses of a map: its points, their groups by any colouring, and the card of one study."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from radseek.errors import InputError
from radseek_viewer.connection import connected_archive
from radseek_viewer.links import thumbnail_url
from radseek_viewer.map_wire import MEDIA_TYPE, pack_colouring, pack_points
from radseek_viewer.map_wording import FINDING
from radseek_viewer.wording import person_and_year, study_title

if TYPE_CHECKING:
    from starlette.requests import Request

    from radseek.service import ShownMap

_NAME = re.compile(r"g\d{6,12}-[0-9a-f]{12}-[a-z]{1,20}")
_NOT_STORED = {"Cache-Control": "private, no-store"}


def _points(request: Request) -> Response:
    shown = _shown(request)
    connected_archive().map.note_opened(shown)
    # "identity" keeps Streamlit's gzip off: coordinates do not get smaller
    return Response(pack_points(shown), media_type=MEDIA_TYPE, headers=_NOT_STORED | {"Content-Encoding": "identity"})


def _groups(request: Request) -> Response:
    field = request.path_params["field"]
    content = pack_colouring(_shown(request).colour_by_field(field), field)
    return Response(content, media_type=MEDIA_TYPE, headers=_NOT_STORED)


def _stated(request: Request) -> Response:
    content = pack_colouring(_shown(request).colour_by_finding(request.path_params["finding"]), FINDING)
    return Response(content, media_type=MEDIA_TYPE, headers=_NOT_STORED)


def _study(request: Request) -> Response:
    mapped = connected_archive().map.study(_shown(request), request.path_params["row"])
    card = {
        "title": study_title(mapped.study),
        "meta": person_and_year(mapped.study),
        "synthetic": mapped.study.synthetic,
        "thumbnail": thumbnail_url(mapped.image_key) if mapped.image_key else None,
    }
    return JSONResponse(card, headers=_NOT_STORED)


def _shown(request: Request) -> ShownMap:
    name: str = request.path_params["name"]
    if not _NAME.fullmatch(name):
        raise InputError("no such map")
    return connected_archive().map.opened(name)


MAP_ENDPOINTS: dict[str, Callable[[Request], Response]] = {
    "{name}/points": _points,
    "{name}/groups/{field}": _groups,
    "{name}/stated/{finding}": _stated,
    "{name}/studies/{row:int}": _study,
}
"""Path below that of all maps -> what answers; `routes` makes our errors a status and a sentence."""
