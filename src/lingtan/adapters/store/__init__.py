"""Readings on a disk: the adapter behind :class:`lingtan.services.ports.ReadingStore` and ``BlobStore``.

In come batches in ``SCHEMA``; out come views of them as of any revision. The folder, usually ``<workspace>/.lingtan``::

    format.json                     the layout's number
    lock, writer                    who may write; who wrote last
    landing/<rev>-<content>.arrow   a commit and its rows; its rename is the acknowledgement
    documents/<content>             texts of documents (the park file), by their SHA-256
    readings/, history/             Delta tables of sealed months: the newest revision of each key, and all others
    log/<first>-<last>-<hash>.jsonl.gz   records of commits whose landing files may be gone
    sealed.json                     the one pointer: which month is sealed up to which revision, in which files
    cache/                          what can be computed again

Reading order of the files: ``folder`` (the store), ``batch``, ``landing``, ``pointer``, ``view``, ``seal``, ``verify``.
"""

from lingtan.adapters.store.blobs import FolderBlobs
from lingtan.adapters.store.folder import FolderStore

__all__ = ["FolderBlobs", "FolderStore"]
