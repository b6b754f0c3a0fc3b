"""The outbox's tables, in SQLite."""

SCHEMA = """
CREATE TABLE log (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, boot TEXT NOT NULL,
    began_ms INTEGER NOT NULL, -- when that boot began, by that process's clock
    untrusted INTEGER NOT NULL -- whether any of its times need a correction
) STRICT;
CREATE TABLE series (
    id INTEGER PRIMARY KEY, device TEXT NOT NULL, name TEXT NOT NULL, unit TEXT, -- no unit: a kind of event
    UNIQUE (device, name, unit)
) STRICT;
CREATE TABLE item (
    log INTEGER NOT NULL, seq INTEGER NOT NULL, series INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    untrusted INTEGER NOT NULL, value REAL, quality TEXT, raw REAL, data TEXT, -- data: an event's, as JSON
    PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;
"""
VERSION = 1
