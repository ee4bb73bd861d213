"""Gestures: limits, rhythm, cues, independence of the frame rate, no period, no freezing."""

from dataclasses import replace

import numpy as np
import pytest

from avatar.core.errors import OptionError
from avatar.core.types import Cue, GestureTrack, Phoneme, Speech, Word, frame_count
from motion import STYLES, gesture
from motion.drift import content_seed
from motion.gaze import blink_times, gaze_targets
from motion.prosody import Phrase

_ACCENTED = 2.0


def spoken(seconds: float, seed: int = 0, cues: tuple[Cue, ...] = ()) -> Speech:
    """A made-up speech: sentences of 6-13 words with pauses, stressed vowels, loudness and pitch."""
    draw = np.random.default_rng(seed)
    words: list[Word] = []
    phonemes: list[Phoneme] = []
    energy, pitch = np.zeros(int(seconds * 100), np.float32), np.zeros(int(seconds * 100), np.float32)
    now = 0.4
    while now < seconds - 5.0:
        for k in range(draw.integers(6, 14)):
            length = draw.uniform(0.18, 0.5)
            words.append(Word(now, now + length, "word" if k else "Word"))
            stress = int(draw.random() < 0.4)
            phonemes.append(Phoneme(now + 0.3 * length, now + 0.7 * length, "a", stress))
            span = slice(int(now * 100), int((now + length) * 100))
            energy[span] = 0.8 if stress else 0.4
            pitch[span] = 120.0 * 2 ** (0.25 * stress + draw.normal(0, 0.08))
            now += length
        words[-1] = Word(words[-1].start, words[-1].end, "word.")
        now += draw.uniform(0.35, 0.8)
    samples = np.zeros(int(seconds * 16000), np.float32)
    return Speech(samples, 16000, "en", tuple(phonemes), tuple(words), cues, energy, pitch)


def track(
    seconds: float, fps: float = 25.0, style: str = "calm", seed: int = 0, cues: tuple[Cue, ...] = ()
) -> GestureTrack:
    return gesture(spoken(seconds, seed, cues), fps, frame_count(seconds, fps), style, seed)


def blinks(lids: np.ndarray) -> np.ndarray:
    return np.flatnonzero((lids[1:] > 0.5) & (lids[:-1] <= 0.5))


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize("fps", [10.0, 25.0, 60.0])
def test_limits_hold(style: str, fps: float) -> None:
    made = track(40.0, fps, style, seed=3)
    limits = {"yaw": 13.0, "pitch": 10.0, "roll": 8.0, "gaze_x": 1.0, "gaze_y": 1.0, "brows": 1.0}
    for name, limit in limits.items():
        curve = getattr(made, name)
        assert curve.dtype == np.float32
        assert len(curve) == made.frames == 40 * fps
        assert np.abs(curve).max() <= limit
    for name in ("yaw", "pitch", "roll"):
        assert np.abs(np.diff(getattr(made, name))).max() <= 2.0
    assert made.lids.min() >= 0.0
    assert made.lids.max() <= 1.0


# Standard deviations of yaw, pitch and roll in degrees: between a calm speaker and the mean of six filmed ones.
_SPREADS = {
    "calm": (2.4, 1.5, 1.2),
    "natural": (3.4, 2.1, 1.9),
    "presenter": (5.0, 3.4, 2.3),
    "lively": (5.2, 3.6, 2.4),
}


@pytest.mark.parametrize("style", sorted(STYLES))
def test_pose_spreads_as_that_of_real_speakers(style: str) -> None:
    made = [track(40.0, style=style, seed=seed) for seed in range(6)]
    for name, least in zip(("yaw", "pitch", "roll"), _SPREADS[style], strict=True):
        deviations = [float(getattr(one, name).std()) for one in made]
        assert least <= float(np.mean(deviations)) <= 1.7 * least, name
        assert min(deviations) > 0.6 * least


@pytest.mark.parametrize(("style", "rate"), [("calm", 17), ("natural", 28), ("presenter", 46), ("lively", 48)])
def test_blinks_come_in_human_rhythm(style: str, rate: float) -> None:
    counts = []
    for seed in range(16):
        starts = blinks(track(30.0, style=style, seed=seed).lids) / 25.0
        counts.append(2 * len(starts))
        assert 8 <= counts[-1] <= 1.7 * rate
        assert np.diff(starts).min() >= 0.38
    assert float(np.mean(counts)) == pytest.approx(rate, rel=0.15)


