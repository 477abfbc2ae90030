"""Checkpoints: what is written comes back, and what was touched is refused by name."""

import json
import pickle
import shutil

import numpy as np
import pytest
import torch

from radseek.encoders import load_encoder
from radseek.encoders.checkpoint import Checkpoint, read_checkpoint, read_manifest, write_checkpoint
from radseek.errors import ArtifactError, MismatchError, StorageError


@pytest.fixture
def folder(tiny_encoder_folder, tmp_path):
    return shutil.copytree(tiny_encoder_folder, tmp_path / "copy")


def edit_manifest(folder, change):
    content = json.loads((folder / "manifest.json").read_text())
    change(content)
    (folder / "manifest.json").write_text(json.dumps(content))


def flip_byte(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_what_is_written_comes_back_in_half_precision(tiny_checkpoint, tmp_path):
    spec = write_checkpoint(tmp_path / "a", tiny_checkpoint)
    back = read_checkpoint(tmp_path / "a")
    assert back.spec == spec
    assert len(spec.revision) == 12
    assert back.pieces == tiny_checkpoint.pieces
    for name, tensor in tiny_checkpoint.model.state_dict().items():
        read = back.model.state_dict()[name]
        if tensor.is_floating_point():
            assert read.dtype == torch.float32
            torch.testing.assert_close(read, tensor.half().float(), atol=0, rtol=0)
    assert not back.model.training
    assert not any(parameter.requires_grad for parameter in back.model.parameters())


def test_the_same_weights_have_the_same_revision_and_others_another(tiny_checkpoint, tmp_path):
    first, second = (write_checkpoint(tmp_path / name, tiny_checkpoint).revision for name in "ab")
    tiny_checkpoint.model.aligner.projection.weight.data[0, 0] += 1
    third = write_checkpoint(tmp_path / "c", tiny_checkpoint).revision
    assert first == second != third


def test_loading_does_not_disturb_the_callers_random_numbers(tiny_encoder_folder):
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    read_checkpoint(tiny_encoder_folder)
    assert torch.equal(torch.rand(4), expected)


@pytest.mark.parametrize("name", ["weights.safetensors", "vocabulary.txt", "metrics.json"])
@pytest.mark.parametrize("place", [0, -1])
def test_one_flipped_bit_anywhere_is_refused(folder, name, place):
    flip_byte(folder / name, place)
    with pytest.raises(MismatchError, match=f"files.{name}"):
        load_encoder(folder)


@pytest.mark.parametrize("name", ["weights.safetensors", "vocabulary.txt", "manifest.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ArtifactError, match=name):
        load_encoder(folder)


class Harm:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was loaded",))


@pytest.mark.parametrize("name", ["weights.bin", "model.pt", "extra.json"])
def test_a_planted_file_is_refused_and_not_loaded(folder, name):
    (folder / name).write_bytes(pickle.dumps(Harm()))
    with pytest.raises(ArtifactError, match=f"{name}.*does not list"):
        load_encoder(folder)


def test_a_pickle_in_the_place_of_the_weights_is_refused(folder):
    harm = pickle.dumps(Harm())
    (folder / "weights.safetensors").write_bytes(harm)
    with pytest.raises(MismatchError, match=r"files\.weights"):
        load_encoder(folder)
    import hashlib  # the attacker also rewrites the manifest

    digest = hashlib.sha256(harm).hexdigest()

    def rewrite(content):
        content["files"]["weights.safetensors"] = digest
        content["spec"]["revision"] = digest[:12]

    edit_manifest(folder, rewrite)
    with pytest.raises(ArtifactError, match="not a safetensors file"):
        load_encoder(folder)


@pytest.mark.parametrize("name", ["../weights.bin", "a/b.json", "weights.pkl", ""])
def test_a_listed_name_that_is_not_plain_is_refused(folder, name):
    edit_manifest(folder, lambda content: content["files"].update({name: "0" * 64}))
    with pytest.raises(ArtifactError, match="may not hold"):
        load_encoder(folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.update(format=99), "`format`.*99"),
        (lambda m: m.update(surprise=1), "unknown key surprise"),
        (lambda m: m.pop("towers"), "missing key towers"),
        (lambda m: m["spec"].pop("licence"), "missing key licence"),
        (lambda m: m["spec"].update(dim="16"), "expected int"),
        (lambda m: m["spec"].update(dim=17), r"`spec\.dim`"),
        (lambda m: m["spec"].update(grid=[3, 3]), r"`spec\.grid`"),
        (lambda m: m["spec"].update(revision="abc"), r"`spec\.revision`"),
        (lambda m: m["spec"].update(max_tokens=999), r"`spec\.max_tokens`"),
        (lambda m: m["spec"]["preprocessing"].update(size_px=0), "size_px is 0"),
        (lambda m: m["towers"]["text"].update(vocabulary=5), r"`towers\.text\.vocabulary`"),
        (lambda m: m["towers"]["text"].update(width=48), "`weights"),
        (lambda m: m["towers"]["text"].update(layers=3), "`weights.text_tower.layers.2"),
        (lambda m: m["files"].pop("vocabulary.txt"), "does not list vocabulary.txt"),
    ],
)
def test_a_manifest_field_that_does_not_match_is_named(folder, change, said):
    edit_manifest(folder, change)
    with pytest.raises(ArtifactError, match=said):
        load_encoder(folder)


@pytest.mark.parametrize("content", ["", "[]", "{", '"text"', "null"])
def test_a_manifest_that_is_none_is_refused(folder, content):
    (folder / "manifest.json").write_text(content)
    with pytest.raises(ArtifactError, match="manifest"):
        load_encoder(folder)


def test_a_broken_vocabulary_is_refused(tiny_checkpoint, tmp_path):
    pieces = tiny_checkpoint.pieces
    for n, (wrong, said) in enumerate([(("zzz", *pieces[1:]), "start with"), ((*pieces[:-1], pieces[4]), "repeats")]):
        write_checkpoint(tmp_path / str(n), Checkpoint(tiny_checkpoint.spec, tiny_checkpoint.model, wrong))
        with pytest.raises(ArtifactError, match=said):
            load_encoder(tmp_path / str(n))


def test_unknown_names_and_folders_list_what_is_shipped(tmp_path):
    with pytest.raises(ArtifactError, match="radseek-mini"):
        load_encoder("radseek-maxi")
    with pytest.raises(ArtifactError, match=r"manifest\.json is missing"):
        load_encoder(tmp_path)


def test_a_checkpoint_may_not_be_written_with_other_kinds_of_files(tiny_checkpoint, tmp_path):
    with pytest.raises(ArtifactError, match=r"only \.safetensors"):
        write_checkpoint(tmp_path / "a", tiny_checkpoint, {"notes.pkl": ""})


def test_a_place_that_cannot_be_written_is_a_storage_error(tiny_checkpoint, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write the checkpoint"):
        write_checkpoint(tmp_path / "file" / "below", tiny_checkpoint)


def test_an_overwritten_checkpoint_is_whole(tiny_checkpoint, tmp_path):
    write_checkpoint(tmp_path / "a", tiny_checkpoint, {"metrics.json": "{}"})
    tiny_checkpoint.model.aligner.projection.weight.data.fill_(1)
    spec = write_checkpoint(tmp_path / "a", tiny_checkpoint, {"metrics.json": "[]"})
    assert read_manifest(tmp_path / "a").spec == spec
    vectors = load_encoder(tmp_path / "a", "torch-f32").encode_images([np.ones((4, 4))])
    np.testing.assert_allclose(vectors, np.full((1, 16), 0.25), atol=1e-3)  # 16 equal parts of a unit vector
