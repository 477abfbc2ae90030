"""The frontal chest radiograph of a phantom: anatomy drawn from a patient seed, then exposed with noise and marks.

Positions are anatomical millimetres: x from the midline towards the image's right, which is the patient's left;
y from the top edge downwards. Levels are film density: 0 black (air), 1 white. Shapes are schematic and our own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from radseek.images.phantom_canvas import Canvas, FloatArray, ellipsoid, joined, smooth_noise, soft, turned

ROWS, COLS = 576, 464
SPACING_MM = 430.0 / ROWS
"""A 35 x 43 cm detector."""
SIGNS = {"right": -1.0, "left": 1.0}


@dataclass(frozen=True, slots=True)
class ChestAnatomy:
    """A patient's build. Lengths in anatomical millimetres; tuples are (right, left)."""

    sex: str
    scale: float
    tilt: float
    """Rotation of the patient in the picture, as x per y."""
    offset_mm: float
    half_width: float
    """Of the rib cage at its widest."""
    apex_y: float
    dome_y: tuple[float, float]
    wall: float
    """Thickness of the chest wall beside the ribs."""
    heart: tuple[float, float, float, float]
    """Centre x and y, half width and half height."""
    aorta: float
    """Radius of the aortic knob."""
    rib_pitch: float
    breast: float
    """Density of breast shadows, 0 for none."""
    gas: float
    """Density taken away by the stomach bubble."""


def draw_anatomy(rng: np.random.Generator) -> ChestAnatomy:
    """A patient from `rng`."""
    sex = "F" if rng.random() < 0.48 else "M"
    big = rng.uniform(-1, 1)
    apex = rng.uniform(48, 64)
    dome = rng.uniform(288, 312)
    return ChestAnatomy(
        sex=sex,
        scale=(0.95 if sex == "F" else 1.02) + 0.05 * rng.uniform(-1, 1),
        tilt=rng.uniform(-0.02, 0.02),
        offset_mm=rng.uniform(-7, 7),
        half_width=132 + 5 * big + rng.uniform(-4, 4),
        apex_y=apex,
        dome_y=(dome, dome + rng.uniform(6, 16)),
        wall=26 + 12 * big + rng.uniform(-3, 3),
        heart=(22 + rng.uniform(-4, 4), dome - 34 + rng.uniform(-4, 4), 60 + 4 * big + rng.uniform(-4, 4), 50.0),
        aorta=rng.uniform(13, 20),
        rib_pitch=rng.uniform(23.5, 26.5),
        breast=rng.uniform(0.04, 0.11) if sex == "F" else 0.0,
        gas=rng.choice([0.0, 1.0], p=[0.3, 0.7]) * rng.uniform(0.12, 0.25),
    )


@dataclass(slots=True)
class Hemithorax:
    """One side's lung while it is painted. `u` runs from the midline outwards."""

    u: FloatArray
    y: FloatArray
    edge: FloatArray
    """Outer border of the rib cage, `[rows, 1]`."""
    dome: FloatArray
    """Height of the diaphragm, `[1, cols]`-like: y for every u."""
    air: FloatArray
    """How much aerated lung the ray passes, 0..1, `[rows, cols]`."""
    lung: FloatArray
    """Where vessels run, 0..1; smaller than `air` in a pneumothorax."""


@dataclass(slots=True)
class ChestField:
    """Everything a lesion may change before the film is exposed."""

    anatomy: ChestAnatomy
    x: FloatArray
    y: FloatArray
    sides: dict[str, Hemithorax]
    opacity: FloatArray
    """Density added by lesions, `[rows, cols]`."""
    metal: Canvas
    """Density of devices."""
    edema: float = 0.0
    soft_tissue: FloatArray = field(default_factory=lambda: np.zeros((1, 1), np.float32))
    """Heart and mediastinum, 0..1."""


