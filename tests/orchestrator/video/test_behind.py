"""The sound of films behind the speaker: in time with their pictures, under the speech, at both ends of a scene.

A film of the tests has a tone in both channels, higher on the right, so that the difference of the channels of a video
is the film alone: speech is alike in both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.compose.bed import LIFT_DB
from avatar.core.errors import OptionError
from avatar.core.loudness import measured
from avatar.core.media import read_audio, run_ffmpeg
from avatar.core.program import local
from avatar.core.progress import silent
from avatar.core.types import FacePlan, Phoneme, Size, Speech, frame_count
from motion import BackdropOptions
from motion.engines.film import Film
from orchestrator.video import behind
from orchestrator.video.behind import FADES_S, Behind, FilmSound, _first
from orchestrator.video.checks import check_request
from orchestrator.video.folder import WorkFolder
from orchestrator.video.request import request_of
from orchestrator.video.soundtrack import soundtrack_of
from orchestrator.video.timeline import Scene, lay_out
from tests.tunes import RATE, encoded

FPS, SIZE = 25.0, Size(128, 128)
SPOKEN = ((0.2, 4.0), (8.0, 12.0))
SECONDS = 16.0
SOUNDS: dict[str, tuple[str, ...]] = {
    "stereo.mp4": (),
    "mono.mp4": ("-ac", "1"),
    "telephone.mov": ("-ac", "1", "-ar", "8000", "-c:a", "pcm_mulaw"),
    "five_one.mkv": ("-af", "pan=5.1|FL=FL|FR=FR|FC=0.5*FL|LFE=0*FL|BL=FR|BR=FL", "-c:a", "ac3"),
    "late.mkv": ("-af", "asetpts=PTS+1.5/TB"),
    "short.mp4": ("-af", "atrim=end=2"),
    "opus.webm": ("-c:a", "libopus", "-c:v", "libvpx"),
}


def film_of(path: Path, samples: np.ndarray, *sound: str, rate: str = "25", flashes: tuple[int, ...] = ()) -> Path:
    """A dark film as long as ``samples`` [n, channels]; the frames in ``flashes`` are white."""
    lit = "+".join(f"eq(N,{number})" for number in flashes) or "0"
    seconds = len(samples) / RATE
    dark = f"color=black:s=128x128:r={rate}:d={seconds},geq=lum='235*({lit})+16':cb=128:cr=128"
    pictures = run_ffmpeg(["-y", "-loglevel", "error", "-f", "lavfi", "-i", dark, "-c:v", "libx264", "-bf", "0",
                           "-qp", "10", local(path.with_suffix(".p.mkv"))])  # fmt: skip
    assert pictures.returncode == 0, pictures.stderr
    tune = encoded(path.with_suffix(".wav"), samples)
    done = run_ffmpeg(["-y", "-loglevel", "error", "-i", local(path.with_suffix(".p.mkv")), "-i", local(tune),
                       "-map", "0:v", "-map", "1:a", *(() if "-c:v" in sound else ("-c:v", "copy")), *sound,
                       local(path)])  # fmt: skip
    assert done.returncode == 0, done.stderr
    return path


def steady(seconds: float, *pitches: float) -> np.ndarray:
    """Another tone a channel, float32 [n, channels], each alike at every moment."""
    t = np.arange(round(seconds * RATE)) / RATE
    return np.stack([0.2 * np.sin(2 * np.pi * pitch * t) for pitch in pitches], axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("films")
    made = {name: film_of(folder / name, steady(5.0, 220.0, 331.0), *sound) for name, sound in SOUNDS.items()}
    return {name.partition(".")[0]: path for name, path in made.items()}


def speech(seconds: float = SECONDS, level: float = 0.25) -> Speech:
    """Noise in syllables while somebody speaks, silence else."""
    t = np.arange(round(seconds * 24_000)) / 24_000
    heard = sum(((t >= start) & (t < end)) for start, end in SPOKEN)
    samples = heard * np.sin(2 * np.pi * 2.5 * t) ** 4 * np.random.default_rng(3).normal(0, level, len(t)).clip(-1, 1)
    phonemes = tuple(Phoneme(start, end, "a") for start, end in SPOKEN if end <= seconds)
    return Speech(samples.astype(np.float32), 24_000, "en", phonemes)


def scene_of(folder: Path, photo: Path, spoken: Speech, film: Path | str, **options: Any) -> WorkFolder:
    backdrop = f"@{film}" if isinstance(film, Path) else film
    request = request_of(photo=photo, text="word.", size=str(SIZE), fps=FPS, backdrop=backdrop, **options)
    work = WorkFolder.create(folder, request)
    work.save_speech(spoken)
    work.save_face(FacePlan("still", SIZE, FPS, frame_count(spoken.seconds, FPS), False, {}))
    if isinstance(film, Path):
        own = BackdropOptions(size=SIZE, image=film, engine_options=request.of_backdrop())
        work.save_backdrop(Film().plan(own, silent()))
    return work


def heard(scenes: tuple[Scene, ...], scratch: Path) -> tuple[np.ndarray, dict[str, Any]]:
    track = soundtrack_of(scenes, scratch, silent())
    assert (track.rate, track.channels) == (RATE, 2)
    return np.concatenate(list(track.blocks())), dict(track.facts)


def level(samples: np.ndarray, start: float, end: float) -> float:
    """Of what differs in the channels between two moments, in dB."""
    part = samples[round(start * RATE) : round(end * RATE)].astype(np.float64)
    return float(10 * np.log10(np.mean((part[:, 0] - part[:, 1]) ** 2) + 1e-12))


def tone(samples: np.ndarray, pitch: float, start: float, end: float) -> float:
    """RMS of a pitch in what differs in the channels between two moments, in dB."""
    part = samples[round(start * RATE) : round(end * RATE)].astype(np.float64)
    window = np.hanning(len(part))
    turn = np.exp(-2j * np.pi * pitch * np.arange(len(part)) / RATE) * window
    return float(20 * np.log10(np.abs(turn @ (part[:, 0] - part[:, 1])) / window.sum() * np.sqrt(2) + 1e-12))


def test_a_film_is_down_under_speech_and_up_in_pauses(
    films: dict[str, Path], small_portrait_png: Path, tmp_path: Path
) -> None:
    work = scene_of(tmp_path / "0", small_portrait_png, speech(), films["stereo"], backdrop_sound=-20)
    samples, facts = heard(lay_out([work]), tmp_path)
    assert len(samples) == SECONDS * RATE
    under, pause = tone(samples, 220.0, 1.5, 3.9), tone(samples, 220.0, 5.4, 7.6)
    assert pause - under == pytest.approx(LIFT_DB, abs=0.5)
    assert level(samples, 8.2, 12.0) == pytest.approx(level(samples, 1.5, 3.9), abs=0.5)
    (film,) = facts["films"]
    assert film["lufs"] + film["gain_db"] - facts["speech_lufs"] == pytest.approx(-20, abs=0.01)
    assert (film["scene"], film["file"], film["loop_seconds"]) == (1, "stereo.mp4", 4.52)
    assert measured(iter((samples,)), RATE).lufs == pytest.approx(-16, abs=0.2)
    assert level(samples, 0.0, 0.01) < under - 20 and level(samples, 15.98, 16.0) < pause - 20


def test_off_is_the_speech_alone_and_every_level_is_what_it_says(
    films: dict[str, Path], small_portrait_png: Path, tmp_path: Path
) -> None:
    plain = scene_of(tmp_path / "off", small_portrait_png, speech(), films["stereo"])
    track = soundtrack_of(lay_out([plain]), tmp_path, silent())
    assert (track.channels, track.facts) == (1, {})
    levels = []
    for asked in (-30, -12):
        work = scene_of(tmp_path / str(asked), small_portrait_png, speech(), films["stereo"], backdrop_sound=asked)
        samples, facts = heard(lay_out([work]), tmp_path)
        levels.append(tone(samples, 331.0, 1.5, 3.9) - facts["gain_db"])
    assert levels[1] - levels[0] == pytest.approx(18.0, abs=0.2)


@pytest.mark.parametrize("kind", [name.partition(".")[0] for name in SOUNDS])
def test_films_with_any_sound_are_heard(
    kind: str, films: dict[str, Path], small_portrait_png: Path, tmp_path: Path
) -> None:
    work = scene_of(tmp_path / "0", small_portrait_png, speech(), films[kind], backdrop_sound="-18")
    check_request(work.request)
    samples, facts = heard(lay_out([work]), tmp_path)
    assert np.isfinite(samples).all() and len(samples) == SECONDS * RATE
    pause = samples[round(5.6 * RATE) : round(7.0 * RATE)]
    assert 20 * np.log10(np.sqrt(np.mean(pause**2))) > -45
    (film,) = facts["films"]
    assert film["lufs"] + film["gain_db"] - facts["speech_lufs"] == pytest.approx(-18, abs=0.01)
    assert measured(iter((samples,)), RATE).lufs == pytest.approx(-16, abs=0.2)


def test_sound_that_is_late_or_ends_early_lies_where_the_pictures_do(
    films: dict[str, Path], small_portrait_png: Path, tmp_path: Path
) -> None:
    option = {"backdrop_option": {"fade": "0"}, "backdrop_sound": 0}
    pauses = Speech(np.zeros(round(9.6 * 24_000), np.float32), 24_000, "en")
    late, _ = heard(lay_out([scene_of(tmp_path / "l", small_portrait_png, pauses, films["late"], **option)]), tmp_path)
    early, _ = heard(
        lay_out([scene_of(tmp_path / "e", small_portrait_png, pauses, films["short"], **option)]), tmp_path
    )
    for samples, sounding, still in ((late, (1.55, 4.9), (0.0, 1.45)), (early, (0.35, 1.95), (2.05, 4.95))):
        for begin in (0.0, 5.0):
            assert level(samples, *(begin + at for at in sounding)) > -40
            assert level(samples, *(begin + at for at in still)) < -70


@pytest.mark.parametrize(
    ("rate", "options"),
    [
        ("25", {}),
        ("25", {"backdrop_trim": "0.8-3.52"}),
        ("30000/1001", {}),
        ("24", {"backdrop_option": {"fade": "0"}}),
        ("50", {"backdrop_trim": "0:01-"}),
    ],
)
def test_a_click_is_heard_at_its_flash_also_after_many_loops(
    rate: str, options: dict[str, Any], small_portrait_png: Path, tmp_path: Path
) -> None:
    numerator, _, denominator = rate.partition("/")
    frames_a_second = int(numerator) / int(denominator or 1)
    flash = round(2.2 * frames_a_second)
    samples = np.zeros((round(4.0 * RATE), 2), np.float32)
    begin = round(flash / frames_a_second * RATE)
    samples[begin : begin + 480] = 0.8
    flashes = (flash, flash + 1)
    film = film_of(tmp_path / "f.mkv", samples, "-c:a", "pcm_s16le", rate=rate, flashes=flashes)
    pauses = Speech(np.zeros(30 * 24_000, np.float32), 24_000, "en")
    work = scene_of(tmp_path / "0", small_portrait_png, pauses, film, backdrop_sound=0, **options)
    sound = np.concatenate(list(_first(FilmSound(lay_out([work])[0], RATE).blocks(), 30 * RATE, silent())))
    loud = np.abs(sound[:, 0]) > 0.4
    clicks = np.flatnonzero(loud & ~np.roll(loud, 1)) / RATE
    clip = Film().open(work.load_backdrop(), SIZE, FPS, "cpu")
    bright = np.array([float(clip.frame(number).mean()) > 0.5 for number in range(round(30 * FPS))])
    lit = np.flatnonzero(bright & ~np.roll(bright, 1)) / FPS
    assert len(clicks) == len(lit) >= 7
    assert np.abs(clicks - lit).max() <= 1 / FPS


def test_every_scene_has_its_own_film_and_fades_it(
    films: dict[str, Path], small_portrait_png: Path, tmp_path: Path
) -> None:
    low = film_of(tmp_path / "low.mp4", steady(3.0, 110.0, 150.0))
    quiet = Speech(np.zeros(6 * 24_000, np.float32), 24_000, "en")
    works = [
        scene_of(tmp_path / "0", small_portrait_png, speech(6.0), films["stereo"], backdrop_sound=-10),
        scene_of(tmp_path / "1", small_portrait_png, quiet, "#203040"),
        scene_of(tmp_path / "2", small_portrait_png, quiet, low, backdrop_sound=-10),
    ]
    scenes = lay_out(works)
    samples, facts = heard(scenes, tmp_path)
    assert [film["scene"] for film in facts["films"]] == [1, 3]
    assert tone(samples, 220.0, 1.0, 3.0) > -50 and tone(samples, 110.0, 1.0, 3.0) < -80
    second, third = scenes[1].start, scenes[2].start
    assert level(samples, second + 0.01, third - 0.01) < -90
    assert tone(samples, 110.0, third + 1.0, third + 3.0) > -50
    assert tone(samples, 220.0, third + 1.0, third + 3.0) < -80
    for moment, way in ((second, -1), (third, 1), (scenes[2].end, -1)):
        near = level(samples, *sorted((moment, moment + way * 0.02)))
        far = level(samples, *sorted((moment + way * 0.7, moment + way * 1.0)))
        assert near < far - 20
    jumps = np.abs(np.diff(samples[:, 0] - samples[:, 1]))
    assert jumps[round(second * RATE) - 50 : round(second * RATE) + 50].max() < 1e-3
    assert FADES_S[0] < FADES_S[1] < 1.0


def test_music_and_film_lie_under_the_speech_together(
    films: dict[str, Path], small_portrait_png: Path, tmp_path: Path
) -> None:
    music = encoded(tmp_path / "m.wav", steady(20.0, 500.0, 620.0))
    options = {"backdrop_sound": -18, "music": music, "music_volume": -24, "loudness": -20}
    work = scene_of(tmp_path / "0", small_portrait_png, speech(), films["stereo"], **options)
    samples, facts = heard(lay_out([work]), tmp_path)
    assert measured(iter((samples,)), RATE).lufs == pytest.approx(-20, abs=0.2)
    for pitch in (220.0, 500.0):
        up = tone(samples, pitch, 5.6, 7.5) - tone(samples, pitch, 1.5, 3.9)
        assert up == pytest.approx(LIFT_DB, abs=0.6)
    assert facts["music"]["file"] == "m.wav" and len(facts["films"]) == 1


def test_equal_requests_sound_alike_and_long_loops_are_decoded_again(
    films: dict[str, Path], small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def once(name: str) -> np.ndarray:
        work = scene_of(tmp_path / name, small_portrait_png, speech(), films["stereo"], backdrop_sound=-18)
        return heard(lay_out([work]), tmp_path / name)[0]

    kept, again = once("a"), once("b")
    monkeypatch.setattr(behind, "_KEPT_S", 0.0)
    assert np.array_equal(kept, again) and np.array_equal(kept, once("c"))


def test_what_is_taken_in_pieces_is_what_is_taken_at_once(
    films: dict[str, Path], small_portrait_png: Path, tmp_path: Path
) -> None:
    work = scene_of(tmp_path / "0", small_portrait_png, speech(3.0), films["stereo"], backdrop_sound=-18)
    twice = lay_out([work, work])
    sounds = [(FilmSound(scene, RATE), 0.5) for scene in twice]
    whole, pieces = (Behind(twice, sounds, 9.0, RATE) for _ in range(2))
    at_once = whole.take(7 * RATE)
    bits = np.concatenate([pieces.take(n) for n in [1, 999, 100_000, *[5_000] * 47]])
    assert np.array_equal(at_once[: len(bits)], bits) and not at_once[6 * RATE :].any()
    whole.close(), pieces.close()


def test_what_cannot_be_heard_is_told_before_anything_is_made(
    films: dict[str, Path], small_portrait_png: Path, tmp_path: Path
) -> None:
    mute = tmp_path / "mute.mp4"
    done = run_ffmpeg(["-loglevel", "error", "-i", local(films["stereo"]), "-an", "-c:v", "copy", local(mute)])
    assert done.returncode == 0
    silent_film = film_of(tmp_path / "silent.mp4", np.zeros((4 * RATE, 2), np.float32))
    picture = tmp_path / "p.png"
    picture.write_bytes(small_portrait_png.read_bytes())

    def asked(**options: Any) -> None:
        check_request(request_of(photo=small_portrait_png, text="Hello.", speech_engine="tone", **options))

    asked(backdrop=f"@{mute}")
    asked(backdrop=f"@{films['short']}", backdrop_sound=-18)
    for options, told in (
        ({"backdrop": f"@{mute}"}, "mute.mp4 has no sound"),
        ({"backdrop": f"@{silent_film}"}, "silent.mp4 is silent"),
        ({"backdrop": f"@{films['short']}", "backdrop_trim": "2.5-4"}, "short.mp4 is silent where it is shown"),
        ({"backdrop": f"@{films['short']}", "backdrop_trim": "9-"}, "nothing at 9"),
        ({"backdrop": f"@{picture}"}, "this backdrop is none"),
        ({"backdrop": "calm ocean"}, "for a film of your own"),
    ):
        with pytest.raises(OptionError, match=told):
            asked(backdrop_sound=-18, **options)
    for wrong in ("loud", "3", "-61", "nan"):
        with pytest.raises(OptionError, match="backdrop_sound"):
            asked(backdrop=f"@{mute}", backdrop_sound=wrong)
    torn = tmp_path / "torn.mkv"
    torn.write_bytes(films["late"].read_bytes()[:30_000])
    assert list(read_audio(torn, RATE, 2, 0.5)) is not None
