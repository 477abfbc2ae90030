"""What sections make of studies without text, of several pictures, and of an encoder to which everything is alike."""

from __future__ import annotations

import numpy as np
import pytest

from radseek.encoders.spec import EncoderSpec
from radseek.evaluation import LeakKind
from radseek.images.preprocessing import Preprocessing
from radseek.service.evaluation.config import EvaluationConfig
from radseek.service.evaluation.embedding import Embedded, VectorCache
from radseek.service.evaluation.header import build_header
from radseek.service.evaluation.leaks import EXPLANATIONS, LeakCheck, check_sentence, find_leaks
from radseek.service.evaluation.pairs_section import pairs_section
from radseek.service.evaluation.pictures import Picture
from radseek.service.evaluation.subgroups_section import subgroups_section
from radseek.service.evaluation.subject import Subject, SubjectOptions, TextVectors, text_tasks
from radseek.service.evaluation.target import EvaluateOptions, Material
from radseek.service.evaluation.trust_section import trust_section
from radseek.training.config import PromptsConfig

PROMPTS = PromptsConfig(frames=("{}",), findings={"effusion": ("effusion",)}, labels={})


class Numbered:
    """An encoder that knows the texts of `captioned` apart by their number, below `n_apart`; all else is alike."""

    def __init__(self, n_apart: int = 0) -> None:
        self.spec = EncoderSpec("numbered", "r1", n_apart + 1, (1, 1), Preprocessing("p", 8), 8, "none", ())

    def encode_texts(self, texts):
        numbers = [int(text.strip("Text .")) if text.startswith("Text") else self.spec.dim for text in texts]
        return self.vectors(numbers)

    def vectors(self, numbers):
        return np.eye(self.spec.dim, dtype=np.float32)[[min(number, self.spec.dim - 1) for number in numbers]]


def subject_of(pictures: list[Picture], folder, n_apart: int = 0) -> Subject:
    encoder = Numbered(n_apart)
    return Subject(
        embedded=Embedded(tuple(pictures), encoder.vectors(range(len(pictures)))),
        encoder=encoder,
        prompts=PROMPTS,
        texts=TextVectors(encoder),
        cache=VectorCache(folder / "vectors.npz"),
        progress=lambda _: None,
        options=SubjectOptions(n_resamples=20),
    )


def picture(number: int, study: str = "", **more) -> Picture:
    return Picture(f"t row {number}", "t", study or f"t/s{number}", f"t/p{number}", "test", **more)


def captioned(n: int) -> list[Picture]:
    return [picture(i, image_texts=(f"Text {i}.",), sex="FM"[i % 2]) for i in range(n)]


def test_an_encoder_to_which_all_is_alike_reaches_chance_in_every_subgroup_and_no_more(tmp_path):
    (panel,) = subgroups_section(subject_of(captioned(40), tmp_path)).panels
    assert [figure.value for figure in panel.figures] == [panel.reference] * 2 == [10 / 40] * 2


def test_what_is_found_by_chance_alone_is_no_right_answer(tmp_path):
    """Half of the studies are told apart, the others share one score: 20 are too many for the first 10."""
    section = trust_section(subject_of(captioned(40), tmp_path, n_apart=20))
    figures = {figure.key: figure for panel in section.panels for figure in panel.figures}
    assert figures["trust/t/caption/aurc"].random == 20 / 40
    assert trust_section(subject_of(captioned(40), tmp_path)).panels == ()


def test_a_study_asks_by_its_first_text_whichever_picture_has_it(tmp_path):
    pictures = [picture(1, study="t/s"), picture(2, study="t/s", study_texts=("An effusion.",)), picture(3)]
    (task,) = text_tasks(subject_of(pictures, tmp_path))
    assert (task.texts, task.own, task.asking) == (("An effusion.",), (0,), (1,))


def test_nothing_to_ask_is_said(tmp_path):
    section = pairs_section(subject_of([picture(1)], tmp_path))
    assert (section.panels, section.why_not) == ((), "no tested picture has a text")


def header_line(pictures: list[Picture]):
    material = Material(
        "table", "t", Numbered(), PROMPTS, EvaluationConfig("t"), tuple(pictures), trained=(), against=(), split_rule=""
    )
    (line,) = build_header(material, EvaluateOptions(), LeakCheck((), 0)).datasets
    return line


def test_the_ceiling_is_that_of_the_studies_that_ask():
    """Studies without text stand in the gallery only; they are not taken for one repeated text."""
    asking = [picture(i, study_texts=(text,)) for i, text in enumerate(("Mass.", "Nodule.", "Normal.", "normal"))]
    silent = [picture(i) for i in range(4, 20)]
    line = header_line(asking + silent)
    assert line.ceiling == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)
    assert (line.n_studies, line.n_repeated_texts, line.random) == (20, 2, 10 / 20)
    assert header_line(silent).ceiling is None


def test_every_kind_of_leak_is_explained():
    assert set(EXPLANATIONS) == set(LeakKind)


def test_texts_that_are_no_leak_for_being_common_are_counted(tmp_path):
    def told(number: int, text: str) -> Picture:
        return picture(number, study_texts=(text,))

    trained = [told(i, "No acute disease.") for i in range(3)]
    tested = [told(7, "No acute disease."), told(8, "A calcified granuloma lies in the left lung.")]
    check = find_leaks(trained, (), tested, VectorCache(tmp_path / "vectors.npz"), lambda _: None)
    assert check == LeakCheck((), 1)
    assert check_sentence(3, 0, check).endswith(
        "shared with 3 pictures of the training part. 1 tested texts are there too, "
        "but too short or too common to tell of a patient."
    )
    assert "too common" not in check_sentence(3, 0, LeakCheck((), 0))
