"""What a writer looks up in the log: commits by their content, documents by their kind."""

from lingtan.adapters.store import record
from lingtan.adapters.store.state import Snapshot, State
from lingtan.services.ports import Commit


class Index:
    """Grows with the log."""

    def __init__(self) -> None:
        self.by_content: dict[str, Commit] = {}  # the newest commit with that content
        self.documents: dict[str, list[Commit]] = {}
        self._through = 0

    def update(self, state: State, snapshot: Snapshot) -> None:
        """Take in the commits since the last update."""
        if snapshot.head == self._through:
            return
        for entry in state.entries(snapshot, after=self._through):
            if record.is_document(entry.commit):
                self.documents.setdefault(entry.commit.kind, []).append(entry.commit)
            else:
                self.by_content[entry.commit.content] = entry.commit
        self._through = snapshot.head