def test_a_short_clip_has_a_blink() -> None:
    assert all(len(blinks(track(4.0, style="calm", seed=seed).lids)) for seed in range(24))


def _words(speech: Speech, word: str) -> Speech:
    return replace(speech, words=tuple(replace(one, text=word) for one in speech.words))


def test_life_follows_what_is_said_and_who_says_it() -> None:
    """Equal requests are equal; other words, another person or another seed blink and turn at other times."""
    speech = spoken(20.0, 1)
    first, again = (gesture(speech, 25.0, 500, "lively", 0, "a photo") for _ in range(2))
    assert all(np.array_equal(getattr(first, name), getattr(again, name)) for name in ("yaw", "lids", "gaze_x"))
    others = [
        gesture(_words(speech, "other"), 25.0, 500, "lively", 0, "a photo"),
        gesture(speech, 25.0, 500, "lively", 0, "another photo"),
        gesture(speech, 25.0, 500, "lively", 1, "a photo"),
    ]
    for other in others:
        assert abs(float(np.corrcoef(first.yaw, other.yaw)[0, 1])) < 0.6
        alike = set(blinks(first.lids)) & set(blinks(other.lids))
        assert len(alike) < 0.4 * len(blinks(first.lids))


def test_two_scripts_share_no_blink() -> None:
    times = np.arange(0.0, 30.0, 0.04)
    rate = np.full(len(times), 40.0)
    begun = [set(blink_times(times, 30.0, (), rate, content_seed(0, "photo", text))) for text in ("one", "two")]
    assert len(begun[0]) > 12 and not begun[0] & begun[1]


def test_some_blinks_are_shallow() -> None:
    tracks = [track(60.0, style="lively", seed=seed) for seed in range(3)]
    depths = np.concatenate([_depths(one.lids) for one in tracks])
    assert 0.05 < float(np.mean(depths < 0.97)) < 0.6
    assert depths.min() > 0.5


def _depths(lids: np.ndarray) -> np.ndarray:
    top = (lids[1:-1] >= lids[:-2]) & (lids[1:-1] > lids[2:]) & (lids[1:-1] > 0.4)
    return lids[1:-1][top]


def test_lips_part_before_a_phrase_and_cheeks_live() -> None:
    speech = spoken(30.0, 2)
    made = gesture(speech, 25.0, 750, "lively", 2)
    first = int(25 * speech.words[0].start)
    assert made.parted[max(first - 6, 0) : first].max() > 0.03
    assert made.parted.min() >= 0.0 and made.parted.max() < 0.25
    assert 0.15 < made.cheeks.std() < 0.6 and np.abs(made.cheeks).max() <= 1.0


def test_blinks_prefer_the_ends_of_phrases() -> None:
    near, chance = 0, 0.0
    for seed in range(8):
        speech = spoken(60.0, seed)
        ends = np.array([w.end for w in speech.words if w.text.endswith(".")])
        starts = blinks(gesture(speech, 25.0, 1500, "calm", seed).lids) / 25.0
        near += sum(bool(np.abs(ends - start).min() < 0.3) for start in starts)
        times = np.arange(0, 60, 0.02)
        chance += len(starts) * float(np.mean([np.abs(ends - t).min() < 0.3 for t in times]))
    assert near > 1.4 * chance


def test_eyes_stay_near_the_viewer_from_the_first_word_to_the_last() -> None:
    """Wide glances belong to pauses: measured where a phrase begins, in its middle, and between two."""
    spread: dict[str, list[float]] = {"start": [], "middle": [], "pause": []}
    times = np.arange(0.0, 60.0, 0.02)
    spoken_at = tuple(Phrase(start, start + 2.0, True, False) for start in np.arange(2.0, 58.0, 4.0))
    for seed in range(40):
        x, y = gaze_targets(times, spoken_at, 1.0, seed)
        jumps = np.flatnonzero((np.diff(x, prepend=x[0]) != 0) & (np.diff(x, append=x[-1]) == 0)) + 1
        for at in jumps[jumps < len(times)]:
            into = (times[at] - 0.04 - 2.0) % 4.0
            where = "start" if into < 0.6 else "middle" if into < 1.9 else "pause" if 2.1 < into < 3.8 else ""
            if where and times[at] > 2.0:
                spread[where].append(float(np.hypot(x[at], y[at])))
    start, middle, pause = (float(np.median(spread[where])) for where in ("start", "middle", "pause"))
    assert min(map(len, spread.values())) > 100
    assert start == pytest.approx(middle, rel=0.25)
    assert pause > 2.0 * max(start, middle)


