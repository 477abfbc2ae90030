"""Background texts: whose are read, what they tell of attributes, and that words learn from them."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from radseek.encoders.registry import load_encoder
from radseek.errors import ConfigError, InputError
from radseek.training import train
from radseek.training.background import BackgroundText, background_targets, read_background
from radseek.training.config import AttributeConfig, BackgroundConfig, ObjectiveConfig
from radseek.training.drawing import DrawnText
from radseek.training.pairs import read_pairs

ATTRIBUTES = {
    "modality": AttributeConfig(("{}",), {"ct": ("q",), "mr": ("z",)}),
    "plane": AttributeConfig(("{}",), {"axial": ("axial",), "frontal": ("frontal",)}),
}
LABELS = {"Effusion": ("effusion", "ct", "frontal"), "No Finding": ("normal", "mr", "axial")}


def with_background(config, rows, columns=("case.story",), weight=3.0):
    """Pictures of effusions are CT, the others MR; study s<n> has the pictures 2n and 2n+1, the last four are val."""
    path = Path(config.data_root) / "drawn" / f"background-{config.output.parent.name}.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    table = dataclasses.replace(
        config.tables[0], background=BackgroundConfig(Path(path.name), columns, study_column="id")
    )
    prompts = dataclasses.replace(config.prompts, attributes=ATTRIBUTES, labels=LABELS)
    return dataclasses.replace(
        config, tables=(table,), prompts=prompts, objective=ObjectiveConfig(background=weight, start_bias=-2.0)
    )


def told(study, story):
    return {"id": study, "case": {"story": story}}


def test_only_training_studies_tell_sentence_by_sentence(config):
    rows = [
        told("s2", "A mass of fat. It grows slowly. A mass of fat."),
        told("s3", "Shared with a held-out study."),
        told("s15", "Shared with a HELD-OUT study! "),
        told("s14", "Of the val part."),
        told("elsewhere", "Of no picture here."),
        told("s4", " - "),
    ]
    config = with_background(config, rows)
    assert read_background(config, read_pairs(config)) == [
        BackgroundText("A mass of fat.", frozenset({"mr", "axial"}), frozenset({"ct", "frontal"})),
        BackgroundText("It grows slowly.", frozenset({"mr", "axial"}), frozenset({"ct", "frontal"})),
    ]


def test_a_study_of_several_planes_tells_only_what_all_its_pictures_share(config):
    config = with_background(config, [told("s2", "One text.")])
    first, second = (pair for pair in read_pairs(config) if pair.study == "drawn/s2")
    frontal = dataclasses.replace(second, findings=second.findings - {"axial"} | {"frontal"})
    unknown = dataclasses.replace(
        second, findings=second.findings - {"axial"}, decided=second.decided - {"axial", "frontal"}
    )
    for other, holds, fails in ((frontal, {"mr"}, {"ct"}), (unknown, {"mr"}, {"ct"})):
        (text,) = read_background(config, [first, other])
        assert (text.holds, text.fails) == (frozenset(holds), frozenset(fails))


def test_targets_decide_attributes_and_nothing_else():
    text = BackgroundText("x", frozenset({"mr", "head"}), frozenset({"ct"}))
    claims = [{"mr"}, {"ct"}, {"mr", "head"}, {"ct", "head"}, {"mr", "axial"}, {"effusion"}]
    prompts = [DrawnText("p", -1, True, frozenset(claim)) for claim in claims]
    prompts.append(DrawnText("no effusion", -1, True, denies=frozenset({"effusion"})))
    assert background_targets([text], prompts).tolist() == [[1, 0, 1, 0, -1, -1, -1]]
    assert background_targets([], prompts).shape == (0, 7)


def test_a_word_of_the_background_alone_comes_near_to_what_its_cases_are(config):
    """`small` and `pleural` are in no caption, report or prompt: only the background can place them."""
    words = {0: "small", 1: "pleural"}
    rows = [told(f"s{n}", f"{words[n % 2]}.") for n in range(12)]
    optim = dataclasses.replace(config.optim, epochs=30, lr_text=1e-2, lr_projections=1e-2, trained_text_layers=2)
    leanings = []
    for weight in (0.0, 10.0):
        run = dataclasses.replace(with_background(config, rows, weight=weight), optim=optim)
        run = dataclasses.replace(run, output=config.output.with_name(f"weight-{weight}"))
        vectors = np.asarray(load_encoder(train(run), "torch-f32").encode_texts(["small", "pleural", "z", "q"]))
        leanings.append((vectors[0] - vectors[1]) @ (vectors[2] - vectors[3]))
    assert leanings[1] > 4 * abs(leanings[0])


def test_a_file_that_cannot_be_used_is_named(config):
    config = with_background(config, [told("s2", "x")], columns=("case.plot",))
    with pytest.raises(ConfigError, match=r"background of table drawn: no column case\.plot; it has case\.story, id"):
        train(config)
    absent = dataclasses.replace(config.tables[0], background=BackgroundConfig(Path("absent.csv"), ("a",)))
    with pytest.raises(InputError, match=r"background of table drawn: absent\.csv cannot be read"):
        train(dataclasses.replace(config, tables=(absent,)))
