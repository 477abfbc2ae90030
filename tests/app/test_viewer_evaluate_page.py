"""The page Evaluate without a browser: what it says in each state, what it draws, and the words for figures."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from real_archive import build_real_archive
from streamlit.testing.v1 import AppTest

import radseek_viewer
from radseek.service import (
    Archive,
    EvaluationChoices,
    EvaluationRun,
    Figure,
    Line,
    PairedDifference,
    Panel,
    Principal,
)
from radseek.service.evaluation import EvaluateOptions
from radseek.service.evaluation_runs import EvaluationStore
from radseek_viewer.connection import connect
from radseek_viewer.evaluation_beside import difference_words
from radseek_viewer.evaluation_plots import PlotPlace, csv_text, fitted_scale, rows_plot
from radseek_viewer.evaluation_start import describe_stage
from radseek_viewer.evaluation_subgroups import told_differences
from radseek_viewer.evaluation_words import choices_words, figure_words, in_a_hundred

APP = Path(radseek_viewer.__file__).with_name("app.py")
PLACE = PlotPlace("mine", "mini on archive")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few studies, and two evaluations of them."""
    path = build_real_archive(tmp_path_factory.mktemp("evaluate_page"), n_radiographs=4, n_ct=1)
    with Archive.open(path) as archive:
        for name in ("first", "second"):
            archive.evaluations.run(EvaluateOptions(max_queries=2), name)
    return path


def opened(archive: Archive, **parameters: str) -> AppTest:
    connect(archive)
    page = AppTest.from_file(str(APP), default_timeout=120).run().switch_page("app_pages/evaluate.py")
    for name, value in parameters.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


@pytest.fixture
def archive(path: Path):
    with Archive.open(path) as archive:
        yield archive
        connect(None)


def drawn(page: AppTest, name: str) -> list[dict]:
    elements = [element.proto for element in page.get("bidi_component")]
    return [json.loads(proto.json) for proto in elements if proto.component_name == f"radseek.{name}"]


def told(page: AppTest) -> str:
    """All that is written, without what keeps it from being read as Markdown."""
    return (
        " ".join(element.value for element in [*page.markdown, *page.caption]).replace("\\", "").replace("\u200b", "")
    )


def notices(page: AppTest) -> str:
    return json.dumps([wall["notices"] for wall in drawn(page, "wall")])


def put_run(archive: Archive, name: str, **changes: object) -> None:
    """A run that is written down, without figures."""
    store = EvaluationStore(archive.folder.evaluations_folder)
    run = EvaluationRun(name, "me", "2026-01-01T00:00:00Z", archive.summary().generation, "tiny")
    store.add(dataclasses.replace(run, **changes))


def test_the_list_leads_to_each_and_offers_a_new_one(archive: Archive) -> None:
    page = opened(archive)
    assert "5 studies" in told(page)
    assert page.button(key="start_evaluation").label == "Evaluate this archive"
    assert [metric.value for metric in page.metric][:2] == ["5", "4"]
    assert "ask the whole search, three times each. The last one took" in told(page)


def test_a_report_is_told_drawn_and_tabulated(archive: Archive) -> None:
    page = opened(archive, evaluation="first")
    assert page.query_params["evaluation"] == "first"
    assert "By pictures alone" in told(page)
    plots = drawn(page, "plot")
    assert {"rows", "xy"} <= {plot["kind"] for plot in plots}
    for plot in plots:
        assert plot["about"]
        assert all(len(row) == len(plot["head"]) for row in plot["cells"])
        assert len(list(csv.reader(io.StringIO(plot["csv"])))) == len(plot["cells"]) + 1
        assert "not for diagnosis" in plot["credit"]
    curve = next(plot for plot in plots if plot["kind"] == "xy")
    main = next(line for line in curve["lines"] if line["role"] == "main")
    assert len(main["words"]) == len(main["x"]) == len(main["low"])
    assert "chance" in main["words"][0]
    assert "95 % interval" in main["words"][0]


