"""Files that people open in a spreadsheet: what others wrote is never taken for a formula."""

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula.

    >>> [harmless(cell) for cell in ("Karin", "=HYPERLINK(1)", "  @SUM(1)", "")]
    ['Karin', "'=HYPERLINK(1)", "'  @SUM(1)", '']
    """
    return f"'{cell}" if cell.lstrip(" \n").startswith(_FORMULA) or cell.startswith(_FORMULA) else cell
