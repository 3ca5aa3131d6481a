"""A park file read once: the parsed park is kept by the digest of its text, because YAML is slow to read."""

from lingtan import __version__
from lingtan.base.ids import digest_bytes
from lingtan.park.file import load_park
from lingtan.park.model import Park
from lingtan.services.ports import BlobStore


def parsed_park(blobs: BlobStore, data: bytes, name: str = "park.yaml") -> Park:
    """The park in the bytes of a park file; a text that was good before is not checked again by the same version.

    Raises
    ------
    InputError
        ``park.invalid`` as :func:`lingtan.park.file.load_park`.
    """
    key = f"cache/park/{digest_bytes(data + __version__.encode())}.json"
    kept = blobs.get(key)
    if kept is not None:
        return Park.model_validate_json(kept)
    park = load_park(data, name)
    blobs.put(key, park.model_dump_json(by_alias=True, exclude_unset=True).encode())
    return park
