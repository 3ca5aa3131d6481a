"""How browsers know this portal: the stated public address, else the one that the request names."""

from starlette.requests import HTTPConnection

from lingtan.services.access.passkeys import Site


def site_of(connection: HTTPConnection) -> Site:
    """The site of a request."""
    stated = str(connection.app.state.portal.public_url)
    if stated:
        return Site(stated)
    scheme = "https" if connection.url.scheme in ("https", "wss") else "http"
    return Site(f"{scheme}://{connection.headers.get('host', '')}")
