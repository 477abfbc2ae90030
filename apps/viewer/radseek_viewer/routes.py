"""The viewer's own addresses beside Streamlit's: scripts, thumbnails, frames, the cards of an answer, and maps.

Pictures and cards are given only to a browser that got its cookie with the page (`guard`); Streamlit's `/media` is not
used, since it has no such check.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from radseek.errors import InputError, PrivacyError, RadseekError
from radseek_viewer.card_blocks import block_of_cards
from radseek_viewer.components import ASSETS, PREFIX, assets_digest
from radseek_viewer.connection import connected_archive
from radseek_viewer.frame_wire import MEDIA_TYPE, pack_frame
from radseek_viewer.handed_out import WAITING_FILES
from radseek_viewer.map_routes import MAP_ENDPOINTS
from radseek_viewer.start_page import PAGE_PATHS, start_page

if TYPE_CHECKING:
    from starlette.requests import Request

_KEY = re.compile(r"[A-Za-z0-9_-]{1,128}")
_SCRIPT = re.compile(r"[a-z_]{1,40}\.js")
_NOT_STORED = {"Cache-Control": "private, no-store"}


def viewer_routes() -> list[Route]:
    """All of them; Streamlit's `App` takes them as `routes`."""
    return [
        *(Route(path, start_page) for path in PAGE_PATHS),
        Route(f"{PREFIX}/ready", _ready),
        Route(f"{PREFIX}/assets/{{digest}}/{{name}}", _script),
        Route(f"{PREFIX}/thumbnails/{{image_key}}", _answering_errors(_thumbnail)),
        Route(f"{PREFIX}/frames/{{image_key}}/{{index:int}}", _answering_errors(_frame)),
        Route(f"{PREFIX}/files/{{token}}", _file),
        Route(f"{PREFIX}/cards/{{token}}/{{first:int}}", _answering_errors(_cards)),
        *(Route(f"{PREFIX}/maps/{path}", _answering_errors(endpoint)) for path, endpoint in MAP_ENDPOINTS.items()),
    ]


def _ready(request: Request) -> Response:
    del request
    return JSONResponse({"ready": True}, headers=_NOT_STORED)


def _script(request: Request) -> Response:
    name = request.path_params["name"]
    path = ASSETS / name
    if not _SCRIPT.fullmatch(name) or not path.is_file():
        return Response(status_code=404)
    known = request.path_params["digest"] == assets_digest()
    caching = "public, max-age=31536000, immutable" if known else "no-store"
    return Response(path.read_bytes(), media_type="text/javascript", headers={"Cache-Control": caching})


def _thumbnail(request: Request) -> Response:
    content = connected_archive().thumbnail(_image_key(request))
    media_type = "image/webp" if content[8:12] == b"WEBP" else "image/jpeg"
    return Response(content, media_type=media_type, headers=_NOT_STORED)


def _frame(request: Request) -> Response:
    frame = connected_archive().stack_frame_values(_image_key(request), request.path_params["index"])
    # "identity" keeps Streamlit's gzip off: packing 0.5 MB of noise costs more than sending it
    headers = _NOT_STORED | {"Content-Encoding": "identity"}
    return Response(pack_frame(frame), media_type=MEDIA_TYPE, headers=headers)


def _file(request: Request) -> Response:
    file = WAITING_FILES.take(request.path_params["token"])
    if file is None:
        return JSONResponse({"message": "no such file, or it was fetched before"}, status_code=404, headers=_NOT_STORED)
    headers = _NOT_STORED | {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.content, media_type=file.media_type, headers=headers)


def _cards(request: Request) -> Response:
    cards = block_of_cards(request.path_params["token"], request.path_params["first"])
    return JSONResponse({"cards": cards}, headers=_NOT_STORED)


def _image_key(request: Request) -> str:
    key: str = request.path_params["image_key"]
    if not _KEY.fullmatch(key):
        raise InputError("no such picture")
    return key


def _answering_errors(endpoint: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """`endpoint`, with our own errors as a status and a sentence that the page can show."""

    def answer(request: Request) -> Response:
        try:
            return endpoint(request)
        except PrivacyError as error:
            return JSONResponse({"message": str(error)}, status_code=403, headers=_NOT_STORED)
        except InputError as error:
            return JSONResponse({"message": str(error)}, status_code=404, headers=_NOT_STORED)
        except RadseekError as error:
            return JSONResponse({"message": str(error)}, status_code=503, headers=_NOT_STORED)

    return answer
