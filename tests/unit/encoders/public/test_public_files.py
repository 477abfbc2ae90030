"""What is refused, and said: wrong bytes, wrong models, missing files, code in a file."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_checkpoints import located, pictures, preset, save, seed, vary, write_clip_tokenizer

from radseek.encoders import load_encoder
from radseek.encoders.public import hub, shapes
from radseek.encoders.public.files import EncoderFiles, file_digest
from radseek.encoders.public.loading import load_pair, open_files
from radseek.encoders.public.preset import (
    MANIFEST,
    Located,
    Preset,
    open_folder,
    preset_names,
    read_preset,
    write_manifest,
)
from radseek.errors import ArtifactError, ConfigError, MismatchError

SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24}


@pytest.fixture
def clip_folder(tmp_path):
    """A tiny CLIP, its own for each test."""
    from transformers import CLIPConfig, CLIPModel

    folder = tmp_path / "clip"
    n_tokens = write_clip_tokenizer(folder)
    seed()
    text = SMALL | {"vocab_size": n_tokens, "eos_token_id": n_tokens - 1, "bos_token_id": n_tokens - 2}
    model = CLIPModel(
        CLIPConfig(text_config=text, vision_config=SMALL | {"image_size": 32, "patch_size": 8}, projection_dim=8)
    )
    return save(vary(model), folder)


def with_manifest(folder) -> Preset:
    found = located("clip", folder)
    files = open_files(found)
    pair = load_pair(found)
    for path in folder.iterdir():
        files.verified(path.name)
    described = replace(pair.preset, files=dict(files.read))
    write_manifest(folder, described)
    return described


def edit(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_folder_with_a_manifest_is_an_encoder(clip_folder):
    with_manifest(clip_folder)
    encoder = load_encoder(clip_folder, "torch-f32")
    spec = encoder.spec
    assert (spec.id, spec.dim, spec.licence, spec.training_sets) == ("tiny-clip", 8, "Apache-2.0", ("random",))
    assert (spec.gating, spec.sources) == ("none", ("local folder",))
    assert encoder.encode_images(pictures()).shape == (3, 8)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "vocab.json", "merges.txt"])
def test_one_changed_byte_of_any_file_is_refused_by_name(clip_folder, name):
    with_manifest(clip_folder)
    with (clip_folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(MismatchError, match=rf"files\.{name}"):
        load_encoder(clip_folder)


def test_a_digest_of_the_preset_holds_without_a_manifest(clip_folder):
    digest = file_digest(clip_folder / "model.safetensors")
    good = located("clip", clip_folder, files={"model.safetensors": digest.upper()})
    assert load_pair(good).dim == 8
    with pytest.raises(MismatchError, match=r"files\.model\.safetensors"):
        load_pair(located("clip", clip_folder, files={"model.safetensors": "0" * 64}))


def test_a_file_that_the_manifest_does_not_know_is_not_read(clip_folder):
    with_manifest(clip_folder)
    (clip_folder / "added_tokens.json").write_text("{}")
    with pytest.raises(ArtifactError, match=r"added_tokens\.json has no SHA-256"):
        load_encoder(clip_folder)


def test_the_revision_follows_every_file_and_the_presets_decisions(clip_folder):
    first = load_pair(located("clip", clip_folder)).revision
    assert first == load_pair(located("clip", clip_folder)).revision
    assert load_pair(located("clip", clip_folder, max_tokens=40)).revision != first
    (clip_folder / "merges.txt").write_text("#version: 0.2\nl e\n")
    assert load_pair(located("clip", clip_folder)).revision != first


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("config.json", r"lacks config\.json"),
        ("model.safetensors", r"one of model\.safetensors, .*pytorch_model\.bin belongs into"),
        ("vocab.json", r"lacks its tokenizer"),
    ],
)
def test_a_missing_file_is_named_with_where_it_belongs(clip_folder, name, said):
    (clip_folder / name).unlink()
    with pytest.raises(ArtifactError, match=said):
        load_pair(located("clip", clip_folder))


def test_another_architecture_is_refused(clip_folder):
    with pytest.raises(MismatchError, match=r"config\.model_type.*'clip', needed 'siglip'"):
        load_pair(located("siglip", clip_folder))
    edit(clip_folder / "config.json", model_type="siglip2")
    with pytest.raises(MismatchError, match="NaFlex"):
        load_pair(located("siglip", clip_folder))


def test_sizes_that_differ_from_the_preset_are_refused(clip_folder):
    with pytest.raises(MismatchError, match="`dim` does not match"):
        load_pair(located("clip", clip_folder, dim=9))
    with pytest.raises(MismatchError, match="max_tokens"):
        load_pair(located("clip", clip_folder, max_tokens=100))
    other = replace(preset("clip").preprocessing, size_px=64)
    with pytest.raises(MismatchError, match=r"preprocessing\.size_px"):
        load_pair(located("clip", clip_folder, preprocessing=other))


def test_missing_surplus_and_misshapen_tensors_are_named(clip_folder):
    from safetensors.torch import load_file, save_file

    weights = clip_folder / "model.safetensors"
    tensors = load_file(weights)
    for changed, error, said in (
        ({"visual_projection.weight": None}, ArtifactError, r"lacks 1 tensors, such as 'image_projection\.weight'"),
        ({"something.else": torch.zeros(1)}, ArtifactError, r"unexpected tensor 'something\.else'"),
        ({"visual_projection.weight": torch.zeros(8, 15)}, MismatchError, r"weights\.image_projection\.weight"),
    ):
        kept = {name: tensor for name, tensor in {**tensors, **changed}.items() if tensor is not None}
        save_file(kept, weights)
        with pytest.raises(error, match=said):
            load_pair(located("clip", clip_folder))
    save_file(tensors, weights)
    edit(clip_folder / "config.json", vision_config=SMALL | {"num_hidden_layers": 2, "image_size": 32, "patch_size": 8})
    with pytest.raises(ArtifactError, match=r"lacks 16 tensors, such as 'image_tower\.layers\.1"):
        load_pair(located("clip", clip_folder))


def test_weights_that_are_not_finite_are_refused_when_used(clip_folder):
    from safetensors.torch import load_file, save_file

    tensors = load_file(clip_folder / "model.safetensors")
    tensors["visual_projection.weight"][0, 0] = float("nan")
    save_file(tensors, clip_folder / "model.safetensors")
    with_manifest(clip_folder)
    with pytest.raises(ArtifactError, match="not finite"):
        load_encoder(clip_folder, "torch-f32").encode_images(pictures())


class Bomb:
    """A pickle of it would make a file when it is read."""

    def __init__(self, mark) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


def test_a_pickle_with_code_is_refused_and_does_not_run(clip_folder, tmp_path):
    (clip_folder / "model.safetensors").unlink()
    torch.save({"weight": torch.zeros(2), "more": Bomb(tmp_path / "ran")}, clip_folder / "pytorch_model.bin")
    with pytest.raises(ArtifactError, match="it could run code"):
        load_pair(located("clip", clip_folder))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([torch.zeros(2)], "no plain dictionary of tensors"),
        ({"epoch": 3}, "no plain dictionary of tensors"),
        (b"nothing of the kind", "not a torch weights file|could run code"),
        (b"", "not a torch weights file"),
    ],
)
def test_a_pickle_of_something_else_is_refused(tmp_path, content, said):
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(content) if isinstance(content, bytes) else torch.save(content, path)
    with pytest.raises(ArtifactError, match=said):
        EncoderFiles(tmp_path, {}).weights(["pytorch_model.bin"])


def test_damaged_safetensors_json_and_index_are_refused(tmp_path):
    files = EncoderFiles(tmp_path, {})
    (tmp_path / "model.safetensors").write_bytes(b"short")
    with pytest.raises(ArtifactError, match="not a safetensors file"):
        files.weights(["model.safetensors"])
    for content, said in (("{", "not valid JSON"), ("[]", "no JSON object")):
        (tmp_path / "config.json").write_text(content)
        with pytest.raises(ArtifactError, match=said):
            files.json("config.json")
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "../outside.safetensors"}}))
    with pytest.raises(ArtifactError, match="names no weight files of this folder"):
        files.weights([index.name])


def test_remote_code_in_a_configuration_is_ignored_and_said(clip_folder):
    edit(clip_folder / "config.json", auto_map={"AutoModel": "evil.Model"})
    edit(clip_folder / "tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.Tokenizer", None]}) if (
        clip_folder / "tokenizer_config.json"
    ).is_file() else (clip_folder / "tokenizer_config.json").write_text(
        '{"auto_map": {"AutoTokenizer": ["evil.T", null]}}'
    )
    (clip_folder / "evil.py").write_text("raise SystemExit('ran')\n")
    pair = load_pair(located("clip", clip_folder))
    assert [note.split(" names ")[0] for note in pair.notes] == ["config.json", "tokenizer_config.json"]
    assert all("ignored" in note for note in pair.notes)


# ---- presets and places -----------------------------------------------------------------------------------------


def test_every_shipped_preset_reads_and_says_who_may_use_it():
    names = preset_names()
    assert {
        "biomedclip", "medsiglip", "siglip2-base", "biovil-t", "cxr-bert", "bio-clinicalbert", "rad-dino",
        "xray-dinov2", "monai-densenet121", "monai-resnet50", "monai-swinunetr",
    } <= set(names)  # fmt: skip
    for name in names:
        shipped = read_preset(name)
        assert shipped.name == name
        assert shipped.licence
        assert shipped.gating
        assert shipped.dim > 0
        assert (shipped.max_tokens > 0) == (shipped.role != "image tower")
        if shipped.preprocessing is not None:
            assert shipped.preprocessing.name == name
        if shipped.hub_id:
            assert shipped.training_sets
            assert shipped.revision == "" or len(shipped.revision) == 40
    assert [name for name in names if read_preset(name).hub_id and not read_preset(name).revision] == ["xray-dinov2"]


def test_the_shapes_of_monai_presets_are_those_of_their_towers(monkeypatch, tmp_path):
    from radseek.encoders.public.starting import start_image_tower
    from radseek.encoders.public.tuning import Tuning

    monkeypatch.setenv("RADSEEK_ENCODERS", str(tmp_path))
    for name in ("monai-densenet121", "monai-resnet50"):
        assert start_image_tower(name, Tuning("all")).module.channels == read_preset(name).dim


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "flamingo"}, "kind is 'flamingo'; known: clip"),
        ({"preprocessing": None}, "needs `preprocessing`"),
        ({"files": {"../secret": ""}}, "no plain file name"),
        ({"kind": "biovil", "image_weights": ""}, "needs `image_weights`"),
        ({"kind": "monai"}, "needs `tower`"),
    ],
)
def test_a_wrong_preset_is_refused(changes, said):
    with pytest.raises(ConfigError, match=said):
        replace(preset("clip"), **changes)


def test_unknown_presets_list_the_known_ones(tmp_path):
    with pytest.raises(ConfigError, match="known: .*biomedclip"):
        read_preset("biomedclap")
    (tmp_path / "own.yaml").write_text("name: own\nkind: clip\nlicense: MIT\n")
    with pytest.raises(ConfigError, match="unknown key license; known keys: .*licence"):
        read_preset(tmp_path / "own.yaml")


def test_a_folder_without_a_manifest_says_how_to_make_one(tmp_path):
    with pytest.raises(ArtifactError, match="radseek encoders add"):
        open_folder(tmp_path)
    with pytest.raises(ArtifactError, match="is no folder"):
        open_folder(tmp_path / "nowhere")


def test_an_encoder_that_is_not_here_says_what_to_fetch_and_where_to_put_it(monkeypatch, tmp_path):
    monkeypatch.setenv("RADSEEK_ENCODERS", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    with pytest.raises(
        ArtifactError, match=r"radseek encoders get biomedclip.*open_clip_pytorch_model\.bin.*add"
    ) as said:
        load_encoder("biomedclip")
    assert read_preset("biomedclip").revision in str(said.value)
    assert not hub.is_here(read_preset("biomedclip"))


def test_a_tower_alone_is_no_encoder(clip_folder):
    with pytest.raises(ArtifactError, match="is one image tower, no pair"):
        load_pair(Located(preset("dinov2"), clip_folder, has_manifest=False))


def test_a_named_folder_is_found_under_radseek_encoders(clip_folder, monkeypatch):
    monkeypatch.setenv("RADSEEK_ENCODERS", str(clip_folder.parent))
    found = hub.locate(preset("clip", name="clip"))
    assert (found.folder, found.has_manifest) == (clip_folder, False)
    with_manifest(clip_folder)
    assert hub.locate(preset("clip", name="clip")).has_manifest


def test_the_hubs_own_cache_is_found_at_the_pinned_revision_only(clip_folder, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    revision = "0123456789abcdef0123456789abcdef01234567"
    snapshot = cache / "models--tiny--clip" / "snapshots" / revision
    snapshot.parent.mkdir(parents=True)
    clip_folder.rename(snapshot)
    monkeypatch.delenv("RADSEEK_ENCODERS", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    pinned = preset("clip", hub_id="tiny/clip", revision=revision)
    found = hub.locate(pinned)
    assert found.folder == snapshot
    assert load_pair(found).sources == (f"tiny/clip@{revision}",)
    assert not hub.is_here(replace(pinned, revision="f" * 40))
    assert (snapshot / MANIFEST).exists() is False


def test_a_download_without_network_revision_or_hub_fails_clearly(tmp_path):
    pinned = preset("clip", hub_id="tiny/clip", revision="f" * 40)
    with pytest.raises(ArtifactError, match=r"the hub cannot be reached.*huggingface\.co/tiny/clip/tree/ffff"):
        hub.download(pinned, tmp_path / "to", endpoint="http://127.0.0.1:9")  # the discard port: nobody listens
    with pytest.raises(ConfigError, match="pins no revision"):
        hub.download(replace(pinned, revision=""))
    with pytest.raises(ConfigError, match="comes from no hub"):
        hub.download(preset("clip"))


# ---- what a configuration leaves out ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "class_name"),
    [
        ("clip_text", "CLIPTextConfig"),
        ("clip_vision", "CLIPVisionConfig"),
        ("siglip_text", "SiglipTextConfig"),
        ("siglip_vision", "SiglipVisionConfig"),
        ("dinov2", "Dinov2Config"),
        ("bert", "BertConfig"),
    ],
)
def test_defaults_are_those_of_transformers(kind, class_name):
    import transformers

    theirs = getattr(transformers, class_name)()
    assert {name: getattr(theirs, name) for name in shapes.DEFAULTS[kind]} == dict(shapes.DEFAULTS[kind])


def test_the_double_entries_of_early_clip_files_mean_what_transformers_takes_them_for():
    from transformers import CLIPConfig

    config = {"text_config": {"hidden_size": 32, "vocab_size": 70}, "text_config_dict": {"hidden_size": 64}}
    theirs = CLIPConfig(**config).text_config
    ours = shapes.caption(shapes.section(config, "text", "clip_text"), "clip_text")
    assert (ours.stack.width, ours.vocabulary, ours.stack.heads) == (
        theirs.hidden_size,
        theirs.vocab_size,
        theirs.num_attention_heads,
    )


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: shapes.clip_vision({"hidden_act": "mish"}, "clip_vision"), "activation 'mish' is not supported"),
        (lambda: shapes.clip_vision({"num_channels": 1}, "clip_vision"), "takes 1 channels"),
        (lambda: shapes.clip_vision({"vision_use_head": False}, "siglip_vision"), "no pooling head"),
        (lambda: shapes.clip_vision({"hidden_size": "big"}, "clip_vision"), "hidden_size 'big'; int is needed"),
        (lambda: shapes.bert({"hidden_act": "quick_gelu"}, "cls"), "hidden_act 'quick_gelu'"),
        (lambda: shapes.bert({"layer_norm_eps": 1e-5}, "cls"), "layer_norm_eps 1e-05"),
    ],
)
def test_what_is_not_supported_is_said(call, said):
    with pytest.raises(ArtifactError, match=said):
        call()


def test_vectors_do_not_depend_on_how_the_weights_are_stored(clip_folder):
    """One digest changes, so the revision does; the vectors stay."""
    first = load_pair(located("clip", clip_folder))
    from safetensors.torch import load_file

    torch.save(load_file(clip_folder / "model.safetensors"), clip_folder / "pytorch_model.bin")
    (clip_folder / "model.safetensors").unlink()
    second = load_pair(located("clip", clip_folder))
    pixels = torch.rand(2, 3, 32, 32)
    np.testing.assert_array_equal(first.model.image_vectors(pixels), second.model.image_vectors(pixels))
    assert first.revision != second.revision
