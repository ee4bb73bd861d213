"""The container files agree with the code: commands, settings, sources, versions; nothing is built here."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from orchestrator.cli.main import build_parser
from orchestrator.settings import PREFIX, Settings

ROOT = Path(__file__).parents[3]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
EXAMPLE = (ROOT / ".env.example").read_text()
OURS = [name for name, service in COMPOSE["services"].items() if service.get("image", "").startswith("govorun:")]


def _instructions() -> list[tuple[str, str]]:
    """(instruction, the rest) of the Dockerfile, continuation lines joined."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.strip().split(None, 1)) for line in joined.splitlines() if line.strip()]  # type: ignore[misc]


def _stages() -> dict[str, list[tuple[str, str]]]:
    """Stage -> its instructions, FROM among them."""
    found: dict[str, list[tuple[str, str]]] = {}
    for word, rest in _instructions():
        if word == "FROM":
            found[rest.rpartition(" AS ")[2]] = current = []
        current.append((word, rest))
    return found


def _ancestry(stage: str) -> list[tuple[str, str]]:
    """Instructions of a stage after those of the stages that it is made from."""
    stages = _stages()
    parent = stages[stage][0][1].split()[0]
    return [*(_ancestry(parent) if parent in stages else []), *stages[stage]]


def _known(variables: set[str]) -> bool:
    return variables <= {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


def _filled(text: str) -> str:
    """``${NAME:-default}`` and ``${NAME:?message}`` as an .env fills them."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", re.sub(r"\$\{\w+:\?[^}]*\}", "chosen", text))


def test_images_are_pinned_by_a_tag() -> None:
    stages = _stages()
    bases = {rest.split()[0] for word, rest in _instructions() if word == "FROM"} - set(stages)
    images = bases | {service["image"] for service in COMPOSE["services"].values()}
    assert len(images) >= 6
    for image in images:
        name, _, tag = image.partition(":")
        assert name
        assert tag
        assert tag != "latest"


def test_images_of_others_are_pinned_by_a_digest() -> None:
    bases = {rest.split()[0] for word, rest in _instructions() if word == "FROM"} - set(_stages())
    foreign = bases | {one["image"] for one in COMPOSE["services"].values()} - {"govorun:cpu", "govorun:cuda"}
    assert len(foreign) == 4
    for image in foreign:
        assert re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", image), image


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_container_cannot_become_more_than_it_is(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["deploy"]["resources"]["limits"]["memory"]
    assert service["pids_limit"] == 512
    assert name == "api" or service["healthcheck"]["test"]  # that of the API is in the image


def test_the_app_has_a_key_of_its_own_for_its_bucket() -> None:
    app, store = COMPOSE["services"]["api"]["environment"], COMPOSE["services"]["garage"]
    made = store["environment"]
    assert app["AWS_ACCESS_KEY_ID"] == made["GARAGE_DEFAULT_ACCESS_KEY"]
    assert re.fullmatch(r"GK[0-9a-f]{32}", app["AWS_ACCESS_KEY_ID"])
    assert app["AWS_SECRET_ACCESS_KEY"] == made["GARAGE_DEFAULT_SECRET_KEY"]
    assert app["GOVORUN_STORAGE"].startswith(f"s3://{made['GARAGE_DEFAULT_BUCKET']}/")
    config = tomllib.loads(COMPOSE["configs"]["garage"]["content"])
    assert config["s3_api"]["s3_region"] == app["AWS_DEFAULT_REGION"]
    assert config["s3_api"]["api_bind_addr"].endswith(":" + app["GOVORUN_S3_ENDPOINT"].rpartition(":")[2])
    kept = {volume.partition(":")[2] for volume in store["volumes"]}
    assert {config["metadata_dir"], config["data_dir"]} == kept
    assert config["rpc_bind_addr"].startswith("127.0.0.1:")


def test_everything_that_is_copied_exists_and_is_let_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied: set[str] = set()
    for word, rest in _instructions():
        if word == "COPY" and "--from" not in rest:
            copied.update(rest.split()[:-1])
    assert copied == let_in
    assert all((ROOT / source).exists() for source in copied)
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {package.rstrip("*") for package in packages} <= copied


@pytest.mark.parametrize("target", ["cpu", "cuda"])
def test_a_target_runs_as_nobody_in_particular(target: str) -> None:
    words = _ancestry(target)
    assert ("USER", "10001:10001") in words
    assert ("VOLUME", "/data") in words
    assert ("ENTRYPOINT", '["govorun"]') in words
    assert [rest for word, rest in words if word == "HEALTHCHECK"]
    assert not [rest for word, rest in words if word == "RUN" and "apt" in rest]
    assert not [rest for word, rest in words if word == "RUN" and "pip" in rest]


def test_the_default_target_is_the_one_without_a_gpu() -> None:
    assert list(_stages())[-1] == "cpu"


@pytest.mark.parametrize("target", ["cpu", "cuda"])
def test_the_command_of_the_image_is_understood(target: str) -> None:
    (command,) = [rest for word, rest in _ancestry(target) if word == "CMD"]
    assert build_parser().parse_args(json.loads(command)).command == "serve"


@pytest.mark.parametrize("name", ["face", "kokoro"])
@pytest.mark.parametrize("target", ["cpu", "cuda"])
def test_an_image_carries_the_networks_of_faces_and_voices(target: str, name: str) -> None:
    (built,) = [rest for word, rest in _stages()[f"build-{target}"] if word == "RUN" and "requirements.lock" in rest]
    pulled = re.search(rf"govorun (models pull {name} --cache (\S+))", built)
    assert pulled is not None
    assert build_parser().parse_args(pulled[1].split()).command == "models"
    (copied,) = [rest for word, rest in _stages()[target] if word == "COPY"]
    assert pulled[2] == f"{copied.split()[-1]}/share/govorun"  # beside the packages: places.installed_folder


def test_the_health_of_workers_is_asked_by_a_command_that_is_there() -> None:
    workers = [service for name, service in COMPOSE["services"].items() if name.startswith("worker-")]
    for service in workers:
        word, program, *arguments = service["healthcheck"]["test"]
        assert (word, program) == ("CMD", "govorun")
        assert build_parser().parse_args(arguments).check


@pytest.mark.parametrize("name", OURS)
def test_the_commands_of_the_services_are_understood(name: str) -> None:
    assert build_parser().parse_args(COMPOSE["services"][name]["command"]).command in ("serve", "worker")
    assert COMPOSE["services"][name]["build"]["target"] in _stages()


def test_every_variable_is_a_setting() -> None:
    texts = [(ROOT / name).read_text() for name in ("Dockerfile", "compose.yaml", ".env.example")]
    assert _known({name for text in texts for name in re.findall(rf"\b({PREFIX}\w+)", text)})


@pytest.mark.parametrize("name", OURS)
def test_the_settings_of_the_services_are_valid(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in COMPOSE["services"][name]["environment"].items():
        monkeypatch.setenv(key, _filled(value))
    settings = Settings()
    assert settings.database == "postgresql+psycopg://govorun:chosen@postgres:5432/govorun"
    assert settings.device == "cpu"


def test_every_variable_of_the_compose_file_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+):", (ROOT / "compose.yaml").read_text()))
    assert asked == set(re.findall(r"^(\w+)=", EXAMPLE, re.M))


def test_services_wait_for_what_they_need() -> None:
    services = COMPOSE["services"]
    for service in services.values():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services
            if how["condition"] == "service_healthy":
                assert "test" in services[needed]["healthcheck"]


def test_volumes_are_declared() -> None:
    used = {
        volume.partition(":")[0] for service in COMPOSE["services"].values() for volume in service.get("volumes", [])
    }
    assert used == set(COMPOSE["volumes"])


def test_versions_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    dockerfile = (ROOT / "Dockerfile").read_text()
    for pinned in re.findall(r"pip install.*? (torch==[\d.]+)", dockerfile):
        assert pinned in project
