"""``lingtan serve``: the portal and the API."""

from pathlib import Path
from typing import Annotated

import typer

from lingtan.apps.cli.options import HERE, LangOption, ParkOption, command, language

app = typer.Typer()


@app.callback(invoke_without_command=True)
@command
def serve(
    park: ParkOption = HERE,
    host: Annotated[str, typer.Option("--host", help="Address to listen on · 监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port · 端口")] = 8710,
    cert: Annotated[
        Path | None, typer.Option("--certificate", "--cert", help="TLS certificate with its chain (PEM) · 证书")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", help="Its private key (PEM) · 私钥")] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option("--trusted-proxy", help="Address whose X-Forwarded headers are believed · 受信任的反向代理"),
    ] = None,
    public_url: Annotated[
        str, typer.Option("--public-url", help="The portal's address for browsers; others are refused · 对外地址")
    ] = "",
    lang: LangOption = "",
) -> None:
    """Serve the portal and the API until Ctrl-C · 启动门户与接口

    Example: lingtan serve --park demo-park --certificate park.crt --key park.key --public-url https://park.example.cn
    """
    from lingtan.apps.web.serve import Front
    from lingtan.apps.web.serve import serve as serve_park

    serve_park(park, lang=language(lang), front=Front(host, port, cert, key, tuple(proxy or ()), public_url))
