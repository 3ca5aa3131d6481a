"""E-mail by SMTP. The server stands in ``LINGTAN_SMTP_URL`` (``smtp://user@host:587``, ``smtps://…``), the password is the secret ``smtp``."""

import os
import re
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import unquote, urlsplit

from lingtan.adapters.notify.post import TIMEOUT_S
from lingtan.adapters.notify.secrets import secret
from lingtan.base.errors import InputError
from lingtan.services.alarm_ports import Message, Said, Target

URL, SENDER = "LINGTAN_SMTP_URL", "LINGTAN_SMTP_FROM"
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\Z")


@dataclass(frozen=True)
class Server:
    """A mail server. ``tls``: from the start, after STARTTLS, or (on this machine only) not at all."""

    host: str
    port: int
    user: str
    sender: str
    tls: str


def server() -> Server:
    """The mail server of this installation.

    Raises
    ------
    InputError
        ``alarm.no-smtp`` where none is set or it cannot be read.
    """
    parts = urlsplit(os.environ.get(URL, ""))
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if parts.scheme not in ("smtp", "smtps") or not host or parts.password:
        raise InputError("alarm.no-smtp", variable=URL)
    user = unquote(parts.username or "")
    sender = os.environ.get(SENDER) or (user if "@" in user else f"lingtan@{host}")
    here = host in ("localhost", "127.0.0.1", "::1")
    tls = "from-start" if parts.scheme == "smtps" else "none" if here else "starttls"
    return Server(host, port or (465 if parts.scheme == "smtps" else 587), user, sender, tls)


def is_address(text: str) -> bool:
    """Whether a text is one plain e-mail address."""
    return ADDRESS.match(text) is not None


def letter(target: Target, message: Message, sender: str) -> EmailMessage:
    """The message as an e-mail in plain text."""
    made = EmailMessage()
    made["Subject"] = re.sub(r"[\r\n]+", " ", message.title)
    made["From"], made["To"] = sender, target.address
    made["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or None)
    at = message.values.get("at")
    if at is not None:
        made["Date"] = format_datetime(at)
    made["Auto-Submitted"] = "auto-generated"
    text = "\n".join([message.title, "", *message.lines, *(["", message.link] if message.link else [])])
    made.set_content(text + "\n", charset="utf-8", cte="base64")
    return made


def send(target: Target, message: Message, *, timeout_s: float = TIMEOUT_S) -> Said:
    """Hand a letter to the mail server."""
    try:
        to = server()
        password = secret("smtp") if to.user else ""
    except InputError as error:
        return Said(False, None, error.format("en"), again=False)
    try:
        context = ssl.create_default_context()
        made: smtplib.SMTP
        if to.tls == "from-start":
            made = smtplib.SMTP_SSL(to.host, to.port, timeout=timeout_s, context=context)
        else:
            made = smtplib.SMTP(to.host, to.port, timeout=timeout_s)
        with made as session:
            if to.tls == "starttls":
                session.starttls(context=context)
            if to.user:
                session.login(to.user, password)
            session.send_message(letter(target, message, to.sender))
        return Said(True, 250)
    except smtplib.SMTPRecipientsRefused as error:
        code = next((int(c) for c, _ in error.recipients.values()), 550)
        return Said(False, code, "the address was refused", again=code < 500)
    except smtplib.SMTPResponseException as error:
        words = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return Said(False, error.smtp_code, f"{error.smtp_code} {words}"[:300], again=error.smtp_code < 500)
    except TimeoutError:
        return Said(False, None, f"no answer in {timeout_s:g} s")
    except (smtplib.SMTPException, OSError) as error:
        return Said(False, None, str(error)[:300] or type(error).__name__)
