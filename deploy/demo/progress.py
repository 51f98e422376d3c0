"""What of the demo's story was told already, so that a second start goes on from there."""

import json
from pathlib import Path


class Progress:
    """Steps by name, each with the URI of what it made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._done: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def __contains__(self, step: str) -> bool:
        return step in self._done

    def __getitem__(self, step: str) -> str:
        return self._done[step]

    def note(self, step: str, uri: str = "") -> None:
        """Note that a step is done; a half-written note is never seen."""
        self._done[step] = uri
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(self._done, indent=1))
        part.replace(self._path)