def build_field(anatomy: ChestAnatomy) -> ChestField:
    """Lungs, heart and mediastinum of `anatomy`, without ribs and without noise."""
    y_mm = (np.arange(ROWS, dtype=np.float32) + 0.5) * np.float32(SPACING_MM / anatomy.scale)
    y_mm += np.float32(215.0 - 215.0 / anatomy.scale)
    x_mm = (np.arange(COLS, dtype=np.float32) - COLS / 2 + 0.5) * np.float32(SPACING_MM / anatomy.scale)
    x_mm -= np.float32(anatomy.offset_mm)
    y = y_mm[:, None]
    x = x_mm[None, :] - np.float32(anatomy.tilt) * (y - 215.0)
    field_ = ChestField(anatomy, x, y, {}, np.zeros((ROWS, COLS), np.float32), Canvas(x_mm, y_mm))
    field_.soft_tissue = _mediastinum(anatomy, x, y)
    for side in SIGNS:
        field_.sides[side] = _hemithorax(anatomy, side, x, y)
        field_.sides[side].air *= 1.0 - 0.88 * field_.soft_tissue
    return field_


def cage_edge(anatomy: ChestAnatomy, y: FloatArray) -> FloatArray:
    """Distance of the inner chest wall from the midline at height `y`."""
    bottom = anatomy.dome_y[1] + 45.0
    t = np.clip((y - anatomy.apex_y) / np.float32(bottom - anatomy.apex_y), 0.0, 1.0)
    return np.asarray(22.0 + (anatomy.half_width - 22.0) * (1.0 - (1.0 - t) ** 2.7) ** 0.62 - 5.0 * t**4, np.float32)


def dome_height(anatomy: ChestAnatomy, side: str, u: FloatArray) -> FloatArray:
    """Height y of the diaphragm `u` mm from the midline: a dome that falls steeply to the costophrenic angle."""
    top = anatomy.dome_y[0 if side == "right" else 1]
    center = 58.0 if side == "right" else 64.0
    lateral = np.clip((u - center) / (anatomy.half_width - 5.0 - center), 0.0, 1.3)
    medial = np.clip((center - u) / center, 0.0, 1.5)
    return np.asarray(top + 40.0 * lateral**2.6 + 13.0 * medial**2, np.float32)


def _hemithorax(anatomy: ChestAnatomy, side: str, x: FloatArray, y: FloatArray) -> Hemithorax:
    u = np.asarray(SIGNS[side] * x, np.float32)
    edge = cage_edge(anatomy, y)
    dome = dome_height(anatomy, side, u)
    inside = soft(edge - u, 1.6) * soft(u - 13.0, 5.0) * soft(dome - y, 1.3) * soft(y - anatomy.apex_y, 2.5)
    depth = np.sqrt(np.clip((edge - u) / 32.0, 0.03, 1.0)) * np.sqrt(np.clip((y - anatomy.apex_y) / 55.0, 0.08, 1.0))
    air = inside * (0.52 + 0.40 * depth)
    return Hemithorax(u, y, edge, dome, np.asarray(air, np.float32), inside)


def _mediastinum(anatomy: ChestAnatomy, x: FloatArray, y: FloatArray) -> FloatArray:
    """Heart, great vessels and upper mediastinum, 0..1."""
    cx, cy, half_width, half_height = anatomy.heart
    ventricle = ellipsoid(turned(x - cx, y - cy, 36.0), (half_width * 1.16, half_height * 0.92), 2.5)
    atrium = ellipsoid((x - (cx - half_width * 0.60), y - (cy - 6)), (half_width * 0.50, half_height * 0.92), 2.5)
    knob = ellipsoid((x - 20.0, y - 128.0), (anatomy.aorta, anatomy.aorta), 2.5)
    trunk = ellipsoid((x - 24.0, y - 172.0), (20.0, 30.0), 3.5)
    cava = soft(23.0 + x, 2.5) * soft(6.0 - x, 6.0) * soft(y - 60.0, 14.0) * soft(cy - y, 12.0)
    descending = soft(15.0 + anatomy.aorta * 0.3 - np.abs(x - 6.0), 4.0) * soft(y - 62.0, 14.0)
    return joined(ventricle, atrium, 0.9 * knob, 0.85 * trunk, 0.85 * cava, 0.8 * descending)


