"""``govorun keys``: who may use the service from elsewhere."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from avatar.core.errors import OptionError
from orchestrator.console import say, show, show_json
from orchestrator.settings import load_settings

if TYPE_CHECKING:
    from orchestrator.jobs.api_keys import Key, Keys

__all__ = ["add", "run"]

_SHOWN = ("id", "name", "webhook_url", "priority", "open_jobs", "requests_per_minute")
_TIMES = ("created_at", "used_at", "revoked_at")


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command and what it can do."""
    text = "Make, list and revoke the keys of the service. Once a key was made, every request needs one."
    parser = commands.add_parser("keys", parents=[common], help="keys of the service", description=text)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_create(actions, common)
    listed = actions.add_parser("list", parents=[common], help="list the keys", description="List the keys.")
    listed.add_argument("--json", action="store_true", help="print them as JSON")
    listed.set_defaults(run=list_keys)
    revoke = actions.add_parser("revoke", parents=[common], help="take a key back", description="Take a key back.")
    revoke.add_argument("id", metavar="ID", help="the key's id, see `govorun keys list`")
    revoke.set_defaults(run=revoke_key)
    text = "Print what webhooks of jobs without a key are signed with."
    secret = actions.add_parser("webhook-secret", parents=[common], help="the local webhook secret", description=text)
    secret.set_defaults(run=show_webhook_secret)


def _add_create(actions: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    text = "Make a key. It is shown once and cannot be shown again."
    create = actions.add_parser("create", parents=[common], help="make a key", description=text)
    create.add_argument("name", metavar="NAME", help="who it is for")
    create.add_argument("--webhook", metavar="URL", default="", help="where ended jobs of this key are told")
    create.add_argument("--priority", metavar="N", type=int, default=0, help="of its jobs, higher is sooner")
    create.add_argument("--open-jobs", metavar="N", type=int, help="jobs that may be unfinished at once")
    create.add_argument("--rpm", metavar="N", type=int, help="requests a minute")
    create.add_argument("--json", action="store_true", help="print it as JSON")
    create.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make a key and show it."""
    from orchestrator.jobs.api_keys import Limits
    from orchestrator.upkeep.webhooks import check_url

    url = check_url(arguments.webhook) if arguments.webhook else ""
    limits = Limits(arguments.priority, arguments.open_jobs, arguments.rpm)
    keys = _keys()
    first = not keys.exist()
    key, secret = keys.create(arguments.name, url, limits)
    if arguments.json:
        show_json({"id": key.id, "key": secret, "webhook_secret": keys.webhook_secret(key)})
        return 0
    show(secret)
    say(f"This is the key {key.id}; it is not kept and cannot be shown again.")
    say(f"Its webhooks are signed with {keys.webhook_secret(key)}")
    if first:
        say("From now on every request needs a key, from this machine too; the page asks for it.")
    return 0


def list_keys(arguments: argparse.Namespace) -> int:
    """Print the keys, without their secrets."""
    keys = _keys().all()
    if arguments.json:
        kept = (*_SHOWN, *_TIMES)
        show_json([{name: value for name, value in asdict(key).items() if name in kept} for key in keys])
        return 0
    for key in keys:
        show(_line(key))
    if not keys:
        say("There is no key: the service answers this machine only, without one.")
    return 0


def revoke_key(arguments: argparse.Namespace) -> int:
    """Take the key back."""
    if not _keys().revoke(arguments.id):
        raise OptionError(f"There is no key {arguments.id!r} that is in use: see `govorun keys list`.")
    show(f"{arguments.id} opens nothing any more")
    return 0


def show_webhook_secret(arguments: argparse.Namespace) -> int:
    """Print the secret of this data folder."""
    from orchestrator.jobs.api_keys import local_webhook_secret

    show(local_webhook_secret(load_settings().data_dir))
    return 0


def _keys() -> Keys:
    from orchestrator.jobs.service import service_of

    return service_of().keys


def _line(key: Key) -> str:
    used = f"used {_day(key.used_at)}" if key.used_at else "never used"
    state = f"revoked {_day(key.revoked_at)}" if key.revoked_at else used
    return f"{key.id}  made {_day(key.created_at)}  {state:<18}  {key.name}"


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
