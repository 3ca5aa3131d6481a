"""Group robots of 企业微信 (WeCom) and 钉钉 (DingTalk): a Markdown message by POST, the answer's code says whether it was taken."""

import json
import os
from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from hmac import digest
from typing import Any
from urllib.parse import quote_plus

from lingtan.adapters.notify.address import resolve
from lingtan.adapters.notify.post import TIMEOUT_S, post
from lingtan.adapters.notify.secrets import secret
from lingtan.base.errors import InputError
from lingtan.services.alarm_ports import Message, Said, Target

# LINGTAN_WECOM_URL and LINGTAN_DINGTALK_URL name a relay, where the server may not reach the internet
WECOM = ("LINGTAN_WECOM_URL", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send")
DINGTALK = ("LINGTAN_DINGTALK_URL", "https://oapi.dingtalk.com/robot/send")
MOST_BYTES = {"wecom": 4096, "dingtalk": 18_000}  # of the text
# codes after which the same message may be taken later: too many, busy, unavailable
LATER = {"wecom": {-1, 45009, 45033}, "dingtalk": {-1, 130101, 410100, 400105}}
WIDE = str.maketrans("[]<>*`\r\n", "［］＜＞＊＇  ")
BUSY_S = 60.0  # both take 20 messages a minute


def send(target: Target, message: Message, at: datetime, *, timeout_s: float = TIMEOUT_S) -> Said:
    """Post a message through a robot."""
    try:
        address = resolve(url_of(target, at))
        body = json.dumps(body_of(target.kind, message), ensure_ascii=False).encode()
    except InputError as error:
        return Said(False, None, error.format("en"), again=error.code == "alarm.address-unknown")
    answer = post(address, body, {"Content-Type": "application/json"}, timeout_s=timeout_s)
    if not answer.status:
        return Said(False, None, answer.failure)
    try:
        told: Any = json.loads(answer.body)
        code, words = int(told.get("errcode", -2)), str(told.get("errmsg", ""))
    except (ValueError, AttributeError, TypeError):
        code, words = -2, answer.body[:100].decode("utf-8", "replace")
    if answer.status == 200 and code == 0:
        return Said(True, 200)
    later = answer.status >= 500 or answer.status == 429 or code in LATER[target.kind]
    return Said(False, answer.status, f"HTTP {answer.status}, {code}: {words}"[:300], later, BUSY_S if later else None)


def url_of(target: Target, at: datetime) -> str:
    """The robot's address; its key and, for 钉钉 with a signing key, time and signature are in it."""
    if target.kind == "wecom":
        variable, base = WECOM
        return f"{os.environ.get(variable) or base}?key={quote_plus(secret(target.secret))}"
    variable, base = DINGTALK
    url = f"{os.environ.get(variable) or base}?access_token={quote_plus(secret(target.secret))}"
    try:
        key = secret(f"{target.secret}-sign")
    except InputError:
        return url  # a robot that is guarded by words or addresses has no signing key
    stamp = str(round(at.timestamp() * 1000))
    return f"{url}&timestamp={stamp}&sign={quote_plus(dingtalk_sign(key, stamp))}"


def dingtalk_sign(key: str, stamp: str) -> str:
    """Base64 of HMAC-SHA256 over time and key, as 钉钉 wants it."""
    return b64encode(digest(key.encode(), f"{stamp}\n{key}".encode(), sha256)).decode()


def body_of(kind: str, message: Message) -> dict[str, Any]:
    """The message in the robot's form; what is too long is cut at a line."""
    lines = [f"### {_plain(message.title)}", *(f"- {_plain(line)}" for line in message.lines)]
    if message.link:
        lines.append(f"[{message.link}]({message.link})")
    text = "\n".join(lines)
    while len(text.encode()) > MOST_BYTES[kind] and len(lines) > 2:
        lines = [*lines[:-2], "- …"]
        text = "\n".join(lines)
    text = text.encode()[: MOST_BYTES[kind]].decode("utf-8", "ignore")
    if kind == "wecom":
        return {"msgtype": "markdown", "markdown": {"content": text}}
    return {"msgtype": "markdown", "markdown": {"title": message.title[:100], "text": text.replace("\n", "\n\n")}}


def _plain(text: str) -> str:
    """Without what Markdown would take for a link, a call or a new line; robots do not all know escapes."""
    return text.translate(WIDE)
