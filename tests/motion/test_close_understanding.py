"""From an embedding to a scene by numbers: the nearest family, the pull, the scores of tones, moods, the reading."""

from __future__ import annotations

import numpy as np
import pytest

from motion.anchors import MOODS, anchors
from motion.learned import Learned
from motion.scenes.families import FAMILIES
from motion.understanding import (
    Understood,
    family_of,
    moods_of,
    pull,
    reading_note,
    tone_scores,
    understand,
    words_of,
)  # fmt: skip

OCEAN = FAMILIES["ocean"]


def known(name: str) -> np.ndarray:
    family = FAMILIES[name]
    return anchors().of([*family.captions, *(f"{name}, {phrase}" for phrase in family.tones)])


def test_words_are_small_letters_without_accents() -> None:
    assert words_of("Café au LAIT, 35 mm") == ("cafe", "au", "lait", "mm")
    assert words_of("Café 35mm 7", numbers=True) == ("cafe", "35", "mm", "7")


def test_every_caption_leads_to_its_family() -> None:
    for family in FAMILIES.values():
        for caption in family.captions:
            found, cosine = family_of(anchors().vectors[caption])
            assert cosine == pytest.approx(1.0, abs=1e-5) and caption in found.captions


def test_a_word_of_a_familys_name_counts_for_it() -> None:
    drawn = np.random.default_rng(8)
    named = {"desert dunes": (("dune",), ("deserts", "dunes", "desert")), "ocean": (("oceans",), ("the", "ocean"))}
    decided = 0
    for name, others in ((name, words) for name, several in named.items() for words in several):
        for _ in range(60):
            vector = anchors().of(["ocean", "desert dunes"]).T @ drawn.uniform(0.3, 0.7, 2)
            cosines = {one.name: float((anchors().of(list(one.captions)) @ vector).max()) for one in FAMILIES.values()}
            extra = 0.16 if "deserts" in others else 0.08
            best = max(cosines, key=lambda one: cosines[one] + extra * (one == name))
            found, cosine = family_of(vector, others)
            assert found.name == best and cosine == pytest.approx(cosines[best], abs=1e-6)
            decided += best != max(cosines, key=lambda one: cosines[one])
    assert decided > 10


@pytest.mark.parametrize(
    ("closeness", "share"), [(0.9, 0.0), (0.45, 0.0), (0.36, 0.2), (0.225, 0.5), (0.1, 0.7), (-0.2, 0.7)]
)
def test_what_is_far_is_pulled_to_the_five_nearest_captions(closeness: float, share: float) -> None:
    vector = np.random.default_rng(4).standard_normal(384)
    vector /= np.linalg.norm(vector)
    rows = known("ocean")
    mean = rows[np.argsort(rows @ vector)[-5:]].mean(axis=0)
    wanted = (1.0 - share) * vector + share * mean / np.linalg.norm(mean)
    found = pull(vector, OCEAN, closeness)
    assert found.dtype == np.float32 and np.allclose(found, wanted / np.linalg.norm(wanted), atol=1e-6)


def test_tones_score_by_both_captions_the_words_and_the_usual_one() -> None:
    vectors = np.random.default_rng(4).standard_normal((2, 384))
    phrases = list(OCEAN.tones)
    scenes, plain = anchors().of([f"ocean, {one}" for one in phrases]), anchors().of(phrases)
    wanted = (vectors - anchors().vectors["ocean"]) @ (0.6 * scenes + 0.4 * plain).T
    wanted[:, phrases.index(OCEAN.usual)] += 0.05
    assert np.allclose(tone_scores(vectors, OCEAN, ()), wanted, atol=1e-6)
    named = tone_scores(vectors, OCEAN, ("sunsets", "by")) - wanted
    assert np.allclose(named, [[0.14 * ("sunset" in one) for one in phrases]] * 2, atol=1e-6)
    assert tone_scores(vectors[0], OCEAN, ()).shape == (len(phrases),)


