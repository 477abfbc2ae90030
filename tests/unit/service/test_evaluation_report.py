"""The report as JSON and back, and as a page that nothing received can break out of."""

from __future__ import annotations

import dataclasses
import json
from html.parser import HTMLParser

import pytest

from radseek.errors import ArtifactError, MismatchError
from radseek.service.evaluation import read_report, report_json, without_pictures
from radseek.service.evaluation.output import write_evaluation
from radseek.service.evaluation.page import report_page
from radseek.service.evaluation.report import (
    SCHEMA,
    DatasetLine,
    EvaluationReport,
    EvidenceMap,
    Figure,
    Header,
    LeakLine,
    Line,
    Panel,
    Section,
    finite,
)

HOSTILE = "<script>alert(1)</script>\"'><img src=http://evil.example/x onerror=alert(2)>&amp;|"


def build_report(text: str = "plain", leaks: tuple[LeakLine, ...] = ()) -> EvaluationReport:
    """Every kind of panel, with `text` wherever text may stand."""
    figures = (
        Figure(f"a/{text}", text, 0.5, 0.4, 0.6, 10, 0.1, 0.9, 0.2, text),
        Figure("a/none", text, None, note=text),
        Figure("a/rank", text, 6.0, 4.0, 7.0, 10, 33.0, 1.0),
    )
    line = Line(text, (1.0, 2.0, 50.0), (0.1, 0.2, 0.9), "main", (1.0, 2.0, 3.0))
    evidence = EvidenceMap(text, 2, 2, (0.0, 0.5, 1.0, 0.2), ((0.1, 0.1, 0.5, 0.5),), "QUJD")
    kinds = ("table", "forest", "curves", "reliability", "maps")
    panels = tuple(
        Panel(
            f"a/{kind}", text, kind, figures, (line,), (evidence,), text, text, (0.0, 1.0), 0.5, text, kind == "table"
        )
        for kind in kinds
    )
    dataset = DatasetLine(text, "abc", 4, 3, 2, text, 1, 0.1, None, True)
    header = Header(
        text, "table", (dataset,), text, text, 3, text, "r1", "f32", text, (text,), 0, text, "0.1", text, text
    )
    sections = (Section("a", text, text, panels, notes=(text,)), Section("b", text, text, why_not=text))
    return EvaluationReport(header, sections, leaks, (f"a/{text}", "a/unknown"))


class Tags(HTMLParser):
    """Every tag with its attributes, and whether all were closed."""

    VOID = frozenset({"meta"})

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def tags_of(page: str) -> Tags:
    parser = Tags()
    parser.feed(page)
    assert parser.open == []
    return parser


def test_json_comes_back_as_it_was(tmp_path):
    report = without_pictures(build_report(HOSTILE, (LeakLine("patient", "why", 1, 2, ("k",)),)))
    (tmp_path / "e.json").write_text(report_json(report), encoding="utf-8")
    assert read_report(tmp_path / "e.json") == report
    assert json.loads(report_json(report))["schema"] == SCHEMA


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("{", ArtifactError, "not valid JSON"),
        ("[]", MismatchError, "schema"),
        ('{"schema": "radseek-evaluation/0"}', MismatchError, "schema"),
        (f'{{"schema": "{SCHEMA}", "colour": 1}}', ArtifactError, "unknown key colour"),
        (f'{{"schema": "{SCHEMA}"}}', ArtifactError, "missing key header"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path, content, error, message):
    (tmp_path / "e.json").write_text(content)
    with pytest.raises(error, match=message):
        read_report(tmp_path / "e.json")


def test_a_report_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="cannot read"):
        read_report(tmp_path / "none.json")


def test_nan_is_no_figure():
    assert [finite(value) for value in (float("nan"), float("inf"), None, 0.25)] == [None, None, None, 0.25]


def test_share_of_ceiling_is_of_shares_only():
    assert Figure("a", "a", 0.4, ceiling=0.8).share_of_ceiling == 0.5
    assert Figure("a", "a", 6.0, ceiling=1.0).share_of_ceiling is None
    assert Figure("a", "a", 0.4).share_of_ceiling is None


def test_hostile_words_stay_words_on_the_page():
    plain, hostile = tags_of(report_page(build_report())), tags_of(report_page(build_report(HOSTILE)))
    assert [tag for tag, _ in hostile.seen] == [tag for tag, _ in plain.seen]
    for tag, attributes in hostile.seen:
        assert tag not in {"script", "iframe", "object", "link", "base", "form"}
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "action"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/png;base64,"))


def test_the_page_asks_for_nothing_from_elsewhere():
    page = report_page(build_report())
    policy = next(a["content"] for tag, a in tags_of(page).seen if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert "url(" not in page
    assert "@import" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_same_report_gives_the_same_page():
    assert report_page(build_report()) == report_page(build_report())


def test_leaks_are_told_before_any_figure():
    page = report_page(build_report(leaks=(LeakLine("patient", "the same patient", 1, 2, ("t row 3",)),)))
    assert page.index("must not be quoted") < page.index('class="tiles"')
    assert "t row 3" in page
    assert 'class="leaks good"' not in page


def test_pictures_are_on_the_page_only_and_files_are_whole(tmp_path):
    write_evaluation(tmp_path / "new" / "folder", build_report())
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == [
        "evaluation.html",
        "evaluation.json",
    ]
    assert "QUJD" in (tmp_path / "new" / "folder" / "evaluation.html").read_text()
    assert "QUJD" not in (tmp_path / "new" / "folder" / "evaluation.json").read_text()


def test_an_empty_report_has_a_page():
    report = build_report()
    bare = dataclasses.replace(report, sections=(), headlines=())
    tags_of(report_page(bare))


def test_a_panel_without_figures_has_a_page():
    report = build_report()
    panels = tuple(Panel(kind, kind, kind) for kind in ("table", "forest", "curves", "reliability", "maps"))
    tags_of(report_page(dataclasses.replace(report, sections=(Section("a", "a", "a", panels),))))
