"""Ed25519 keys and the signature over a pack's manifest."""

import hashlib
import hmac
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lingtan.base.errors import InputError

PURPOSE = b"lingtan evidence 1\n"  # so that a signature made for something else never fits
_SECRET, _PUBLIC = "lingtan-evidence-secret-key 1 ", "lingtan-evidence-public-key 1 "


class Key:
    """A secret key; its public half and fingerprint."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._key = Ed25519PrivateKey.from_private_bytes(secret)

    @classmethod
    def new(cls) -> "Key":
        """A fresh key."""
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def read(cls, text: str) -> "Key":
        """From the text of a key file."""
        return cls(_hex(text, _SECRET))

    def text(self) -> str:
        """The text of the secret key file; keep it to yourself."""
        return f"{_SECRET}{self._secret.hex()}\n"

    @property
    def public(self) -> bytes:
        """The public half, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, manifest: bytes) -> bytes:
        """The signature file of a manifest."""
        signature = self._key.sign(PURPOSE + manifest)
        return signature_file(self.public, signature)

    def salt(self, *about: str) -> str:
        """A secret that only the holder of the key can give out, the same for the same subject."""
        return hmac.new(self._secret, "/".join(about).encode(), hashlib.sha256).hexdigest()


def public_text(public: bytes) -> str:
    """The text of a public key file."""
    return f"{_PUBLIC}{public.hex()}\n"


def read_public(text: str) -> bytes:
    """A public key from the text of its file (or of the secret one), or from 64 hexadecimal digits.

    Raises
    ------
    InputError
        ``evidence.bad-key``.
    """
    if text.startswith(_SECRET):
        return Key.read(text).public
    return _hex(text if text.startswith(_PUBLIC) else _PUBLIC + text, _PUBLIC)


def fingerprint(public: bytes) -> str:
    """How people name a key: 16 hexadecimal digits of its digest."""
    return hashlib.sha256(public).hexdigest()[:16]


def signature_file(public: bytes, signature: bytes) -> bytes:
    """The one way in which a signature is written."""
    body = {"algorithm": "Ed25519", "public_key": public.hex(), "signature": signature.hex()}
    return json.dumps(body, indent=1, sort_keys=True).encode() + b"\n"


def signed_by(manifest: bytes, signature: bytes) -> bytes | None:
    """The public key whose signature fits the manifest; None if none does or the file is written in another way."""
    try:
        body = json.loads(signature)
        public, raw = bytes.fromhex(body["public_key"]), bytes.fromhex(body["signature"])
        if signature_file(public, raw) != bytes(signature):
            return None
        Ed25519PublicKey.from_public_bytes(public).verify(raw, PURPOSE + manifest)
    except (ValueError, KeyError, TypeError, InvalidSignature, RecursionError):
        return None
    return public


def _hex(text: str, begins: str) -> bytes:
    plain = text.strip()
    try:
        found = bytes.fromhex(plain.removeprefix(begins.strip()).strip())
    except ValueError:
        raise InputError("evidence.bad-key") from None
    if not plain.startswith(begins.strip()) or len(found) != 32:
        raise InputError("evidence.bad-key")
    return found