def expose(field_: ChestField, vessels: Canvas, rng: np.random.Generator) -> FloatArray:
    """The film `[rows, cols]`, 0 black to 1 white, of a field whose lesions are painted; `rng` decides the exposure."""
    anatomy, x, y = field_.anatomy, field_.x, field_.y
    air = field_.sides["right"].air + field_.sides["left"].air
    lung = field_.sides["right"].lung + field_.sides["left"].lung
    body, belly = _body(anatomy, x, y), _below_diaphragm(field_)
    film = 0.60 * body - 0.50 * air * body + 0.10 * field_.soft_tissue * body + 0.10 * belly
    film += (0.85 * np.clip(air, 0, 1) + 0.30) * _bones(field_).pixels * body
    film += _spine(x, y) * body + _breasts(anatomy, x, y) * body
    film += vessels.pixels * lung * np.clip(air * 1.3, 0.0, 1.0)
    film += field_.opacity + field_.metal.pixels
    film -= 0.13 * soft(7.5 - np.abs(x - 1.0), 2.5) * soft(162.0 - y, 10.0) * body
    film += 0.010 * smooth_noise(rng, (ROWS, COLS), 60.0) * body + 0.010 * smooth_noise(rng, (ROWS, COLS), 7.0) * lung
    film += rng.uniform(0.006, 0.014) * rng.standard_normal((ROWS, COLS), dtype=np.float32)
    return _developed(film, rng)


