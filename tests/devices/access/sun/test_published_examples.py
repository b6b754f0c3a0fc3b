"""The worked examples of NXP's application notes, and those that other implementations have published."""

import pytest

from devices.access.options import SunParameters
from devices.access.sun.decode import decode
from devices.access.sun.diversification import diversified
from devices.access.sun.keys import SunKeys
from devices.access.sun.message import message_in
from devices.access.sun.session import Session, cmac

ZERO = "00" * 16
UID = bytes.fromhex("04DE5F1EACC040")


class TestAn12196:
    def test_table_1_the_session_key_for_macs(self) -> None:
        key = bytes.fromhex("5ACE7E50AB65D5D51FD5BF5A16B8205B")
        sv2 = bytes.fromhex("3CC30001008004C767F2066180010000")
        assert cmac(key, sv2).hex().upper() == "3A3E8110E05311F7A3FCF0D969BF2B48"

    @pytest.mark.parametrize(
        "address",
        [
            "https://ntag.nxp.com/424?e=EF963FF7828658A599F3041510671E88&c=94EED9EE65337086",
            "picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086",
            "https://alco.example/t?picc_data=ef963ff7828658a599f3041510671e88&cmac=94eed9ee65337086#top",
        ],
    )
    def test_table_4_encrypted_uid_and_counter(self, address: str) -> None:
        assert decode(address, key=ZERO) == {"uid": "04DE5F1EACC040", "counter": 61, "number": "04DE5F1EACC040"}

    def test_table_4_the_mac_of_nothing(self) -> None:
        assert Session(bytes(16), UID, 61).mac(b"").hex().upper() == "94EED9EE65337086"

    def test_table_5_encrypted_file_data_which_are_signed(self) -> None:
        said = decode(
            "https://www.my424dna.com/?picc_data=FD91EC264309878BE6345CBE53BADF40"
            "&enc=CEE9A53E3E463EF1F459635736738962&cmac=ECC1E7F6C6C73BF6",
            key=ZERO,
        )
        assert said == {
            "uid": "04958CAA5C5E80",
            "counter": 8,
            "number": "04958CAA5C5E80",
            "file_data": b"x".hex().upper() * 16,
        }


class TestOthers:
    """The tests of nfc-developer/sdm-backend."""

    def test_plain_uid_and_counter(self) -> None:
        said = decode(
            "https://sdm.nfcdeveloper.com/tagpt?uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3", key=ZERO
        )
        assert said == {"uid": "041E3C8A2D6B80", "counter": 6, "number": "041E3C8A2D6B80"}

    def test_different_keys_and_file_data_without_a_name_before_the_mac(self) -> None:
        uid = bytes.fromhex("041d3c8a2d6b80")
        session = Session(bytes.fromhex("b62a9baf092439bd43c62aee96b970c5"), uid, 291)
        file_data = "B8436E11F627BB7F543FCC0C1E0D1A89"
        assert session.mac(file_data.encode()).hex().upper() == "238B2543A8DEBAD8"
        assert session.decrypted(bytes.fromhex(file_data)).hex() == "4e545858716e6f5f6f42467077792d56"
        keys = SunKeys(bytes.fromhex("42aff114f2cb3b6141be6dc95dfc5416"), lambda _: bytes(16))
        message = message_in("picc_data=8ACADDEF0A9B62CDAE39A16B83FC14DE&cmac=" + "0" * 16, SunParameters())
        tag = keys._tag(message.tag)
        assert (tag.uid, tag.counter) == (uid, 291)


class TestAn10922:
    def test_section_2_2_1_aes_128(self) -> None:
        """The diversification input is UID, application and system identifier ("NXP Abu")."""
        master = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
        said = bytes.fromhex("04782E21801D80") + bytes.fromhex("3042F5") + b"NXP Abu"
        assert diversified(master, said).hex().upper() == "A8DD63A3B89D54B37CA802473FDA9175"

    @pytest.mark.parametrize(
        ("length", "key"),
        [
            (1, "281049D52ECBC8F60961993D34DE3D54"),
            (7, "E8B7F67C78C34AF1446E331EF7E6D3FF"),
            (15, "5A3C7F6F0687F24F82DEE7EDA0970D08"),
            (16, "FEED9FBD36CDB16819A72D30BCF9240B"),
            (31, "21C28CD89BB3147F66C7DBD4851CAB20"),
        ],
    )
    def test_every_length_fills_two_blocks(self, length: int, key: str) -> None:
        """Made with AES-CBC and the note's K1 and K2 by others; plain CMAC would give other keys for short inputs."""
        master = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
        assert diversified(master, bytes(range(length))).hex().upper() == key

    @pytest.mark.parametrize("length", [0, 32])
    def test_other_lengths_are_refused(self, length: int) -> None:
        with pytest.raises(ValueError, match="1 to 31 bytes"):
            diversified(bytes(16), bytes(length))