def test_every_section_opens_and_stands_in_the_address(archive: Archive) -> None:
    for section in archive.evaluations.report("first").sections:
        if section.panels:
            page = opened(archive, evaluation="first", section=section.key)
            assert page.query_params["section"] == section.key
            assert drawn(page, "plot"), section.key
    page = opened(archive, evaluation="first", section="../nowhere")
    assert "section" not in page.query_params
    page = opened(archive, evaluation="first", section="rests_on")
    assert "bootstrap by patient" in told(page)
    assert page.dataframe[0].value.to_dict("records")[0]["Studies"] == 5


def test_what_could_not_be_measured_is_said(archive: Archive) -> None:
    missing = [section for section in archive.evaluations.report("first").sections if section.why_not]
    assert missing
    assert missing[0].why_not[:20] in told(opened(archive, evaluation="first")).replace("\\", "")


def test_two_stand_side_by_side_with_paired_differences(archive: Archive) -> None:
    page = opened(archive, evaluation="first", beside="second")
    assert page.query_params["beside"] == "second"
    assert "Pictures and reports, success@10: from" in told(page)
    assert "no difference shown (0.000 to 0.000)" in told(page)
    titles = [plot["title"] for plot in drawn(page, "plot")]
    assert "first minus second, on the same texts, by the whole search" in titles
    assert "first minus second, on the same texts, by picture vectors only" in titles
    first = drawn(page, "plot")[0]
    assert "second" in first["head"]
    assert any(row["before"] for row in first["rows"])
    assert page.selectbox(key="beside_first").value == "second"


def test_ways_of_searching_are_set_beside_each_other_on_the_same_texts(archive: Archive) -> None:
    page = opened(archive, evaluation="first", section="search")
    [plot] = [one for one in drawn(page, "plot") if one["title"] == "Two ways of searching, on the same texts"]
    assert [row["label"] for row in plot["rows"]][::3] == [
        "reports alone minus pictures alone · success@1",
        "pictures and reports minus pictures alone · success@1",
        "pictures and reports minus reports alone · success@1",
    ]
    assert "Pictures alone to reports alone, success@1: from" in told(page)


def test_an_evaluation_without_its_texts_says_that_ways_cannot_be_paired(archive: Archive) -> None:
    archive.evaluations.import_file(archive.evaluations.files("first")["first.json"], "brought")
    page = opened(archive, evaluation="brought", section="search")
    assert "does not hold what became of each text" in notices(page)
    archive.evaluations.delete("brought")


def test_an_unknown_name_is_said_and_leaves_the_address(archive: Archive) -> None:
    page = opened(archive, evaluation="nobody")
    assert "There is no evaluation of this name" in notices(page)
    assert "evaluation" not in page.query_params


@pytest.mark.parametrize(
    ("state", "why", "words"),
    [
        ("failed", ("the disk is full",), "the disk is full."),
        ("stopped", (), "It was stopped"),
        ("running", (), "It was interrupted"),  # nobody holds its lock any more
        ("leaks", ("the same text is in both parts: 3 tested, 2 trained",), "what is tested was trained on"),
    ],
)
def test_one_without_figures_says_why(archive: Archive, state: str, why: tuple[str, ...], words: str) -> None:
    put_run(archive, f"bad-{state}", state=state, why=why)
    page = opened(archive, evaluation=f"bad-{state}")
    assert words in notices(page)
    assert drawn(page, "plot") == []
    if state == "leaks":
        assert "3 tested" in told(page)
        assert page.button(key="allow_leaks").label == "Go on anyway"
    page.button(key="delete_evaluation").click().run()
    assert not page.exception
    assert "is deleted" in told(page)
    page.button(key="undelete_evaluation").click().run()
    assert archive.evaluations.get(f"bad-{state}").run.name == f"bad-{state}"
    archive.evaluations.delete(f"bad-{state}")


