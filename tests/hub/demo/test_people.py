"""The demo's members."""

from datetime import date
from functools import partial
from pathlib import Path

from devices.access.scene import MEMBERS
from devices.access.site_key import KEY_BYTES, SiteKey
from devices.machines.options import Kind, MachineOptions, RelayOptions
from devices.policy.rules import MachineRules
from hub.demo.people import ACCOUNT, move_in
from hub.lab import Broker, DeviceEntry, Lab, Node, Web
from hub.members import accounts, badges, people, trainings
from hub.members.passwords import is_right
from hub.members.store import Store, in_file

TODAY = date(2026, 11, 22)


def machine(rules: MachineRules) -> MachineOptions:
    return MachineOptions(kind=Kind.OTHER, badges="reader", relay=RelayOptions(line="GPIO5"), rules=rules)


LAB = Lab(
    "alco",
    Broker(),
    Web(),
    {"workshop": Node()},
    {
        "printer": DeviceEntry("printer", "machine", "workshop", machine(MachineRules())),
        "kettle": DeviceEntry("kettle", "machine", "workshop", machine(MachineRules(untrained=True))),
    },
    "",
)


async def test_each_simulated_card_is_a_members(tmp_path: Path) -> None:
    store, key = Store(partial(in_file, tmp_path / "members.db")), SiteKey(bytes(KEY_BYTES))
    await store.open()
    password = await store.write(move_in, LAB, key, TODAY)
    everyone = await store.read(people.everyone)
    owned = [badge for member in everyone for badge in await store.read(badges.of, member.id)]
    assert {badge.credential for badge in owned} == {key.credential(card) for card in MEMBERS}
    trained = {training.name for member in everyone for training in await store.read(trainings.of, member.id)}
    assert trained == {"printer"}
    account = await store.read(accounts.find, ACCOUNT)
    assert account is not None
    assert is_right(account.password_hash, password)