def nods(pitch: np.ndarray, fps: float = 25.0) -> np.ndarray:
    """Times of the peaks of nose-down motion that stand out of the second around them by half a degree."""
    fast = pitch - np.convolve(pitch, np.ones(25) / 25, mode="same")
    peaks = np.flatnonzero((fast[1:-1] > fast[:-2]) & (fast[1:-1] >= fast[2:]) & (fast[1:-1] > 0.5)) + 1
    return peaks / fps


@pytest.mark.parametrize("style", sorted(STYLES))
def test_nods_fall_on_stress_more_often_than_if_they_were_shifted(style: str) -> None:
    near, by_chance = 0, np.zeros(200)
    shifts = np.random.default_rng(0).uniform(1.0, 59.0, len(by_chance))
    for seed in range(3):
        speech = spoken(60.0, seed)
        stressed = np.array([0.5 * (p.start + p.end) for p in speech.phonemes if p.stress == 1])
        times = nods(gesture(speech, 25.0, 1500, style, seed).pitch)
        near += _within(times, stressed)
        by_chance += [_within((times + shift) % 60.0, stressed) for shift in shifts]
    assert near > 1.25 * by_chance.mean()
    assert near > by_chance.max()


def _within(times: np.ndarray, stressed: np.ndarray) -> int:
    """How many of ``times`` are within 150 ms of a stressed syllable."""
    return int((np.abs(times[:, None] - stressed[None]).min(axis=1) <= 0.15).sum())


def test_the_head_is_as_quick_as_that_of_real_speakers() -> None:
    speeds = {}
    for style in STYLES:
        tracks = [track(60.0, style=style, seed=seed) for seed in range(4)]
        speeds[style] = {name: _speed(tracks, name) for name in ("yaw", "pitch", "roll")}
    assert all(8.0 < speeds[style]["yaw"] < 25.0 for style in STYLES)
    for name in ("yaw", "pitch", "roll"):
        assert speeds["calm"][name] < speeds["natural"][name] < speeds["presenter"][name] < speeds["lively"][name]


def _speed(tracks: list[GestureTrack], name: str) -> float:
    """Mean speed in degrees a second."""
    return float(np.mean([np.abs(np.diff(getattr(one, name))).mean() * one.fps for one in tracks]))


@pytest.mark.parametrize("style", sorted(STYLES))
def test_a_talking_head_has_no_period(style: str) -> None:
    for seed in range(3):
        made = track(90.0, style=style, seed=seed)
        for name in ("yaw", "pitch", "roll"):
            centred = getattr(made, name) - getattr(made, name).mean()
            similar = np.correlate(centred, centred, mode="full")[made.frames - 1 :] / (centred @ centred)
            after = similar[25:1500]
            peaks = after[1:-1][(after[1:-1] > after[:-2]) & (after[1:-1] >= after[2:])]
            assert peaks.max() < 0.5, name


def test_the_head_moves_more_quickly_while_it_talks() -> None:
    speech = spoken(60.0, 4)
    talking = np.interp(np.arange(1500) / 25.0, np.arange(len(speech.energy)) / 100.0, speech.energy) > 0.1
    speed = np.abs(np.diff(gesture(speech, 25.0, 1500, "presenter", 4).yaw))
    lasting = np.convolve(talking, np.ones(25), mode="same")
    assert speed[lasting[1:] > 22].mean() > 1.2 * speed[lasting[1:] < 3].mean()


def test_the_head_is_never_frozen_in_silence_and_never_periodic() -> None:
    silent = Speech(np.zeros(16000 * 90, np.float32), 16000, "en")
    yaw = gesture(silent, 25.0, 2250, "calm", 1).yaw
    moved = np.abs(yaw[25:] - yaw[:-25])
    assert np.median(moved) > 0.15
    centred = yaw - yaw.mean()
    similar = np.correlate(centred, centred, mode="full")[len(yaw) - 1 :] / (centred @ centred)
    assert similar[125:1500].max() < 0.75