def test_going_on_whatever_leaks_starts_another_one(archive: Archive) -> None:
    put_run(archive, "leaking", state="leaks", why=("the same text is in both parts: 3 tested, 2 trained",))
    page = opened(archive, evaluation="leaking")
    page.button(key="allow_leaks").click().run()
    assert not page.exception
    run = archive.evaluations.running()
    assert run is not None
    assert run.choices.allow_leaks
    assert "is being evaluated" in told(page)
    page.button(key="stop_evaluation").click().run()
    end = time.monotonic() + 120
    while archive.evaluations.running() is not None:
        assert time.monotonic() < end, "it did not stop"
        time.sleep(0.1)
    assert archive.evaluations.get(run.name).run.state == "stopped"
    for name in ("leaking", run.name):
        archive.evaluations.delete(name)


def test_a_damaged_one_names_the_field_and_the_list_goes_on(archive: Archive) -> None:
    content = json.loads(archive.evaluations.files("first")["first.json"])
    run = archive.evaluations.import_file(json.dumps(content).encode(), "damaged")
    file = archive.folder.evaluations_folder / run.name / "evaluation.json"
    file.write_text(json.dumps(content | {"schema": "radseek-evaluation/9"}))
    assert "cannot be read" in told(opened(archive))
    assert "`schema` does not match" in notices(opened(archive, evaluation="damaged"))
    archive.evaluations.delete("damaged")


def test_an_older_state_and_leaks_are_told_above_the_figures(archive: Archive) -> None:
    folder = archive.folder.evaluations_folder
    content = json.loads(archive.evaluations.files("first")["first.json"])
    leak = {"kind": "text", "explanation": "the same text is in both parts", "n_train": 1, "n_test": 2, "examples": []}
    put_run(archive, "old", state="done", generation="g0")
    (folder / "old" / "evaluation.json").write_text(json.dumps(content | {"leaks": [leak]}))
    page = opened(archive, evaluation="old")
    assert "older state of the archive" in notices(page)
    assert "must not be quoted" in notices(page)
    archive.evaluations.delete("old")


def test_a_second_start_is_refused_in_plain_words(archive: Archive) -> None:
    page = opened(archive)
    with EvaluationStore(archive.folder.evaluations_folder).claim():
        page.button(key="start_evaluation").click().run()
        assert not page.exception
    assert "being evaluated already" in notices_of(page)
    assert len(archive.evaluations.all()) == 2


def test_a_visitor_reads_and_is_told_what_is_not_for_visitors(path: Path) -> None:
    with Archive.open(path, Principal("visitor", "viewer")) as archive:
        page = opened(archive)
        assert "may not evaluate" in told(page)
        assert "start_evaluation" not in {button.key for button in page.button}
        assert drawn(opened(archive, evaluation="first"), "plot")
        connect(None)


def test_an_empty_archive_teaches(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "archive") as archive:
        page = opened(archive)
        assert drawn(page, "wall")[0]["lead"]["title"] == "How good is the search on this archive?"
        assert "nothing to evaluate yet" in notices_of(page)
        connect(None)


def notices_of(page: AppTest) -> str:
    return json.dumps([wall.get("notices") for wall in drawn(page, "wall")])


def test_figures_are_told_in_words() -> None:
    figure = Figure("a", "mass (3 of 9)", 0.25, 0.1, 0.4, 9, 0.5, None, 0.333)
    assert figure_words("mass", figure) == (
        "mass: 0.250, 95 % interval 0.100 to 0.400, chance 0.500, prevalence 0.333, n 9."
    )
    assert figure_words("mass", Figure("a", "", None, note="too few")) == "mass: not measured, too few."
    assert in_a_hundred(Figure("a", "", 0.087, 0.061, 0.119, 425, 0.02)) == (
        "8.7 of 100 (95 % interval 6.1 to 12); a random order brings 2 (425 texts asked)"
    )


