"""Published files that are there, absent, damaged, or of something else."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch

from avatar.core.errors import EngineError, MissingEngine, OptionError
from avatar.face.sadtalker.checkpoint import load_coefficient_networks, load_mapping, load_render_networks, main_file
from tests.sadtalker_weights import MAIN, official_keys, save_streamed

MAPPING = "mapping_00229-model.pth.tar"


@pytest.fixture
def shapes() -> dict[str, list[int]]:
    return official_keys()[MAIN]


def mapping_state() -> dict[str, torch.Tensor]:
    shapes = official_keys()[MAPPING]
    return {key.removeprefix("mapping_00229."): torch.zeros(shape) for key, shape in shapes.items()}


def test_training_only_keys_may_be_absent(tmp_path: Path, shapes: dict[str, list[int]]) -> None:
    training = ("audio2pose.netG.encoder.", "audio2pose.netD_motion.")
    save_streamed(tmp_path / MAIN, {key: s for key, s in shapes.items() if not key.startswith(training)})
    networks = load_coefficient_networks(tmp_path)
    assert not any(part.training for part in networks.audio2pose.modules())
    assert not any(weight.requires_grad for weight in networks.recon.parameters())


def test_what_does_not_fit_is_listed_by_network(tmp_path: Path, shapes: dict[str, list[int]]) -> None:
    for number in range(5):
        del shapes[f"generator.resblocks_3d.3dr{number}.norm1.weight"]
    del shapes["kp_extractor.kp.bias"]
    shapes["he_estimator.fc.weight"] = [2, 2]
    shapes["audio2exp.mapping1.weight"] = [64, 578]
    save_streamed(tmp_path / MAIN, shapes)
    with pytest.raises(EngineError) as caught:
        load_coefficient_networks(tmp_path)
    lines = str(caught.value).splitlines()
    assert "generator: 5 missing: resblocks_3d.3dr0.norm1.weight" in lines[1]
    assert lines[1].endswith("...")
    assert [line.strip() for line in lines[2:-1]] == [
        "kp_extractor: 1 missing: kp.bias",
        "he_estimator: 1 unexpected: fc.weight",
        "audio2exp: 1 of another shape: mapping1.weight",
    ]
    assert "govorun models pull sadtalker" in lines[-1]


def test_absent_files_say_how_to_get_them(tmp_path: Path) -> None:
    for load in (load_coefficient_networks, lambda folder: load_mapping(folder, full=True)):
        with pytest.raises(MissingEngine, match="govorun models pull sadtalker"):
            load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", (1 << 40).to_bytes(8, "little") + b"{}"])
def test_damaged_files_are_named(tmp_path: Path, content: bytes) -> None:
    for name in (MAIN, MAPPING):
        (tmp_path / name).write_bytes(content)
    for load in (load_coefficient_networks, lambda folder: load_mapping(folder, full=False)):
        with pytest.raises(EngineError, match=r"(Sad|mapping).* is damaged .*Remove the file"):
            load(tmp_path)


def test_a_file_cut_short_is_damaged(tmp_path: Path, shapes: dict[str, list[int]]) -> None:
    save_streamed(tmp_path / MAIN, shapes)
    with (tmp_path / MAIN).open("r+b") as file:
        file.truncate(1_000_000)
    with pytest.raises(EngineError, match="is damaged"):
        load_coefficient_networks(tmp_path)


def test_a_mapping_that_lacks_keys_or_is_for_other_pictures(tmp_path: Path) -> None:
    state = mapping_state()
    torch.save({"mapping": state}, tmp_path / "mapping_00109-model.pth.tar")
    with pytest.raises(EngineError, match=r"mapping_00109: 1 of another shape: first\.0\.weight"):
        load_mapping(tmp_path, full=True)
    del state["fc_yaw.bias"]
    torch.save({"mapping": state, "epoch": 3}, tmp_path / MAPPING)
    with pytest.raises(EngineError, match=r"mapping_00229: 1 missing: fc_yaw\.bias"):
        load_mapping(tmp_path, full=False)


def test_a_pickle_that_would_run_code_does_not(tmp_path: Path) -> None:
    trace = tmp_path / "ran"

    class Malice:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (trace,)

    for save in (torch.save, lambda value, path: path.write_bytes(pickle.dumps(value, 2))):
        save({"mapping": Malice()}, tmp_path / MAPPING)
        with pytest.raises(EngineError, match="is damaged or holds no mapping network"):
            load_mapping(tmp_path, full=False)
    assert not trace.exists()


def test_options_that_the_networks_do_not_have(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="256 or 512 pixels, not at 300"):
        main_file(300)
    with pytest.raises(OptionError, match="need device cuda, not cpu"):
        load_render_networks(tmp_path, half=True)
