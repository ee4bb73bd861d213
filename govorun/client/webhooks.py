"""Webhooks: told by the service, signed the way of Standard Webhooks."""

from __future__ import annotations

from collections.abc import Mapping

from standardwebhooks import Webhook

from govorun.client.objects import Event

__all__ = ["unwrap_webhook"]


def unwrap_webhook(body: bytes | str, headers: Mapping[str, str], secret: str) -> Event:
    """The event of a webhook that the service sent, and nobody else, within the last five minutes.

    ``body``: as it came, byte for byte. ``secret``: what ``govorun keys create`` shows beside the key, ``whsec_...``.
    standardwebhooks.WebhookVerificationError for one that is forged, changed or old.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    told = Webhook(secret).verify(body, lowered)
    return Event(told["id"], told["type"], told["created_at"], told["data"]["id"])
