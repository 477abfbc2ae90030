"""Open-i XML, the form in which NLM gives out the Indiana University chest radiograph reports: one file a study.

Read are `uId`, `pmcId`, the labelled `AbstractText` sections, the expert codes `MeSH/major`, and the ids of
`parentImage`: names of image files without ending. Entities and external references are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.archive.catalogue_writes import clean_text
from radseek.archive.table_rows import BadRow, Row, Table, read_limited
from radseek.errors import InputError, StorageError
from radseek.records.outcomes import Reason, Refusal, quarantined, skipped
from radseek.records.reports import Section

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LARGEST_XML_BYTES = 2**24
"""Real files have 2 to 8 kB."""
OPEN_I_COLUMNS = ("uid", "pmc_id", "image", "mesh_major", *(section.value for section in Section))


@dataclass(frozen=True, slots=True)
class OpenIReport:
    """What one Open-i file says."""

    uid: str
    """Such as `CXR1`."""
    pmc_id: str
    sections: dict[Section, str]
    image_ids: tuple[str, ...]
    mesh_major: tuple[str, ...]


def parse_open_i(raw: bytes) -> OpenIReport:
    """The report in an Open-i XML file.

    Raises:
        InputError: When it is no well-formed XML, declares entities, or has no `uId`.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root: Element = fromstring(raw)
    except DefusedXmlException as error:
        raise InputError("the XML declares entities or external references, which are refused") from error
    except (ParseError, ValueError, LookupError) as error:  # LookupError: an encoding that Python does not know
        raise InputError("the XML is not well formed") from error
    uid = _attribute(root, "uId")
    if not uid:
        raise InputError("the XML has no uId: not an Open-i report")
    return OpenIReport(
        uid=uid,
        pmc_id=_attribute(root, "pmcId"),
        sections=_sections(root),
        image_ids=tuple(dict.fromkeys(i for e in root.iter("parentImage") if (i := e.get("id", "").strip()))),
        mesh_major=tuple(dict.fromkeys(t for e in root.iter("major") if (t := _text(e)))),
    )


def read_open_i(raw: bytes) -> OpenIReport | Refusal:
    """The report in an Open-i XML file, or why it cannot be used."""
    if not raw.strip():
        return skipped(Reason.EMPTY_FILE)
    try:
        return parse_open_i(raw)
    except InputError as error:
        return quarantined(Reason.BAD_XML, str(error))


def read_open_i_table(path: Path) -> Table:
    """Open-i XML (one file, or all in a folder) as a table with `OPEN_I_COLUMNS`: a row an image, or one without any.

    `mesh_major` is joined by `|`. A file that cannot be used is a `BadRow`.

    Raises:
        InputError: When there is nothing at `path`, or a folder that holds no XML file.
    """
    if not path.exists():
        raise InputError("there is no file or folder at the path given")
    files = sorted(path.glob("*.xml")) if path.is_dir() else [path]
    if not files:
        raise InputError("the folder holds no .xml file; give a table file, or a folder of Open-i XML files")
    rows: list[Row | BadRow] = []
    for number, file in enumerate(files, 1):
        report = _read_file(file)
        if isinstance(report, Refusal):
            rows.append(BadRow(f"file {number}", report))
        else:
            rows += _rows_of(report, number)
    return Table(OPEN_I_COLUMNS, iter(rows))


def _read_file(path: Path) -> OpenIReport | Refusal:
    if not path.is_file():
        return skipped(Reason.SPECIAL_FILE)
    try:
        return read_open_i(read_limited(path, LARGEST_XML_BYTES))
    except InputError:
        return quarantined(Reason.TOO_LARGE)
    except StorageError:
        return quarantined(Reason.NOT_READABLE)


def _rows_of(report: OpenIReport, number: int) -> list[Row]:
    common = {"uid": report.uid, "pmc_id": report.pmc_id, "mesh_major": "|".join(report.mesh_major)}
    common |= {section.value: report.sections.get(section, "") for section in Section}
    images = report.image_ids or ("",)
    return [Row(f"file {number}, image {at}", {**common, "image": image}) for at, image in enumerate(images, 1)]


def _sections(root: Element) -> dict[Section, str]:
    known = {section.value for section in Section}
    sections: dict[Section, str] = {}
    for element in root.iter("AbstractText"):
        label, text = element.get("Label", "").strip().lower(), _text(element)
        section = Section(label) if label in known else Section.OTHER
        if text:
            sections[section] = f"{sections[section]}\n{text}" if section in sections else text
    return sections


def _attribute(root: Element, name: str) -> str:
    element = root.find(f".//{name}")
    return "" if element is None else element.get("id", "").strip()


def _text(element: Element) -> str:
    return clean_text("".join(element.itertext())).strip()
