"""What can be done with a cohort: draw a sample, take it out as a file, delete it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import RadseekError
from radseek.records.cohort import COHORT_FIELDS, SampleMethod, Sampling
from radseek.service import ExportOptions
from radseek_viewer.cohort_changes import change
from radseek_viewer.cohort_view import FIELD_WORDS, describe_sampling
from radseek_viewer.handed_out import WAITING_FILES, HandedOut, show_downloads
from radseek_viewer.plain_text import literal

if TYPE_CHECKING:
    from radseek.records.cohort import CohortResult
    from radseek_viewer.connection import ViewerArchive

METHODS = {
    SampleMethod.RANDOM: "at random",
    SampleMethod.BALANCED: "the same number of each value of a field",
    SampleMethod.DIVERSE: "so that the pictures look unlike each other",
}
"""How a sample is drawn -> in words."""

FILES = {".csv": "CSV, with the definition in a JSON beside it", ".parquet": "Parquet", ".json": "JSON"}
"""Ending of an exported file -> what it is."""

_WIDTH = 480
"""Of fields, in pixels."""

_MEDIA_TYPES = {".csv": "text/csv", ".json": "application/json", ".parquet": "application/octet-stream"}


def offer_samples(archive: ViewerArchive, result: CohortResult) -> None:
    """A form that draws a sample, which is a new version of the cohort; and the way back to all of it."""
    sampling = result.cohort.definition.sampling
    st.caption("A sample is a new version of the cohort; the one before is kept. The same seed draws the same studies.")
    method = st.selectbox(
        "How it is drawn", list(METHODS), format_func=METHODS.__getitem__, key="sample_method", width=_WIDTH
    )
    with st.form("sample", border=False):
        balance_by = ""
        if method is SampleMethod.BALANCED:
            balance_by = st.selectbox(
                "Field", COHORT_FIELDS, format_func=FIELD_WORDS.__getitem__, key="sample_field", width=_WIDTH
            )
        n = st.number_input(
            "Studies", min_value=1, value=max(1, min(40, result.run.n_members)), key="sample_size", width=_WIDTH
        )
        seed = st.number_input("Seed", min_value=0, value=0, key="sample_seed", width=_WIDTH)
        if st.form_submit_button("Draw", icon=":material/casino:"):
            _sample(archive, result, Sampling(int(n), method, balance_by, int(seed)))
    if sampling is not None and st.button("Take the sampling out", key="no_sampling", icon=":material/undo:"):
        _sample(archive, result, None)


def _sample(archive: ViewerArchive, result: CohortResult, sampling: Sampling | None) -> None:
    name, grouping = result.cohort.name, result.cohort.definition.grouping
    words = "The sampling is taken out." if sampling is None else f"Drawn: {describe_sampling(sampling)}."
    change(archive, name, words, lambda: archive.cohorts.sample(name, sampling, grouping))


def offer_files(archive: ViewerArchive, result: CohortResult) -> None:
    """Makes a file of the cohort's last run when asked to, and hands it out."""
    if not result.members:
        st.caption("There is nothing to export: no study belongs to it now.")
        return
    ending = st.selectbox("Format", list(FILES), format_func=FILES.__getitem__, key="export_format", width=_WIDTH)
    facts = st.checkbox("With modality, body part, sex, age, year and source", value=True, key="export_facts")
    identifiers = st.checkbox(
        "With accession numbers and study UIDs",
        key="export_identifiers",
        help="They name patients' studies: ask first.",
    )
    if not st.button("Make the file", key="make_file", icon=":material/description:"):
        return
    try:
        options = ExportOptions(result.cohort.version, facts, identifiers)
        files = export_files(archive, result.cohort.name, ending, options)
    except RadseekError as error:
        st.error(literal(str(error)))
        return
    waiting = {
        name: WAITING_FILES.put(HandedOut(name, content, _MEDIA_TYPES[Path(name).suffix]))
        for name, content in files.items()
    }
    show_downloads("downloads", waiting)
    st.caption("Each can be fetched once, in the next ten minutes.")


def export_files(archive: ViewerArchive, name: str, ending: str, options: ExportOptions) -> dict[str, bytes]:
    """File name -> content of an export."""
    with tempfile.TemporaryDirectory(prefix="radseek-export-") as folder:
        report = archive.cohorts.export(name, Path(folder) / f"{name}{ending}", options)
        return {file.name: file.read_bytes() for file in report.files}


def offer_deletion(archive: ViewerArchive, name: str) -> None:
    """A button that asks once more before it deletes."""
    with st.popover("Delete", icon=":material/delete:", help="Removes the cohort; studies stay in the archive."):
        st.markdown(f"All versions and runs of **{literal(name)}** are removed. This cannot be undone.")
        if st.button("Delete it", type="primary", key="delete_cohort"):
            archive.cohorts.delete(name)
            st.query_params.clear()
            st.rerun()
