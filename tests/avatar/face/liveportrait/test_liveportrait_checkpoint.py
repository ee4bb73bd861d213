"""LivePortrait's files that are there, absent, damaged, or of something else."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from avatar.core.errors import EngineError, MissingEngine, OptionError
from avatar.core.manifest import manifests
from avatar.face.liveportrait.checkpoint import FILES, load_motion_networks, load_painter
from tests.liveportrait_weights import official_keys

EXTRACTOR, SMALL = "base_models/motion_extractor.pth", "retargeting_models/stitching_retargeting_module.pth"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The two files that planning needs, filled with zeros."""
    for path in (EXTRACTOR, SMALL):
        (tmp_path / path).parent.mkdir()
        torch.save(zeros(path), tmp_path / path)
    return tmp_path


def zeros(path: str) -> dict[str, object]:
    groups = next(file["groups"] for file in official_keys().values() if file["path"] == path)
    states = {
        prefix.split(".")[-2]: {key: torch.zeros(shape) for key, shape in group.items()}
        for prefix, group in groups.items()
    }
    return states if path == SMALL else next(iter(states.values()))


def test_the_manifest_has_the_files_that_are_read() -> None:
    assert {file.path for file in manifests()["liveportrait"].files} == set(FILES)
    assert {file["path"] for file in official_keys().values()} == set(FILES)


def test_entries_that_nothing_reads_may_be_there(folder: Path) -> None:
    torch.save({**zeros(SMALL), "retarget_cheek": 3}, folder / SMALL)
    networks = load_motion_networks(folder)
    assert not any(part.training for part in networks.extractor.modules())
    assert not any(weight.requires_grad for weight in networks.eyes.parameters())


def test_what_does_not_fit_is_listed_by_network(folder: Path) -> None:
    state = zeros(EXTRACTOR)
    for number in range(3):
        del state[f"detector.stages.0.{number}.grn.gamma"]
    state["detector.fc_t.weight"] = torch.zeros(4, 768)
    state["detector.fc_wink.weight"] = torch.zeros(2)
    torch.save(state, folder / EXTRACTOR)
    with pytest.raises(EngineError) as caught:
        load_motion_networks(folder)
    assert [line.strip() for line in str(caught.value).splitlines()[1:-1]] == [
        "motion_extractor: 3 missing: detector.stages.0.0.grn.gamma, detector.stages.0.1.grn.gamma, "
        "detector.stages.0.2.grn.gamma",
        "motion_extractor: 1 unexpected: detector.fc_wink.weight",
        "motion_extractor: 1 of another shape: detector.fc_t.weight",
    ]
    assert "govorun models pull liveportrait" in str(caught.value)


def test_small_networks_are_checked_one_by_one(folder: Path) -> None:
    small = zeros(SMALL)
    del small["retarget_mouth"]["mlp.6.bias"]
    torch.save(small, folder / SMALL)
    with pytest.raises(EngineError, match=r"retarget_mouth: 1 missing: mlp\.6\.bias"):
        load_motion_networks(folder)
    del small["retarget_mouth"]
    torch.save(small, folder / SMALL)
    with pytest.raises(EngineError, match="holds no stitching and retargeting networks"):
        load_motion_networks(folder)


def test_absent_and_damaged_files_say_how_to_get_them(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(MissingEngine, match="govorun models pull liveportrait"):
        load_motion_networks(tmp_path_factory.mktemp("empty"))
    for content in (b"", b"<html>not found</html>"):
        (folder / EXTRACTOR).write_bytes(content)
        with pytest.raises(EngineError, match=r"is damaged .*Remove the file"):
            load_motion_networks(folder)


def test_a_pickle_that_would_run_code_does_not(folder: Path) -> None:
    trace = folder / "ran"

    class Malice:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (trace,)

    torch.save({"retarget_shoulder": Malice()}, folder / SMALL)
    with pytest.raises(EngineError, match="is damaged"):
        load_motion_networks(folder)
    assert not trace.exists()


def test_half_precision_needs_cuda(folder: Path) -> None:
    with pytest.raises(OptionError, match="need device cuda, not cpu"):
        load_painter(folder, half=True)


def test_half_precision_reaches_from_the_portrait_to_the_picture() -> None:
    from avatar.face.liveportrait.checkpoint import Painter
    from avatar.face.renderer.appearance import Appearance
    from avatar.face.renderer.folding import fold
    from avatar.face.renderer.spade import PictureDecoder
    from avatar.face.renderer.warping import Warping

    with torch.device("meta"), torch.inference_mode():  # shapes and types alone, no numbers
        painter = Painter(Appearance().eval(), Warping(21).eval(), PictureDecoder(doubled=True).eval())
        fold(painter.warping)
        fold(painter.decoder)
        painter.suit_cuda(half=True, compiled=False)
        encoded = painter.encode(torch.empty(1, 3, 256, 256))
        motion = painter.motion(encoded, torch.empty(1, 21, 3), torch.empty(4, 21, 3))
        picture = painter.draw(encoded, motion)
    assert encoded.volume.dtype == motion.occlusion.dtype == torch.float16
    assert motion.deformation.dtype == torch.float32
    assert (picture.shape, picture.dtype) == ((4, 3, 512, 512), torch.float32)