def test_moods_swing_between_two_sentences() -> None:
    vectors = np.random.default_rng(4).standard_normal((3, 384)) / 20.0
    found = moods_of(vectors)
    assert set(found) == {"bright", "warm", "misty", "vivid", "calm"} == set(MOODS)
    for name, (towards, away) in MOODS.items():
        wanted = np.tanh(5.0 * (vectors @ (anchors().vectors[towards] - anchors().vectors[away])))
        assert np.allclose(found[name], wanted, atol=1e-6)


def test_a_prompt_is_far_below_a_likeness_of_three_tenths() -> None:
    for closeness, far in ((0.29, True), (0.3, False)):
        assert Understood(np.zeros(1), "ocean", (), closeness, "").far is far


def test_a_far_prompt_is_read_as_a_guess() -> None:
    vector = anchors().vectors["ocean"].astype(np.float64)
    for share, ends in ((0.31, False), (0.29, True)):
        found = understand("x", share * vector)
        assert found.family == "ocean" and found.closeness == pytest.approx(share, abs=1e-5)
        assert found.reading.startswith("read as: ocean, ") and found.reading.endswith(" (a guess)") is ends
        assert found.words == ("x",) and not found.learned and found.plane is None


@pytest.mark.parametrize(
    ("name", "side", "mood"),
    [("misty", 0, "misty"), ("misty", 1, "clear"), ("bright", 1, "dark"), ("warm", 1, "cold"), ("vivid", 1, "muted"),
     ("calm", 1, "dramatic")],
)  # fmt: skip
def test_the_strongest_mood_is_told_unless_the_tone_says_it(name: str, side: int, mood: str) -> None:
    pair = MOODS[name]
    vector = anchors().vectors["ocean"] + 2.0 * (anchors().vectors[pair[side]] - anchors().vectors[pair[1 - side]])
    vector /= np.linalg.norm(vector)
    found = understand("x", vector)
    values = {one: float(value) for one, value in moods_of(found.vector).items()}
    strongest = max(values, key=lambda one: abs(values[one]))
    opposites = {"bright": "dark", "warm": "cold", "misty": "clear", "vivid": "muted", "calm": "dramatic"}
    told = strongest if values[strongest] > 0.0 else opposites[strongest]
    family = FAMILIES[found.family]
    tone = list(family.tones)[int(np.argmax(tone_scores(found.vector, family, ("x",))))]
    ends = "" if told in tone or abs(values[strongest]) < 0.6 else f", {told}"
    assert found.reading.removesuffix(" (a guess)") == f"read as: {family.name}, {tone}{ends}"
    assert strongest == name and told == mood


def test_own_pictures_are_meant_where_they_are_at_least_as_near() -> None:
    caption = anchors().vectors["calm sea waves"]
    learned = Learned(
        ("our office", "their lamp"), np.stack([caption, np.eye(384, dtype=np.float32)[0]]), {"pictures": 2}
    )
    found = understand("sea", caption, learned)
    assert found.learned and found.reading == "read as: our office" and found.closeness == pytest.approx(1.0, abs=1e-5)
    assert found.family == "ocean" and found.words == ("sea",)
    below = Learned(("our office",), 0.9 * caption[None], {"pictures": 1})
    assert not understand("sea", caption, below).learned
    named = understand("ocean", caption, learned)
    assert not named.learned and named.family == "ocean"
    nearer = Learned(("our office",), 1.01 * caption[None], {"pictures": 1})
    weak = understand("x", 0.2 * caption, nearer)
    assert weak.learned and weak.reading == "read as: our office (a guess)"


def test_a_reading_is_told_as_read_or_guessed() -> None:
    read, guessed = reading_note("read as: ocean, dusk"), reading_note("read as: ocean (a guess)")
    assert (read.reason, guessed.reason) == ("backdrop_read", "backdrop_guessed")
    assert read.params == {"reading": "read as: ocean, dusk", "place": "ocean, dusk"}
    assert guessed.params["place"] == "ocean" and guessed == "backdrop read as: ocean (a guess)"
