"""``sso.toml``: which provider signs people in, and who they are here. The secret comes by environment or file only."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from lingtan.base.errors import InputError, Place, Problem, SourceError
from lingtan.services.access.policy import Role
from lingtan.services.access.provider import Mapped

FILE, SECRET = "sso.toml", "LINGTAN_SSO_SECRET"


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    client_id: str = Field(min_length=1)
    client_secret_file: str = ""
    scopes: tuple[str, ...] = ("openid", "profile")
    label: Mapping[str, str] = Field(default_factory=dict)
    claim: str = "preferred_username"
    role_claim: str = ""
    enterprise_claim: str = ""
    roles: Mapping[str, Role] = Field(default_factory=dict)
    ca: str = ""  # certificates of a provider that has its own authority

    @field_validator("issuer")
    @classmethod
    def _https(cls, value: str) -> str:
        told = urlsplit(value)
        if told.scheme != "https" and not (
            told.scheme == "http" and told.hostname in ("127.0.0.1", "localhost", "::1")
        ):
            raise ValueError("https://")
        return value

    @model_validator(mode="after")
    def _together(self) -> "_File":
        if bool(self.role_claim) != bool(self.roles):
            raise ValueError("role_claim + roles")
        if Role.ENTERPRISE in self.roles.values() and not self.enterprise_claim:
            raise ValueError("enterprise_claim")
        return self


@dataclass(frozen=True)
class SsoSettings:
    """A provider as it was stated."""

    issuer: str
    client_id: str
    secret: str
    scopes: tuple[str, ...]
    labels: Mapping[str, str]
    mapped: Mapped
    ca: str


def sso_settings(path: Path) -> SsoSettings | None:
    """The settings of a file; None where there is none.

    Raises
    ------
    InputError
        ``access.sso-settings`` with every problem.
    SourceError
        ``workspace.unreadable`` for a file or secret that cannot be read.
    """
    if not path.is_file():
        return None
    try:
        told = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SourceError("workspace.unreadable", path=path, why=error.strerror) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError("access.sso-settings", path=path.name, detail=str(error)) from None
    except ValidationError as error:
        problems = [
            Problem(
                "access.sso-setting", Place(path.name, path=".".join(map(str, e["loc"])) or None), {"detail": e["msg"]}
            )
            for e in error.errors()
        ]
        raise InputError("access.sso-settings", problems=problems, path=path.name, detail=len(problems)) from None
    mapped = Mapped(told.claim, told.role_claim, dict(told.roles), told.enterprise_claim)
    scopes = told.scopes if "openid" in told.scopes else ("openid", *told.scopes)
    ca = str(path.parent / told.ca) if told.ca else ""
    secret = os.environ.get(SECRET) or _secret(path.parent, told.client_secret_file)
    return SsoSettings(told.issuer, told.client_id, secret, scopes, dict(told.label), mapped, ca)


def _secret(folder: Path, name: str) -> str:
    if not name:
        return ""
    path = folder / name
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SourceError("workspace.unreadable", path=path, why=error.strerror) from None
