"""What one evaluation found, as a record: every figure, what it rests on, and what could not be measured and why.

The JSON form is versioned by `SCHEMA` and read back strictly. Nothing in it is a patient's: no report text, file name
or identifier, only counts, keys and figures.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from radseek.errors import ArtifactError, ConfigError, InputError, MismatchError
from radseek.records.config import build_config, resolved_config

SCHEMA = "radseek-evaluation/1"


PanelKind = Literal["table", "forest", "curves", "reliability", "maps"]
"""How a panel is drawn: figures with a small bar each, figures below each other on one scale, curves, a reliability
diagram, or evidence maps."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with what it must be read against. None means that it could not be measured, or has no such thing."""

    key: str
    """Path of the figure, unique in a report: `pairs/medpix2/caption/to_study/all/success@10`."""
    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    """95 % interval."""
    n: int = 0
    """Queries, pictures or pairs behind it."""
    random: float | None = None
    """What chance scores."""
    ceiling: float | None = None
    """What a perfect scorer can reach where identical texts cannot be told apart."""
    prevalence: float | None = None
    note: str = ""

    @property
    def share_of_ceiling(self) -> float | None:
        """Value over ceiling; None without one."""
        if self.value is None or not self.ceiling or max(self.value, self.ceiling) > 1 + 1e-9:
            return None  # a rank is no share of anything
        return self.value / self.ceiling


@dataclass(frozen=True, slots=True)
class Line:
    """A curve: points from left to right."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    role: str = "main"
    """`main`, `other`, `random` or `ceiling`."""
    sizes: tuple[float, ...] = ()
    """Weights of the points, for reliability diagrams."""
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    """95 % interval of each point, where there are any."""

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y) or not {len(self.sizes), len(self.low), len(self.high)} <= {0, len(self.x)}:
            raise InputError("a line needs as many values of each kind as it has points")


@dataclass(frozen=True, slots=True)
class EvidenceMap:
    """Similarity of each patch of one picture to a sentence, with the boxes where the finding was marked."""

    title: str
    rows: int
    cols: int
    values: tuple[float, ...]
    """`rows * cols` similarities, top row first."""
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    """x, y, width and height as shares of the square that the encoder sees."""
    picture_png: str = ""
    """Base64 of a small PNG; empty unless pictures were asked for."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Figures that are read together."""

    key: str
    title: str
    kind: PanelKind = "table"
    figures: tuple[Figure, ...] = ()
    lines: tuple[Line, ...] = ()
    maps: tuple[EvidenceMap, ...] = ()
    x_label: str = ""
    y_label: str = ""
    scale: tuple[float, float] = (0.0, 1.0)
    """Lowest and highest value of the drawing."""
    reference: float | None = None
    """Where no skill stands, such as .5 for AUROC."""
    note: str = ""
    folded: bool = False
    """Whether the page shows the title only, until it is opened."""
    in_card: bool = False
    """Whether the model card shows these figures."""


@dataclass(frozen=True, slots=True)
class Section:
    """One question and its answer, or why there is none."""

    key: str
    title: str
    question: str
    panels: tuple[Panel, ...] = ()
    why_not: str = ""
    """One line when nothing could be measured."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatasetLine:
    """One tested set."""

    name: str
    version: str
    """First 12 hex digits of a SHA-256 over what was tested."""
    n_pictures: int
    n_studies: int
    n_patients: int
    text_field: str
    n_repeated_texts: int
    """Studies whose text another study has too."""
    random: float | None
    """success@10 of a random order, or None where nothing is retrieved."""
    ceiling: float | None
    """success@1 of a perfect scorer over the texts."""
    known_training: bool
    """True when the encoder says that it learned from a set of this name (its training part, it is hoped)."""


@dataclass(frozen=True, slots=True)
class LeakLine:
    """One kind of thing that the training part and the tested part share."""

    kind: str
    explanation: str
    n_train: int
    n_test: int
    examples: tuple[str, ...]
    """Keys of tested things, the first few."""

    @property
    def sentence(self) -> str:
        """What is shared, and how much of it."""
        return f"{self.explanation}: {self.n_test:,} tested, {self.n_train:,} trained"


@dataclass(frozen=True, slots=True)
class Header:
    """What the figures rest on; printed before any of them."""

    title: str
    target: str
    """`archive`, `configuration` or `table`."""
    datasets: tuple[DatasetLine, ...]
    split_rule: str
    unit: str
    n_gallery: int
    encoder: str
    revision: str
    numerics: str
    licence: str
    training_sets: tuple[str, ...]
    seed: int
    command: str
    radseek_version: str
    leak_check: str
    """What was compared with what, in a sentence."""
    synthetic: str = ""
    """Set when phantoms are among the tested pictures: such figures are not clinical performance."""


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Everything that one run of `radseek evaluate` measured."""

    header: Header
    sections: tuple[Section, ...]
    leaks: tuple[LeakLine, ...] = ()
    headlines: tuple[str, ...] = ()
    """Keys of the figures to show first."""
    schema: str = SCHEMA

    def figures(self) -> Iterator[Figure]:
        """All figures in order."""
        for section in self.sections:
            for panel in section.panels:
                yield from panel.figures

    def caption(self, key: str) -> str:
        """What the figure called `key` is, in words that stand alone; empty when there is none."""
        for section in self.sections:
            for panel in section.panels:
                for figure in panel.figures:
                    if figure.key == key:
                        return f"{panel.title}: {figure.label}"
        return ""

    def figure(self, key: str) -> Figure | None:
        """The figure called `key`, or None."""
        return next((figure for figure in self.figures() if figure.key == key), None)


def finite(value: float | None) -> float | None:
    """`value` as a float, or None when it is NaN or infinite: JSON has neither."""
    return float(value) if value is not None and math.isfinite(value) else None


def without_pictures(report: EvaluationReport) -> EvaluationReport:
    """The report with its evidence maps, but not the pictures under them."""

    def bare(panel: Panel) -> Panel:
        maps = tuple(dataclasses.replace(evidence, picture_png="") for evidence in panel.maps)
        return dataclasses.replace(panel, maps=maps)

    sections = [dataclasses.replace(section, panels=tuple(map(bare, section.panels))) for section in report.sections]
    return dataclasses.replace(report, sections=tuple(sections))


def report_json(report: EvaluationReport) -> str:
    """The report as one JSON document, the same bytes for equal reports."""
    return json.dumps(resolved_config(report), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_report(path: Path) -> EvaluationReport:
    """The report that `report_json` made, every key checked.

    Raises:
        ArtifactError: When the file is missing, no JSON, or not such a report.
        MismatchError: When it was written by a radseek with another schema.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
    except OSError as error:
        raise ArtifactError(f"cannot read the evaluation: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ArtifactError("the evaluation is not valid JSON; run `radseek evaluate` again") from error
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        got = content.get("schema") if isinstance(content, dict) else None
        raise MismatchError("schema", got, SCHEMA, "Run `radseek evaluate` again.")
    try:
        return build_config(content, EvaluationReport, where="evaluation")
    except ConfigError as error:
        raise ArtifactError(f"the evaluation is not usable: {error}; run `radseek evaluate` again") from error


def _no_number(word: str) -> float:
    """Python's JSON reader takes NaN and Infinity; a report never holds them.

    Raises:
        ValueError: Always.
    """
    raise ValueError(f"{word} is no number in JSON")
