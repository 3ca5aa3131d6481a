"""``lingtan evidence``: seal a pack, verify one, make keys."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingtan.apps.cli.account_options import PeriodOption, RulesOption
from lingtan.apps.cli.options import (
    HERE,
    JsonOption,
    LangOption,
    ParkOption,
    answer,
    command,
    language,
    listener,
    talk,
    workspace,
)

if TYPE_CHECKING:
    from lingtan.services.evidence_pack import Findings

app = typer.Typer(help="Seal and verify an evidence pack · 证据包", no_args_is_help=True)
keys = typer.Typer(
    help="Keys that sign packs · 签名密钥\n\nExample: lingtan evidence key new --out seal.key", no_args_is_help=True
)
app.add_typer(keys, name="key")


@app.command("seal")
@command
def seal(
    period: PeriodOption,
    out: Annotated[Path, typer.Option("--out", help="The pack to write · 输出文件")],
    profile: Annotated[
        str, typer.Option("--profile", help="full, or park: no enterprise detail · 完整或仅园区")
    ] = "full",
    key: Annotated[Path | None, typer.Option("--key", help="Secret key file; else the workspace's · 私钥文件")] = None,
    rules: RulesOption = "ndrc-910-2025",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file · 覆盖已有文件")] = False,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Seal everything behind a period's figures into one signed file · 将期间数字的全部依据封存为签名文件

    Example: lingtan evidence seal --period 2025 --out evidence-2025.zip
    """
    from lingtan.base.text import say
    from lingtan.services.evidence_keys import read_key, workspace_key, write_pack
    from lingtan.services.seal_evidence import seal_evidence

    said = language(lang)
    space = workspace(park, said)
    made, fresh = (read_key(key), False) if key else workspace_key(space)
    sealed = seal_evidence(space, period, made, rules=rules, profile=profile, listener=listener(said, quiet=json_))
    write_pack(out, sealed.data, force=force)
    if json_:
        answer({"pack": out, "bytes": len(sealed.data), "key": sealed.key, "manifest": sealed.manifest})
        return
    if fresh:
        talk(say("evidence-text.key-made", said, key=sealed.key))
    what = sealed.manifest["closing"] or sealed.manifest["run"]
    typer.echo(
        say("evidence-text.sealed", said, pack=out, size=f"{len(sealed.data) / 1e6:,.1f}", what=what, key=sealed.key)
    )
    if sealed.manifest["closing"] is None:
        talk(say("evidence-text.not-closed", said, period=sealed.manifest["period"]))


@app.command("verify")
@command
def verify(
    pack: Annotated[Path, typer.Argument(help="The pack · 证据包文件")],
    trust: Annotated[
        str, typer.Option("--trust", help="Public key, a file or its digits, that must have signed · 受信公钥")
    ] = "",
    book: Annotated[
        Path | None, typer.Option("--book", help="An enterprise's book to hold against a park pack · 企业账簿")
    ] = None,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Check every byte, digest and signature of a pack, and compute its figures again, offline · 离线验证证据包

    Example: lingtan evidence verify evidence-2025.zip --trust park.pub
    """
    from lingtan.services.enterprise_book import check_book
    from lingtan.services.evidence_keys import read_pack, trusted_key
    from lingtan.services.verify_evidence import verify_evidence
    from lingtan.wiring import embedded_engine

    said = language(lang)
    known = trusted_key(trust) if trust else None
    data = read_pack(pack)
    found = verify_evidence(data, embedded_engine, trust=known, listener=listener(said, quiet=json_))
    if book is not None:
        check_book(found, data, read_pack(book))
    if json_:
        answer(as_json(found))
    else:
        print_findings(found, said)
    if not found.intact:
        raise typer.Exit(3)


@app.command("book")
@command
def book(
    enterprise: Annotated[str, typer.Argument(help="Its id · 企业编号")],
    period: PeriodOption,
    key: Annotated[Path | None, typer.Option("--key", help="Secret key file; else the workspace's · 私钥文件")] = None,
    rules: RulesOption = "ndrc-910-2025",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """One enterprise's postings, to be shown beside a park pack (always JSON) · 单个企业的分录

    Example: lingtan evidence book alu-profile --period 2025 > alu-profile.json
    """
    from lingtan.services.enterprise_book import enterprise_book
    from lingtan.services.evidence_keys import read_key, workspace_key

    said = language(lang)
    space = workspace(park, said)
    made = read_key(key) if key else workspace_key(space)[0]
    answer(enterprise_book(space, enterprise, period, made, rules=rules, listener=listener(said, quiet=json_)))


def as_json(found: "Findings") -> dict[str, Any]:
    """The findings as JSON."""
    return {
        "intact": found.intact,
        "authentic": found.authentic,
        "key": found.key,
        "faults": found.faults,
        "passed": found.passed,
        "not_recomputed": found.unchecked,
        "manifest": found.manifest,
    }


def print_findings(found: "Findings", lang: str) -> None:
    """The verdict, what passed, what disagrees and where, what could not be recomputed."""
    from lingtan.base.text import say

    verdict = "damaged" if not found.intact else "authentic" if found.authentic else "unknown-signer"
    typer.echo(say(f"evidence-text.{verdict}", lang, key=found.key or "–", faults=len(found.faults)))
    if found.manifest.get("run"):
        told = {k: str(found.manifest.get(k, "–"))[:80] for k in ("period", "profile", "result", "as_of_time")}
        talk(say("evidence-text.holds", lang, what=found.manifest.get("closing") or found.manifest["run"], **told))
    for name in found.passed:
        talk(f"  ✓ {say(f'evidence-passed.{name}', lang)}")
    for fault in found.faults:
        values = {k: v for k, v in fault.items() if k != "code"}
        what = ", ".join(f"{k} {v}" for k, v in values.items() if v is not None)
        typer.echo(f"  ✗ {say(fault['code'], lang)} {what}".rstrip())
    for left in found.unchecked:
        values = {k: v for k, v in left.items() if k != "code"}
        talk(f"  – {say(left['code'], lang, **values)}")


@keys.command("new")
@command
def new(
    out: Annotated[Path, typer.Option("--out", help="File of the secret key · 私钥文件")],
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Make a key pair; the public half is written beside it as .pub · 生成密钥对

    Example: lingtan evidence key new --out seal.key
    """
    from lingtan.base.text import say
    from lingtan.reports.evidence.signature import fingerprint
    from lingtan.services.evidence_keys import new_key

    said = language(lang)
    made = new_key(out)
    told = {"secret": str(out), "public": f"{out}.pub", "key": made.public.hex(), "name": fingerprint(made.public)}
    if json_:
        answer(told)
    else:
        typer.echo(say("evidence-text.key-new", said, **told))


@keys.command("show")
@command
def show(
    key: Annotated[Path | None, typer.Option("--key", help="Key file; else the workspace's · 密钥文件")] = None,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Show the public half of a key, to be given to verifiers · 显示公钥

    Example: lingtan evidence key show
    """
    from lingtan.reports.evidence.signature import fingerprint
    from lingtan.services.evidence_keys import trusted_key, workspace_key

    said = language(lang)
    public = trusted_key(str(key)) if key else workspace_key(workspace(park, said))[0].public
    if json_:
        answer({"key": public.hex(), "name": fingerprint(public)})
    else:
        typer.echo(public.hex())
