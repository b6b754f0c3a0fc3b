"""Members from a spreadsheet and into one."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.errors import Refused
from devices.policy.rules import Role
from hub.members import accounts, badges, people, trainings
from hub.members.details import LANGUAGES, BadDetails, Details
from hub.members.exchange import exporting, importing
from hub.members.exchange.importing import BadImport, Change, Plan
from hub.members.exchange.reading import read
from hub.members.exchange.table import BadTable, rows
from hub.members.model import CONSOLE, AccountRole
from hub.members.store import Store
from hub.spreadsheet import FORMULA_STARTS, as_text, from_text
from tests.hub.members.material import NAME, credential, member, opened

FRENCH = "Nom;Prénom;Courriel;Téléphone;Date de naissance;Membre depuis;Groupes;Habilitations"
ROW = "Dupont;Léa;lea@example.org;+33 6 12 34 56 78;31/05/2012;2026-09-01;jeunes danse;laser=30/06/2027 sewing"


async def imported(store: Store, text: str | bytes) -> Plan:
    content = text.encode() if isinstance(text, str) else text
    return await store.write_much(importing.carry_out, content, by=CONSOLE)


async def planned(store: Store, text: str) -> Plan:
    return await store.read(importing.plan, text.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("between", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
async def test_a_french_list_comes_in_however_the_spreadsheet_saves_it(
    tmp_path: Path, encoding: str, between: str, end: str
) -> None:
    text = end.join((FRENCH, ROW, "")).replace(";", between)
    async with opened(tmp_path) as store:
        await imported(store, text.encode(encoding))
        (lea,) = (await store.read(people.search)).members
        assert (lea.name, lea.email, lea.phone) == ("Léa Dupont", "lea@example.org", "+33 6 12 34 56 78")
        assert (lea.born, lea.since, lea.groups) == (
            date(2012, 5, 31),
            date(2026, 9, 1),
            frozenset({"jeunes", "danse"}),
        )
        held = {each.name: each.expires for each in await store.read(trainings.of, lea.id)}
        assert held == {"laser": date(2027, 6, 30), "sewing": None}


async def test_the_preview_shows_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        known = await member(store, email="a@example.org")
        plan = await planned(store, f"name,email,groups\n{NAME},a@example.org,dance\nNew One,,\n")
        assert [(step.line, step.change, step.changed) for step in plan.steps] == [
            (2, Change.CHANGED, ("groups",)),
            (3, Change.NEW, ()),
        ]
        assert plan.steps[0].member == known
        assert (await store.read(people.search)).total == 1


async def test_a_column_that_is_not_there_keeps_what_is_known(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        known = await member(store, email="a@example.org", phone="0612345678", roles={Role.TRAINER})
        await imported(store, f"name,email,phone\n{NAME},a@example.org,\n")
        changed = await store.read(people.get, known.id)
        assert (changed.email, changed.phone, changed.roles) == ("a@example.org", "", frozenset({Role.TRAINER}))


async def test_two_people_of_one_name_stay_two(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await member(store, "Ali Kaya", born=date(2010, 1, 1))
        await imported(store, "name,born\nAli Kaya,2012-02-02\n")
        assert (await store.read(people.search)).total == 2
        plan = await planned(store, "name\nAli Kaya\n")
        assert "say which in a column id" in plan.wrong[0].message


async def test_all_errors_are_told_with_their_lines_and_nothing_is_imported(tmp_path: Path) -> None:
    text = (
        "name,email,born,roles,groups,language\n"
        "Good One,,,,,\n"
        "Bad Mail,foo,,,,\n"
        '"Two\nlines",,,,,\n'
        "Bad Day,,31/02/2012,,,\n"
        "Bad Role,,,king,,\n"
        "Bad Group,,,,Big_Group,\n"
        "Bad Language,,,,,klingon\n"
        ",someone@example.org,,,,\n"
        "Good One,,,,,\n"
    )
    async with opened(tmp_path) as store:
        with pytest.raises(BadImport) as raised:
            await imported(store, text)
        assert [wrong.line for wrong in raised.value.wrong] == [3, 4, 6, 7, 8, 9, 10, 11]
        assert "line 6: born: '31/02/2012' is no day" in str(raised.value)
        assert "the same member as in line 2" in str(raised.value)
        assert (await store.read(people.search)).total == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no column for the name"),
        (b"prix;quantit\xc3\xa9\n1;2\n", "no column for the name"),
        (b"name,nom\nA,B\n", "more than one column for name"),
        (b"name\n\x00\n", "no text"),
        (b"\xff\xfe\x00", "no text"),
        (b'name\n"open\n', "line 2"),
        (b"name,email\nA,b@c.fr,surplus\n", "line 2: more cells"),
        (b"PK\x03\x04" + bytes(100), "no text"),
        (b"name\n" + b"x" * 6_000_000, "no list of members is as long"),
        (b"name\n" + b"x\n" * 20_001, "at most"),
    ],
)
def test_what_is_no_list_of_members_is_refused_in_words(content: bytes, why: str) -> None:
    with pytest.raises(BadTable, match=why):
        rows(content)


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: f"name,born,groups\n{text}".encode())))
def test_whatever_the_file_holds_it_is_read_or_refused(content: bytes) -> None:
    try:
        for row in rows(content):
            read(row, None)
    except (BadTable, BadDetails):
        return


async def test_an_import_that_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        reception = await store.write(accounts.create, "desk", "hash", AccountRole.RECEPTION, by=CONSOLE)
        with pytest.raises(Refused):
            await store.write_much(
                importing.carry_out, b"name,trainings\nFirst,\nSecond,laser\n", by=reception.id, progress=None
            )
        assert (await store.read(people.search)).total == 0


async def test_progress_is_told_up_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    content = "name\n" + "".join(f"Member {number}\n" for number in range(50))
    async with opened(tmp_path) as store:
        progress = lambda done, total: told.append((done, total))  # noqa: E731 - shorter so
        await store.write_much(importing.carry_out, content.encode(), by=CONSOLE, progress=progress)
    assert told == [(0, 50), (20, 50), (40, 50), (50, 50)]


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30)
DAYS = st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1))
GROUPS = st.frozensets(st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True), max_size=3)
DETAILS = st.builds(
    Details,
    name=NAMES,
    email=st.sampled_from(["", "a@example.org", "=1+1@example.org"]),
    phone=st.sampled_from(["", "+33 6 12 34 56 78", "0612345678"]),
    born=DAYS,
    language=st.sampled_from(LANGUAGES),
    since=DAYS,
    roles=st.frozensets(st.sampled_from(Role), max_size=3),
    groups=GROUPS,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(DETAILS, max_size=4), st.dictionaries(st.sampled_from(["laser", "saw"]), DAYS, max_size=2))
def test_what_was_exported_comes_back_unchanged(
    tmp_path_factory: pytest.TempPathFactory, everybody: list[Details], held: dict[str, date | None]
) -> None:
    import asyncio

    async def there_and_back() -> None:
        async with opened(tmp_path_factory.mktemp("members")) as store:
            for details in everybody:
                known = await store.write(people.create, details, by=CONSOLE)
                for name, expires in held.items():
                    granted = date(1900, 1, 1)
                    given = {"granted": granted, "expires": expires}
                    await store.write(trainings.grant, known.id, name, by=CONSOLE, **given)
            exported = await store.read(exporting.as_csv)
            plan = await store.read(importing.plan, exported.encode())
            assert plan.wrong == ()
            assert [step.change for step in plan.steps] == [Change.SAME] * len(everybody)

    asyncio.run(there_and_back())


@given(st.text())
def test_no_text_is_a_formula_and_none_is_changed(text: str) -> None:
    cell = as_text(text)
    assert not cell.startswith(FORMULA_STARTS)
    assert from_text(cell) == text


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_what_a_spreadsheet_would_run_is_only_text(start: str) -> None:
    assert as_text(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


async def test_an_export_runs_nothing_in_a_spreadsheet(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await member(store, '=HYPERLINK("http://evil.example","Click")', phone="+33 6 12 34 56 78")
        exported = await store.read(exporting.as_csv)
        assert exported.startswith("\ufeff")
        for row in csv.reader(io.StringIO(exported.removeprefix("\ufeff"))):
            assert not any(cell.startswith(FORMULA_STARTS) for cell in row)


async def test_a_member_gets_all_that_is_known_of_them(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        known = await member(store, badge=1, born=date(2012, 5, 31), groups={"dance"})
        await member(store, "Somebody Else", badge=2)
        await store.write(trainings.grant, known.id, "laser", by=CONSOLE)
        await store.write(accounts.create, "aicha", "HASH", AccountRole.TRAINER, member=known.id, by=CONSOLE)
        await store.write(badges.lost, (await store.read(badges.of, known.id))[0].id, by=CONSOLE)
        text = json.dumps(await store.read(exporting.about, known.id), ensure_ascii=False)
    for said in (NAME, known.id, "2012-05-31", "dance", "laser", credential(1), "lost", "aicha"):
        assert said in text
    for kept_back in ("HASH", "Somebody", credential(2)):
        assert kept_back not in text
