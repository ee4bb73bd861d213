"""Rotations in n dimensions against the explicit matrix and the matrix exponential."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from motion.rotation import (
    Rotation,
    angle_between,
    geodesic,
    orthogonal_plane,
    plane_through,
    principal_planes,
    random_plane,
    rotation_between,
)

dimensions = st.integers(2, 40)
seeds = st.integers(0, 10_000)
angles = st.floats(-6.3, 6.3)


def vectors(seed: int, count: int, dimension: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, dimension))


@settings(max_examples=40, deadline=None)
@given(dimensions, seeds, angles)
def test_agrees_with_the_matrix_and_the_exponential(dimension: int, seed: int, angle: float) -> None:
    batch = vectors(seed, 5, dimension)
    rotation = Rotation(plane_through(batch[0], batch[1]), angle)
    assert np.allclose(rotation.apply(batch), batch @ rotation.matrix().T, atol=1e-9)
    assert np.allclose(rotation.matrix(), expm(rotation.logarithm()), atol=1e-9)
    assert np.allclose(rotation.matrix() @ rotation.matrix().T, np.eye(dimension), atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 60), seeds, angles, st.sampled_from([np.float32, np.float64]))
def test_keeps_norms_and_angles(dimension: int, seed: int, angle: float, kind: type) -> None:
    batch = vectors(seed, 6, dimension).astype(kind)
    turned = Rotation(random_plane(dimension, np.random.default_rng(seed)), angle).apply(batch)
    assert turned.dtype == kind
    assert np.allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(batch, axis=1), rtol=1e-6)
    scale = np.linalg.norm(batch, axis=1).max() ** 2
    assert np.allclose(turned @ turned.T, batch @ batch.T, atol=2e-6 * scale)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 400), seeds, st.floats(1e-7, 3.14159), st.sampled_from([np.float32, np.float64]))
def test_turns_one_vector_into_the_other_even_if_nearly_parallel_or_opposite(
    dimension: int, seed: int, angle: float, kind: type
) -> None:
    first, other = vectors(seed, 2, dimension)
    plane = plane_through(first, other)
    second = (Rotation(plane, angle).apply(first) * 2.0).astype(kind)
    arrived = rotation_between(first, second).apply(first)
    assert angle_between(arrived, second) < 1e-6


def test_opposite_vectors_turn_by_half() -> None:
    vector = np.array([1.0, 2.0, 3.0, 4.0])
    rotation = rotation_between(vector, -vector)
    assert rotation.angle == pytest.approx(np.pi)
    assert np.allclose(rotation.apply(vector), -vector)


def test_small_angles_do_not_lose_digits() -> None:
    first, other = vectors(3, 2, 384)
    second = Rotation(plane_through(first, other), 1e-9).apply(first)
    assert angle_between(first, second) == pytest.approx(1e-9, rel=1e-3)


def test_composition_adds_angles_and_refuses_another_plane() -> None:
    batch = vectors(1, 4, 12)
    plane = plane_through(batch[0], batch[1])
    both = Rotation(plane, 0.4).then(Rotation(plane, 0.9))
    assert np.allclose(both.apply(batch), Rotation(plane, 1.3).apply(batch))
    assert np.allclose(both.inverse().apply(both.apply(batch)), batch)
    with pytest.raises(ValueError, match="same plane"):
        both.then(Rotation(plane_through(batch[2], batch[3]), 0.1))


def test_a_batch_of_angles_turns_each_vector_by_its_own() -> None:
    batch = vectors(5, 3, 9)
    plane = plane_through(batch[0], batch[2])
    turned = Rotation(plane, np.array([0.1, 1.0, -2.0])).apply(batch)
    for vector, angle, result in zip(batch, (0.1, 1.0, -2.0), turned, strict=True):
        assert np.allclose(result, Rotation(plane, angle).apply(vector))


def test_planes_are_orthonormal_and_orthogonal_to_what_was_asked() -> None:
    directions = vectors(7, 5, 30)
    plane = orthogonal_plane(directions, np.random.default_rng(0))
    assert np.allclose(directions @ plane.n1, 0, atol=1e-9)
    assert np.allclose(directions @ plane.n2, 0, atol=1e-9)
    assert abs(plane.n1 @ plane.n2) < 1e-12
    with pytest.raises(ValueError, match="no plane"):
        orthogonal_plane(vectors(7, 4, 5), np.random.default_rng(0))


def test_principal_planes_find_the_directions_of_the_set() -> None:
    generator = np.random.default_rng(2)
    scales = np.array([9.0, 7.0, 0.1, 0.1, 0.1])
    first = principal_planes(generator.standard_normal((400, 5)) * scales, 1)[0]
    in_plane = np.hypot(*first.coordinates(np.eye(5)))
    assert np.all(in_plane[:2] > 0.99)
    aside = principal_planes(generator.standard_normal((400, 5)) * scales, 1, orthogonal_to=np.eye(5)[0])[0]
    assert abs(aside.n1[0]) < 1e-9


def test_the_geodesic_goes_evenly_from_one_to_the_other() -> None:
    first, second = vectors(11, 2, 20)
    points = geodesic(first, second, np.linspace(0, 1, 5))
    assert np.allclose(points[0], first)
    assert np.allclose(points[-1], second)
    steps = [angle_between(a, b) for a, b in pairwise(points)]
    assert np.allclose(steps, steps[0])


def test_a_zero_vector_is_refused() -> None:
    with pytest.raises(ValueError, match="zero"):
        plane_through(np.zeros(4), np.ones(4))


@settings(max_examples=40, deadline=None)
@given(dimensions, seeds, angles, st.sampled_from([torch.float32, torch.float64]))
def test_tensors_turn_as_arrays_do_and_keep_their_type(
    dimension: int, seed: int, angle: float, kind: torch.dtype
) -> None:
    batch = torch.from_numpy(vectors(seed, 5, dimension)).to(kind)
    rotation = Rotation(plane_through(batch[0], batch[1]), angle)
    turned = rotation.apply(batch)
    assert turned.dtype == kind
    assert torch.allclose(rotation.matrix(), torch.from_numpy(expm(rotation.logarithm().numpy())), atol=1e-9)
    assert torch.allclose(turned.double(), batch.double() @ rotation.matrix().T, atol=2e-6)
    assert torch.allclose(turned.norm(dim=1), batch.norm(dim=1), rtol=1e-6)
    plane = plane_through(batch[0].numpy(), batch[1].numpy())
    assert np.allclose(turned.numpy(), Rotation(plane, angle).apply(batch.numpy()), atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 400), seeds, st.floats(1e-7, 3.14159), st.sampled_from([torch.float32, torch.float64]))
def test_tensors_that_are_nearly_parallel_or_opposite(
    dimension: int, seed: int, angle: float, kind: torch.dtype
) -> None:
    first, other = torch.from_numpy(vectors(seed, 2, dimension))
    second = (2.0 * Rotation(plane_through(first, other), angle).apply(first)).to(kind)
    arrived = rotation_between(first, second).apply(first)
    assert angle_between(arrived, second) < 1e-6


def test_half_precision_is_rotated_in_single() -> None:
    half = torch.from_numpy(vectors(4, 3, 64)).half()
    turned = Rotation(plane_through(half[0], half[1]), 0.01).apply(half)
    assert turned.dtype == torch.float32
    assert torch.allclose(turned.norm(dim=1), half.float().norm(dim=1), rtol=1e-6)


@pytest.mark.parametrize("library", [np.asarray, torch.from_numpy])
def test_a_batch_of_pairs_turns_each_first_into_its_second(library: Callable[[np.ndarray], Any]) -> None:
    firsts, seconds = vectors(21, 6, 17), vectors(22, 6, 17)
    seconds[3], seconds[4] = firsts[3] * 2.0, -firsts[4]
    rotations = rotation_between(library(firsts), library(seconds))
    arrived = np.asarray(rotations.apply(library(firsts)))
    assert np.allclose(np.asarray(rotations.angle)[3:5], [0.0, np.pi])
    assert np.abs(np.asarray(angle_between(arrived, seconds))).max() < 1e-7
    assert np.allclose(rotations.inverse().apply(library(arrived)), firsts)
    for k, angle in enumerate(np.asarray(rotations.angle)):
        assert angle == pytest.approx(angle_between(firsts[k], seconds[k]))
        assert np.allclose(np.asarray(rotations.matrix())[k] @ firsts[k], arrived[k])


def test_a_batch_of_pairs_has_its_geodesics() -> None:
    firsts, seconds = torch.from_numpy(vectors(31, 4, 12)), torch.from_numpy(vectors(32, 4, 12))
    points = geodesic(firsts, seconds, np.array([0.0, 0.25, 1.0]))
    assert points.shape == (3, 4, 12)
    assert torch.allclose(points[0], firsts)
    assert torch.allclose(points[2], seconds)
    assert torch.allclose(points[1, 2], geodesic(firsts[2], seconds[2], 0.25))


def test_planes_of_tensors_are_tensors_and_work_on_arrays_too() -> None:
    directions = torch.from_numpy(vectors(7, 5, 30))
    plane = orthogonal_plane(directions, np.random.default_rng(0))
    assert isinstance(plane.n1, torch.Tensor)
    assert float((directions @ plane.n2).abs().max()) < 1e-9
    principal = principal_planes(directions, 1, orthogonal_to=directions[0])[0]
    assert abs(float(principal.n1 @ directions[0])) < 1e-9
    array = vectors(8, 1, 30)[0]
    assert isinstance(Rotation(plane, 0.2).apply(array), np.ndarray)