def _developed(film: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Exposure, contrast and collimation of the film."""
    gain, shift = rng.uniform(0.92, 1.12), rng.uniform(-0.03, 0.05)
    film = np.clip(film * np.float32(gain) + np.float32(shift + 0.04), 0.0, 1.0) ** np.float32(rng.uniform(0.85, 1.15))
    top, bottom, left, right = rng.integers(0, 9, 4)
    frame = np.zeros_like(film)
    frame[top : ROWS - bottom, left : COLS - right] = 1.0
    return np.asarray(film * frame, np.float32)


def _body(anatomy: ChestAnatomy, x: FloatArray, y: FloatArray) -> FloatArray:
    """Soft-tissue thickness 0..1.1: neck, shoulders, trunk."""
    trunk = anatomy.half_width + anatomy.wall + 0.02 * (y - 215.0)
    neck = 52.0 + 150.0 * soft(y - 42.0, 30.0)
    armpit = soft(150.0 - y, 34.0)
    width = np.minimum(neck, trunk + 75.0 * armpit)
    distance = width - np.abs(x)
    thickness = 0.70 + 0.36 * np.sqrt(np.clip(distance / 110.0, 0.0, 1.0))
    return np.asarray(soft(distance, 2.0) * thickness, np.float32)


def _below_diaphragm(field_: ChestField) -> FloatArray:
    """Density of the upper abdomen, with a stomach bubble under the left dome."""
    anatomy, y = field_.anatomy, field_.y
    right, left = field_.sides["right"], field_.sides["left"]
    dome = right.dome + (left.dome - right.dome) * soft(field_.x, 30.0)
    belly = soft(y - dome, 2.0) * soft(right.edge + 8.0 - np.abs(field_.x), 22.0)
    bubble = ellipsoid((left.u - 62.0, y - (anatomy.dome_y[1] + 22.0)), (30.0, 13.0), 3.0)
    return np.asarray(belly - anatomy.gas / 0.10 * bubble, np.float32)


def _bones(field_: ChestField) -> Canvas:
    """Ribs, clavicles and shoulder blades of both sides as added density."""
    anatomy = field_.anatomy
    canvas = Canvas(field_.metal.x, field_.metal.y)
    for sign in SIGNS.values():
        for number in range(10):
            _add_rib(canvas, anatomy, sign, number)
        u = np.linspace(12, 142, 40)
        clavicle = 92.0 - 0.30 * u + 6.0 * np.sin((u - 12) / 130 * 2 * np.pi)
        canvas.add_band(sign * 12, sign * 142, clavicle, 11.0, (0.13, 0.07))
        blade = np.array([
            [sign * u, v] for u, v in ((150, 84), (120, 80), (104, 100), (112, 160), (128, 206), (142, 140))
        ])
        canvas.add_path(blade, 6.0, 0.05)
        canvas.add_segment((sign * 160, 88), (sign * 164, 92), 46.0, 0.10)
    return canvas


def _add_rib(canvas: Canvas, anatomy: ChestAnatomy, sign: float, number: int) -> None:
    """Back arch and front arch of one rib."""
    start = anatomy.apex_y + 6.0 + anatomy.rib_pitch * number
    edge = float(cage_edge(anatomy, np.float32(start + 36.0))) - 1.0  # type: ignore[arg-type]
    u = np.linspace(14.0, edge, 48)
    t = (u - 14.0) / (edge - 14.0)
    back = start - 13.0 * np.sin(np.pi * np.clip(t * 1.25, 0, 1)) + 34.0 * t**2.2
    canvas.add_band(sign * u[0], sign * u[-1], back, 9.5, (0.070, 0.060))
    if number > 7:
        return
    u = np.linspace(edge, max(46.0, edge * 0.50), 40)
    t = (edge - u) / (edge - u[-1])
    front = back[-1] + 2.0 + (20.0 + 4.0 * number) * t**0.75 + 10.0 * t**2
    canvas.add_band(sign * u[0], sign * u[-1], front, 11.0, (0.040, 0.030))


def _spine(x: FloatArray, y: FloatArray) -> FloatArray:
    """Vertebral column: brighter bodies between darker discs, with spinous processes."""
    phase = np.abs(np.mod(y - 20.0, 24.0) - 12.0)
    body = soft(15.5 - np.abs(x - 0.5), 2.0) * (0.65 + 0.35 * soft(10.5 - phase, 2.0))
    process = soft(2.6 - np.abs(x), 1.5) * soft(5.0 - np.abs(np.mod(y - 8.0, 24.0) - 12.0), 2.0)
    return np.asarray(0.045 * body + 0.035 * process, np.float32)


def _breasts(anatomy: ChestAnatomy, x: FloatArray, y: FloatArray) -> FloatArray:
    if anatomy.breast == 0.0:
        return np.zeros((1, 1), np.float32)
    bottom = anatomy.dome_y[0] - 4.0
    both = [ellipsoid((x - sign * 78.0, y - (bottom - 52.0)), (58.0, 55.0), 5.0) for sign in SIGNS.values()]
    return np.asarray(anatomy.breast * (both[0] + both[1]), np.float32)


def draw_vessels(field_: ChestField, rng: np.random.Generator) -> Canvas:
    """Hila and branching lung vessels of the patient that `rng` stands for, as added density."""
    canvas = Canvas(field_.metal.x, field_.metal.y)
    for sign, hilum in ((-1.0, (34.0, 186.0)), (1.0, (40.0, 174.0))):
        for _ in range(9):
            offset = rng.normal(0, (6.0, 13.0))
            canvas.add_segment(
                (sign * hilum[0], hilum[1]), (sign * (hilum[0] + offset[0]), hilum[1] + offset[1]), 11, 0.05
            )
        for angle in np.linspace(-1.45, 1.40, 13) + rng.normal(0, 0.06, 13):
            _add_vessel(canvas, rng, (sign, *hilum), float(angle), 1.0 + field_.edema)
    canvas.pixels = 0.24 * np.tanh(canvas.pixels / 0.24)
    return canvas


def _add_vessel(
    canvas: Canvas, rng: np.random.Generator, root: tuple[float, float, float], angle: float, strength: float
) -> None:
    """One tapering vessel with forks, from `root` (sign, u, y) outwards."""
    sign, u, y = root
    width, level = rng.uniform(3.2, 5.2), 0.11 * strength
    for step in range(6):
        length = rng.uniform(15, 22)
        angle += rng.normal(0, 0.12)
        end = (u + length * np.cos(angle), y + length * np.sin(angle) * 1.15)
        canvas.add_segment((sign * u, y), (sign * end[0], end[1]), width, level)
        if step in {1, 3}:
            fork = angle + rng.choice([-1, 1]) * rng.uniform(0.35, 0.7)
            tip = (u + 20 * np.cos(fork), y + 20 * np.sin(fork))
            canvas.add_segment((sign * u, y), (sign * tip[0], tip[1]), width * 0.7, level * 0.7)
        (u, y), width, level = end, max(width * 0.80, 1.4), level * 0.84
