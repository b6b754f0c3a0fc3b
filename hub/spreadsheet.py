"""Texts in a file that a spreadsheet will open."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet takes a text for a formula (OWASP, "CSV Injection")."""


def as_text(text: str) -> str:
    """The text so that no spreadsheet runs it: with an apostrophe before what would be a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) or is_marked(text) else text


def from_text(cell: str) -> str:
    """The inverse of `as_text`."""
    return cell[1:] if is_marked(cell) else cell


def is_marked(text: str) -> bool:
    """Whether it is what `as_text` makes; a text that only looks like it gets one more apostrophe there."""
    return text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS)
