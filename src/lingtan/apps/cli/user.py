"""``lingtan user``: people who may sign in."""

import sys
from typing import Annotated

import typer

from lingtan.apps.cli.options import (
    HERE,
    JsonOption,
    LangOption,
    ParkOption,
    answer,
    command,
    language,
    table,
    talk,
    workspace,
)

app = typer.Typer(help="People who may sign in · 用户", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="User name · 用户名")]
FromStdin = Annotated[
    bool, typer.Option("--stdin", help="Read the password from stdin; else one is made · 从标准输入读取密码")
]


@app.command("add")
@command
def add(
    name: Name,
    role: Annotated[
        str, typer.Option("--role", help="admin, operator, enterprise, consultant, verifier, regulator · 角色")
    ],
    enterprise: Annotated[str, typer.Option("--enterprise", help="Member of the park · 所属企业")] = "",
    label: Annotated[str, typer.Option("--label", help="Name as shown · 显示名")] = "",
    stdin: FromStdin = False,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Add a user; a password is made and shown once · 添加用户

    Example: lingtan user add wang --role operator
    """
    from lingtan.base.errors import InputError
    from lingtan.base.text import say
    from lingtan.services.access.policy import Role
    from lingtan.services.access.users import add_user
    from lingtan.wiring import open_access

    said = language(lang)
    if role not in {r.value for r in Role}:
        raise InputError("access.unknown-role", role=role, known=", ".join(r.value for r in Role))
    members = [e.id for e in workspace(park, said).park.enterprises]
    password, made = _password(stdin)
    access = open_access(park)
    user = add_user(
        access.directory,
        name,
        Role(role),
        password=password,
        enterprise=enterprise or None,
        label=label,
        lang=said,
        members=members,
    )
    _note(access.audit, "add", name, {"role": role})
    if json_:
        answer(
            {
                "user": user.name,
                "role": user.role.value,
                "enterprise": user.enterprise,
                "password": password if made else None,
            }
        )
    else:
        talk(say("access.added", said, name=name, role=say(f"role.{role}", said)))
        if made:
            typer.echo(password)


@app.command("list")
@command
def list_(park: ParkOption = HERE, json_: JsonOption = False, lang: LangOption = "") -> None:
    """Everybody with an account · 全部用户

    Example: lingtan user list
    """
    from lingtan.base.text import say
    from lingtan.wiring import open_access

    said = language(lang)
    workspace(park, said)
    users = open_access(park).directory.users()
    if json_:
        keys = ("name", "role", "enterprise", "label", "active", "lang")
        answer([{k: getattr(u, k) for k in keys} | {"second_factor": u.totp is not None} for u in users])
        return
    yes, no = say("access.yes", said), say("access.no", said)
    rows = [
        [
            u.name,
            u.label,
            say(f"role.{u.role.value}", said),
            u.enterprise,
            yes if u.active else no,
            yes if u.totp else no,
        ]
        for u in users
    ]
    table(
        say("menu.users", said),
        [say(f"access.column-{c}", said) for c in ("name", "label", "role", "enterprise", "active", "totp")],
        rows,
    )


@app.command("password")
@command
def password(
    name: Name, stdin: FromStdin = False, park: ParkOption = HERE, json_: JsonOption = False, lang: LangOption = ""
) -> None:
    """Another password; ends sessions and a lock-out · 重设密码

    Example: lingtan user password wang
    """
    from lingtan.base.text import say
    from lingtan.services.access.users import set_password
    from lingtan.wiring import open_access

    said = language(lang)
    workspace(park, said)
    access = open_access(park)
    secret, made = _password(stdin)
    set_password(access.directory, name, secret)
    _note(access.audit, "password", name, {})
    if json_:
        answer({"user": name, "password": secret if made else None})
    else:
        talk(say("access.password-set", said, name=name))
        if made:
            typer.echo(secret)


@app.command("disable")
@command
def disable(
    name: Name,
    enable: Annotated[bool, typer.Option("--enable", help="Let the user in again · 重新启用")] = False,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Disable a user, who is signed out at once · 停用用户

    Example: lingtan user disable wang
    """
    from lingtan.base.text import say
    from lingtan.services.access.users import set_active
    from lingtan.wiring import open_access

    said = language(lang)
    workspace(park, said)
    access = open_access(park)
    user = set_active(access.directory, name, active=enable)
    _note(access.audit, "enable" if enable else "disable", name, {})
    if json_:
        answer({"user": name, "active": user.active})
    else:
        talk(say("access.enabled" if enable else "access.disabled", said, name=name))


@app.command("forget-keys")
@command
def forget_keys(name: Name, park: ParkOption = HERE, json_: JsonOption = False, lang: LangOption = "") -> None:
    """Drop second factor, recovery codes, passkeys and provider identities of who lost them · 清除两步验证与通行密钥

    Example: lingtan user forget-keys wang
    """
    from lingtan.base.text import say
    from lingtan.services.access.users import forget_keys as forget
    from lingtan.wiring import open_access

    said = language(lang)
    workspace(park, said)
    access = open_access(park)
    found = forget(access.directory, name)
    _note(access.audit, "forget-keys", name, {k: str(v) for k, v in found.items()})
    if json_:
        answer({"user": name, **found})
    else:
        talk(say("access.keys-forgotten", said, name=name, passkeys=found["passkeys"], identities=found["identities"]))


def _password(stdin: bool) -> tuple[str, bool]:
    import secrets

    return (sys.stdin.readline().rstrip("\n"), False) if stdin else (secrets.token_urlsafe(12), True)


def _note(audit: object, action: str, name: str, detail: dict[str, str]) -> None:
    import getpass

    from lingtan.wiring import now

    audit.append(  # type: ignore[attr-defined]
        at=now(),
        actor=f"cli:{getpass.getuser()}"[:63],
        role="admin",
        action=f"write-{action}",
        kind="user",
        object=name,
        detail=detail,
    )
