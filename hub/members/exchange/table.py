"""A file of a spreadsheet as rows of named cells, whatever the program that wrote it calls CSV."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from devices.errors import AlcolabError
from hub.members.details import searchable
from hub.spreadsheet import from_text

BYTES_MOST = 5_000_000
ROWS_MOST = 20_000
DELIMITERS = ";,\t"
BOM = "\ufeff"

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "pseudonym", "pseudonyme"),
    "name": ("name", "nom", "full name", "nom complet", "last name", "nom de famille"),
    "first_name": ("first name", "prenom"),
    "email": ("email", "e-mail", "mail", "courriel", "adresse e-mail", "adresse mail"),
    "phone": ("phone", "telephone", "tel", "mobile", "portable"),
    "born": ("born", "birth date", "date of birth", "naissance", "date de naissance", "ne le", "ne(e) le"),
    "language": ("language", "langue"),
    "since": ("since", "member since", "depuis", "debut", "membre depuis", "date d'adhesion", "adhesion"),
    "until": ("until", "member until", "jusqu'au", "fin", "fin d'adhesion", "echeance"),
    "roles": ("roles", "role"),
    "groups": ("groups", "group", "groupes", "groupe"),
    "trainings": ("trainings", "training", "habilitations", "habilitation", "formations", "formation"),
}
"""What the head of a column may say, in small letters and without accents."""
NAMES = {said: column for column, names in COLUMNS.items() for said in names}


class BadTable(AlcolabError, ValueError):
    """The file is no table of members; the message says why, and where."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, by the names of `COLUMNS`."""

    line: int
    """Where it begins in the file, counted from 1."""
    cells: Mapping[str, str]


def rows(content: bytes) -> tuple[Row, ...]:
    """The rows below the heads; empty ones are passed over.

    UTF-8 or UTF-16 with its mark, or what Excel writes in France (Windows-1252); semicolons, commas or tabs between.

    Raises:
        BadTable: this is no table, is larger than any lab's, or has no column for the name.
    """
    if len(content) > BYTES_MOST:
        raise BadTable(f"the file has {len(content):,} bytes: no list of members is as long")
    text = _decoded(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        columns = _columns(next(reader, []))
        found = tuple(_rows(reader, columns))
    except csv.Error as error:
        raise BadTable(f"line {reader.line_num}: {error}") from None
    if len(found) > ROWS_MOST:
        raise BadTable(f"the file has {len(found):,} rows: import at most {ROWS_MOST:,} at once")
    return found


def _decoded(content: bytes) -> str:
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ["utf-16"] if is_utf_16 else ["utf-8", "cp1252"]:
        try:
            text = content.decode(encoding).removeprefix(BOM)
        except UnicodeError:
            continue
        if "\0" not in text:
            return text
    raise BadTable("the file is no text: save the spreadsheet as CSV (UTF-8)")


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max(DELIMITERS, key=head.count)


def _columns(heads: list[str]) -> tuple[str | None, ...]:
    """Which column each is; None for one that means nothing here."""
    columns = tuple(NAMES.get(re.sub(r"[\s_]+", " ", searchable(head)).strip().replace("’", "'")) for head in heads)
    twice = {each for each in columns if each is not None and columns.count(each) > 1}
    if twice:
        raise BadTable(f"line 1: more than one column for {', '.join(sorted(twice))}")
    if "name" not in columns and "id" not in columns:
        raise BadTable("line 1: no column for the name: its head should be name, or nom")
    return columns


def _rows(reader: Iterator[list[str]], columns: tuple[str | None, ...]) -> Iterator[Row]:
    line = 2
    for cells in reader:
        if any(cell.strip() for cell in cells):
            if len(cells) > len(columns):
                raise BadTable(f"line {line}: more cells than there are heads: is there a separator within a cell?")
            named = zip(columns, cells, strict=False)
            yield Row(line, {name: from_text(cell.strip()) for name, cell in named if name is not None})
        line = reader.line_num + 1  # type: ignore[attr-defined]  # csv's readers have it
