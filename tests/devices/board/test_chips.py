"""GPIO chips and their lines, as real Pis have them."""

import pytest

from devices.board.chips import Chip, find_line
from devices.errors import HardwareMissing

HEADER = tuple(f"GPIO{number}" for number in range(28))
PI_4 = (
    Chip("/dev/gpiochip0", "pinctrl-bcm2711", (*HEADER, *("",) * 30)),
    Chip("/dev/gpiochip1", "raspberrypi-exp-gpio", ("BT_ON", "WL_ON", "PWR_LED_OFF")),
)
PI_5_OF_2023 = (
    Chip("/dev/gpiochip0", "gpio-brcmstb@107d508500", ("-", "2712_BOOT_CS_N")),
    Chip("/dev/gpiochip4", "pinctrl-rp1", (*HEADER, "PCIE_RP1_WAKE")),
)
PI_3_OF_2019 = (Chip("/dev/gpiochip0", "pinctrl-bcm2835", ("ID_SDA", "ID_SCL", "SDA1", "SCL1", *("",) * 50)),)
EXPANDER = Chip("/dev/gpiochip2", "mcp23017", ("VALVE1", "VALVE2", "GPIO17"))


@pytest.mark.parametrize(
    ("chips", "path"),
    [(PI_4, "/dev/gpiochip0"), (PI_5_OF_2023, "/dev/gpiochip4"), (PI_3_OF_2019, "/dev/gpiochip0")],
)
def test_the_header_is_found_whatever_its_number(chips: tuple[Chip, ...], path: str) -> None:
    place = find_line("GPIO17", chips)
    assert (place.chip.path, place.offset) == (path, 17)


def test_older_kernels_name_a_line_after_its_function_and_it_is_found_by_its_number() -> None:
    assert find_line("GPIO2", PI_3_OF_2019).offset == 2
    assert find_line("SDA1", PI_3_OF_2019).offset == 2


def test_the_header_comes_before_an_expander_that_uses_the_same_name() -> None:
    assert find_line("GPIO17", (EXPANDER, *PI_4)).chip.label == "pinctrl-bcm2711"


def test_a_line_of_an_expander_is_found_by_its_name() -> None:
    place = find_line("VALVE2", (*PI_4, EXPANDER))
    assert (place.chip.label, place.offset) == ("mcp23017", 1)


def test_a_simulated_chip_is_found_by_the_names_of_its_lines() -> None:
    chip = Chip("/dev/gpiochip0", "gpio-sim.0-node0", HEADER)
    assert find_line("GPIO4", (chip,)).offset == 4


def test_numbers_mean_nothing_on_a_chip_that_is_not_the_header() -> None:
    with pytest.raises(HardwareMissing, match=r"there is no line GPIO1; the chips are: mcp23017 \(VALVE1 … GPIO17\)"):
        find_line("GPIO1", (EXPANDER,))


@pytest.mark.parametrize("line", ["GPIO28", "GPIO-1", "17", "", "gpio17", "GPIO017"])
def test_what_is_not_on_the_header_is_not_found(line: str) -> None:
    with pytest.raises(HardwareMissing, match=f"there is no line {line}; the chips are"):
        find_line(line, PI_4)


def test_a_machine_without_chips_is_asked_whether_it_is_a_pi() -> None:
    with pytest.raises(HardwareMissing, match="no GPIO chip: is it a Raspberry Pi"):
        find_line("GPIO17", ())