def test_a_scale_ends_at_a_round_value_above_all_that_is_drawn() -> None:
    low = Figure("a", "a", 0.08, 0.06, 0.12)
    assert fitted_scale(Panel("p", "p", figures=(low,)), (low,)) == (0.0, 0.2)
    signed = Figure("a", "a", -0.08, -0.3, 0.12)
    assert fitted_scale(Panel("p", "p", scale=(-1.0, 1.0)), (signed,)) == (-0.5, 0.5)
    rank = Figure("a", "a", 40.0, 30.0, 50.0)
    assert fitted_scale(Panel("p", "p"), (rank,)) == (0.0, 1.0)


def test_what_does_not_fit_the_scale_is_written_and_not_drawn() -> None:
    figures = (Figure("a", "share", 0.5), Figure("b", "rank", 40.0, 30.0, 50.0), Figure("c", "none", None))
    plot = rows_plot(Panel("p", "p", figures=figures), PLACE)
    assert [(row["value"], row["text"]) for row in plot["rows"]] == [
        (0.5, "0.500"), (None, "40.0 (30.0 to 50.0)"), (None, "not measured"),
    ]  # fmt: skip
    assert rows_plot(Panel("p", "p", figures=figures[1:]), PLACE)["kind"] == "table"


def test_saved_cells_cannot_be_formulas() -> None:
    assert csv_text([["=1+1", "@x", "plain", None, -0.5]]) == "'=1+1,'@x,plain,,-0.5\r\n"
    assert PLACE.file_of("a/../b c") == "mine-a-..-b-c"


def test_a_group_whose_interval_leaves_the_whole_out_is_named() -> None:
    whole = Figure("w", "all", 0.5, 0.4, 0.6)
    groups = (Figure("f", "F (20 patients)", 0.3, 0.2, 0.45), Figure("m", "M (20 patients)", 0.55, 0.4, 0.7))
    assert told_differences(groups, whole) == [
        "F (20 patients) is served less well than the whole: 0.300 (0.200 to 0.450) beside 0.500."
    ]
    assert "no difference is sure" in told_differences(groups[1:], whole)[0]
    assert told_differences(groups, None) == []


def test_paired_differences_are_told_in_words() -> None:
    one = PairedDifference("a/report", "success@10", 0.1, 0.3, 0.2, 0.05, 0.35, 20, 5, 1, 2)
    assert difference_words(one) == (
        "A/report, success@10: from 0.100 to 0.300 on 20 studies, surely better (0.050 to 0.350). 5 found that the "
        "other did not find, 1 the other way round. 2 studies asked in one of them only are left out."
    )
    alone = dataclasses.replace(one, low=-math.inf, high=math.inf, n_alone=0)
    assert "no difference shown: all are of one patient." in difference_words(alone)


def test_how_far_it_is_is_told_with_the_time_left() -> None:
    now = datetime(2026, 1, 1, 10, 1, tzinfo=UTC)
    run = dataclasses.replace(
        EvaluationRun("a", "me", "2026-01-01T09:00:00Z"),
        stage="measure", stage_at="2026-01-01T10:00:00Z", note="trust", done=2, total=10,
    )  # fmt: skip
    assert describe_stage(run, now) == "Measuring: 2 of 10 (trust) · about 4 min left of this step"
    asking = dataclasses.replace(run, stage="queries, image vectors only", note="", done=0)
    assert describe_stage(asking, now) == "Texts ask the whole search by pictures: 0 of 10"
    assert describe_stage(EvaluationRun("a", "me", ""), now) == "Starting: loading index and encoder"


def test_choices_are_told_in_words() -> None:
    choices = EvaluationChoices(("findings",), ("a",), ("b",), 1, 0, True)
    assert choices_words(EvaluationRun("a", "me", "", choices=choices)) == (
        "texts of findings; only a; trained on b; at most 1 text ask the whole search; whatever leaks"
    )


def test_lines_need_as_many_values_as_points() -> None:
    from radseek.errors import InputError

    with pytest.raises(InputError, match="as many values"):
        Line("a", (1.0, 2.0), (0.5,))