def test_it_starts_and_ends_near_the_photo() -> None:
    made = track(20.0, seed=9)
    for name in ("yaw", "pitch", "roll", "sway_x", "lean"):
        curve = np.abs(getattr(made, name))
        assert curve[0] < 0.1
        assert curve[-1] < 0.5


def test_same_inputs_same_track_and_other_seed_another() -> None:
    first, again, other = track(10.0, seed=1), track(10.0, seed=1), gesture(spoken(10.0, 1), 25.0, 250, "calm", 2)
    assert np.array_equal(first.yaw, again.yaw)
    assert not np.allclose(first.yaw, other.yaw, atol=0.5)


def test_the_frame_rate_only_samples_the_same_motion() -> None:
    slow, fast = track(20.0, 25.0), track(20.0, 50.0)
    assert np.allclose(slow.yaw, fast.yaw[::2], atol=0.3)
    assert np.allclose(slow.gaze_x, fast.gaze_x[::2], atol=0.05)


@pytest.mark.parametrize(
    ("cue", "name", "least"),
    [("nod", "pitch", 2.0), ("shake", "yaw", 2.5), ("shrug", "shoulders", 0.04)],
)
def test_cues_act(cue: str, name: str, least: float) -> None:
    plain, cued = track(12.0), track(12.0, cues=(Cue(_ACCENTED, _ACCENTED, cue),))
    change = np.abs(getattr(cued, name) - getattr(plain, name))
    assert change[int(25 * _ACCENTED) : int(25 * (_ACCENTED + 1.2))].max() > least
    assert change[int(25 * 6.0) :].max() < 1e-3


def test_a_nod_and_a_shake_stand_out_of_lively_motion() -> None:
    """A nod goes down twice and a shake to and fro in two and a half cycles, further than anything beside them."""
    cues = (Cue(_ACCENTED, _ACCENTED, "nod"), Cue(7.0, 7.0, "shake"))
    for seed in range(4):
        made = track(14.0, style="lively", seed=seed, cues=cues)
        nod, shake = made.pitch[50:80], made.yaw[175:215]
        assert np.ptp(nod) > 7.0 and np.ptp(shake) > 12.0
        turns = np.flatnonzero(np.diff(np.sign(np.diff(shake))) != 0)
        assert len(turns) >= 4
        assert np.abs(np.diff(made.yaw)).max() <= 3.3


def test_look_left_turns_eyes_and_head_to_the_viewers_left() -> None:
    plain, cued = track(12.0), track(12.0, cues=(Cue(3.0, 3.0, "look", "left"),))
    inside = slice(85, 105)
    assert cued.gaze_x[inside].mean() < -0.7
    assert (cued.yaw - plain.yaw)[inside].mean() < -1.5


@pytest.mark.parametrize(("side", "sign"), [("left", -1.0), ("right", 1.0), ("", 1.0)])
def test_a_wink_shuts_one_eye_and_the_other_stays_open(side: str, sign: float) -> None:
    cued = track(12.0, style="lively", cues=(Cue(3.0, 3.0, "wink", side),))
    assert (sign * cued.wink)[78:83].min() == 1.0 and not cued.wink[:74].any() and not cued.wink[90:].any()
    assert cued.lids[73:90].max() < 0.05
    assert blinks(cued.lids).size > 3


def test_a_style_cue_changes_what_follows() -> None:
    plain, cued = track(40.0), track(40.0, cues=(Cue(15.0, 15.0, "style", "lively"),))
    assert np.allclose(plain.yaw[: 25 * 14], cued.yaw[: 25 * 14])
    assert np.abs(np.diff(cued.pitch[500:])).mean() > 1.1 * np.abs(np.diff(plain.pitch[500:])).mean()


def test_unknown_style_names_the_choices() -> None:
    with pytest.raises(OptionError, match="calm, natural, lively, presenter"):
        track(5.0, style="wild")


def test_one_frame_is_enough() -> None:
    made = gesture(Speech(np.zeros(10, np.float32), 16000, "en"), 25.0, 1)
    assert made.frames == 1


def test_a_third_of_a_second_of_voice_is_enough() -> None:
    pitch = np.linspace(120.0, 160.0, 30).astype(np.float32)
    speech = Speech(np.zeros(4800, np.float32), 16000, "en", energy=np.full(30, 0.5, np.float32), pitch=pitch)
    assert gesture(speech, 10.0, 3).frames == 3
