"""The server of `pixel_libraries.py`: made-up stacks by the viewer's own routes, guard and headers, and the trial page.

python benchmarks/pixel_libraries_server.py --port 8921 --bundles FOLDER
"""

from __future__ import annotations

import argparse
from functools import lru_cache
from pathlib import Path

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from radseek.records.instances import Window
from radseek.service.pictures import FrameValues, StackView
from radseek_viewer.components import ASSETS, PREFIX, assets_digest
from radseek_viewer.connection import connect
from radseek_viewer.guard import PageGuard
from radseek_viewer.routes import viewer_routes

OWN = Path(__file__).with_name("pixel_libraries")
N_SLICES, SIDE_PX = 300, 512
CT_WINDOWS = (Window(40.0, 400.0, "soft tissue"), Window(-600.0, 1500.0, "lung"))
PAGE = '<!doctype html><html lang="en"><title>Trial</title><body style="margin:0;background:#000"></body></html>'


@lru_cache(maxsize=N_SLICES + 8)
def values_of(key: str, index: int) -> np.ndarray:
    """int16 `[rows, cols]` of one slice.

    `ct` is a textured cylinder that changes from slice to slice. `codes` has every value a 16-bit pixel can have, each
    four times, and `oblong` the same in rows half as many.
    """
    if key in {"codes", "inverted"}:
        return np.repeat(np.arange(-32768, 32768, dtype=np.int16), 4).reshape(SIDE_PX, SIDE_PX)
    if key == "oblong":
        return np.full((SIDE_PX // 2, SIDE_PX), 1000, np.int16)
    rows, cols = np.mgrid[-1 : 1 : SIDE_PX * 1j, -1 : 1 : SIDE_PX * 1j]
    inside = rows**2 + cols**2 < 0.5 + 0.3 * np.sin(index / 40)
    noise = np.random.default_rng(0).normal(0, 60, (SIDE_PX, SIDE_PX))
    return np.where(inside, 40 + np.roll(noise, index, axis=0), -1000).astype(np.int16)


class TrialArchive:
    """What the frame route asks of an archive; the first part of a key says which stack, the rest is who asks."""

    def stack(self, image_key: str) -> StackView:
        """How many slices there are."""
        return StackView(N_SLICES if image_key.startswith("ct") else 1, 0)

    def stack_frame_values(self, image_key: str, index: int) -> FrameValues:
        """One slice."""
        kind = image_key.split("-")[0]
        spacing_mm = (1.6, 0.8) if kind == "oblong" else (0.8, 0.8)
        return FrameValues(values_of(kind, index), 1.0, 0.0, kind == "inverted", CT_WINDOWS, spacing_mm)


def trial_app(bundles: Path) -> PageGuard:
    """The page at /try, its scripts beside it, frames by the viewer's own route."""

    def page(request: Request) -> Response:
        del request
        return HTMLResponse(PAGE)

    def script(request: Request) -> Response:
        name = Path(request.path_params["name"]).name
        found = next((folder / name for folder in (bundles, OWN) if (folder / name).is_file()), None)
        return FileResponse(found, media_type="text/javascript") if found else Response(status_code=404)

    def viewer(request: Request) -> Response:
        del request
        style = "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in ("stack.css",))
        return JSONResponse({"module": f"{PREFIX}/assets/{assets_digest()}/stack_viewer.js", "style": style})

    routes = [Route("/try", page), Route("/try/viewer", viewer), Route("/try/{name}", script), *viewer_routes()]
    return PageGuard(Starlette(routes=routes))


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8921)
    parser.add_argument("--bundles", type=Path, required=True)
    arguments = parser.parse_args()
    connect(TrialArchive())  # type: ignore[arg-type]
    for index in range(N_SLICES):
        values_of("ct", index)
    uvicorn.run(trial_app(arguments.bundles), host="127.0.0.1", port=arguments.port, log_level="warning")


if __name__ == "__main__":
    main()
