"""The mail server: accepts messages and delivers each once into its recipient's mailbox.

A message whose Message-ID a mailbox already holds is accepted and not delivered again, as Cyrus
IMAP does by default (``duplicatesuppression``). The ledger notes both, one entry a recipient.
"""

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from .behaviour import (
    ERROR,
    HOLD_REPLY,
    LOSE_REPLY,
    MALFORMED,
    REFUSE,
    SLOW,
    Behaviour,
)
from .command import Arguments, main
from .ledger import Ledger

ACCEPTED = "250 2.0.0 accepted"
TRY_LATER = "451 4.3.0 try again later"
REFUSED = "550 5.7.1 not wanted here"


class Postmaster:
    """What aiosmtpd calls with each message."""

    def __init__(self, ledger: Ledger, behaviour: Behaviour) -> None:
        self.ledger = ledger
        self.behaviour = behaviour

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.original_content or b""
        mode = self.behaviour.take(content.decode("utf-8", "replace"))
        if mode == SLOW:
            await self.behaviour.delay()
        if mode == ERROR:
            return TRY_LATER
        if mode == REFUSE:
            return REFUSED
        self._accept(message_from_bytes(content, policy=policy.default), envelope.rcpt_tos)
        return await self._reply(server, mode)

    def _accept(self, message: EmailMessage, recipients: list[str]) -> None:
        message_id = str(message["Message-ID"] or "").strip() or None
        for recipient in recipients:
            key = f"{message_id} {recipient}" if message_id else None
            self.ledger.append(
                key=key,
                message_id=message_id,
                recipient=recipient,
                sender=str(message["From"]),
                subject=str(message["Subject"]),
                delivered=self.ledger.first_under(key) is None,
            )

    async def _reply(self, server: SMTP, mode: str) -> str:
        transport: Any = server.transport
        if mode == LOSE_REPLY:
            transport.abort()
        if mode == HOLD_REPLY:
            await self.behaviour.hold(abandoned=transport.is_closing)
        return "gibberish" if mode == MALFORMED else ACCEPTED


async def start(arguments: Arguments, ledger: Ledger, behaviour: Behaviour) -> asyncio.Server:
    postmaster = Postmaster(ledger, behaviour)
    # The name is given, since asking the system for one may take seconds.
    return await asyncio.get_running_loop().create_server(
        lambda: SMTP(postmaster, hostname="mail.example", ident="shop mail"),
        arguments.host,
        arguments.port,
    )


if __name__ == "__main__":
    main("A mail server.", start)
