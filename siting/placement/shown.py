"""Display of a result in a notebook: a picture, or a page in a frame of its own."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from pathlib import Path

from siting.files.scratch import write_file

__all__ = ["Page", "Picture"]


@dataclass(frozen=True, repr=False)
class Picture:
    """A drawing that is finished.

    Parameters
    ----------
    png : bytes
        The picture.
    words : str
        What it shows.
    """

    png: bytes
    words: str

    def __repr__(self) -> str:
        return f"Picture: {self.words}"

    def _repr_png_(self) -> bytes:
        return self.png

    def save(self, path: Path | str) -> None:
        """Write it as PNG."""
        Path(path).write_bytes(self.png)

    def html(self) -> str:
        """The picture as an element that holds all of it."""
        data = base64.b64encode(self.png).decode("ascii")
        style = "max-width:100%;height:auto"
        words = escape(self.words, quote=True)
        return f'<img style="{style}" alt="{words}" src="data:image/png;base64,{data}">'


@dataclass(frozen=True, repr=False)
class Page:
    """A page of its own that asks nobody else for anything.

    Parameters
    ----------
    text : str
        HTML.
    words : str
        What it shows.
    height : int
        Of its frame. [px]
    """

    text: str
    words: str
    height: int

    def __repr__(self) -> str:
        return f"Page: {self.words}"

    def _repr_html_(self) -> str:
        """Return the page in a frame that can reach neither the notebook nor the network."""
        text, words = (escape(each, quote=True) for each in (self.text, self.words))
        size = f"width:100%;height:{self.height}px;border:0"
        return f'<iframe sandbox="allow-scripts" title="{words}" style="{size}" srcdoc="{text}">'

    def save(self, path: Path | str) -> None:
        """Write it as an HTML file."""
        write_file(Path(path), self.text)
